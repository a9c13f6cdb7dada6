"""procrastinate's tables: created, and brought from release to release by its own migrations, in their order.

It keeps no record of which of them were carried out, so we do. Tables that somebody else made are left alone.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import anyio.to_thread
import psycopg
from procrastinate.schema import SchemaManager
from psycopg import Connection, sql

from jobmatch.backends.procrastinate.failures import translating
from jobmatch.tables import TablesStatus

RECORD = "match_queue_migration"
#: Whose tables they are, when it is not us who made them.
FOREIGN = "not ours"
#: One number for the advisory lock, so that two upgrades at once wait for one another.
LOCK = 0x6A6F6271
_EXISTS = "SELECT to_regclass(%s) IS NOT NULL"


def migrations() -> Sequence[Path]:
    """Return procrastinate's migrations in their order: by release, and within one first what old workers can bear."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


class QueueTables:
    """Creates and inspects the tables of the queue.

    Arguments:
        conninfo: returns where the database is.
    """

    def __init__(self, conninfo: Callable[[], Awaitable[str]]) -> None:
        self._conninfo = conninfo

    async def upgrade(self) -> None:
        """See `Tables.upgrade`.

        Raises:
            DatabaseUnavailable: the server does not answer.
        """
        conninfo = await self._conninfo()
        with translating():
            await anyio.to_thread.run_sync(upgrade, conninfo)

    async def status(self) -> TablesStatus:
        """See `Tables.status`.

        Raises:
            DatabaseUnavailable: the server does not answer.
        """
        conninfo = await self._conninfo()
        with translating():
            revision = await anyio.to_thread.run_sync(_revision, conninfo)
        head = migrations()[-1].stem
        return TablesStatus(name="queue", revision=revision, head=head, current=revision in {head, FOREIGN})


def upgrade(conninfo: str) -> None:
    """Bring the tables to the installed release of procrastinate."""
    with _locked(conninfo) as connection:
        done = _done(connection)
        if done is None:
            _create(connection)
        elif done != FOREIGN:
            for migration in migrations():
                if migration.stem > done:
                    _apply(connection, migration.read_text("utf-8"), [migration.stem])


@contextmanager
def _locked(conninfo: str) -> Iterator[Connection]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # let go with the connection
        yield connection


def _revision(conninfo: str) -> str | None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return _done(connection)


def _done(connection: Connection) -> str | None:
    """Return the last migration that was carried out; None if there are no tables at all."""
    if connection.execute(_EXISTS, [RECORD]).fetchone() == (True,):
        query = sql.SQL("SELECT max(migration) FROM {}").format(sql.Identifier(RECORD))
        row = connection.execute(query).fetchone()
        return str(row[0]) if row and row[0] else None
    return FOREIGN if connection.execute(_EXISTS, ["procrastinate_jobs"]).fetchone() == (True,) else None


def _create(connection: Connection) -> None:
    record = sql.SQL("CREATE TABLE IF NOT EXISTS {} (migration text PRIMARY KEY, at timestamptz DEFAULT now())")
    with connection.transaction():
        connection.execute(record.format(sql.Identifier(RECORD)))
        _apply(connection, SchemaManager.get_schema(), [migration.stem for migration in migrations()])


def _apply(connection: Connection, statements: LiteralString, names: Sequence[str]) -> None:
    """Carry out what procrastinate brings, and note it, both or neither."""
    note = sql.SQL("INSERT INTO {} (migration) VALUES (%s)").format(sql.Identifier(RECORD))
    with connection.transaction():
        connection.execute(statements)
        connection.cursor().executemany(note, [[name] for name in names])
