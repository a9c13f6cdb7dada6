"""Callers that are cancelled while a long statement is on its way: they hear of it, and the connection is good."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import psycopg
import pytest
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.pq.abc import PGconn

from jobmatch.backends.postgres.connection import Connection
from jobmatch.backends.postgres.database import Database
from jobmatch.settings import Settings

SettingsFor = Callable[..., Settings]
#: More than the socket takes at once.
LONG = "x" * 8_000_000
#: Milliseconds: in these it is sent, read, and carried out.
MOMENTS = [0, 1, 2, 3, 5, 8, 12, 17, 23, 30, 40, 60]
SLOW = "SELECT length(%s), pg_sleep(600)"


@pytest.fixture
async def database(database_url: str, settings_for: SettingsFor) -> AsyncIterator[Database]:
    """A database with one connection."""
    async with Database(settings_for(database_url, DB_POOL_MAX_SIZE="1")) as database:
        yield database


async def moved_on(work: Awaitable[object], milliseconds: int) -> None:
    """Be cancelled by anyio."""
    with anyio.move_on_after(milliseconds / 1_000) as scope:
        await work
    assert scope.cancelled_caught


async def cancelled(work: Awaitable[object], milliseconds: int) -> None:
    """Be cancelled by asyncio."""
    working = asyncio.ensure_future(work)
    await asyncio.wait([working], timeout=milliseconds / 1_000)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


CANCELLED = pytest.mark.parametrize("be_cancelled", [moved_on, cancelled])
Cancelled = Callable[[Awaitable[object], int], Awaitable[None]]


@CANCELLED
@pytest.mark.parametrize("milliseconds", MOMENTS)
async def test_who_waits_for_a_long_statement_is_cancelled_and_the_connection_goes_on(
    database: Database, observer: psycopg.Connection, be_cancelled: Cancelled, milliseconds: int
) -> None:
    [(pid,)] = await database.fetch("SELECT pg_backend_pid()", {})
    await be_cancelled(database.fetch(SLOW, [LONG]), milliseconds)
    assert observer.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone() == ("idle",)
    assert await database.fetch("SELECT pg_backend_pid()", {}) == [(pid,)]


@CANCELLED
@pytest.mark.parametrize("milliseconds", MOMENTS)
async def test_who_is_cancelled_in_a_transaction_leaves_nothing_of_it(
    database: Database, be_cancelled: Cancelled, milliseconds: int
) -> None:
    async def insert() -> None:
        async with database.connection() as connection, connection.transaction():
            await connection.execute("INSERT INTO match_interaction (owner, job_id, kind) VALUES ('a', 'b', 'saved')")
            await connection.execute(SLOW, [LONG])

    await be_cancelled(insert(), milliseconds)
    assert await database.fetch("SELECT count(*) FROM match_interaction", {}) == [(0,)]


@CANCELLED
@pytest.mark.parametrize("milliseconds", MOMENTS)
async def test_who_is_cancelled_in_a_copy_leaves_nothing_of_it(
    database: Database, be_cancelled: Cancelled, milliseconds: int
) -> None:
    async def copy() -> None:
        async with database.connection() as connection, connection.transaction():
            await connection.execute("CREATE TABLE copied (line text)")
            async with connection.cursor() as cursor, cursor.copy("COPY copied FROM STDIN") as copying:
                while True:
                    await copying.write(LONG + "\n")

    await be_cancelled(copy(), milliseconds)
    assert await database.fetch("SELECT to_regclass('copied')", {}) == [(None,)]


async def test_a_long_statement_is_cancelled_in_the_midst_of_sending_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a scope that is cancelled already, so that psycopg has sent what the socket took at once."""
    unsent: list[bool] = []
    send: Callable[[PGconn], PQGen[None]] = generators.send

    def sending(pgconn: PGconn) -> PQGen[None]:
        unsent.append(pgconn.flush() != 0)
        return send(pgconn)

    monkeypatch.setattr(generators, "send", sending)
    async with database.connection() as connection:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await connection.execute(SLOW, [LONG * 8])
        assert scope.cancelled_caught
        assert await (await connection.execute("SELECT 1")).fetchall() == [(1,)]
    assert unsent == [True]


async def test_a_server_that_forgets_the_request_is_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does when it is still reading the statement."""
    requests: list[float] = []
    cancel = Connection.cancel_safe

    async def forgotten_once(connection: Connection, *, timeout: float = 30.0) -> None:  # noqa: ASYNC109
        requests.append(timeout)
        if len(requests) > 1:
            await cancel(connection, timeout=timeout)

    monkeypatch.setattr(Connection, "cancel_safe", forgotten_once)
    [(pid,)] = await database.fetch("SELECT pg_backend_pid()", {})
    await moved_on(database.fetch("SELECT pg_sleep(600)", {}), 100)
    assert await database.fetch("SELECT pg_backend_pid()", {}) == [(pid,)]
    assert len(requests) > 1
