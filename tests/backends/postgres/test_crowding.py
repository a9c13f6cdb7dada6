"""Where it is crowded around a query, the index is asked twice."""

from collections.abc import AsyncIterator

import attrs
import numpy as np
import numpy.typing as npt
import pytest

from jobmatch.backends.postgres import looking
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.looking import Looking
from jobmatch.backends.postgres.looks import HARDER
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.backends.postgres.schema import match_job
from jobmatch.backends.postgres.searches import Meanwhile, Search
from jobmatch.backends.postgres.sight import HARDLY, Sight
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.witnesses import Witnesses
from jobmatch.composing import unit
from jobmatch.engine.index.crowds import CROWDED, FAR, HARDLY_CROWDED
from jobmatch.engine.index.measuring import Meter
from jobmatch.engine.index.questions import Question
from jobmatch.engine.index.tuning import Tuning
from jobmatch.model import Filters, Hnsw, IvfFlat, Method, Plan
from jobmatch.model.plan import FEW
from jobmatch.model.strategy import MOST_CANDIDATES
from jobmatch.ports import SearchQuery, SearchResult
from jobmatch.settings import Settings
from jobmatch.testing import entry

Array = npt.NDArray[np.float32]
TOTAL, DIMENSIONS, LISTS = 2_000, 16, 40
#: Half of them.
ODD = Filters(exclude_job_ids=[f"j{number:04}" for number in range(0, TOTAL, 2)])
PLAN = Plan(method=Method.APPROXIMATE, fetch=10, effort=5, reach=TOTAL, doubted=True, reason="a test")


def postings(seed: int, count: int = TOTAL) -> Array:
    """Return vectors that have nothing in common."""
    vectors: Array = unit(np.random.default_rng(seed).standard_normal((count, DIMENSIONS), dtype=np.float32))
    return vectors


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    """Yield an index in lists."""
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("random", DIMENSIONS)
        await index.put([entry(f"j{n:04}", vector) for n, vector in enumerate(postings(7))])
        await index.create_index(IvfFlat(lists=LISTS))
        yield index


@pytest.fixture(autouse=True)
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing that is found refuted: that would be another reason to ask twice."""
    monkeypatch.setattr(Sight, "refute", lambda _, **__: False)


async def planned(index: PostgresJobIndex, plan: Plan, filters: Filters | None = None) -> Plan:
    """Return the plan that was carried out."""
    query = SearchQuery(vector=postings(8, count=1)[0], filters=filters or Filters())
    return (await index.search(query, plan)).plan


def sight(distances: list[float], metric: Metric = Metric.COSINE) -> Sight:
    """Return a tenth of the postings, so far away."""
    query = np.array([1, 0], dtype=np.float32)
    cosines = 1 - np.array(distances, dtype=np.float32)
    vectors = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)
    return Sight(witnesses=Witnesses(vectors=vectors, rate=0.1, metric=metric), query=query)


def test_how_many_times_as_many_are_hardly_farther_away() -> None:
    there = sight([0.19, 0.25, 0.29, 0.31, 0.6])
    assert there.crowding(farthest=0.2, looked_at=10) == pytest.approx(3)
    assert there.crowding(farthest=0.2, looked_at=20) == pytest.approx(1.5)
    assert there.crowding(farthest=0.5, looked_at=10) == pytest.approx(5)
    assert there.crowding(farthest=0.1, looked_at=10) == 0
    assert there.crowding(farthest=0.1, looked_at=0) is None
    assert sight([0.1], Metric.INNER_PRODUCT).crowding(farthest=-0.1, looked_at=10) is None


async def test_the_index_is_asked_twice_where_it_is_more_crowded_than_planned(index: PostgresJobIndex) -> None:
    twice = await planned(index, attrs.evolve(PLAN, crowded=0.0))
    assert (twice.method, twice.crowded) == (Method.APPROXIMATE, None)
    assert twice.effort >= HARDER * PLAN.effort
    assert twice.reason == "a test; once more, for many are about as near"
    for once in (PLAN, attrs.evolve(PLAN, crowded=1e9), attrs.evolve(PLAN, crowded=0.0, doubted=False)):
        assert await planned(index, once) == once
    hardest = attrs.evolve(PLAN, crowded=0.0, effort=LISTS)
    assert await planned(index, hardest) == hardest
    dear = attrs.evolve(PLAN, crowded=0.0, reach=100)  # to compare all would cost less than to look twice
    assert await planned(index, dear) == dear


async def test_a_graph_is_asked_for_more_than_it_keeps_at_once(index: PostgresJobIndex) -> None:
    await index.create_index(Hnsw(m=8, ef_construction=20))
    query = SearchQuery(vector=postings(8, count=1)[0], filters=Filters())
    look = attrs.evolve(PLAN, effort=600, crowded=0.0)
    twice = await index.search(query, look)
    assert (twice.plan.effort, twice.plan.near) == (MOST_CANDIDATES, TOTAL)
    assert look.allows(twice.plan)
    nearest = np.argsort(-(postings(7) @ query.vector))[:10]
    assert [hit.job.id for hit in twice.hits] == [f"j{number:04}" for number in nearest]
    some = (await index.search(query, attrs.evolve(look, effort=150))).plan
    assert (some.effort, some.near) == (600, 0)
    narrow = SearchQuery(vector=query.vector, filters=Filters(exclude_job_ids=["none"]))
    half = attrs.evolve(look, effort=300, near=100, estimate=TOTAL // 2)
    # Ten were handed out at first; 2,000 visits are worth 400 more.
    for reach, asked in ((1_210, (1_000, 1_200)), (1_209, (1_000, 100)), (409, (300, 100))):
        carried_out = (await index.search(narrow, attrs.evolve(half, reach=reach))).plan
        assert (carried_out.effort, carried_out.near) == asked


async def test_after_a_second_look_it_is_looked_from_aside_as_far_as_at_first(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await index.create_index(Hnsw(m=8, ef_construction=20))
    query = SearchQuery(vector=postings(8, count=1)[0], filters=Filters(exclude_job_ids=["none"]))
    look = attrs.evolve(PLAN, effort=300, near=100, estimate=TOTAL // 2, aside=True, crowded=0.0)
    catalog, asked = await index._surveyor.catalog(), list[int]()
    monkeypatch.setattr(Looking, "_sides", lambda *_: [query.vector, -query.vector])

    async def noted(search: Search, meanwhile: Meanwhile) -> Rows:
        asked.append(search.parameters["near"])
        return await index._send(search, meanwhile)

    sight = await index._surveyor.seen_from(query.vector, catalog)
    await Looking(query=query, catalog=catalog, sight=sight, send=noted).found(look)
    assert asked == [100, 1_200, 10]  # as the last that was found is the tenth of all


@pytest.mark.parametrize("crowded", [None, 1e-6])
async def test_what_a_second_look_found_is_not_looked_for_a_third_time(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, crowded: float | None
) -> None:
    filters = Filters(exclude_job_ids=["none"])
    short = attrs.evolve(PLAN, fetch=50, near=40, estimate=TOTAL, effort=LISTS // 4, crowded=crowded)
    catalog, query = await index._surveyor.catalog(), SearchQuery(vector=postings(8, count=1)[0], filters=filters)
    sight = await index._surveyor.seen_from(query.vector, catalog)
    found = await Looking(query=query, catalog=catalog, sight=sight, send=index._send).found(short)
    assert found is not None
    assert (found.plan.near > short.near, found.plan.crowded, len(found.hits)) == (True, crowded, 50)
    refuted = iter([True, False])
    monkeypatch.setattr(Sight, "refute", lambda _, **__: next(refuted))
    astray = await planned(index, attrs.evolve(PLAN, crowded=crowded))
    assert (astray.method, astray.crowded) == (Method.APPROXIMATE, crowded)
    assert astray.reason == "a test; led astray at first"


async def test_it_is_crowded_or_not_around_the_few_nearest_of_many(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def noted(_: Sight, *, farthest: float, looked_at: float) -> float:
        asked.append(looked_at)
        return 0.0

    monkeypatch.setattr(Sight, "crowding", noted)
    await planned(index, attrs.evolve(PLAN, fetch=50, crowded=1.0))
    half = attrs.evolve(PLAN, fetch=50, near=400, effort=LISTS, estimate=TOTAL // 2, crowded=1.0)
    await planned(index, half, ODD)
    nearest = np.argsort(-(postings(7) @ postings(8, count=1)[0])).tolist()
    tenth = [number for number in nearest if number % 2][FEW - 1]
    assert asked == pytest.approx([FEW, nearest.index(tenth) + 1])
    await planned(index, attrs.evolve(half, every=True), ODD)
    assert asked[2] == asked[1]


async def test_under_filters_it_takes_less_for_it_to_be_crowded(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sight, "crowding", lambda _, **__: 1.0)
    monkeypatch.setattr(looking, "handed_out", lambda *_: 20)  # it depends on the lists, which depend on luck
    half = attrs.evolve(PLAN, near=100, estimate=TOTAL // 2, crowded=1.5)
    for thinning, twice in ((0.0, False), (0.5, False), (1.0, True)):  # 1.5, 1.06, and 0.75 by the twentieth of all
        carried_out = await planned(index, attrs.evolve(half, thinning=thinning), ODD)
        assert (carried_out.crowded is None) is twice, thinning


async def test_a_second_look_finds_no_less(index: PostgresJobIndex) -> None:
    meter, found = Meter(index, k=10), np.zeros(2)
    for vector in postings(9, count=20):
        question = Question(vector=vector)
        truth = await meter.truth(question)
        looks = (attrs.evolve(PLAN, effort=2, crowded=crowding) for crowding in (None, 0.0))
        found += [(await meter.trial(question, look, truth)).recall for look in looks]
    assert found[1] > found[0] + 1


async def test_the_narrower_the_filter_the_more_there_are_anyway(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that pass the tenth nearest is farther away, with more around it that do not."""
    told, crowding = list[float](), Sight.crowding

    def noted(sight: Sight, *, farthest: float, looked_at: float) -> float | None:
        told.append(crowding(sight, farthest=farthest, looked_at=looked_at) or 0.0)
        return told[-1]

    monkeypatch.setattr(Sight, "crowding", noted)
    look = attrs.evolve(PLAN, fetch=10, near=TOTAL, reach=TOTAL, effort=LISTS, estimate=TOTAL, crowded=1e9)
    for kept in (1, 100):
        others = Filters(exclude_job_ids=[f"j{number:04}" for number in range(TOTAL) if number % kept])
        await planned(index, look, others)
    assert told[0] > 2 * told[1] > 0


async def test_an_index_tells_how_crowded_it_is(index: PostgresJobIndex) -> None:
    meter, question = Meter(index, k=10), Question(vector=postings(8, count=1)[0])
    truth = await meter.truth(question)
    crowding = await meter.crowding(question, truth, 10)
    assert crowding is not None
    assert crowding > 1
    assert await index.crowding(question.vector, truth.farthest, 20) == pytest.approx(crowding / 2)


@pytest.mark.parametrize("metric", Metric)
async def test_a_table_of_ones_own_tells_as_well_where_it_has_distances(
    index: PostgresJobIndex, settings: Settings, monkeypatch: pytest.MonkeyPatch, metric: Metric
) -> None:
    monkeypatch.setattr("jobmatch.backends.postgres.witnessing.COUNT", TOTAL)  # so that all are drawn
    columns = {name: match_job.c[name] for name in ("id", "vector")} | {"title": match_job.c.id}
    question = Question(vector=postings(8, count=1)[0])
    async with TableJobIndex(Database(settings), JobTable(match_job, columns=columns, metric=metric)) as own:
        await own.bind("random", DIMENSIONS)
        meter = Meter(own, k=10)
        crowding = await meter.crowding(question, await meter.truth(question), 10)
    cosines = postings(7) @ question.vector
    distances = np.sort(np.sqrt(2 - 2 * cosines) if metric is Metric.L2 else 1 - cosines)
    hardly = float((distances <= HARDLY * distances[9]).sum())
    assert crowding == (None if metric is Metric.INNER_PRODUCT else pytest.approx(hardly / 10, rel=0.05))


async def test_tuning_finds_how_crowded_it_is_around_most_and_takes_a_second_look_for_planned(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = Meter(index, k=10)
    tuning = Tuning(meter=meter, survey=await index.survey(Filters()), progress=lambda done, stage: None)
    questions = [Question(vector=vector) for vector in postings(11, count=40)]
    searched: list[Plan] = []
    search = index.search

    async def noted(query: SearchQuery, plan: Plan) -> SearchResult:
        searched.append(plan)
        return await search(query, plan)

    monkeypatch.setattr(index, "search", noted)
    calibration = await tuning.run(questions, [], 0.9)
    limit = calibration.crowded
    assert {plan.crowded for plan in searched if plan.aside} == {limit}
    assert limit is not None
    crowded = [await meter.crowding(one, await meter.truth(one), FEW) or 0.0 for one in questions]
    assert 0 < sum(crowding > limit for crowding in crowded) <= CROWDED * len(questions)
    far = [await meter.crowding(one, await meter.truth(one, fetch=FAR), FAR) or 0.0 for one in questions]
    chosen = attrs.evolve(PLAN, crowded=limit, thinning=calibration.thinning)
    assert 0 < sum(chosen.asks_twice(crowding, FAR) for crowding in far) <= HARDLY_CROWDED * len(questions)
    trials = [
        await meter.trial(one, attrs.evolve(PLAN, effort=20, crowded=limit), await meter.truth(one))
        for one in questions
    ]
    assert sum(trial.repeated for trial in trials) < len(questions) / 10
