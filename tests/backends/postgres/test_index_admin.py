"""Building, replacing and repairing indexes."""

from collections.abc import AsyncIterator, Iterator

import anyio
import anyio.lowlevel
import attrs
import numpy as np
import psycopg
import pytest

from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.errors import JobmatchError
from jobmatch.model import Exact, Filters, Hnsw, IvfFlat, Method, Plan
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

APPROXIMATE = Plan(method=Method.APPROXIMATE, fetch=10, effort=40)


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        vectors = np.random.default_rng(1).normal(size=(500, DIMENSIONS)).astype(np.float32)
        await index.put([entry(f"j{n:04}", vector / np.linalg.norm(vector)) for n, vector in enumerate(vectors)])
        yield index


@pytest.fixture
def observer(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def vector_indexes(observer: psycopg.Connection) -> list[tuple[str, int]]:
    query = """
    SELECT c.relname, c.oid::int FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname IN ('hnsw', 'ivfflat')
    """
    return observer.execute(query).fetchall()


def invalid(observer: psycopg.Connection) -> list[tuple[str]]:
    query = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    return observer.execute(query).fetchall()


async def test_all_indexes_are_there_and_building_again_leaves_them(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    await index.create_index(Hnsw())
    everything = (
        "SELECT indexrelid::int FROM pg_index WHERE indrelid IN ('match_job'::regclass, 'match_text'::regclass)"
    )
    before = set(observer.execute(everything).fetchall())
    assert len(before) == 2 + len(ddl.SUPPORTING) + 1 + 1
    await index.create_index(Hnsw(ef_search=200))
    assert set(observer.execute(everything).fetchall()) == before


async def test_another_strategy_replaces_the_index(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    seen = []
    for strategy in (Hnsw(), Hnsw(m=8), IvfFlat(lists=5), IvfFlat(lists=6)):
        await index.create_index(strategy)
        [(name, oid)] = vector_indexes(observer)
        assert name == ddl.VECTOR
        seen.append(oid)
        assert type((await index.survey(Filters())).strategy) is type(strategy)
    assert len(set(seen)) == 4
    await index.create_index(Exact())
    assert vector_indexes(observer) == []


async def test_searches_go_on_while_an_index_is_replaced(index: PostgresJobIndex) -> None:
    await index.create_index(Hnsw())
    found = 0

    async def search() -> None:
        nonlocal found
        while True:
            found += len((await index.search(SearchQuery(vector=axis(0), filters=Filters()), APPROXIMATE)).hits) == 10
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(search)
        await index.create_index(IvfFlat(lists=3))
        await index.create_index(Hnsw(m=4))
        group.cancel_scope.cancel()
    assert found > 10


@pytest.mark.parametrize("name", [ddl.VECTOR, ddl.VECTOR_NEW, "match_job_countries", "match_text_search"])
async def test_what_a_broken_build_left_is_built_again(
    index: PostgresJobIndex, observer: psycopg.Connection, name: str
) -> None:
    await index.create_index(Hnsw())
    if name == ddl.VECTOR_NEW:
        observer.execute(ddl.create_vector(name, Hnsw(m=4)))
    observer.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name])
    found = await index.search(SearchQuery(vector=axis(0), filters=Filters()), APPROXIMATE)
    assert len(found.hits) == 10
    await index.create_index(Hnsw())
    assert invalid(observer) == []
    assert [name for name, _ in vector_indexes(observer)] == [ddl.VECTOR]


async def test_a_swap_that_was_cut_off_is_completed(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    observer.execute(ddl.create_vector(ddl.VECTOR_NEW, Hnsw()))
    await index.create_index(Hnsw())
    assert [name for name, _ in vector_indexes(observer)] == [ddl.VECTOR]


async def test_a_build_that_is_cancelled_can_be_repeated(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    def give_up(part: float, stage: str) -> None:
        if "vectors" in stage:
            scope.cancel()

    with anyio.CancelScope() as scope:
        await index.create_index(Hnsw(), progress=give_up)
    assert scope.cancelled_caught
    await index.create_index(Hnsw())
    assert invalid(observer) == []
    assert len(vector_indexes(observer)) == 1


async def test_two_builds_at_once_wait_for_one_another(index: PostgresJobIndex, settings: Settings) -> None:
    stages: set[str] = set()

    async def build(one: PostgresJobIndex) -> None:
        await one.create_index(Hnsw(), progress=lambda _, stage: stages.add(stage))

    async with PostgresJobIndex(Database(settings)) as other, anyio.create_task_group() as group:
        group.start_soon(build, index)
        group.start_soon(build, other)
    assert "waiting for another build" in stages
    assert (await index.survey(Filters())).strategy == attrs.evolve(Hnsw())


async def test_a_build_is_not_bound_by_the_statement_timeout(database_url: str, index: PostgresJobIndex) -> None:
    settings = Settings.from_environ({"DATABASE_URL": database_url, "DB_STATEMENT_TIMEOUT": "1"})
    database = Database(settings)
    await database.__aenter__()
    try:
        await PostgresJobIndex(database).create_index(Hnsw())
    except JobmatchError as error:  # pragma: no cover
        pytest.fail(f"the build was stopped: {error}")
    finally:
        await database.__aexit__(None, None, None)


def test_memory_holds_the_graph_but_has_bounds() -> None:
    assert ddl.memory(Hnsw(), 1_000, 256) == ddl.LEAST_MEMORY
    assert 100_000_000 < ddl.memory(Hnsw(), 100_000, 256) < 300_000_000
    assert ddl.memory(Hnsw(), 100_000_000, 256) == ddl.MOST_MEMORY
    assert ddl.memory(IvfFlat(lists=2_000), 10**6, 1_536) > ddl.LEAST_MEMORY


def test_an_index_serves_its_own_strategy_only() -> None:
    existing = Existing("x", "hnsw", ["ef_construction=64", "m=16"], valid=True)
    assert existing.serves(Hnsw(ef_search=7))
    assert not existing.serves(Hnsw(m=8))
    assert not existing.serves(IvfFlat())
    assert not existing.serves(Exact())
    assert not existing._replace(valid=False).serves(Hnsw())
