"""`Answerer`: from a request to its ranked snapshot.

cache → embed → survey → plan → search → rank
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import attrs

from jobmatch import telemetry
from jobmatch.caching import ResultCache, cache_key
from jobmatch.composing import embed_request
from jobmatch.model import Diagnostics, Filters, MatchRequest, Result
from jobmatch.planning import plan
from jobmatch.ports import Embedder, JobIndex, SearchQuery, SearchResult, Survey
from jobmatch.ranking import rank


class Stopwatch:
    """Times the stages of one answer."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        start = perf_counter()
        yield
        self.milliseconds[name] = round((perf_counter() - start) * 1_000, 3)


class Answerer:
    """Answers requests, from the cache if it can.

    Arguments:
        jobs: where to search.
        embedder: made the vectors there.
        cache: keeps answers; None for no cache.
    """

    def __init__(self, *, jobs: JobIndex, embedder: Embedder, cache: ResultCache | None) -> None:
        self._jobs = jobs
        self._embedder = embedder
        self._cache = cache

    async def answer(self, request: MatchRequest, *, owner: str | None) -> Result:
        """Return the answer to *request*."""
        if self._cache is None:
            return await self._compute(request)
        key = cache_key(request, owner, self._embedder.name)
        result, cached = await self._cache.get_or_compute(key, lambda: self._compute(request))
        if not cached:
            return result
        return attrs.evolve(result, diagnostics=attrs.evolve(result.diagnostics, cached=True))

    async def forget(self) -> None:
        """Drop cached answers: the jobs have changed."""
        if self._cache is not None:
            await self._cache.clear()

    async def _compute(self, request: MatchRequest) -> Result:
        watch = Stopwatch()
        with watch.stage("embed"):
            vector = await embed_request(self._embedder, request)
        with watch.stage("survey"):
            survey = await self._jobs.survey(request.filters)
            surveys = await self._survey_keywords(request.keywords)
        query = SearchQuery(vector=vector, filters=request.filters, keywords=request.keywords)
        with watch.stage("search"), telemetry.timed(telemetry.query_duration):
            found = await self._jobs.search(query, plan(request, survey))
        with watch.stage("rank"):
            matches = rank(request, found.hits, surveys)
        telemetry.match_count.record(len(matches))
        return Result(matches=matches, diagnostics=_diagnostics(found, watch))

    async def _survey_keywords(self, keywords: Sequence[str]) -> list[Survey]:
        return [await self._jobs.survey(Filters(keywords=(keyword,))) for keyword in keywords]


def _diagnostics(found: SearchResult, watch: Stopwatch) -> Diagnostics:
    return Diagnostics(
        plan=found.plan, considered=len(found.hits), complete=found.complete, milliseconds=watch.milliseconds
    )
