"""What may happen to an index or a server while searches go on."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import anyio
import numpy as np
import psycopg
import pytest
from psycopg import sql

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.errors import Incompatible, TimedOut
from jobmatch.model import Filters, Hnsw, Method, Plan
from jobmatch.ports import SearchQuery, SearchResult
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

APPROXIMATE = Plan(method=Method.APPROXIMATE, fetch=10, effort=40)
ROWS = 2_000


async def fill(url: str) -> None:
    vectors = np.random.default_rng(1).normal(size=(ROWS, DIMENSIONS)).astype(np.float32)
    async with PostgresJobIndex(Database(Settings.from_environ({"DATABASE_URL": url}))) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry(f"j{n:04}", vector / np.linalg.norm(vector)) for n, vector in enumerate(vectors)])
        await index.create_index(Hnsw())


@pytest.fixture(scope="module")
def template(filled_once: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """A database with two thousand jobs and all indexes."""
    with filled_once(fill) as name:
        yield name


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        yield index


async def find(index: PostgresJobIndex) -> SearchResult:
    return await index.search(SearchQuery(vector=axis(0), filters=Filters()), APPROXIMATE)


@pytest.mark.parametrize(
    "act",
    [
        "DROP INDEX CONCURRENTLY match_job_vector",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'match_job_vector'::regclass",
    ],
    ids=["dropped", "invalid"],
)
async def test_searches_go_on_when_the_index_is_gone(
    index: PostgresJobIndex, observer: psycopg.Connection, act: str
) -> None:
    before = await find(index)
    found: list[SearchResult] = []

    async def search(times: int) -> None:
        found.extend([await find(index) for _ in range(times)])

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(search, 20)
        await anyio.to_thread.run_sync(observer.execute, act)
    await search(1)
    assert len(found) == 81
    assert all(len(one.hits) == 10 for one in found)
    assert found[-1].hits[0].job.id == before.hits[0].job.id
    assert (await index.admin.inspect()).name is None
    await index.create_index(Hnsw())
    assert (await find(index)).plan.method is Method.APPROXIMATE


async def test_a_connection_outlives_a_search_that_took_too_long(
    database_url: str, settings_for: Callable[..., Settings], index: PostgresJobIndex
) -> None:
    """Searching begins and has to wait for a lock; with one connection, the next search gets the same one."""
    limited = settings_for(database_url, DB_STATEMENT_TIMEOUT="3000", DB_POOL_MAX_SIZE="1")
    database = Database(limited)
    async with PostgresJobIndex(database) as other:
        await other.bind(EMBEDDER, DIMENSIONS)
        await find(other)
        (before,) = await database.fetch("SELECT pg_backend_pid(), current_setting('hnsw.ef_search')", {})
        with psycopg.connect(database_url) as holder:
            holder.execute("LOCK TABLE match_job")
            with pytest.raises(TimedOut, match="DB_STATEMENT_TIMEOUT"):
                await find(other)
        assert await database.fetch("SELECT pg_backend_pid(), current_setting('hnsw.ef_search')", {}) == [before]
        assert len((await find(other)).hits) == 10


#: A build, of some age, that waits for somebody's transaction.
BUILDING = """
SELECT FROM pg_stat_activity
WHERE query LIKE 'CREATE INDEX%%' AND state = 'active' AND clock_timestamp() - query_start >= %s * interval '1 second'
"""
#: A process that builds an index.
BUILDER = """
import anyio, sys
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.model import Hnsw
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER

async def main():
    async with PostgresJobIndex(Database(Settings.from_environ({"DATABASE_URL": sys.argv[1]}))) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.create_index(Hnsw(m=8))

anyio.run(main)
"""


@contextmanager
def held_back(url: str) -> Iterator[None]:
    """Hold back whoever builds an index, who has to wait for all that write to the table."""
    with psycopg.connect(url) as holder:
        holder.execute("DELETE FROM match_job WHERE id = 'nobody'")
        yield


async def building(observer: psycopg.Connection, *, seconds: float = 0.0, there: bool = True) -> None:
    """Wait until a build has taken so long, or until there is none."""
    with anyio.fail_after(60):
        while True:
            if (observer.execute(BUILDING, [seconds]).fetchone() is not None) == there:
                return
            await anyio.sleep(0.02)


async def test_the_servers_own_limit_of_time_is_none_for_a_build(
    index: PostgresJobIndex, observer: psycopg.Connection, database_url: str
) -> None:
    limit = sql.SQL("ALTER DATABASE {} SET statement_timeout = '1s'")
    observer.execute(limit.format(sql.Identifier(observer.info.dbname)))
    async with anyio.create_task_group() as group:
        with held_back(database_url):
            group.start_soon(index.create_index, Hnsw(m=8))
            await building(observer, seconds=1.5)
    assert (await index.survey(Filters())).strategy == Hnsw(m=8)


async def test_the_server_does_not_go_on_building_for_who_was_killed(
    index: PostgresJobIndex, observer: psycopg.Connection, database_url: str
) -> None:
    with held_back(database_url):
        async with await anyio.open_process([sys.executable, "-c", BUILDER, database_url], stderr=None) as process:
            await building(observer)
            process.kill()
        await building(observer, there=False)
    await index.create_index(Hnsw(m=8))
    assert (await index.survey(Filters())).strategy == Hnsw(m=8)


#: A server without the shared memory that parallel workers need.
CRAMPED = """
CREATE FUNCTION cramped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_query() LIKE '%hnsw%' AND current_setting('max_parallel_maintenance_workers') <> '0' THEN
        RAISE 'could not resize shared memory segment' USING ERRCODE = 'disk_full';
    END IF;
END $$;
CREATE EVENT TRIGGER cramped ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION cramped()
"""


async def test_where_parallel_workers_lack_memory_one_builds_alone(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    observer.execute(CRAMPED)
    await index.create_index(Hnsw(m=8))
    assert (await index.survey(Filters())).strategy == Hnsw(m=8)


#: Notes what memory a build may use.
NOTED = """
CREATE TABLE noted (memory text);
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_query() LIKE '%hnsw%' THEN INSERT INTO noted VALUES (current_setting('maintenance_work_mem')); END IF;
END $$;
CREATE EVENT TRIGGER noted ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION note()
"""


@pytest.mark.parametrize(("allowed", "granted"), [("1MB", "64MB"), ("200MB", "200MB")])
async def test_a_build_has_as_much_memory_as_it_needs_or_the_server_allows_anyway(
    index: PostgresJobIndex, observer: psycopg.Connection, allowed: str, granted: str
) -> None:
    limit = sql.SQL("ALTER DATABASE {} SET maintenance_work_mem = {}")
    observer.execute(limit.format(sql.Identifier(observer.info.dbname), sql.Literal(allowed)))
    observer.execute(NOTED)
    await index.create_index(Hnsw(m=8))
    assert observer.execute("SELECT memory FROM noted").fetchall() == [(granted,)]


async def test_a_server_whose_pgvector_is_too_old_says_so(
    database_url: str, settings_for: Callable[..., Settings], observer: psycopg.Connection
) -> None:
    """No such server is at hand; what this one says of its extension is changed, which is all that is asked."""
    observer.execute("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")
    with pytest.raises(Incompatible, match=r"pgvector is 0\.7\.4; 0\.8\.4 or newer is needed: run ALTER EXTENSION"):
        async with PostgresJobIndex(Database(settings_for(database_url))):
            pass
