"""Servers, users and environments that would have our connections speak in another way than they do."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import anyio.to_thread
import psycopg
import pytest
from psycopg import sql

from jobmatch import MatchEngine
from jobmatch.backends.postgres import migrations, server
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.migrations import upgrade
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.backends.procrastinate import tables
from jobmatch.backends.procrastinate.queueing import opened
from jobmatch.backends.procrastinate.tables import upgrade as upgrade_queue
from jobmatch.errors import Incompatible, InvalidInput, Unavailable
from jobmatch.model import Filters, MatchRequest, Method, Place, Plan, Profile
from jobmatch.model.text import fold
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

Begin = Callable[[str], AbstractAsyncContextManager[object]]
SettingsFor = Callable[..., Settings]
EVERYTHING = Plan(method=Method.EXACT, fetch=100)
ENCODING = "SELECT current_setting('client_encoding')"
#: Latin letters, of which only some are in LATIN1; and a dash, which is not.
TITLE = "Kierowca – Łódź, Genève"


def more(url: str, parameter: str) -> str:
    """Return a URL with one more parameter."""
    return f"{url}{'&' if '?' in url else '?'}{parameter}"


def by_url(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return more(url, "client_encoding=LATIN1")


def by_options(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return more(url, "options=-cclient_encoding%3DLATIN1")


def by_environment(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    return url


def by_database(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    alter(url, "ALTER DATABASE {} SET client_encoding = 'LATIN1'")
    return url


def alter(url: str, statement: str) -> None:
    """Execute a statement about the database."""
    with psycopg.connect(url, autocommit=True, client_encoding="UTF8") as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(connection.info.dbname)))


@pytest.fixture(params=[by_url, by_options, by_environment, by_database])
def latin_url(request: pytest.FixtureRequest, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database to which everybody would speak in LATIN1."""
    url: str = request.param(database_url, monkeypatch)
    with psycopg.connect(url) as connection:
        assert connection.execute(ENCODING).fetchone() == ("LATIN1",)
    return url


async def test_postings_are_stored_as_they_are_whatever_encoding_others_speak(
    latin_url: str, observer: psycopg.Connection, settings_for: SettingsFor
) -> None:
    """What COPY is given is bytes; the server believed them to be LATIN1, and made two letters of each in UTF-8."""
    city = Place(city="Łódź", country="PL")
    async with PostgresJobIndex(Database(settings_for(latin_url))) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry("a", title=TITLE, places=(city,))])
        found = await index.search(SearchQuery(vector=axis(0), filters=Filters(city="Łódź")), EVERYTHING)
    assert [hit.job.title for hit in found.hits] == [TITLE]
    stored = observer.execute("SELECT convert_to(cities[1], 'UTF8') FROM match_job").fetchall()
    assert stored == [(fold("Łódź").encode(),)]


async def test_each_of_our_connections_speaks_utf8(latin_url: str, settings_for: SettingsFor) -> None:
    settings = settings_for(latin_url)
    await anyio.to_thread.run_sync(upgrade_queue, await Database(settings).conninfo())
    async with Database(settings) as database, await server.connect(latin_url, settings) as building:
        assert await database.fetch(ENCODING, {}) == [("UTF8",)]
        assert await (await building.execute(ENCODING)).fetchone() == ("UTF8",)
        async with opened(await database.conninfo()) as queue:
            assert await queue.connector.execute_query_one_async(ENCODING) == {"current_setting": "UTF8"}


def test_tables_are_made_in_utf8(latin_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str | None] = []
    connect = psycopg.connect

    def noted(*arguments: str, **options: Any) -> psycopg.Connection:
        connection = connect(*arguments, **options)
        spoken.append(connection.info.parameter_status("client_encoding"))
        return connection

    monkeypatch.setattr(psycopg, "connect", noted)
    upgrade(latin_url)
    assert spoken == ["UTF8"]


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def narrow_url(request: pytest.FixtureRequest, server_url: str) -> Iterator[str]:
    """The URL of a database that cannot hold every text."""
    name = f"jobmatch_{uuid4().hex[:12]}"
    make = sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE 'C' ENCODING {}")
    head, mark, query = server_url.partition("?")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(make.format(sql.Identifier(name), request.param))
        yield f"{head.rsplit('/', 1)[0]}/{name}{mark}{query}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def test_a_database_that_cannot_hold_every_text_is_refused(narrow_url: str, settings_for: SettingsFor) -> None:
    with pytest.raises(Incompatible, match=r"the database is in (LATIN1|SQL_ASCII), .*ENCODING 'UTF8'"):
        async with Database(settings_for(narrow_url)):
            pass


async def test_a_callers_connection_that_cannot_carry_the_request_is_refused(
    database_url: str, settings: Settings, begin_by_any_driver: Begin
) -> None:
    request = MatchRequest(profile=Profile(text=TITLE))
    latin = more(database_url, "client_encoding=LATIN1")
    async with PostgresTaskStore(Database(settings)) as store, begin_by_any_driver(latin) as connection:
        with pytest.raises(InvalidInput, match=r"connection: its client_encoding .* UTF8") as caught:
            await store.create(request, owner="ada", connection=connection)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


#: Who waits for a lock of ours longer than the database would let them.
WAITING = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND NOT granted AND clock_timestamp() - query_start > interval '200 ms'
"""


@pytest.mark.parametrize(("make", "lock"), [(upgrade, migrations.UPGRADE_LOCK), (upgrade_queue, tables.LOCK)])
async def test_an_upgrade_takes_the_time_that_it_takes_and_sees_what_another_did_meanwhile(
    empty_database_url: str, make: Callable[[str], None], lock: int
) -> None:
    for setting in ("statement_timeout = '100ms'", "lock_timeout = '100ms'"):
        alter(empty_database_url, f"ALTER DATABASE {{}} SET {setting}")
    alter(empty_database_url, "ALTER DATABASE {} SET default_transaction_isolation = 'serializable'")
    with psycopg.connect(empty_database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock])
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(anyio.to_thread.run_sync, make, empty_database_url)
            with anyio.fail_after(60):
                while other.execute(WAITING).fetchone() != (2,):  # noqa: ASYNC110, a database tells nobody
                    await anyio.sleep(0.01)
            other.execute("SELECT pg_advisory_unlock(%s)", [lock])


STYLE = "SELECT current_setting('DateStyle')"


@pytest.fixture(params=["German", "SQL, DMY", "Postgres"])
def styled_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of a database that writes times in another way than psycopg can read."""
    alter(database_url, f"ALTER DATABASE {{}} SET DateStyle = '{request.param}'")
    return database_url


async def test_times_are_read_whatever_style_they_would_have(styled_url: str, settings_for: SettingsFor) -> None:
    """A task was stored, and reading it back failed, so that nobody knew of it."""
    async with PostgresTaskStore(Database(settings_for(styled_url))) as store:
        for key in (None, "k", "k"):
            task = await store.create(MatchRequest(keywords="welder"), owner="ada", key=key)
            assert await store.get(task.id, owner="ada") == task
        assert len((await store.list(owner="ada", limit=10))[0]) == 2


async def test_each_of_our_connections_has_times_that_can_be_read(styled_url: str, settings_for: SettingsFor) -> None:
    settings = settings_for(styled_url)
    await anyio.to_thread.run_sync(upgrade_queue, styled_url)
    async with Database(settings) as database, opened(await database.conninfo()) as queue:
        assert [row[0][:3] for row in await database.fetch(STYLE, {})] == ["ISO"]
        assert (await queue.connector.execute_query_one_async(STYLE))["current_setting"].startswith("ISO")


async def test_a_callers_connection_may_have_times_in_any_style(
    styled_url: str, settings_for: SettingsFor, begin_by_any_driver: Begin
) -> None:
    request = MatchRequest(keywords="welder")
    async with PostgresTaskStore(Database(settings_for(styled_url))) as store:
        async with begin_by_any_driver(styled_url) as connection:
            task = await store.create(request, owner="ada", key="k", connection=connection)
            assert await store.create(request, owner="ada", key="k", connection=connection) == task
        assert await store.get(task.id, owner="ada") == task


async def test_a_database_that_takes_no_changes_says_so_and_is_not_asked_again_at_once(
    database_url: str, settings: Settings
) -> None:
    alter(database_url, "ALTER DATABASE {} SET default_transaction_read_only = on")
    asked: list[psycopg.AsyncConnection] = []

    async def remove(connection: psycopg.AsyncConnection) -> None:
        asked.append(connection)
        await connection.execute("DELETE FROM match_job")

    async with Database(settings) as database:
        with pytest.raises(Unavailable, match=r"takes no changes: .*DATABASE_URL"):
            await database.repeat(remove)
        assert len(asked) == 1
        assert await database.fetch("SELECT count(*) FROM match_job", {}) == [(0,)]


async def test_an_engine_whose_database_takes_no_changes_is_not_ready(database_url: str, settings: Settings) -> None:
    async with MatchEngine.from_settings(settings) as engine:
        await engine.check()
    alter(database_url, "ALTER DATABASE {} SET default_transaction_read_only = on")
    async with PostgresTaskStore(Database(settings)) as store:
        with pytest.raises(Unavailable, match="takes no changes"):
            await store.check()


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
async def test_times_are_in_utc_whatever_the_zone_of_the_database(
    database_url: str, settings_for: SettingsFor, zone: str
) -> None:
    alter(database_url, f"ALTER DATABASE {{}} SET TimeZone = '{zone}'")
    async with PostgresTaskStore(Database(settings_for(database_url))) as store:
        task = await store.create(MatchRequest(keywords="welder"), owner="ada")
        assert task.created_at.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - task.created_at) < timedelta(hours=1)
        async with store._database.connection() as connection:
            cursor = connection.cursor(binary=True)
            moment, there = await (await cursor.execute("SELECT now(), current_setting('TimeZone')")).fetchone() or ()
        assert (moment.utcoffset(), there) == (timedelta(0), zone)
