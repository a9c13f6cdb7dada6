"""`Answerer`: from a request to its ranked snapshot.

cache → embed → survey → plan → search → rank
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from jobmatch import telemetry
from jobmatch.caching import ResultCache, cache_key
from jobmatch.cancelling import unless_asked
from jobmatch.composing import embed_request
from jobmatch.engine.mishaps import first
from jobmatch.engine.watching import RecallWatch
from jobmatch.errors import InvalidInput
from jobmatch.model import Diagnostics, Explained, Filters, MatchRequest, Method, Plan, Result
from jobmatch.model.keys import check_owner
from jobmatch.planning import plan, plans
from jobmatch.ports import Embedder, JobIndex, Progress, SearchQuery, SearchResult, Survey
from jobmatch.ranking import rank

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: The part that is done when a stage begins, about.
BEGINS = {"embed": 0.0, "survey": 0.3, "search": 0.4, "rank": 0.8}
#: Keywords of one request surveyed at once: each takes a connection of those that all requests share.
AT_ONCE = 4


class Stopwatch:
    """Times the stages of one answer, and tells of them.

    Arguments:
        progress: told when a stage begins.
    """

    def __init__(self, progress: Progress | None) -> None:
        self.milliseconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        if self._progress:
            self._progress(BEGINS[name], name)
        start = perf_counter()
        yield
        self.milliseconds[name] = round((perf_counter() - start) * 1_000, 3)


class Answerer:
    """Answers requests, from the cache if it can.

    Arguments:
        jobs: where to search.
        embedder: made the vectors there.
        cache: keeps answers; None for no cache.
        watch: sees every search.
    """

    def __init__(self, *, jobs: JobIndex, embedder: Embedder, cache: ResultCache | None, watch: RecallWatch) -> None:
        self._jobs = jobs
        self._embedder = embedder
        self._cache = cache
        self._watch = watch

    async def answer(self, request: MatchRequest, *, owner: str | None, progress: Progress | None = None) -> Result:
        """Return the answer to *request*.

        What depends on what its owner did before is not cached: they may do more any moment.
        """
        self.check(request.filters, owner)
        with unless_asked("the answer"):
            if self._cache is None or request.filters.exclude_interactions:
                return await self._compute(request, owner, progress)
            return await self._cached(self._cache, request, owner, progress)

    async def _cached(
        self, cache: ResultCache, request: MatchRequest, owner: str | None, progress: Progress | None
    ) -> Result:
        key = cache_key(request, owner, self._embedder.name, self._jobs.identity)
        result, cached = await cache.get_or_compute(key, lambda: self._compute(request, owner, progress))
        if not cached:
            return result
        return attrs.evolve(result, diagnostics=attrs.evolve(result.diagnostics, cached=True))

    async def explain(self, request: MatchRequest, *, owner: str | None) -> Explained:
        """Return how *request* would be searched."""
        self.check(request.filters, owner)
        query = await self._query(request, owner)
        return await self._jobs.admin.explain(query, plan(request, await self._jobs.survey(request.filters)))

    async def _query(self, request: MatchRequest, owner: str | None) -> SearchQuery:
        vector = await embed_request(self._embedder, request)
        return SearchQuery(vector=vector, filters=request.filters, keywords=request.keywords, owner=owner)

    async def forget(self) -> None:
        """Drop cached answers: the jobs have changed."""
        if self._cache is not None:
            await self._cache.clear()

    def disconnect(self) -> None:
        """Close the cache's connections."""
        if self._cache is not None:
            self._cache.disconnect()

    def check(self, filters: Filters, owner: str | None) -> None:
        """Refuse filters that cannot be applied, and owners that cannot be stored.

        Raises:
            InvalidInput: names what is wrong.
        """
        check_owner(owner)
        if filters.exclude_interactions and owner is None:
            raise InvalidInput("filters.exclude_interactions", "needs to know whose they are: give an owner")
        self._jobs.check(filters)

    async def _compute(self, request: MatchRequest, owner: str | None, progress: Progress | None) -> Result:
        stopwatch = Stopwatch(progress)
        with stopwatch.stage("embed"):
            query = await self._query(request, owner)
        with stopwatch.stage("survey"):
            request = await self._heard(request, query.vector)
            survey = await self._jobs.survey(request.filters)
            surveys = await self._survey_keywords(request)
        with stopwatch.stage("search"), telemetry.timed(telemetry.query_duration):
            query = attrs.evolve(query, keywords=request.keywords)
            results = await self._search(query, plans(request, survey))
        found = results[-1]
        self._watch.saw(query, found)
        with stopwatch.stage("rank"):
            matches = rank(request, found.hits, surveys, before=[one.hits for one in results if one is not found])
        telemetry.match_count.record(len(matches))
        return Result(matches=matches, diagnostics=_diagnostics(found, stopwatch))

    async def _search(self, query: SearchQuery, plans: Sequence[Plan]) -> Sequence[SearchResult]:
        """Carry out the plans for an answer's blocks, but those whose hits are the first of the next one's."""
        results: list[SearchResult] = []
        following: Plan | None = None
        for one in reversed(plans):
            known = results and (one == following or (one.method is Method.EXACT and results[-1].complete))
            results.append(results[-1] if known else await self._jobs.search(query, one))
            following = one
        return results[::-1]

    async def _heard(self, request: MatchRequest, vector: "Vector") -> MatchRequest:
        """Return *request* without the keywords that the index cannot look for: nobody is told that they are missing.

        Arguments:
            request: what was asked.
            vector: what became of it; the profile has it, if nothing else is left.
        """
        if not request.keywords or not (vain := await self._jobs.unsearchable(request.keywords)):
            return request
        kept = tuple(keyword for keyword in request.keywords if keyword not in vain)
        profile = request.profile or attrs.evolve(request.profile, vector=tuple(vector.tolist()))
        return attrs.evolve(request, keywords=kept, profile=profile)

    async def _survey_keywords(self, request: MatchRequest) -> Sequence[Survey]:
        """Ask how rare each keyword is, of a few at once; of none if they do not count."""
        keywords, surveys = request.keywords, dict[str, Survey]()
        if not keywords or "keywords" not in request.spoken:
            return ()
        left = iter(keywords)

        async def ask() -> None:
            with unless_asked("the index"):
                for keyword in left:
                    surveys[keyword] = await self._jobs.survey(Filters(keywords=(keyword,)))

        await _beside_one_another(ask, min(AT_ONCE, len(keywords)))
        return [surveys[keyword] for keyword in keywords]


async def _beside_one_another(act: Callable[[], Coroutine[Any, Any, None]], times: int) -> None:
    """Do *act* several times at once. An error leaves as it is, not in a group."""
    try:
        async with anyio.create_task_group() as group:
            for _ in range(times):
                group.start_soon(act)
        return
    except BaseExceptionGroup as errors:
        error = first(errors)
    raise error  # outside of the handler, which would replace its cause and context


def _diagnostics(found: SearchResult, stopwatch: Stopwatch) -> Diagnostics:
    return Diagnostics(
        plan=found.plan,
        considered=len(found.hits),
        complete=found.complete,
        settings=found.settings,
        milliseconds=stopwatch.milliseconds,
    )
