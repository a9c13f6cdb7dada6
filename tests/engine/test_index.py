"""Looking after the vector index: what is measured, kept and planned by, on an index that forgets as told."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import attrs
import numpy as np
import pytest

from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.backends.memory.index_admin import MemoryIndexAdmin
from jobmatch.engine import MatchEngine
from jobmatch.engine.index import measuring
from jobmatch.errors import Incompatible, InvalidInput, JobmatchError, NotFound, Unavailable
from jobmatch.model import (
    Calibration,
    Costs,
    Exact,
    Filters,
    Hnsw,
    MatchRequest,
    Method,
    Place,
    Plan,
    Profile,
    Recall,
    Rung,
)
from jobmatch.ports import SearchQuery, SearchResult, Survey
from jobmatch.testing import HashingEmbedder
from jobmatch.testing.material import entry

Make = Callable[..., MatchEngine]
Index = TypeVar("Index", bound=MemoryJobIndex)
COUNTRIES = ("DE", "DE", "DE", "DE", "DE", "FR", "FR", "US", "US", "NZ")
NURSE = Profile(text="night nurse")
#: On so few postings comparing all of them is the better way; so let it cost.
DEAR = Calibration(
    index=Exact().describe(),
    rows=200,
    k=10,
    queries=1,
    rungs=(Rung(effort=40, recall=1.0, worst=1.0, milliseconds=1.0),),
    costs=Costs(exact=1e6, exact_row=1.0, index=0.0, index_visit=1.0),
    measured_at=datetime(2026, 6, 1, tzinfo=UTC),
)


class Pretended(Hnsw):
    """Goes by the name of the index that there really is, under which notes are kept."""

    def describe(self) -> str:
        return Exact().describe()


class Forgetful(MemoryJobIndex):
    """Claims to have an index; of what is near it finds as many hundredths as the effort says."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: list[Plan] = []

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        return attrs.evolve(await super().survey(filters, closely=closely), strategy=Pretended())

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        self.plans.append(plan)
        if plan.method is Method.EXACT:
            return await super().search(query, plan)
        everything = await super().search(query, attrs.evolve(plan, fetch=len(self._rows)))
        found = [hit for rank, hit in enumerate(everything.hits) if rank * 37 % 100 < plan.effort]
        return attrs.evolve(everything, hits=tuple(found[: plan.fetch]), plan=plan)


@pytest.fixture
async def index() -> Forgetful:
    """Two hundred postings, scattered, in four countries."""
    return await filled(Forgetful())


async def filled(made: Index) -> Index:
    """Put them in."""
    rng = np.random.default_rng(7)
    await made.bind("hashing-8", 8)
    vectors = rng.standard_normal((200, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    await made.put(
        [
            entry(f"j{number:04}", vector, places=[Place(country=COUNTRIES[number % 10])])
            for number, vector in enumerate(vectors)
        ]
    )
    return made


@pytest.fixture
def engine(make_engine: Make, index: Forgetful) -> MatchEngine:
    """An engine on it."""
    return make_engine(jobs=index, embedder=HashingEmbedder(8))


async def test_recall_is_what_searches_find_of_the_nearest(engine: MatchEngine, index: Forgetful) -> None:
    await index.admin.note(calibration=DEAR)
    async with engine:
        report = await engine.index.recall(count=20)
    found = sum(rank * 37 % 100 < 40 for rank in range(10)) / 10
    assert found == 0.5
    assert (report.overall.recall, report.overall.worst) == (found, found)
    assert (report.overall.queries, report.overall.share, report.overall.exact) == (20, 1.0, 0.0)
    assert report.lowest <= found


async def test_comparing_everything_finds_everything(engine: MatchEngine) -> None:
    async with engine:
        report = await engine.index.recall(wanted=Recall.EXACT, count=5)
    assert {band.recall for band in (report.overall, *report.bands)} == {1.0}
    assert {band.exact for band in (report.overall, *report.bands)} == {1.0}
    assert report.lowest == 1.0


async def test_a_report_is_kept(engine: MatchEngine) -> None:
    async with engine:
        report = await engine.index.recall(count=5)
        assert (await engine.index.status()).recall == report


async def test_questions_can_be_those_that_people_ask(engine: MatchEngine) -> None:
    asked = [MatchRequest(profile=NURSE, filters=Filters(country=country)) for country in ("FR", "US", "US", "NZ")]
    async with engine:
        report = await engine.index.recall(requests=asked)
    assert [(band.share, band.queries) for band in report.bands] == [(0.2, 3), (0.1, 1)]
    assert report.overall.queries == 4


async def test_made_up_questions_have_filters_that_let_something_through(engine: MatchEngine, index: Forgetful) -> None:
    async with engine:
        report = await engine.index.recall(count=5)
    assert [band.share for band in report.bands] == [0.5, 0.2, 0.1]
    assert all(plan.estimate > 0 for plan in index.plans if plan.estimate or plan.reason)


@pytest.mark.parametrize(("count", "each"), [(5, 10), (200, 10), (400, 20)])
async def test_the_more_questions_are_wanted_the_more_have_filters(engine: MatchEngine, count: int, each: int) -> None:
    async with engine:
        report = await engine.index.recall(count=count)
    assert {band.queries for band in report.bands} == {each}


@pytest.mark.parametrize(("target", "effort"), [(0.5, 40), (0.6, 50), (0.7, 60), (0.75, 80)])
async def test_tuning_finds_the_least_effort_that_reaches_a_target(
    engine: MatchEngine, target: float, effort: int
) -> None:
    async with engine:
        calibration = await engine.index.tune(target=target, count=5)
    rung = calibration.reaching(target)
    assert rung is not None
    assert rung.effort == effort
    assert calibration.rungs[0].effort == 40
    assert calibration.rungs[0].recall == 0.5


async def test_searches_go_by_what_was_tuned(engine: MatchEngine, index: Forgetful) -> None:
    async with engine:
        await engine.index.tune(count=5)
        kept = (await engine.index.status()).calibration
        assert kept is not None
        await index.admin.note(calibration=attrs.evolve(kept, costs=DEAR.costs))
        page = await engine.match(MatchRequest(profile=NURSE))
    least, taken = kept.reaching(Recall.BALANCED.target), kept.taken(Recall.BALANCED.target)
    assert least is not None
    assert taken is not None
    assert least.effort == 100
    assert (index.plans[-1].effort, index.plans[-1].recall) == (taken.effort, 1.0)
    assert taken.effort > 100  # a step more at least, for here it takes no time
    assert page.diagnostics is not None
    assert page.diagnostics.plan.effort == taken.effort


class Cold(Forgetful):
    """Takes a second by the clock it is given, and a millisecond if it was just asked the same."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._last: object = None

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        asked = (query.filters, query.vector.tobytes(), plan)
        self.now += 0.001 if asked == self._last else 1.0
        self._last = asked
        return await super().search(query, plan)


async def test_costs_are_those_of_searches_that_find_the_memory_warm(
    make_engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = await filled(Cold())
    monkeypatch.setattr(measuring, "perf_counter", lambda: cold.now)
    async with make_engine(jobs=cold, embedder=HashingEmbedder(8)) as engine:
        calibration = await engine.index.tune(count=5)
    costs = calibration.costs
    assert 0 < costs.exact + 100 * costs.exact_row < 10  # or else a thousand at least
    assert {rung.milliseconds for rung in calibration.rungs} == {1_000}


async def test_tuning_tells_how_far_it_is(engine: MatchEngine) -> None:
    told: list[float] = []
    async with engine:
        await engine.index.tune(count=5, progress=lambda part, _: told.append(part))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert len(told) > 10


async def test_without_an_index_nothing_can_be_tuned(make_engine: Make) -> None:
    async with make_engine() as engine:
        with pytest.raises(NotFound, match="jobmatch index create"):
            await engine.index.tune()


async def test_without_postings_nothing_can_be_measured(make_engine: Make) -> None:
    async with make_engine(jobs=Forgetful()) as engine:
        with pytest.raises(NotFound, match="jobmatch import"):
            await engine.index.recall()
        with pytest.raises(NotFound, match="jobmatch import"):
            await engine.index.tune()


@pytest.mark.parametrize(
    ("wrong", "name"), [({"k": 0}, "k"), ({"k": 1_001}, "k"), ({"count": 0}, "count"), ({"count": 1_001}, "count")]
)
async def test_sizes_have_bounds(engine: MatchEngine, wrong: dict[str, Any], name: str) -> None:
    async with engine:
        with pytest.raises(InvalidInput, match=f"{name}: must be between 1 and 1,000"):
            await engine.index.recall(**wrong)
        with pytest.raises(InvalidInput, match=f"{name}: must be between 1 and 1,000"):
            await engine.index.tune(**wrong)


@pytest.mark.parametrize("target", [0.0, -1.0, 1.01, float("nan")])
async def test_a_target_is_a_share(engine: MatchEngine, target: float) -> None:
    async with engine:
        with pytest.raises(InvalidInput, match="target: must be above 0 and at most 1"):
            await engine.index.tune(target=target)


async def test_a_request_is_explained_without_a_search(engine: MatchEngine, index: Forgetful) -> None:
    async with engine:
        explained = await engine.explain(MatchRequest(profile=NURSE, filters=Filters(country="NZ")))
    assert index.plans == []
    assert explained.plan.estimate == 20
    assert explained.trace.steps


async def test_the_verbs_reach_the_index(engine: MatchEngine) -> None:
    async with engine:
        assert (await engine.index.plan(Hnsw())).rows == 200
        await engine.index.create(Hnsw())
        await engine.index.drop()
        assert (await engine.index.status()).rows == 200
        with pytest.raises(NotFound):
            await engine.index.reindex()


@pytest.mark.parametrize("error", [Incompatible("the user lacks a right"), Unavailable("it takes no changes")])
async def test_who_may_only_read_gets_what_was_measured_all_the_same(
    engine: MatchEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: JobmatchError
) -> None:
    async def refuse(self: MemoryIndexAdmin, **_: object) -> None:
        raise error

    monkeypatch.setattr(MemoryIndexAdmin, "note", refuse)
    async with engine:
        assert (await engine.index.recall(count=5)).overall.queries == 5
        assert (await engine.index.tune(count=5)).rungs
    assert [record.getMessage() for record in caplog.records] == [f"what was measured is not kept: {error}"] * 2
