"""Witnesses: an index that misses what is nearest is found out, and one that finds it is believed."""

from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.vectors import literal, received
from jobmatch.backends.postgres.witnesses import Witnesses
from jobmatch.composing import unit
from jobmatch.model import Filters, IvfFlat, Method, Plan, Storage
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
    by_distance = distances(metric, vectors, query)
    assert not witnesses.refute(query, farthest=by_distance[wanted - 1], looked_at=wanted, total=TOTAL)
    assert witnesses.refute(query, farthest=by_distance[wanted * 3 // 2 + 150], looked_at=wanted, total=TOTAL)


def test_nobody_is_no_witness() -> None:
    for metric in Metric:
        nobody = Witnesses(vectors=received([], Storage.HALFVEC), drawn=100, metric=metric)
        assert not nobody.refute(postings(1, count=1)[0], farthest=2.0, looked_at=10, total=TOTAL)


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


async def refuting(*_: object) -> bool:
    """Refute everything."""
    return True


async def test_where_nothing_more_can_be_done_every_posting_is_compared(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index._witnessing, "refute", refuting)
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
