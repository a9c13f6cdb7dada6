"""`Database`: the one that index and task store share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
import psycopg
import stamina
from psycopg import AsyncConnection

from jobmatch.backends.postgres import embedded
from jobmatch.backends.postgres.failures import cause, outdated, translated, unlike, unstorable
from jobmatch.backends.postgres.pool import Pool, with_settings
from jobmatch.backends.postgres.schema import HEAD, REVISION
from jobmatch.backends.postgres.server import check
from jobmatch.errors import DatabaseUnavailable, Incompatible, JobmatchError, NotOpen, SchemaOutdated
from jobmatch.ports import Resource
from jobmatch.settings import Settings

#: Attempts at a statement that may be repeated, and the seconds between them.
ATTEMPTS, FIRST_WAIT, LONGEST_WAIT = 3, 0.05, 1.0

#: The first statement of a transaction that locks what it changes, and so needs no more, whatever the server's default
#: is: under a stricter one, of two imports of the same postings one would fail.
AS_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"

Parameters = Mapping[str, Any] | Sequence[Any]
Rows = list[tuple[Any, ...]]
T = TypeVar("T")


class Database(Resource):
    """A pool of connections to one database; without an URL, to a server of our own in the user's data folder.

    Arguments:
        settings: where the database is, and how many connections it may see.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = anyio.Lock()
        self._users = 0
        self._pool: Pool | None = None
        self._identity = ""

    @property
    def identity(self) -> str:
        """A digest of which database it is, as it was when it was last opened; nothing if it never was."""
        return self._identity

    async def __aenter__(self) -> Self:
        _require_asyncio()
        async with self._lock:
            if self._users == 0:
                self._pool = await self._opened()
            self._users += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._users -= 1
        if self._users == 0 and (pool := self._pool):
            self._pool = None
            await pool.close()

    async def url(self) -> str:
        """Return where the database is; starts our own server if the settings name none."""
        return self.settings.database_url or await embedded.start(self.settings.home)

    async def conninfo(self) -> str:
        """Return the same with what every connection should have, for pools of others."""
        return with_settings(await self.url(), self.settings)

    async def _opened(self) -> Pool:
        url = await self.url()
        server = await check(url, self.settings)
        self._identity = server.identity
        if self.settings.database_url is None:
            await embedded.prepare(url)
        revive = self._revive if self.settings.database_url is None else None
        pool = Pool(url, self.settings, pooled=server.pooled, revive=revive)
        await pool.open()
        return pool

    async def _revive(self) -> None:
        """Start our own server again, which was killed: nobody else would."""
        await embedded.start(self.settings.home)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection in autocommit mode. psycopg's errors leave as ours."""
        if self._pool is None:
            raise NotOpen("the database is not open: use it within 'async with'")
        try:
            async with self._pool.connection() as connection:
                yield connection
        except UnicodeEncodeError:
            raise unstorable() from None
        except psycopg.Error as error:
            if ours := translated(error):
                raise (await self._told(ours)) from cause(error)
            raise

    async def _told(self, error: JobmatchError) -> JobmatchError:
        """Return the error, or the one for tables that somebody has brought to a newer release meanwhile."""
        if not isinstance(error, SchemaOutdated) or self._pool is None:
            return error
        try:
            async with self._pool.connection() as connection:
                rows = await fetched(connection, REVISION, ())
        except (psycopg.Error, JobmatchError):
            return error
        return unlike(rows[0][0]) if rows and rows[0][0] > HEAD else error

    async def fetch(self, statement: str, parameters: Parameters, *, again: bool = False) -> Rows:
        """Execute one statement in a transaction of its own and return its rows.

        Arguments:
            statement: with psycopg's placeholders.
            parameters: for them.
            again: whether it may be repeated after a transient error, for it changes nothing or the same thing twice.
        """

        def execute(connection: AsyncConnection) -> Awaitable[Rows]:
            return fetched(connection, statement, parameters)

        return await (self.repeat(execute) if again else self._with_connection(execute))

    async def repeat(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Carry out *work*, an async function of a connection, again after a transient error."""
        return await _repeated(lambda: self._with_connection(work))

    async def _with_connection(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self.connection() as connection:
            try:
                return await work(connection)
            except psycopg.NotSupportedError as error:
                if not outdated(error):
                    raise
            # The server has carried out nothing of it, and psycopg would send it for ever. There is nothing to roll
            # back, but at that it forgets what it has prepared, in every release that will do.
            await connection.execute("ROLLBACK", prepare=False)
            return await work(connection)


def _require_asyncio() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise Incompatible(
            "PostgreSQL is reached on asyncio only, for so are its driver and its pool: run this on asyncio, or use the"
            " backends in memory, which run on trio as well"
        ) from None


class InDatabase(Resource):
    """What is kept in a database.

    Arguments:
        database: may be shared; it is opened and closed with this.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)


async def fetched(connection: AsyncConnection, statement: str, parameters: Parameters) -> Rows:
    """Execute one statement on a connection and return its rows."""
    cursor = await connection.execute(statement, parameters)
    # Not by `description`, which makes an object for every column.
    return [] if cursor.rownumber is None else await cursor.fetchall()


async def _repeated(act: Callable[[], Awaitable[T]]) -> T:
    """Do *act*, and again after a transient error; the machinery for that is costly, and nearly always not needed."""
    try:
        return await act()
    except DatabaseUnavailable:
        await anyio.sleep(FIRST_WAIT)
    async for attempt in stamina.retry_context(
        on=DatabaseUnavailable, attempts=ATTEMPTS - 1, wait_initial=FIRST_WAIT, wait_max=LONGEST_WAIT, timeout=None
    ):
        with attempt:
            return await act()
    raise AssertionError("retrying ends with an answer or an error")
