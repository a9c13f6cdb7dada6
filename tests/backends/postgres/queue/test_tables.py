"""The queue's tables: created, upgraded step by step, or left alone."""

import anyio
import anyio.to_thread
import psycopg
import pytest
from procrastinate.schema import SchemaManager

from jobmatch.backends.postgres import plugin
from jobmatch.backends.procrastinate import tables
from jobmatch.backends.procrastinate.tables import FOREIGN, RECORD, QueueTables
from jobmatch.errors import DatabaseUnavailable
from jobmatch.plugins import Backends
from jobmatch.settings import Settings

#: What makes a database's functions, columns and indexes comparable.
SHAPE = """
SELECT 'function', p.oid::regprocedure::text, md5(prosrc) FROM pg_proc p WHERE proname LIKE 'procrastinate%'
UNION ALL SELECT 'column', c.table_name || '.' || c.column_name, c.data_type FROM information_schema.columns c
WHERE c.table_name LIKE 'procrastinate%'
UNION ALL SELECT 'trigger', tgname::text, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'procrastinate%'
ORDER BY 1, 2
"""


def made(url: str) -> QueueTables:
    async def conninfo() -> str:
        return url

    return QueueTables(conninfo)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


async def test_created_and_again(empty_database_url: str) -> None:
    queue = made(empty_database_url)
    before = await queue.status()
    assert (before.revision, before.current) == (None, False)
    for _ in range(2):
        await queue.upgrade()
    after = await queue.status()
    assert (after.revision, after.current, after.name) == (after.head, True, "queue")
    assert rows(empty_database_url, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]


async def test_two_upgrades_at_once_are_safe(empty_database_url: str) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(anyio.to_thread.run_sync, tables.upgrade, empty_database_url)
    assert (await made(empty_database_url).status()).current


def by_migrations(url: str, count: int) -> None:
    """Carry out the first migrations, as an older release would have come about."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {RECORD} (migration text PRIMARY KEY, at timestamptz DEFAULT now())")
        for migration in tables.migrations()[:count]:
            connection.execute(migration.read_text())
            connection.execute(f"INSERT INTO {RECORD} VALUES (%s)", [migration.stem])  # noqa: S608


async def test_older_tables_are_upgraded_in_order(empty_database_url: str, database_url: str) -> None:
    last = len(tables.migrations()) - 5
    by_migrations(empty_database_url, last)
    queue = made(empty_database_url)
    before = await queue.status()
    assert (before.revision, before.current) == (tables.migrations()[last - 1].stem, False)
    await queue.upgrade()
    assert (await queue.status()).current
    recorded = [row[0] for row in rows(empty_database_url, f"TABLE {RECORD} ORDER BY 1")]
    assert recorded == [migration.stem for migration in tables.migrations()]
    tables.upgrade(database_url)
    new = {row[:2]: row[2] for row in rows(database_url, SHAPE)}
    upgraded = {row[:2]: row[2] for row in rows(empty_database_url, SHAPE)}
    assert new.keys() <= upgraded.keys()
    assert {name: upgraded[name] for name in new if name[0] == "column"} == {
        name: kind for name, kind in new.items() if name[0] == "column"
    }


async def test_a_step_that_fails_leaves_the_steps_before_it(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    by_migrations(empty_database_url, len(tables.migrations()) - 2)
    known = tables.migrations()
    broken = known[-1].__class__(str(tmp_path)) / known[-1].name
    broken.write_text("CREATE TABLE half_done (); SELECT 1 / 0")
    monkeypatch.setattr(tables, "migrations", lambda: [*known[:-1], broken])
    with pytest.raises(DatabaseUnavailable):
        await made(empty_database_url).upgrade()
    monkeypatch.undo()
    assert (await made(empty_database_url).status()).revision == known[-2].stem
    assert rows(empty_database_url, "SELECT to_regclass('half_done') IS NULL") == [(True,)]
    await made(empty_database_url).upgrade()
    assert (await made(empty_database_url).status()).current


async def test_tables_of_somebody_else_are_left_alone(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(SchemaManager.get_schema())
    queue = made(empty_database_url)
    await queue.upgrade()
    status = await queue.status()
    assert (status.revision, status.current) == (FOREIGN, True)
    assert rows(empty_database_url, f"SELECT to_regclass('{RECORD}') IS NULL") == [(True,)]


async def test_db_upgrade_brings_them_along(empty_database_url: str) -> None:
    chosen = {"DATABASE_URL": empty_database_url, "JOBMATCH_RUNNER": "procrastinate"}
    schema = plugin.schema(Backends(Settings.from_environ(chosen)))
    before = await schema.status()
    assert [other.current for other in before.others] == [False]
    after = await schema.upgrade()
    assert (after.current, [other.name for other in after.others]) == (True, ["queue"])
    assert await schema.upgrade() == after
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(f"DELETE FROM {RECORD} WHERE migration >= '03.04'")  # noqa: S608
    assert not (await schema.status()).current


async def test_a_server_that_is_not_there() -> None:
    with pytest.raises(DatabaseUnavailable):
        await made("postgresql://127.0.0.1:1/none?connect_timeout=1").status()
