"""Behind PgBouncer, which lends sessions of the server: for a transaction, or for as long as one is connected."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread
import psycopg
import pytest
from psycopg import conninfo

from jobmatch.backends.postgres import server
from jobmatch.backends.postgres.administration import Schema
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.backends.procrastinate.queueing import opened
from jobmatch.backends.procrastinate.tables import upgrade
from jobmatch.errors import Incompatible
from jobmatch.model import Hnsw, MatchRequest, Profile
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

SettingsFor = Callable[..., Settings]
CONFIGURATION = """
[databases]
{name} = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
logfile = {folder}/log
"""
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
LEFT = "SELECT current_setting('statement_timeout'), current_setting('jit')"


def bouncer(url: str, mode: str, port: int, folder: Path) -> Iterator[str]:
    """Yield the URL of a database as seen through a pooler."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("needs pgbouncer: apt-get install pgbouncer")
    parts = {name: value for name, value in conninfo.conninfo_to_dict(url).items() if value}
    name = str(parts["dbname"])
    configuration = folder / "configuration"
    given = {"name": name, "server": conninfo.make_conninfo("", **parts), "port": port, "mode": mode}
    configuration.write_text(CONFIGURATION.format(**given, folder=folder))
    folder.chmod(0o777)
    # Into the folder of the packaged server's socket nobody else may go.
    user = ["-u", "pgserver"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, "-q", *user, str(configuration)], stderr=subprocess.DEVNULL)
    through = f"postgresql://{parts.get('user', 'postgres')}@127.0.0.1:{port}/{name}"
    try:
        wait_for(process, through)
        yield through
    finally:
        process.terminate()
        process.wait()


def wait_for(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Return when the pooler lets somebody in."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), psycopg.connect(url):
            return
        time.sleep(0.02)
    raise AssertionError("the pooler does not start")


@pytest.fixture
def transactions(database_url: str, free_port: Callable[[], int], home: Path) -> Iterator[str]:
    """The URL of a database through a pooler that lends a session for each transaction."""
    yield from bouncer(database_url, "transaction", free_port(), home)


@pytest.fixture
def sessions(database_url: str, free_port: Callable[[], int], home: Path) -> Iterator[str]:
    """The URL of a database through a pooler that lends a session for as long as one is connected."""
    yield from bouncer(database_url, "session", free_port(), home)


async def test_a_pooler_in_transaction_mode_is_told_from_others(
    transactions: str, database_url: str, settings_for: SettingsFor
) -> None:
    found = [await server.check(url, settings_for(url)) for url in (transactions, database_url)]
    assert [one.pooled for one in found] == [True, False]


async def test_what_needs_a_session_of_its_own_is_refused_before_anything_is_left_in_somebody_elses(
    transactions: str, observer: psycopg.Connection, settings_for: SettingsFor
) -> None:
    async with PostgresJobIndex(Database(settings_for(transactions))) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry("a"), entry("b", axis(1))])
        with pytest.raises(Incompatible, match=r"pooler .*DATABASE_URL.* session mode"):
            await index.create_index(Hnsw())
    assert observer.execute(LOCKS).fetchone() == (0,)


async def test_other_clients_of_the_pooler_find_nothing_of_ours(
    transactions: str, observer: psycopg.Connection, settings_for: SettingsFor
) -> None:
    with psycopg.connect(transactions) as connection:
        before = connection.execute(LEFT).fetchone()
    async with Database(settings_for(transactions)) as database:
        for _ in range(10):  # so often that psycopg would prepare it
            assert await database.fetch(LEFT, {}) == [before]
    await anyio.to_thread.run_sync(upgrade, transactions)
    with psycopg.connect(transactions) as connection:
        assert connection.execute(LEFT).fetchone() == before
        assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    assert observer.execute(LOCKS).fetchone() == (0,)


async def test_tasks_are_kept_behind_a_pooler_and_nobody_listens_in_its_sessions(
    transactions: str, settings_for: SettingsFor, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(settings_for(transactions))
    async with PostgresTaskStore(database) as store, anyio.create_task_group() as group:
        group.start_soon(store.listen, lambda change: None)
        for number in range(10):
            task = await store.create(MatchRequest(profile=Profile(text="welder")), owner="ada", key=str(number))
            assert await store.get(task.id, owner="ada") == task
        with anyio.fail_after(60):
            while "not listening for changes of tasks, only looking" not in caplog.text:  # noqa: ASYNC110
                await anyio.sleep(0.01)
        assert await database.fetch("SELECT pg_listening_channels()", {}) == []
        group.cancel_scope.cancel()


async def test_the_queue_prepares_nothing_behind_a_pooler(transactions: str) -> None:
    await anyio.to_thread.run_sync(upgrade, transactions)
    async with opened(transactions) as app:
        for _ in range(10):
            assert await app.check_connection_async()
        prepared = await app.connector.execute_query_one_async("SELECT count(*) FROM pg_prepared_statements")
    assert prepared == {"count": 0}


async def test_a_pooler_in_session_mode_is_as_good_as_the_server(sessions: str, settings_for: SettingsFor) -> None:
    settings = settings_for(sessions)
    await Schema(settings).upgrade()
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry("a"), entry("b", axis(1))])
        await index.create_index(Hnsw())
    async with Database(settings) as database:
        assert await database.fetch(LEFT, {}) == [("1min", "off")]
