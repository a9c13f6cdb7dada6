"""From texts to the one vector that stands for a posting or a profile.

A posting's vector is composed of its title and its body, a profile's of its titles and its text. Unit vectors are
added, so the composition is linear and stays one vector; without it a short title drowns in a long body. Measured in
``benchmarks/relevance.py``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jobmatch.cancelling import unless_asked
from jobmatch.errors import EmbedderUnavailable, Incompatible, InvalidInput
from jobmatch.model import Job, MatchRequest
from jobmatch.model.contact import told
from jobmatch.ports import Embedder

if TYPE_CHECKING:
    from jobmatch.ports import Vector, Vectors

#: Characters of a body that are embedded; what follows is boilerplate more often than not, and costs time.
BODY_CHARACTERS = 2_500


async def embed_jobs(embedder: Embedder, jobs: Sequence[Job]) -> "Vectors":
    """Embed postings.

    Arguments:
        embedder: gives the vectors.
        jobs: n postings.

    Returns:
        unit vectors, shape (n, dimensions).

    Raises:
        Incompatible: the embedder gives what are no such vectors.
        EmbedderUnavailable: it does not answer now.
    """
    if not jobs:
        return np.zeros((0, embedder.dimensions), dtype=np.float32)
    titles = [job.title for job in jobs]
    bodies = [job.description[:BODY_CHARACTERS] for job in jobs]
    vectors = await _embedded(embedder, [*titles, *bodies])
    return unit(vectors[: len(jobs)] + vectors[len(jobs) :])


async def embed_request(embedder: Embedder, request: MatchRequest) -> "Vector":
    """Embed what a request says of the candidate: the vector given, or titles, skills and keywords together with the
    text.

    Returns:
        unit vector, shape (dimensions,).

    Raises:
        InvalidInput: nothing of it means anything to the embedder, or the vector given does not fit.
        Incompatible: the embedder gives what are no vectors, or of another size.
        EmbedderUnavailable: it does not answer now.
    """
    profile = request.profile
    if profile.vector is not None:
        return given(profile.vector, embedder.dimensions, field="profile.vector")
    short = ", ".join((*profile.titles, *profile.skills, *request.keywords))
    vector: Vector = unit((await _embedded(embedder, [short, told(profile.text)])).sum(axis=0, keepdims=True))[0]
    if not vector.any():
        raise InvalidInput("profile.text", "has no words that the embedder knows; give more text, titles or skills")
    return vector


async def _embedded(embedder: Embedder, texts: Sequence[str]) -> "Vectors":
    """Have n texts embedded, and see that what comes is what the port promises: it is stored and compared for good."""
    with unless_asked("the embedder", EmbedderUnavailable):
        answer: object = await embedder.embed(texts)
    shape = (len(texts), embedder.dimensions)
    if fault := _fault(answer, shape):
        raise Incompatible(
            f"embedder {embedder.name!r} gave {fault} for {len(texts):,} texts; "
            f"what it must give are finite numbers of shape {shape}"
        )
    return np.asarray(answer, dtype=np.float32)


def _fault(answer: object, shape: tuple[int, int]) -> str:
    """Return what is wrong with an embedder's answer; nothing of its texts is in that."""
    try:
        vectors = np.asarray(answer)
    except Exception:  # lists of lengths that differ, or whatever a stranger's object raises
        return f"a {type(answer).__name__} that is no array"
    if vectors.dtype.kind not in "fiu":
        return f"a {type(answer).__name__} without real numbers, but of {vectors.dtype.name},"
    if vectors.shape != shape:
        return f"an array of shape {vectors.shape}"
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors.astype(np.float32, copy=False), axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths))
    return f"{bad.size:,} vectors that are infinite or no numbers" if bad.size else ""


def given(values: Sequence[float], dimensions: int, *, field: str) -> "Vector":
    """Check a vector that a caller brings along, and normalise it.

    Raises:
        InvalidInput: it has another number of dimensions than the embedder's, is not finite, or zero.
    """
    vector: Vector = all_given([values], dimensions, fields=[field])[0]
    return vector


def all_given(rows: Sequence[Sequence[float]], dimensions: int, *, fields: Sequence[str]) -> "Vectors":
    """Check n vectors as `given` does, all at once.

    Arguments:
        rows: the vectors.
        dimensions: what each should have.
        fields: what to call each of them in an error.

    Returns:
        unit vectors, shape (n, dimensions).
    """
    read = [np.asarray(row, dtype=np.float64) for row in rows]
    for row, field in zip(read, fields, strict=True):
        if row.shape != (dimensions,):
            raise InvalidInput(field, f"has shape {row.shape}, the embedder's vectors have ({dimensions},)")
    vectors = np.array(read).reshape(len(rows), dimensions)
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    for number in map(int, np.flatnonzero(~(np.isfinite(largest) & (largest > 0)))):
        raise InvalidInput(fields[number], "must be finite and not all zero")
    # Scaled first: the squares of very large and very small numbers are beyond any float.
    return unit(vectors / largest)


def unit(vectors: "Vectors") -> "Vectors":
    """Scale rows to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled
