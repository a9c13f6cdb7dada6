"""Witnesses: an index that misses what is nearest is found out, and one that finds it is believed."""

from collections.abc import AsyncIterator, Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmatch.backends.postgres import job_index
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.searches import Search, approximate
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.vectors import literal, received
from jobmatch.backends.postgres.witnesses import Sight, Witnesses
from jobmatch.composing import unit
from jobmatch.model import Filters, IvfFlat, JobSummary, Method, Place, Plan, Storage
from jobmatch.ports import SearchQuery, SearchResult
from jobmatch.settings import Settings
from jobmatch.testing import entry

Array = npt.NDArray[np.float32]
TOTAL, DIMENSIONS = 4_000, 16


def postings(seed: int, count: int = TOTAL) -> Array:
    """Return vectors that have nothing in common."""
    vectors: Array = unit(np.random.default_rng(seed).standard_normal((count, DIMENSIONS), dtype=np.float32))
    return vectors


def distances(metric: Metric, vectors: Array, query: Array) -> Array:
    """Return the distances as pgvector defines them, ascending."""
    products = vectors @ query
    if metric is Metric.L2:
        return np.sort(np.sqrt(((vectors - query) ** 2).sum(axis=1)))
    cosines = products / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
    return np.sort(1 - cosines if metric is Metric.COSINE else -products)


@pytest.mark.parametrize("metric", Metric)
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), wanted=st.sampled_from([1, 10, 100, 1_000]))
def test_the_nearest_are_believed_and_the_far_are_not(metric: Metric, seed: int, wanted: int) -> None:
    vectors = postings(seed)
    witnesses = Witnesses(vectors=vectors[::4], drawn=TOTAL // 4, metric=metric)
    query = postings(seed + 1, count=1)[0]
    by_distance, sight = distances(metric, vectors, query), witnesses.seen_from(query)
    assert not sight.refute(farthest=by_distance[wanted - 1], looked_at=wanted, total=TOTAL)
    assert sight.refute(farthest=by_distance[wanted * 3 // 2 + 150], looked_at=wanted, total=TOTAL)


def test_nobody_is_no_witness() -> None:
    for metric in Metric:
        nobody = Witnesses(vectors=received([], Storage.HALFVEC), drawn=100, metric=metric)
        sight = nobody.seen_from(postings(1, count=1)[0])
        assert not sight.refute(farthest=2.0, looked_at=10, total=TOTAL)
        assert sight.share(Filters(country="DE"), usual=0.5) == 0.5


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    """Yield an index in lists, of which each has but some of what is nearest."""
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("random", DIMENSIONS)
        await index.put([entry(f"j{n:04}", vector) for n, vector in enumerate(postings(7))])
        await index.create_index(IvfFlat(lists=50))
        yield index


async def searched(index: PostgresJobIndex, plan: Plan) -> SearchResult:
    """Search for what nothing is very near to."""
    return await index.search(SearchQuery(vector=postings(8, count=1)[0], filters=Filters()), plan)


def plan(effort: int, *, doubted: bool = True) -> Plan:
    """Return a plan to visit so many lists."""
    return Plan(method=Method.APPROXIMATE, fetch=200, effort=effort, doubted=doubted, reason="a test")


async def test_a_search_that_was_led_astray_looks_again(index: PostgresJobIndex) -> None:
    truth = set((await searched(index, Plan(method=Method.EXACT, fetch=200))).hits)
    astray = await searched(index, plan(effort=3))
    assert astray.plan.method is Method.EXACT or astray.plan.effort >= 12
    assert (await searched(index, plan(effort=45))).plan == plan(effort=45)
    blind = await searched(index, plan(effort=3, doubted=False))
    assert blind.plan == plan(effort=3, doubted=False)
    assert len(truth & set(astray.hits)) > 1.5 * len(truth & set(blind.hits))


def refuting(*_: object, **__: object) -> bool:
    """Refute everything."""
    return True


async def test_where_nothing_more_can_be_done_every_posting_is_compared(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sight, "refute", refuting)
    truth = await searched(index, Plan(method=Method.EXACT, fetch=200))
    for effort in (10, 50):
        found = await searched(index, plan(effort))
        assert (found.plan.method, found.complete, found.hits) == (Method.EXACT, True, truth.hits)


async def test_a_filter_of_which_the_index_passes_over_some_tells_nothing(index: PostgresJobIndex) -> None:
    query = SearchQuery(vector=postings(8, count=1)[0], filters=Filters(exclude_job_ids=["j0001"]))
    found = await index.search(query, plan(effort=3))
    assert (found.plan, len(found.hits)) == (plan(effort=3), 200)


@pytest.mark.parametrize("kind", [Storage.VECTOR, Storage.HALFVEC])
async def test_vectors_come_in_binary(settings: Settings, kind: Storage) -> None:
    sent = {
        Storage.VECTOR: "SELECT vector_send(%(text)s::vector)",
        Storage.HALFVEC: "SELECT halfvec_send(%(text)s::halfvec)",
    }[kind]
    vectors = postings(9, count=3)
    async with Database(settings) as database:
        rows = [(await database.fetch(sent, {"text": literal(vector, kind)}))[0][0] for vector in vectors]
    precision = np.float16 if kind is Storage.HALFVEC else np.float32
    assert np.array_equal(received(rows, kind), vectors.astype(precision).astype(np.float32))
    assert received([], kind).shape == (0, 0)


def parted(count: int, german: Callable[[float], bool]) -> tuple[Array, list[JobSummary]]:
    """Return postings, and the same in short: how far ahead one lies tells whether it is German."""
    vectors = postings(3, count)
    countries = ["DE" if german(vector[0]) else "FR" for vector in vectors.tolist()]
    return vectors, [JobSummary(id=f"j{n}", title="x", places=(Place(country=c),)) for n, c in enumerate(countries)]


#: Some three in a hundred lie farther ahead.
FAR_AHEAD = 0.45
AHEAD = np.eye(DIMENSIONS, dtype=np.float32)[0]
GERMAN = Filters(country="DE")


@pytest.mark.parametrize(
    ("near", "filters", "usual", "low", "high"),
    [
        (True, GERMAN, 0.5, 0.5, 0.5),
        (False, GERMAN, 0.5, 0.0, 0.05),
        (False, Filters(country=["DE", "FR"]), 0.5, 0.5, 0.5),
        (False, Filters(language="de"), 0.5, 0.5, 0.5),
        (False, Filters(keywords="German"), 0.5, 0.5, 0.5),
        (False, GERMAN, 0.001, 0.001, 0.001),
    ],
    ids=["near", "far", "all", "a field that the short form lacks", "words", "too narrow to tell"],
)
def test_how_many_pass_nearby(near: bool, filters: Filters, usual: float, low: float, high: float) -> None:
    vectors, jobs = parted(1_000, lambda ahead: (ahead > 0) is near)
    witnesses = Witnesses(vectors=vectors, jobs=jobs, drawn=1_000, metric=Metric.COSINE)
    assert low <= witnesses.seen_from(AHEAD).share(filters, usual=usual) <= high


def test_a_posting_that_cannot_be_shown_passes_nothing() -> None:
    vectors, _ = parted(1_000, lambda ahead: ahead > 0)
    witnesses = Witnesses(vectors=vectors, jobs=[None] * 1_000, drawn=1_000, metric=Metric.COSINE)
    assert witnesses.seen_from(AHEAD).share(GERMAN, usual=0.5) < 0.05


@pytest.fixture
async def all_but_nearby(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    """Yield an index of which all are German but those near to what is searched."""
    vectors, jobs = parted(TOTAL, lambda ahead: ahead < FAR_AHEAD)
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("random", DIMENSIONS)
        await index.put([entry(j.id, v, places=j.places) for j, v in zip(jobs, vectors, strict=True)])
        await index.create_index(IvfFlat(lists=50))
        yield index


@pytest.mark.parametrize(("reach", "method"), [(200, Method.EXACT), (TOTAL, Method.APPROXIMATE)])
async def test_an_index_is_not_asked_in_vain(
    all_but_nearby: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, reach: int, method: Method
) -> None:
    looks: list[int] = []

    def counted(query: SearchQuery, plan: Plan, catalog: Catalog) -> Search:
        looks.append(plan.near)
        return approximate(query, plan, catalog)

    monkeypatch.setattr(job_index, "approximate", counted)
    query = SearchQuery(vector=AHEAD, filters=GERMAN)
    asked = Plan(method=Method.APPROXIMATE, fetch=10, effort=50, near=34, reach=reach, doubted=True, estimate=TOTAL)
    found = await all_but_nearby.search(query, asked)
    truth = await all_but_nearby.search(query, Plan(method=Method.EXACT, fetch=10))
    assert (found.plan.method, found.hits) == (method, truth.hits)
    assert all(near > 5 * asked.near for near in looks)
    assert bool(looks) is (method is Method.APPROXIMATE)
