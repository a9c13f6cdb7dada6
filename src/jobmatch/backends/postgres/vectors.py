"""Vectors as pgvector reads them."""

from binascii import a2b_base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from jobmatch.model import Storage

if TYPE_CHECKING:
    from jobmatch.ports import Vector, Vectors

Doubles: TypeAlias = NDArray[np.float64]
#: Decimal digits that tell any two numbers of half and of single precision apart (IEEE 754: 1 + ⌈p log₁₀ 2⌉). The
#: server reads a literal at a speed that goes with its length: with the shortest one a search takes a fifth less.
DIGITS = {Storage.HALFVEC: (np.float16, 5), Storage.VECTOR: (np.float32, 9)}

#: Bytes before the entries of a vector in binary.
_HEADER = 4
_numbers = msgspec.json.Decoder(list[float]).decode
_written = msgspec.json.Encoder().encode


def parsed(text: str) -> "Vector":
    """Return the vector of a literal."""
    return np.array(_numbers(text), dtype=np.float32)


def received(vectors: Sequence[bytes], kind: Storage) -> "Vectors":
    """Return vectors that the server sent in binary, shape (vectors, dimensions).

    Each begins with two numbers of two bytes, the first of which is its length; the entries follow, as IEEE 754 has
    them, the highest byte first.
    """
    if not vectors:
        return np.empty((0, 0), dtype=np.float32)
    precision = np.dtype(DIGITS[kind][0]).newbyteorder(">")
    entries = np.frombuffer(b"".join(vector[_HEADER:] for vector in vectors), dtype=precision)
    return entries.astype(np.float32).reshape(len(vectors), -1)


def unfolded(vectors: Sequence[str], kind: Storage) -> "Vectors":
    """Return vectors that the server sent in base64, shape (vectors, dimensions)."""
    return received(list(map(a2b_base64, vectors)), kind)


def literal(vector: "Vector", kind: Storage) -> str:
    """Return a vector as a literal: what the server would round it to, in few digits.

    Arguments:
        vector: shape (dimensions,).
        kind: `Storage.HALFVEC` or `Storage.VECTOR`.
    """
    precision, digits = DIGITS[kind]
    return _written(_rounded(vector.astype(precision).astype(np.float64), digits).tolist()).decode()


def _rounded(entries: "Doubles", digits: int) -> "Doubles":
    """Round to so many significant digits, all at once: the shortest literals of these doubles have no more."""
    powers = 10.0 ** (digits - 1 - np.floor(np.log10(np.abs(entries), out=np.zeros_like(entries), where=entries != 0)))
    rounded: Doubles = np.rint(entries * powers) / powers
    return rounded
