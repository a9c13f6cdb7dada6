"""What an index is measured with: vectors to look for, and filters that let through more or less.

Best are questions as people ask them. Without any, postings that are there stand in for them, each moved away from
itself: a résumé is near to no posting as a posting is near to the next one of its kind, and an index that was only
asked for what it holds would look better than it is.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from jobmatch.composing import unit
from jobmatch.model import Filters, JobSummary
from jobmatch.ports import Sample

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Cosine between a posting and the question that it stands in for: about that of a résumé and the best posting for it.
NEARNESS = 0.75
#: Kilometres around a posting's place.
RADII = (5.0, 25.0, 100.0, 500.0)


EVERYTHING = Filters()


@frozen(kw_only=True)
class Question:
    """A search to measure with.

    Arguments:
        vector: unit vector, shape (dimensions,).
        filters: what every hit has to pass.
        owner: as in `SearchQuery`.
    """

    vector: "Vector"
    filters: Filters = EVERYTHING
    owner: str | None = None


def vectors_like(samples: Sequence[Sample], *, seed: int = 0) -> "list[Vector]":
    """Return a vector in the neighbourhood of each posting."""
    rng = np.random.default_rng(seed)
    return [_moved(sample.vector, rng) for sample in samples]


def _moved(vector: "Vector", rng: np.random.Generator) -> "Vector":
    """Return a unit vector whose cosine with *vector* is `NEARNESS`, in a direction drawn at random."""
    aside = rng.standard_normal(len(vector)).astype(np.float32)
    aside -= vector * float(aside @ vector)
    step = unit(aside[np.newaxis])[0] * np.sqrt(1 - NEARNESS**2)
    moved: Vector = unit((vector * NEARNESS + step)[np.newaxis])[0]
    return moved


def of_two(vectors: "Sequence[Vector]") -> "list[Vector]":
    """Return questions for two things at once: each vector together with the next."""
    return [unit((one + other)[np.newaxis])[0] for one, other in pairwise(vectors)]


def filters_of(jobs: Sequence[JobSummary], *, seed: int = 0) -> Iterator[Filters]:
    """Yield filters, each made of one to three facts of a posting, so that something passes it.

    Without end, unless no posting tells a fact.
    """
    random = Random(seed)  # noqa: S311, which questions are asked is no secret
    telling = [job for job in jobs if any(_facts(job, random))]
    while telling:
        facts = list(_facts(random.choice(telling), random))
        chosen = random.sample(facts, min(len(facts), random.choice((1, 1, 2, 3))))
        yield Filters(**{name: value for fact in chosen for name, value in fact.items()})


def _facts(job: JobSummary, random: Random) -> Iterator[dict[str, Any]]:
    named = {"experience": job.level, "employment_type": job.employment_type, "workplace": job.workplace}
    yield from ({name: value} for name, value in named.items() if value)
    if job.company:
        yield {"companies": job.company}
    if job.skills:
        yield {"skills": random.choice(job.skills)}
    for place in job.places[:1]:
        if place.country:
            yield {"country": place.country}
        if place.latitude is not None:
            yield {"latitude": place.latitude, "longitude": place.longitude, "radius_km": random.choice(RADII)}
