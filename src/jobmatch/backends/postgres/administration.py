"""Creating the tables, and telling about the database: ``jobmatch db upgrade`` and ``jobmatch db status``."""

from collections.abc import Sequence

import anyio.to_thread
import psycopg
from attrs import frozen
from psycopg import AsyncConnection, sql
from sqlalchemy.exc import DBAPIError

from jobmatch.backends.postgres import embedded, server
from jobmatch.backends.postgres.failures import address, newer, translated
from jobmatch.backends.postgres.schema import DEFAULT_DIMENSIONS, HEAD, VERSION_TABLE
from jobmatch.errors import Incompatible
from jobmatch.settings import Settings
from jobmatch.tables import Tables, TablesStatus

#: The column of the vectors that searches use, if it is gone: DROP EXTENSION … CASCADE takes it along, and no migration
#: brings it back.
_LOST = """
SELECT serving.name FROM (
  SELECT coalesce((SELECT column_name FROM match_space WHERE state = 'serving'), 'vector')) AS serving(name)
WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('match_job') AND a.attname = serving.name)
"""
#: Makes the tables usable again after that: an import embeds no posting that it finds unchanged, so none may be left.
ANEW = (
    "CREATE EXTENSION IF NOT EXISTS vector; TRUNCATE match_job, match_text, match_space;"
    " ALTER TABLE match_job ADD COLUMN IF NOT EXISTS vector halfvec(" + str(DEFAULT_DIMENSIONS) + ")"
)
_SIZES = "SELECT count(*), pg_total_relation_size('match_job') FROM match_job"


@frozen(kw_only=True)
class Status:
    """The state of a database.

    Arguments:
        address: host, port and name.
        embedded: whether it is our own server.
        revision: of the tables; None before the first upgrade.
        head: the revision that this release needs.
        postgresql: version of the server.
        pgvector: version of the extension; None before the first upgrade.
        jobs: number of jobs.
        bytes: size of the jobs with their indexes.
        others: tables that others have brought along.
        lost: the column of vectors that searches need, if somebody has dropped it, by DROP EXTENSION … CASCADE say.
    """

    address: str
    embedded: bool
    revision: str | None
    head: str
    postgresql: str
    pgvector: str | None
    jobs: int = 0
    bytes: int = 0
    others: tuple[TablesStatus, ...] = ()
    lost: str | None = None

    @property
    def current(self) -> bool:
        """Whether the tables are those of this release."""
        return self.revision == self.head and self.lost is None and all(other.current for other in self.others)

    @property
    def advice(self) -> str:
        """What to do about tables that are not those of this release."""
        if self.revision and self.revision > self.head:
            return newer(self.revision)
        if self.lost:
            return (
                f"the column {self.lost} of match_job is gone, and all vectors with it, as after DROP EXTENSION vector"
                f" CASCADE: restore the database from a backup; or, without one, run in it: {ANEW}; and import all"
                " postings again (tasks and interactions stay)"
            )
        return "the tables are not those of this release: run jobmatch db upgrade"


class Schema:
    """Creates and inspects the tables.

    Arguments:
        settings: where the database is.
        others: tables that others have brought along.
    """

    def __init__(self, settings: Settings, *, others: Sequence[Tables] = ()) -> None:
        self._settings = settings
        self._others = others

    async def upgrade(self) -> Status:
        """Bring the tables to this release; two at once are safe.

        Raises:
            DatabaseUnavailable: the server does not answer.
            Incompatible: the server or pgvector is too old, a right is missing, the tables are of a newer release, or
                somebody has dropped the vectors.
        """
        url = await self._url()
        await server.check(url, self._settings)
        await anyio.to_thread.run_sync(_upgrade, url)
        for other in self._others:
            await other.upgrade()
        status = await self.status()
        if status.lost:
            raise Incompatible(status.advice)
        return status

    async def status(self) -> Status:
        """Tell about the database.

        Raises:
            DatabaseUnavailable: the server does not answer.
            Incompatible: the server or pgvector is too old.
        """
        url = await self._url()
        found = await server.check(url, self._settings)
        async with await server.connect(url, self._settings) as connection:
            revision = await _revision(connection)
            jobs, size = await _sizes(connection) if revision else (0, 0)
            lost = await self._lost(connection) if revision == HEAD else None
        return Status(
            address=address(url),
            embedded=self._settings.database_url is None,
            revision=revision,
            head=HEAD,
            postgresql=found.version,
            pgvector=found.pgvector,
            jobs=jobs,
            bytes=size,
            others=tuple([await other.status() for other in self._others]),
            lost=lost,
        )

    async def _lost(self, connection: AsyncConnection) -> str | None:
        if self._settings.job_table:
            return None  # the vectors are in somebody's own table
        row = await (await connection.execute(_LOST)).fetchone()
        return str(row[0]) if row else None

    async def _url(self) -> str:
        return self._settings.database_url or await embedded.start(self._settings.home)


def _upgrade(url: str) -> None:
    from jobmatch.backends.postgres.migrations import upgrade  # alembic takes a third of a second to import

    try:
        upgrade(url)
    except DBAPIError as error:
        ours = translated(error.orig) if isinstance(error.orig, psycopg.Error) else None
        raise ours or error from error
    except psycopg.Error as error:
        raise translated(error) or error from error


async def _revision(connection: AsyncConnection) -> str | None:
    known = await (await connection.execute("SELECT to_regclass(%s) IS NOT NULL", [VERSION_TABLE])).fetchone()
    if known != (True,):
        return None
    query = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(VERSION_TABLE))
    row = await (await connection.execute(query)).fetchone()
    return str(row[0]) if row else None


async def _sizes(connection: AsyncConnection) -> tuple[int, int]:
    row = await (await connection.execute(_SIZES)).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
