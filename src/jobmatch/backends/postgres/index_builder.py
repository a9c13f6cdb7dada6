"""The only builder of indexes: its connection and its lock, and the wait for builders who are none of us."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
import psycopg
from psycopg import AsyncConnection

from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres import poolers, server
from jobmatch.backends.postgres.database import Database, fetched
from jobmatch.backends.postgres.failures import translated
from jobmatch.connections import UNLIMITED_CONNECTION
from jobmatch.errors import JobmatchError
from jobmatch.ports import Progress, unheard

#: One builder at a time.
BUILD_LOCK = 0x6A6F6269
#: Seconds between two attempts at the lock, and between two looks at the progress.
PAUSE = 0.25
#: Seconds in which a build that is given up tidies up; what it cannot do in that time, the next build does.
TIDY = 5.0
#: What is told while somebody who is none of us builds.
THEIRS = "waiting for an index that somebody else builds"

#: Drops what a build left unfinished.
Tidy = Callable[[AsyncConnection], Awaitable[None]]


@asynccontextmanager
async def builder(database: Database, progress: Progress, tidy: Tidy) -> AsyncIterator[AsyncConnection]:
    """Lend a connection to the only builder; if it gives up, *tidy* what it leaves unfinished."""
    async with locked(database, progress) as connection:
        try:
            yield connection
        except BaseException:
            # What is unfinished takes room and slows down every import.
            with anyio.move_on_after(TIDY, shield=True), suppress(psycopg.Error, JobmatchError):
                await connection.close()  # it may be in the midst of a statement
                async with locked(database, unheard) as another:
                    await tidy(another)
            raise


@asynccontextmanager
async def locked(database: Database, progress: Progress) -> AsyncIterator[AsyncConnection]:
    """Lend a connection of its own, for a build outlives the time that a statement may take.

    Raises:
        Incompatible: a pooler is in between, and gives each transaction another session of the server.
    """
    url = await database.url()
    connection = await server.connect(url, database.settings)
    try:
        # The lock would stay in a session that is not ours, and with it everybody's settings.
        if await server.pooled(url, database.settings, connection):
            raise poolers.refused()
        await connection.execute(UNLIMITED_CONNECTION)
        with suppress(psycopg.errors.InvalidParameterValue):  # not every system can tell
            # Else the server goes on building for a process that was killed, and keeps the lock.
            await connection.execute("SET client_connection_check_interval = '1s'")
        # Not the function that waits: its transaction would be one that a concurrent build has to wait for in turn.
        while await fetched(connection, "SELECT pg_try_advisory_lock(%s)", [BUILD_LOCK]) != [(True,)]:
            progress(0.0, "waiting for another build")
            await anyio.sleep(PAUSE)
        yield connection
    except psycopg.Error as error:
        raise (translated(error) or error) from error
    finally:
        with anyio.move_on_after(PAUSE, shield=True):
            await connection.close()  # and with it the lock


async def unbuilt(connection: AsyncConnection, tables: Sequence[str], progress: Progress, part: float = 0.0) -> None:
    """Wait until nobody else builds an index on some tables.

    A statement that waits for such a build would have it wait for the statement in turn, and the server would end one
    of the two.

    Arguments:
        connection: in autocommit mode, for what it last saw keeps nobody waiting then.
        tables: as SQL spells them.
        progress: told what is waited for.
        part: that is done so far.
    """
    while await busy(connection, tables):
        progress(part, THEIRS)
        await anyio.sleep(PAUSE)


async def busy(connection: AsyncConnection, tables: Sequence[str]) -> bool:
    """Tell whether somebody else builds an index on some tables."""
    return await fetched(connection, ddl.BUSY, [list(tables)]) == [(True,)]
