"""Connections that died while nobody used them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import anyio
import psycopg
import pytest
from procrastinate import PsycopgConnector
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.procrastinate.queueing import POOL_SIZE, opened
from jobmatch.backends.procrastinate.tables import upgrade
from jobmatch.connections import PlainConnection, SteadyPool
from jobmatch.settings import Settings

SettingsFor = Callable[..., Settings]
#: So many that the pauses which psycopg's pool makes, one after each, would take longer than anybody waits.
IDLE = 10


def terminate_idle(observer: psycopg.Connection) -> int:
    """End all others, as a restart of the server does, and return how many there were, once they are gone."""
    others = """
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    """
    pids = [pid for (pid,) in observer.execute(others).fetchall()]
    for pid in pids:
        assert observer.execute("SELECT pg_terminate_backend(%s, 60000)", [pid]).fetchone() == (True,)
    return len(pids)


async def test_idle_connections_that_died_cost_the_next_request_nothing(
    observer: psycopg.Connection, database_url: str, settings_for: SettingsFor
) -> None:
    async with Database(settings_for(database_url, DB_POOL_MAX_SIZE=str(IDLE))) as database:
        async with AsyncExitStack() as at_once:
            for _ in range(IDLE):
                await at_once.enter_async_context(database.connection())
        assert terminate_idle(observer) == IDLE
        assert await database.fetch("SELECT 1", {}) == [(1,)]


async def test_idle_connections_of_the_queue_that_died_cost_the_next_job_nothing(
    observer: psycopg.Connection, database_url: str
) -> None:
    await anyio.to_thread.run_sync(upgrade, database_url)
    async with opened(database_url) as app:
        assert isinstance(app.connector, PsycopgConnector)
        async with AsyncExitStack() as at_once:
            for _ in range(POOL_SIZE):
                await at_once.enter_async_context(app.connector.pool.connection())
        assert terminate_idle(observer) == POOL_SIZE
        assert await app.check_connection_async()


class Look:
    """Looks at connections until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = anyio.Event(), anyio.Event()

    async def __call__(self, connection: AsyncConnection) -> None:
        self.begun.set()
        await self.let_go.wait()


@pytest.fixture
async def small_pool(database_url: str) -> AsyncIterator[tuple[SteadyPool[PlainConnection], Look]]:
    """A pool of one connection, and how that is looked at."""
    look = Look()
    pool: SteadyPool[PlainConnection] = SteadyPool(
        database_url, connection_class=PlainConnection, min_size=1, max_size=1, check=look, open=False
    )
    async with pool:
        yield pool, look


async def test_a_connection_is_not_lost_if_its_caller_is_cancelled_while_it_is_looked_at(
    small_pool: tuple[SteadyPool[PlainConnection], Look],
) -> None:
    pool, look = small_pool
    asking = asyncio.create_task(pool.getconn(60))
    await look.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    look.let_go.set()
    async with pool.connection(60) as connection:
        await AsyncConnectionPool.check_connection(connection)
    assert pool.get_stats()["connections_num"] == 1
