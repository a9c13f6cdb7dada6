"""Vectors as literals."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from jobmatch.backends.postgres.vectors import literal
from jobmatch.model import Storage


@given(arrays.arrays(np.float32, st.integers(1, 20), elements=st.floats(-1, 1, width=32)))
def test_a_literal_is_what_half_precision_makes_of_a_vector(vector: npt.NDArray[np.float32]) -> None:
    read = np.array(literal(vector, Storage.HALFVEC).strip("[]").split(","), dtype=np.float32).astype(np.float16)
    assert np.array_equal(read, vector.astype(np.float16))
