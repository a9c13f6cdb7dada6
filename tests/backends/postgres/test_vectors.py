"""Vectors as literals."""

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from jobmatch.backends.postgres.vectors import DIGITS, literal
from jobmatch.model import Storage

Floats = npt.NDArray[np.float32]
VECTORS = arrays.arrays(np.float32, st.integers(1, 20), elements=st.floats(-1, 1, width=32))
#: As numbers of a unit vector are.
USUAL = arrays.arrays(np.float32, 20, elements=st.floats(2**-20, 1, width=32))
KINDS = pytest.mark.parametrize("kind", [Storage.HALFVEC, Storage.VECTOR])


def numbers(vector: Floats, kind: Storage) -> list[str]:
    return literal(vector, kind).strip("[]").split(",")


@KINDS
@given(vector=VECTORS)
def test_a_literal_is_what_the_precision_makes_of_a_vector(vector: Floats, kind: Storage) -> None:
    precision = DIGITS[kind][0]
    read = np.array(numbers(vector, kind), dtype=np.float32).astype(precision)
    assert np.array_equal(read, vector.astype(precision))


@KINDS
@given(vector=USUAL)
def test_no_number_has_more_digits_than_tell_it_from_others(vector: Floats, kind: Storage) -> None:
    digits = [len(Decimal(number).normalize().as_tuple().digits) for number in numbers(vector, kind)]
    assert max(digits) <= DIGITS[kind][1]
