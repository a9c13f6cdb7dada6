"""Questions with filters, sorted into bands by the share of the postings that pass."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from jobmatch.engine.index.questions import Question
from jobmatch.model import Filters
from jobmatch.ports import JobIndex

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: The upper bounds of the bands.
BOUNDS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 0.0001)
#: Filters looked at for each question that is wanted.
ATTEMPTS = 12


@frozen(kw_only=True)
class Filtered:
    """A question with filters.

    Arguments:
        question: the search.
        matching: postings that pass, estimated.
        total: postings in all.
    """

    question: Question
    matching: int
    total: int

    @classmethod
    async def of(cls, jobs: JobIndex, question: Question) -> "Filtered":
        """Ask how much passes."""
        survey = await jobs.survey(question.filters, closely=True)
        return cls(question=question, matching=survey.matching, total=survey.total)

    @property
    def share(self) -> float:
        """The part that passes, above 0."""
        return max(self.matching, 1) / max(self.total, 1)

    @property
    def bound(self) -> float | None:
        """The upper bound of the band; None if it lets through more than any band."""
        return min((bound for bound in BOUNDS if self.share <= bound), default=None)


async def filtered(
    jobs: JobIndex, vectors: "Sequence[Vector]", filters: Iterable[Filters], *, per_band: int
) -> dict[float, list[Filtered]]:
    """Return questions by band, the widest first.

    Arguments:
        jobs: the index, which is asked how much passes.
        vectors: to look for.
        filters: to choose from.
        per_band: questions wanted in each band; there may be fewer.
    """
    bands: defaultdict[float, list[Filtered]] = defaultdict(list)
    known: dict[Filters, Filtered] = {}
    for number, one in enumerate(islice(filters, ATTEMPTS * per_band * len(BOUNDS))):
        question = Question(vector=vectors[number % len(vectors)], filters=one)
        if one not in known:
            known[one] = await Filtered.of(jobs, question)
        found = attrs.evolve(known[one], question=question)
        if found.bound is not None and len(bands[found.bound]) < per_band:
            bands[found.bound].append(found)
    return _ordered(bands)


def banded(found: Iterable[Filtered]) -> dict[float, list[Filtered]]:
    """Sort questions into bands; what lets through more than any band is left out."""
    bands: defaultdict[float, list[Filtered]] = defaultdict(list)
    for one in found:
        if one.bound is not None:
            bands[one.bound].append(one)
    return _ordered(bands)


def _ordered(bands: dict[float, list[Filtered]]) -> dict[float, list[Filtered]]:
    return {bound: bands[bound] for bound in BOUNDS if bands.get(bound)}
