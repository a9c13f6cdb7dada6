"""What the suites work with: small vectors, small jobs, and an embedder that needs no model."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from jobmatch.model import Job
from jobmatch.model.text import words
from jobmatch.ports import Entry

if TYPE_CHECKING:
    from jobmatch.ports import Vector, Vectors

DIMENSIONS = 8
EMBEDDER = "contract-8"


def axis(number: int, *, towards: int | None = None, by: float = 0.0) -> "Vector":
    """Return a unit vector along an axis, leaning *by* towards another one.

    Arguments:
        number: the axis, 0 to 7.
        towards: another axis.
        by: length of the part along *towards*, before normalising.
    """
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[number] = 1.0
    if towards is not None:
        vector[towards] += by
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def entry(job_id: str, vector: "Vector | None" = None, **fields: Any) -> Entry:
    """Return an entry for a job with this id; *fields* are those of `Job`."""
    job = Job(**{"id": job_id, "title": f"Job {job_id}", **fields})
    return Entry(job=job, fingerprint=job.fingerprint(), vector=axis(0) if vector is None else vector)


class HashingEmbedder:
    """Counts words in hashed buckets: deterministic, quick, and near enough to meaning for tests.

    Arguments:
        dimensions: number of buckets.
    """

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions
        self.name = f"hashing-{dimensions}"

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """See `Embedder.embed`."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in words(text):
                vectors[row, _bucket(word, self.dimensions)] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _bucket(word: str, buckets: int) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "big") % buckets
