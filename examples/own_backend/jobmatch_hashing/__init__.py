"""An embedder for jobmatch that hashes words: ``JOBMATCH_EMBEDDER=hashing`` finds it once it is installed."""

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jobmatch.plugins import Backends
    from jobmatch.ports import Vectors

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Each word, and each run of three letters in it, adds to one of *dimensions* buckets.

    Arguments:
        dimensions: number of buckets.
    """

    def __init__(self, *, dimensions: int = 512) -> None:
        self.dimensions = dimensions
        # Whatever changes the vectors must change the name, or an index would mix old and new ones.
        self.name = f"hashing-1:{dimensions}"

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """See `jobmatch.ports.Embedder.embed`."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for feature in _features(text):
                digest = int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "big")
                vectors[row, (digest >> 1) % self.dimensions] += 1 if digest & 1 else -1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _features(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.casefold()):
        yield word
        yield from (word[start : start + 3] for start in range(len(word) - 2))


def from_backends(backends: "Backends") -> HashingEmbedder:
    """The factory that the entry point names. ``backends.settings`` holds what the environment decides."""
    return HashingEmbedder()
