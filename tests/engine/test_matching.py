"""Matching in place: what is asked in which way, how it was found, what is cached."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

import anyio
import attrs
import pytest

from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.caching import ResultCache, cache_from_url
from jobmatch.engine import MatchEngine, answer
from jobmatch.errors import DatabaseUnavailable, InvalidInput
from jobmatch.model import Filters, Hnsw, InteractionKind, Job, MatchRequest, Method, Plan, Profile, Weights
from jobmatch.ports import SearchQuery, SearchResult, Survey
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]


def cache() -> ResultCache:
    """Return a cache in memory."""
    made = cache_from_url("memory://", 60)
    assert made is not None
    return made


class CountingIndex(MemoryJobIndex):
    """Counts its searches."""

    searches = 0

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        self.searches += 1
        return await super().search(query, plan)


class NoEmbedder(HashingEmbedder):
    """Must not be needed after the import."""

    ready = False

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        assert not self.ready
        return await super().embed(texts)


async def test_a_given_vector_is_used_as_it_is(make_engine: Make, postings: list[Job]) -> None:
    embedder = NoEmbedder()
    vector = (await embedder.embed(["Night nurse"]))[0] * 7
    async with make_engine(embedder=embedder) as engine:
        await engine.import_jobs(postings)
        embedder.ready = True
        page = await engine.match(MatchRequest(profile=Profile(vector=vector)))
    assert page.matches[0].job.title == "Night nurse"


async def test_a_vector_of_another_embedder_is_refused(make_engine: Make) -> None:
    async with make_engine() as engine:
        request = MatchRequest(profile=Profile(vector=[1, 0]))
        with pytest.raises(InvalidInput, match=r"profile\.vector: has shape \(2,\), .* \(64,\)"):
            await engine.match(request)
        task = await engine.wait((await engine.submit(request, owner="me")).id, owner="me", timeout=30)
        assert task.error is not None
        assert "(64,)" in task.error.message
        with pytest.raises(InvalidInput, match="not all zero"):
            await engine.match(MatchRequest(profile=Profile(vector=[0] * 64)))


@pytest.mark.parametrize(
    "request_",
    [
        MatchRequest(keywords="baker"),
        MatchRequest(profile=Profile(titles="Baker")),
        MatchRequest(profile=Profile(skills="Baker")),
        MatchRequest(profile=Profile(text="I am a baker")),
    ],
)
async def test_any_part_of_a_profile_is_enough(make_engine: Make, postings: list[Job], request_: MatchRequest) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        page = await engine.match(request_)
    assert page.matches[0].job.title == "Baker"
    assert page.total == len(page.matches) == 8


async def test_an_empty_index_gives_an_empty_answer(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine:
        page = await engine.match(welder)
    assert (page.matches, page.total, page.cursor, page.diagnostics.complete) == ((), 0, None, True)


async def test_diagnostics_say_how_it_was_found(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        diagnostics = (await engine.match(welder)).diagnostics
    assert (diagnostics.plan.method, diagnostics.plan.reason) == (Method.EXACT, "no vector index")
    assert (diagnostics.considered, diagnostics.complete, diagnostics.cached) == (8, True, False)


class Clock:
    """Goes on when it is told to."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class TimedEmbedder(HashingEmbedder):
    """Takes 30 ms."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self._clock.seconds += 0.03
        return await super().embed(texts)


class TimedIndex(MemoryJobIndex):
    """Takes 2 ms for a survey and half a second for a search."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        self._clock.seconds += 0.002
        return await super().survey(filters, closely=closely)

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        found = await super().search(query, plan)
        self._clock.seconds += 0.5
        return found


async def test_diagnostics_say_what_took_how_long(
    make_engine: Make, welder: MatchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(answer, "perf_counter", clock)
    async with make_engine(embedder=TimedEmbedder(clock), jobs=TimedIndex(clock)) as engine:
        diagnostics = (await engine.match(welder)).diagnostics
    stages = {"embed": 30.0, "survey": 2.0, "search": 500.0, "rank": 0.0}
    assert diagnostics.milliseconds == stages
    assert list(diagnostics.milliseconds) == list(stages)


async def test_filters_limit_and_offset(make_engine: Make, postings: list[Job]) -> None:
    request = MatchRequest(profile=Profile(text="welder"), filters=Filters(remote=True), limit=2, offset=1)
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        page = await engine.match(request)
    assert [match.rank for match in page.matches] == [2, 3]
    assert {match.job.id for match in page.matches} <= {"j1", "j3", "j5", "j7"}


class Fickle(MemoryJobIndex):
    """An index that finds others the more it is to find."""

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        return Survey(matching=1_000_000, total=1_000_000, strategy=Hnsw())

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        everything = await super().search(query, attrs.evolve(plan, fetch=1_000))
        hits = [hit for hit in everything.hits if crc32(f"{hit.job.id} {plan.fetch}".encode()) % 4]
        return SearchResult(hits=tuple(hits[: plan.fetch]), complete=False, plan=plan)


@pytest.mark.parametrize("weights", [Weights(), Weights(keywords=0, skills=0, title=0, level=0, recency=0)])
@pytest.mark.parametrize("sort", ["recommended", "score", "date"])
async def test_pages_do_not_overlap_though_an_index_finds_others_for_each(
    make_engine: Make, sort: str, weights: Weights
) -> None:
    jobs = [Job(id=f"j{n}", title=f"Welder {n}", description="welding " * n) for n in range(400)]
    asked = MatchRequest(profile=Profile(text="welding"), sort=sort, weights=weights, limit=20)
    async with make_engine(jobs=Fickle()) as engine:
        await engine.import_jobs(jobs)
        pages = [(await engine.match(attrs.evolve(asked, offset=offset))).matches for offset in range(0, 200, 20)]
    shown = [match for page in pages for match in page]
    assert [match.rank for match in shown] == list(range(1, 201))
    assert len({match.job.id for match in shown}) == 200


async def test_offset_beyond_the_end_is_an_empty_answer(make_engine: Make, postings: list[Job]) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        page = await engine.match(MatchRequest(keywords="welder", offset=100))
    assert (page.matches, page.total) == ((), 0)


async def test_building_an_index_can_be_watched(make_engine: Make) -> None:
    told: list[tuple[float, str]] = []
    async with make_engine() as engine:
        await engine.index.create(Hnsw(), progress=lambda part, stage: told.append((part, stage)))
    assert told[-1][0] == 1


async def test_an_answer_is_cached_for_its_owner(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    index = CountingIndex()
    async with make_engine(jobs=index, cache=cache()) as engine:
        await engine.import_jobs(postings)
        fresh = await engine.match(welder, owner="ada")
        again = await engine.match(welder, owner="ada")
        assert (index.searches, fresh.diagnostics.cached, again.diagnostics.cached) == (1, False, True)
        assert again.matches == fresh.matches
        assert not (await engine.match(welder, owner="bob")).diagnostics.cached
        assert not (await engine.match(welder)).diagnostics.cached
    assert index.searches == 3


async def test_engines_over_different_jobs_may_share_a_cache(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    shared = cache()
    async with make_engine(cache=shared) as engine, make_engine(cache=shared) as other:
        await engine.import_jobs(postings)
        await other.import_jobs(postings[:1])
        assert (await engine.match(welder, owner="ada")).total == len(postings)
        assert (await other.match(welder, owner="ada")).total == 1
        assert (await engine.match(welder, owner="ada")).diagnostics.cached


async def test_tasks_use_the_cache_too(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    index = CountingIndex()
    async with make_engine(jobs=index, cache=cache()) as engine:
        await engine.import_jobs(postings)
        for _ in range(2):
            task = await engine.submit(welder, owner="ada")
            await engine.wait(task.id, owner="ada", timeout=60)
        page = await engine.results(task.id, owner="ada")
    assert (index.searches, page.diagnostics.cached) == (1, True)


async def test_an_import_and_a_removal_empty_the_cache(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    async with make_engine(cache=cache()) as engine:
        assert (await engine.match(welder)).total == 0
        await engine.import_jobs(postings)
        assert (await engine.match(welder)).total == 8
        await engine.remove_jobs(["j0"])
        assert (await engine.match(welder)).total == 7


async def test_a_purge_empties_the_cache(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    jobs = MemoryJobIndex()
    async with make_engine(cache=cache(), jobs=jobs) as engine, make_engine(jobs=jobs) as other:
        assert (await engine.match(welder)).total == 0
        await other.import_jobs(postings)
        assert await engine.purge_jobs() == 0
        assert (await engine.match(welder)).total == 8


async def test_what_others_changed_is_found_after_a_call(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    jobs = MemoryJobIndex()
    async with make_engine(cache=cache(), jobs=jobs) as engine, make_engine(jobs=jobs) as other:
        assert (await engine.match(welder)).total == 0
        await other.import_jobs(postings)
        assert (await engine.match(welder)).total == 0
        await engine.forget()
        assert (await engine.match(welder)).total == 8
        await other.forget()


class GatedIndex(MemoryJobIndex):
    """Lets a search go on when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.opened = anyio.Event(), anyio.Event()

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        found = await super().search(query, plan)
        self.reached.set()
        await self.opened.wait()
        return found


async def test_what_was_found_before_an_import_is_not_cached_after_it(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    index = GatedIndex()
    async with make_engine(jobs=index, cache=cache()) as engine:
        async with anyio.create_task_group() as group:
            group.start_soon(engine.match, welder)
            await index.reached.wait()
            await engine.import_jobs(postings)
            index.opened.set()
        assert (await engine.match(welder)).total == 8


async def test_weak_matches_can_be_left_out(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        everything = (await engine.match(welder)).matches
        least = everything[2].score
        page = await engine.match(attrs.evolve(welder, min_score=least))
        assert [match.job.id for match in page.matches] == [
            match.job.id for match in everything if match.score >= least
        ]
        assert 3 <= len(page.matches) < len(everything)
        assert page.diagnostics.complete
        assert (await engine.match(attrs.evolve(welder, min_score=1))).matches == ()


async def test_what_was_dismissed_is_left_out_at_once(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    request = attrs.evolve(welder, filters=Filters(exclude_interactions=["applied", "dismissed"]))
    async with make_engine(cache=cache()) as engine:
        await engine.import_jobs(postings)
        before = {match.job.id for match in (await engine.match(request, owner="ada")).matches}
        await engine.record(["j0", "j1"], kind="dismissed", owner="ada")
        await engine.record("j2", kind=InteractionKind.APPLIED, owner="ada")
        await engine.record("j3", kind="viewed", owner="ada")
        after = {match.job.id for match in (await engine.match(request, owner="ada")).matches}
        assert before - after == {"j0", "j1", "j2"}
        task = await engine.submit(request, owner="ada")
        await engine.wait(task.id, owner="ada", timeout=60)
        page = await engine.results(task.id, owner="ada", limit=100)
        assert {match.job.id for match in page.matches} == after
        assert {match.job.id for match in (await engine.match(request, owner="bob")).matches} == before


async def test_what_cannot_be_filtered_is_refused_before_there_is_a_task(make_engine: Make) -> None:
    nobodys = MatchRequest(keywords="x", filters=Filters(exclude_interactions="saved"))
    unknown = MatchRequest(keywords="x", filters=Filters(metadata={"visa": True}))
    async with make_engine(jobs=MemoryJobIndex(metadata_fields=["team"])) as engine:
        with pytest.raises(InvalidInput, match=r"filters\.exclude_interactions: .*give an owner"):
            await engine.match(nobodys)
        with pytest.raises(InvalidInput, match=r"filters\.metadata: can be about team"):
            await engine.match(unknown)
        with pytest.raises(InvalidInput, match=r"filters\.metadata"):
            await engine.submit(unknown, owner="ada")
        assert (await engine.list(owner="ada"))[0] == []


async def test_what_can_be_recorded_is_bounded(make_engine: Make) -> None:
    async with make_engine() as engine:
        with pytest.raises(InvalidInput, match="at most 10,000"):
            await engine.record([str(n) for n in range(10_001)], kind="viewed", owner="ada")
        with pytest.raises(InvalidInput, match="must be one of applied"):
            await engine.record("x", kind="loved", owner="ada")
        await engine.record("x" * 512, kind="viewed", owner="ada")
        with pytest.raises(InvalidInput, match=r"^job_ids: must have at most 512 characters each, not 513$"):
            await engine.record(["j0", "x" * 513], kind="viewed", owner="ada")


class SurveyedIndex(MemoryJobIndex):
    """Tells of the surveys of keywords, which take until several are under way; one of them may fail."""

    def __init__(self, *, failing: str = "") -> None:
        super().__init__()
        self.surveyed: list[str] = []
        self.under_way = self.most = 0
        self._several = anyio.Event()
        self._failing = failing

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        if filters.keywords:
            self.surveyed.extend(filters.keywords)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            if self.under_way > 1:
                self._several.set()
            with anyio.fail_after(10):
                await self._several.wait()
            self.under_way -= 1
            if self._failing in self.surveyed:
                raise DatabaseUnavailable("gone")
        return await super().survey(filters, closely=closely)


async def test_keywords_are_surveyed_a_few_at_once(make_engine: Make, postings: list[Job]) -> None:
    words = [f"w{n}" for n in range(47)]
    request = MatchRequest(keywords=["nurse", *words, "shifts", "developer"])
    async with make_engine(jobs=(index := SurveyedIndex())) as engine, make_engine() as other:
        for one in (engine, other):
            await one.import_jobs(postings)
        page, same = await engine.match(request), await other.match(request)
    assert sorted(index.surveyed) == sorted(request.keywords)
    assert 1 < index.most < 10
    assert page.matches == same.matches


async def test_keywords_that_do_not_count_are_not_surveyed(make_engine: Make, postings: list[Job]) -> None:
    request = MatchRequest(keywords=["nurse", "shifts"], weights=Weights(keywords=0))
    async with make_engine(jobs=(index := SurveyedIndex())) as engine:
        await engine.import_jobs(postings)
        assert (await engine.match(request)).matches
    assert index.surveyed == []


async def test_an_error_of_a_survey_is_told_as_it_is(make_engine: Make, postings: list[Job]) -> None:
    async with make_engine(jobs=SurveyedIndex(failing="shifts")) as engine:
        await engine.import_jobs(postings)
        with pytest.raises(DatabaseUnavailable, match="gone"):
            await engine.match(MatchRequest(keywords=["nurse", "shifts", "cook"]))


async def test_keywords_that_there_is_no_looking_for_do_not_count(make_engine: Make, postings: list[Job]) -> None:
    profile = Profile(text="nurse on a night ward")
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        page = await engine.match(MatchRequest(profile=profile, keywords=["Will", "nurse", "the"]))
        same = await engine.match(MatchRequest(profile=profile, keywords=["nurse"]))
        without = await engine.match(MatchRequest(profile=profile, keywords=["will"]))
        alone = await engine.match(MatchRequest(keywords=["nursing", "the"]))
        vain = await engine.match(MatchRequest(keywords=["it"], limit=3))
    told = [criterion for match in page.matches for criterion in match.explanation.criteria]
    assert {word for one in told if one.name == "keywords" for word in one.found + one.missing} == {"nurse"}
    assert [criterion.weight for criterion in told] == [
        criterion.weight for match in same.matches for criterion in match.explanation.criteria
    ]
    for other in (without, vain):
        assert other.matches
        assert "keywords" not in {one.name for match in other.matches for one in match.explanation.criteria}
    assert alone.matches[0].score > 0


async def test_a_filter_by_what_there_is_no_looking_for_is_refused_at_once(make_engine: Make) -> None:
    request = MatchRequest(keywords="nurse", filters=Filters(keywords=["nurse", "the"]))
    async with make_engine() as engine:
        with pytest.raises(InvalidInput, match=r"filters\.keywords: 'the' has no word that can be looked for"):
            await engine.match(request)
        with pytest.raises(InvalidInput, match="has no word that can be looked for"):
            await engine.submit(request, owner="ada")
