"""procrastinate's tables: created, and brought from release to release by its own migrations, in their order.

It keeps no record of which of them were carried out, so we do. Tables that somebody else made are left alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import LiteralString

import anyio.to_thread
import psycopg
from procrastinate.schema import SchemaManager
from psycopg import Connection, IsolationLevel, sql

from jobmatch.backends.procrastinate.failures import translating
from jobmatch.connections import UNLIMITED
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
    # A pooler may give each transaction another session: there nothing can be prepared.
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
        # What was done while we waited for the lock has to be seen, whatever is the user's default.
        connection.isolation_level = IsolationLevel.READ_COMMITTED
        while _step(connection):
            pass


def _step(connection: Connection) -> bool:
    """Do what is to be done next, and tell whether more may be.

    Each step is a transaction, for some need what the one before has committed. So is the lock, which would stay
    behind in a session that a connection pooler lent us.
    """
    with connection.transaction():
        connection.execute(UNLIMITED)
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        done = _done(connection)
        if done is None:
            _create(connection)
            return False
        missing = [] if done == FOREIGN else [file for file in migrations() if file.stem > done]
        for migration in missing[:1]:
            _apply(connection, migration.read_text("utf-8"), [migration.stem])
        return len(missing) > 1


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
    connection.execute(record.format(sql.Identifier(RECORD)))
    _apply(connection, SchemaManager.get_schema(), [migration.stem for migration in migrations()])


def _apply(connection: Connection, statements: LiteralString, names: Sequence[str]) -> None:
    """Carry out what procrastinate brings, and note it."""
    note = sql.SQL("INSERT INTO {} (migration) VALUES (%s)").format(sql.Identifier(RECORD))
    connection.execute(statements)
    connection.cursor().executemany(note, [[name] for name in names])
