"""Connections: errors as ours, limits, and what a caller sees when the server does not play along."""

import asyncio
import gc
import os
import socket
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial

import anyio
import anyio.to_thread
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from jobmatch.backends.postgres import server
from jobmatch.backends.postgres.connection import Connection
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.failures import address, translated
from jobmatch.connections import PlainConnection
from jobmatch.errors import (
    DatabaseUnavailable,
    Incompatible,
    InvalidInput,
    InvalidSettings,
    JobmatchError,
    Overloaded,
    SchemaOutdated,
    TimedOut,
    Unavailable,
)
from jobmatch.settings import Settings

SettingsFor = Callable[..., Settings]


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings) as database:
        yield database


async def test_opening_is_counted(settings: Settings) -> None:
    database = Database(settings)
    async with database:
        async with database:
            assert await database.fetch("SELECT 1", {}) == [(1,)]
        assert await database.fetch("SELECT 2", {}) == [(2,)]
    with pytest.raises(RuntimeError, match="async with"):
        await database.fetch("SELECT 3", {})
    async with database:
        assert await database.fetch("SELECT 4", {}) == [(4,)]


async def test_a_statement_that_takes_too_long_is_stopped(database_url: str, settings_for: SettingsFor) -> None:
    settings = settings_for(database_url, DB_STATEMENT_TIMEOUT="1000", DB_POOL_MAX_SIZE="1")
    async with Database(settings) as database:
        with pytest.raises(TimedOut, match="DB_STATEMENT_TIMEOUT"):
            await database.fetch("SELECT pg_sleep(600)", {})
        assert await database.fetch("SELECT 1", {}) == [(1,)]


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that lets everybody in and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No help from the garbage collector."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("kind", [PlainConnection, Connection])
async def test_an_attempt_to_connect_that_runs_out_of_time_leaves_nothing(
    silent: socket.socket, kind: type[psycopg.AsyncConnection]
) -> None:
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        await kind.connect(f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/jobs", connect_timeout=2)
    near, _ = silent.accept()
    with near:
        near.settimeout(60)
        while near.recv(1_000):  # until the other end hangs up
            pass


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("native", [False, True], ids=["anyio", "asyncio"])
async def test_an_attempt_to_connect_that_is_cancelled_leaves_nothing(silent: socket.socket, native: bool) -> None:
    connecting = asyncio.create_task(connect_until_cancelled(silent, native=native))
    near, _ = await anyio.to_thread.run_sync(silent.accept)
    while native and not connecting.done():
        # Once may not do: under Python 3.11 `asyncio.wait_for`, by which older releases of psycopg wait, loses some.
        connecting.cancel()
        await asyncio.wait([connecting], timeout=1)
    await asyncio.wait([connecting])
    with near:
        near.settimeout(60)
        while near.recv(1_000):  # until the other end hangs up
            pass


async def connect_until_cancelled(silent: socket.socket, *, native: bool) -> None:
    """Connect to who never answers, and be cancelled by anyio unless somebody else does it."""
    with anyio.move_on_after(None if native else 0.2):
        await PlainConnection.connect(f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/jobs")


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_an_unreachable_server_is_named_at_once_and_the_password_is_not(
    settings_for: SettingsFor, host: str
) -> None:
    settings = settings_for(f"postgresql://ada:s3cret@{host}:1/jobs", DB_POOL_TIMEOUT="600")
    with anyio.fail_after(60), pytest.raises(DatabaseUnavailable) as caught:  # without waiting for a connection
        async with Database(settings):
            pass
    message = str(caught.value)
    assert f"{host}:1" in message
    assert "DATABASE_URL" in message
    assert "s3cret" not in message
    assert "\n" not in message


@pytest.mark.parametrize("rest", ["@[::1/jobs", "@h/n?ssl=%zz", "@[::1?s3cret=1@h", "@h/n?s3-cret=s3cret"])
async def test_an_unreadable_url_does_not_show_the_password(settings_for: SettingsFor, rest: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        async with Database(settings_for(f"postgresql://ada:s3cret{rest}")):
            pass
    assert "s3cret" not in str(caught.value)


async def test_what_only_another_driver_knows_is_named(settings_for: SettingsFor) -> None:
    url = "postgresql+asyncpg://ada:s3cret@h/n?ssl=require&sslmode=require&statement_cache_size="
    with pytest.raises(InvalidSettings, match=r"^DATABASE_URL: has ssl, statement_cache_size .* sslmode=") as caught:
        async with Database(settings_for(url)):
            pass
    assert "s3cret" not in str(caught.value)


async def test_an_applications_url_for_sqlalchemy_will_do(database_url: str, settings_for: SettingsFor) -> None:
    async with Database(settings_for(database_url.replace("://", "+psycopg://", 1))) as database:
        assert await database.fetch("SELECT 1", {}) == [(1,)]


def test_no_address_shows_the_password() -> None:
    assert "s3cret" not in address("postgresql://ada:s3cret@[::1/jobs")


@pytest.mark.parametrize(
    ("hosts", "named"),
    [
        ("a:1,b:2", "a:1 or b:2"),
        ("a,b", "a:5432 or b:5432"),
        ("a,b:6", "a:5432 or b:6"),
        ("", "localhost:5432"),
    ],
)
def test_several_hosts_are_named_with_their_ports(hosts: str, named: str) -> None:
    assert address(f"postgresql://ada@{hosts}/jobs") == f"{named}, database jobs"


async def test_a_lost_connection_is_replaced(database: Database, database_url: str) -> None:
    [(pid,)] = await database.fetch("SELECT pg_backend_pid()", {})
    with psycopg.connect(database_url, autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid]).fetchone() == (True,)  # waits for its end
    [(new,)] = await database.fetch("SELECT pg_backend_pid()", {})
    assert new != pid


async def test_a_connection_lost_in_a_statement_is_unavailable_and_harmless_ones_are_repeated(
    database: Database,
) -> None:
    suicide = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(DatabaseUnavailable):
        await database.fetch(suicide, {})
    calls = 0

    async def work(connection: psycopg.AsyncConnection) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            await connection.execute(suicide)
        return calls

    assert await database.repeat(work) == 2


async def test_a_statement_that_was_prepared_before_its_table_changed_is_repeated(
    database: Database, database_url: str
) -> None:
    read = "SELECT * FROM changing"
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("CREATE TABLE changing AS SELECT 1 AS n")
        for _ in range(20):
            assert await database.fetch(read, {}) == [(1,)]
        other.execute("ALTER TABLE changing ALTER n TYPE text")
        for _ in range(20):
            assert await database.fetch(read, {}) == [("1",)]
        other.execute("ALTER TABLE changing ALTER n TYPE bytea USING n::bytea")
        async with database.connection() as connection:
            with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
                await connection.execute(read)
    assert isinstance(translated(caught.value), DatabaseUnavailable)


async def test_a_pool_that_is_used_up_sheds_load(database_url: str, settings_for: SettingsFor) -> None:
    settings = settings_for(database_url, DB_POOL_MAX_SIZE="1", DB_POOL_TIMEOUT="2")
    async with Database(settings) as database, database.connection():
        with pytest.raises(Overloaded, match="DB_POOL_MAX_SIZE"):
            await database.fetch("SELECT 1", {})


async def test_a_cancelled_statement_gives_its_connection_back(database_url: str, settings_for: SettingsFor) -> None:
    async with Database(settings_for(database_url, DB_POOL_MAX_SIZE="1")) as database:
        for _ in range(3):
            with anyio.move_on_after(0.05):
                await database.fetch("SELECT pg_sleep(10)", {})
        with anyio.fail_after(60):
            assert await database.fetch("SELECT 1", {}) == [(1,)]


async def test_a_cancelled_statement_stops_on_the_server_and_keeps_its_connection(
    database: Database, database_url: str
) -> None:
    [(before,)] = await database.fetch("SELECT pg_backend_pid()", {})
    with anyio.move_on_after(0.1):
        await database.fetch("SELECT pg_sleep(600)", {})
    with psycopg.connect(database_url) as other:
        state = other.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [before]).fetchone()
    assert state == ("idle",)
    assert await database.fetch("SELECT pg_backend_pid()", {}) == [(before,)]


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
async def test_what_the_database_cannot_hold_is_refused(database: Database, text: str) -> None:
    with pytest.raises(InvalidInput, match="NUL nor lone surrogates"):
        await database.fetch("SELECT %s::text", [text])
    assert await database.fetch("SELECT 1", {}) == [(1,)]


async def test_who_is_cancelled_while_giving_a_connection_back_does_not_lose_it(
    database_url: str, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By asyncio itself, which no shield of anyio holds off."""
    put, reached, go_on = AsyncConnectionPool.putconn, anyio.Event(), anyio.Event()

    async def slowly(pool: AsyncConnectionPool, connection: psycopg.AsyncConnection) -> None:
        reached.set()
        await go_on.wait()
        await put(pool, connection)

    monkeypatch.setattr(AsyncConnectionPool, "putconn", slowly)
    async with Database(settings_for(database_url, DB_POOL_MAX_SIZE="1")) as database:
        await cancelled(database, reached)
        go_on.set()
        with anyio.fail_after(60):
            assert await database.fetch("SELECT 2", {}) == [(2,)]


async def test_a_connection_that_comes_when_its_caller_is_cancelled_is_not_lost(
    database_url: str, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    get, reached, asked = AsyncConnectionPool.getconn, anyio.Event(), list[float]()

    async def all_the_same(pool: AsyncConnectionPool, seconds: float) -> psycopg.AsyncConnection:
        """The first time, return it although cancelled, as `asyncio.wait_for` did before Python 3.12."""
        connection = await get(pool, seconds)
        asked.append(seconds)
        if len(asked) == 1:
            reached.set()
            with suppress(asyncio.CancelledError):
                await anyio.sleep_forever()
        return connection

    monkeypatch.setattr(AsyncConnectionPool, "getconn", all_the_same)
    async with Database(settings_for(database_url, DB_POOL_MAX_SIZE="1")) as database:
        await cancelled(database, reached)
        with anyio.fail_after(60):
            assert await database.fetch("SELECT 2", {}) == [(2,)]


async def test_a_connection_that_was_left_in_a_pipeline_is_not_used_again(database: Database) -> None:
    """What is sent on it gets no answer before somebody asks for all of them."""
    async with database.connection() as connection:
        pid = connection.info.backend_pid
        connection.pgconn.enter_pipeline_mode()
    assert await database.fetch("SELECT 42", {}) == [(42,)]
    assert await database.fetch("SELECT pg_backend_pid()", {}) != [(pid,)]


async def test_a_database_is_closed_however_often_whoever_closes_it_is_cancelled(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, closing, go_on, closed = AsyncConnectionPool.close, anyio.Event(), anyio.Event(), anyio.Event()

    async def slowly(pool: AsyncConnectionPool, seconds: float) -> None:
        closing.set()
        await go_on.wait()
        await close(pool, seconds)
        closed.set()

    monkeypatch.setattr(AsyncConnectionPool, "close", slowly)
    database = Database(settings)

    async def use() -> None:
        async with database:
            await database.fetch("SELECT 1", {})

    using = asyncio.create_task(use())
    await closing.wait()
    for _ in range(2):
        using.cancel()
        await asyncio.wait([using], timeout=0.01)
    go_on.set()
    with anyio.fail_after(60):
        await closed.wait()
        await asyncio.wait([using])
    assert using.cancelled()
    with pytest.raises(RuntimeError, match="not open"):
        await database.fetch("SELECT 1", {})


async def test_what_breaks_a_rule_of_the_tables_is_not_quoted(database: Database) -> None:
    statement = "INSERT INTO match_interaction (owner, job_id, kind) VALUES ('secret', 'a', NULL)"
    with pytest.raises(InvalidInput, match="does not take it") as caught:
        await database.fetch(statement, {})
    assert "secret" not in "".join(traceback.format_exception(caught.value))


async def cancelled(database: Database, reached: anyio.Event) -> None:
    """Ask for something, and be cancelled when a moment is reached."""
    asking = asyncio.create_task(database.fetch("SELECT 1", {}))
    await reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError), anyio.fail_after(60):
        await asking


async def test_waiting_for_the_server_keeps_nothing_busy(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    timers: list[float] = []
    monkeypatch.setattr(loop, "call_later", partial(_counted, timers, loop.call_later))
    await database.fetch("SELECT pg_sleep(0.5)", {})
    assert len(timers) < 100  # one every tenth of a second; thousands if it asks again and again


def _counted(calls: list[float], call: Callable[..., object], delay: float, *args: object, **kwargs: object) -> object:
    calls.append(delay)
    return call(delay, *args, **kwargs)


async def test_the_pool_is_measured(database: Database) -> None:
    from jobmatch import telemetry

    await database.fetch("SELECT 1", {})
    assert [pool.read() for pool in telemetry._pools if pool.name == "jobmatch"] == [1]


async def test_settings_reach_the_server(database: Database) -> None:
    [row] = await database.fetch(
        "SELECT current_setting('statement_timeout'), current_setting('jit'), current_setting('application_name')", {}
    )
    assert row == ("1min", "off", "jobmatch")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("57014", TimedOut),
        ("55P03", TimedOut),
        ("40001", DatabaseUnavailable),
        ("25P03", DatabaseUnavailable),
        ("40P01", DatabaseUnavailable),
        ("53100", DatabaseUnavailable),
        ("53200", DatabaseUnavailable),
        ("53300", DatabaseUnavailable),
        ("58000", DatabaseUnavailable),
        ("58030", DatabaseUnavailable),
        ("58P01", Incompatible),
        ("57P01", DatabaseUnavailable),
        ("08006", DatabaseUnavailable),
        ("25006", Unavailable),
        ("42P01", SchemaOutdated),
        ("42P10", SchemaOutdated),
        ("42704", Incompatible),
        ("42501", Incompatible),
    ],
)
def test_states_become_our_errors(state: str, expected: type[JobmatchError]) -> None:
    error = psycopg.errors.lookup(state)("what happened\nDETAIL: more")
    assert type(translated(error)) is expected
    assert "DETAIL" not in str(translated(error))


def test_an_index_that_takes_too_much_memory_is_told_what_to_do() -> None:
    error = psycopg.errors.ProgramLimitExceeded("memory required is 222 MB, maintenance_work_mem is 64 MB")
    ours = translated(error)
    assert type(ours) is Incompatible
    assert str(ours).endswith("(memory required is 222 MB, maintenance_work_mem is 64 MB); use fewer, or raise it")


def test_what_an_index_cannot_hold_is_told_without_the_servers_words() -> None:
    error = psycopg.errors.ProgramLimitExceeded("index row requires 19816 bytes, maximum size is 8191")
    assert str(translated(error)) == "value: is too long, or several are together, to be found again; shorten it"


def test_our_own_mistakes_stay_what_they_are() -> None:
    assert translated(psycopg.errors.SyntaxError("at or near")) is None


@pytest.mark.parametrize(
    ("installed", "available", "message"),
    [
        (None, None, "has no pgvector"),
        ("0.7.0", "0.7.0", "0.7.0; 0.8.4 or newer is needed: update it"),
        ("0.8.1", "0.8.5", "ALTER EXTENSION"),
    ],
)
def test_an_old_pgvector_is_refused(installed: str | None, available: str | None, message: str) -> None:
    with pytest.raises(Incompatible, match=message):
        server._check_pgvector(installed, available)


def test_a_new_pgvector_will_do() -> None:
    server._check_pgvector("0.10.0", "0.10.0")
    server._check_pgvector(None, "0.8.4")


async def test_an_old_server_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "OLDEST_SERVER", 99)
    with pytest.raises(Incompatible, match="99 or newer"):
        async with Database(settings):
            pass


def test_this_process_is_told_nothing_by_the_environment() -> None:
    assert "PGPASSWORD" not in os.environ


def test_trio_is_refused_with_what_to_do(settings: Settings) -> None:
    async def use() -> None:
        async with Database(settings):
            pytest.fail("must not open")

    with pytest.raises(Incompatible, match=r"on asyncio only.* backends in memory"):
        anyio.run(use, backend="trio")
