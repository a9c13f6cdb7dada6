"""Vectors as pgvector reads them."""

from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from jobmatch.model import Storage

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Decimal digits that tell any two numbers of half and of single precision apart (IEEE 754: 1 + ⌈p log₁₀ 2⌉). The
#: server reads a literal at a speed that goes with its length: with the shortest one a search takes a fifth less.
DIGITS = {Storage.HALFVEC: (np.float16, 5), Storage.VECTOR: (np.float32, 9)}

_numbers = msgspec.json.Decoder(list[float]).decode


def parsed(text: str) -> "Vector":
    """Return the vector of a literal."""
    return np.array(_numbers(text), dtype=np.float32)


def literal(vector: "Vector", kind: Storage) -> str:
    """Return a vector as a literal: what the server would round it to, in few digits.

    Arguments:
        vector: shape (dimensions,).
        kind: `Storage.HALFVEC` or `Storage.VECTOR`.
    """
    precision, digits = DIGITS[kind]
    return _template(len(vector), digits) % tuple(vector.astype(precision).tolist())


@cache
def _template(dimensions: int, digits: int) -> str:
    return f"[{','.join([f'%.{digits}g'] * dimensions)}]"
