"""How much a search finds of what is nearest, and how long it takes.

A hit counts if it is as near as the k-th nearest: of postings that are equally near any will do, and there are many
alike.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean, median
from time import perf_counter

from attrs import frozen

from jobmatch.engine.index.questions import Question
from jobmatch.model import Band, Method, Plan
from jobmatch.ports import JobIndex, SearchQuery, SearchResult

#: Similarities that differ by less are equal: two ways of adding up the same products.
EPSILON = 1e-6


@frozen(kw_only=True)
class Trial:
    """One search, measured.

    Arguments:
        recall: share of the k nearest that it found, 0 to 1.
        milliseconds: how long it took.
        exact: whether it compared everything.
        repeated: whether it could not be carried out as planned, but was searched again.
    """

    recall: float
    milliseconds: float
    exact: bool
    repeated: bool = False


@frozen(kw_only=True)
class Truth:
    """What the k nearest are.

    Arguments:
        count: how many there are, at most k.
        farthest: how near the last of them is.
        milliseconds: how long comparing everything took.
        nears: how near each one is that was looked for, those beyond the k nearest as well, nearest first.
    """

    count: int
    farthest: float
    milliseconds: float
    nears: Sequence[float] = ()

    def recall(self, found: SearchResult) -> float:
        """Return the share of the nearest that a search found."""
        near = sum(hit.near >= self.farthest - EPSILON for hit in found.hits)
        return min(near, self.count) / self.count if self.count else 1.0


class Meter:
    """Measures searches of one index.

    Arguments:
        jobs: the index.
        k: number of nearest to look for.
    """

    def __init__(self, jobs: JobIndex, *, k: int) -> None:
        self._jobs = jobs
        self.k = k

    async def truth(self, question: Question, *, fetch: int = 0) -> Truth:
        """Find the nearest by comparing everything.

        Arguments:
            question: what is asked.
            fetch: how many to look for, if that is more than k.
        """
        found, milliseconds = await self._timed(question, Plan(method=Method.EXACT, fetch=max(fetch, self.k)))
        nears = [hit.near for hit in found.hits]
        count = min(len(nears), self.k)
        farthest = nears[count - 1] if count else 1.0
        return Truth(count=count, farthest=farthest, milliseconds=milliseconds, nears=nears)

    async def crowding(self, question: Question, truth: Truth, rank: int) -> float | None:
        """Return how crowded it is around a question, by how near the *rank*-th nearest is, or the last known."""
        rank = min(rank, len(truth.nears))
        return await self._jobs.crowding(question.vector, truth.nears[rank - 1], rank) if rank else None

    async def trial(self, question: Question, plan: Plan, truth: Truth) -> Trial:
        """Search by a plan."""
        found, milliseconds = await self._timed(question, plan)
        return Trial(
            recall=truth.recall(found),
            milliseconds=milliseconds,
            exact=found.plan.method is Method.EXACT,
            # Where there are not as many as it looked for, no index can find them.
            repeated=not plan.allows(found.plan) and truth.count >= plan.fetch,
        )

    async def _timed(self, question: Question, plan: Plan) -> tuple[SearchResult, float]:
        query = SearchQuery(vector=question.vector, filters=question.filters, owner=question.owner)
        start = perf_counter()
        found = await self._jobs.search(query, plan)
        return found, (perf_counter() - start) * 1_000


def band(share: float, trials: Sequence[Trial]) -> Band:
    """Sum up trials whose filters let through about the same share."""
    return Band(
        share=share,
        queries=len(trials),
        recall=round(mean(trial.recall for trial in trials), 6),
        worst=round(min((trial.recall for trial in trials), default=1.0), 6),
        milliseconds=round(median(trial.milliseconds for trial in trials), 3) if trials else 0.0,
        exact=round(mean(float(trial.exact) for trial in trials), 6),
    )


def mean(values: Iterable[float]) -> float:
    """Return the mean; that of nothing is 1."""
    several = list(values)
    return fmean(several) if several else 1.0
