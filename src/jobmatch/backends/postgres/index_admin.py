"""Building indexes while searches go on, and repairing what an interrupted build left behind."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import psycopg
from psycopg import AsyncConnection

from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres import server, statements
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.failures import translated
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.errors import JobmatchError
from jobmatch.model import Exact, IndexStrategy
from jobmatch.ports import Progress

#: One builder at a time.
BUILD_LOCK = 0x6A6F6269
#: Seconds between two attempts at the lock, and between two looks at the progress.
PAUSE = 0.25
#: Parts of the whole that the stages are counted as.
STEMMING_PART, SUPPORTING_PART, VECTOR_PART = 0.2, 0.3, 0.95
#: Texts stemmed in one transaction.
BATCH = 2_000
_WAITING = "SELECT count(*) FROM match_text WHERE search IS NULL"
_SIZE = """
SELECT greatest(c.reltuples, 0)::bigint, a.atttypmod FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.oid = 'match_job'::regclass AND a.attname = 'vector'
"""


async def build(database: Database, strategy: IndexStrategy, progress: Progress | None) -> None:
    """See `JobIndex.create_index`."""
    tell = progress or _ignore
    async with _builder(database, tell) as connection:
        await Build(database, connection, tell).run(strategy)


def _ignore(part: float, stage: str) -> None:
    """Be the listener that nobody gave."""


@asynccontextmanager
async def _builder(database: Database, progress: Progress) -> AsyncIterator[AsyncConnection]:
    """Lend a connection of its own, for a build outlives the time that a statement may take."""
    connection = await server.connect(await database.url(), database.settings)
    try:
        await connection.execute("SET statement_timeout = 0")
        # Not the function that waits: its transaction would be one that a concurrent build has to wait for in turn.
        while (await _all(connection, "SELECT pg_try_advisory_lock(%s)", [BUILD_LOCK]))[0] != (True,):
            progress(0.0, "waiting for another build")
            await anyio.sleep(PAUSE)
        yield connection
    except psycopg.Error as error:
        raise (translated(error) or error) from error
    finally:
        with anyio.move_on_after(PAUSE, shield=True):
            await connection.close()  # and with it the lock


async def _all(connection: AsyncConnection, statement: Any, parameters: Any = None) -> list[Any]:
    return await (await connection.execute(statement, parameters)).fetchall()


class Build:
    """One run.

    Arguments:
        database: to look at the progress with.
        connection: to build with.
        progress: told.
    """

    def __init__(self, database: Database, connection: AsyncConnection, progress: Progress) -> None:
        self._database = database
        self._connection = connection
        self._progress = progress

    async def run(self, strategy: IndexStrategy) -> None:
        """Build all that is missing, the vector index last, for it takes longest."""
        self._progress(0.0, "looking at what is there")
        await self._drop(index for index in await self._existing() if not index.valid)
        await self._stem()
        # Statistics for the planner, and the room that stemming left behind.
        await self._connection.execute("VACUUM (ANALYZE) match_job, match_text")
        await self._supporting()
        await self._vector(strategy)
        self._progress(1.0, "ready")

    async def _existing(self) -> list[Existing]:
        return [Existing(*row) for row in await _all(self._connection, ddl.EXISTING)]

    async def _drop(self, indexes: Iterable[Existing]) -> None:
        for index in indexes:
            await self._connection.execute(ddl.drop(index.name))

    async def _stem(self) -> None:
        """Make searchable what was imported before there was an index; and again, in case more came meanwhile."""
        await self._connection.execute(ddl.create_waiting())
        rows = (await _all(self._connection, _WAITING))[0][0]
        statement, done = statements.stem(), 0
        while (changed := (await self._connection.execute(statement.text, {"batch": BATCH})).rowcount) > 0:
            done += changed
            self._progress(STEMMING_PART * min(done / max(rows, 1), 1.0), "words")

    async def _supporting(self) -> None:
        there = {index.name for index in await self._existing()}
        missing = [name for name in ddl.SUPPORTING if name not in there]
        for number, name in enumerate(missing):
            part = STEMMING_PART + (SUPPORTING_PART - STEMMING_PART) * number / len(missing)
            self._progress(part, f"index on {ddl.SUPPORTING[name][2]}")
            await self._connection.execute(ddl.create_supporting(name))

    async def _vector(self, strategy: IndexStrategy) -> None:
        there = [index for index in await self._existing() if index.is_vector()]
        serving = next((index.name for index in there if index.serves(strategy)), None)
        if serving is None and not isinstance(strategy, Exact):
            serving = ddl.VECTOR_NEW if there else ddl.VECTOR
            await self._create(serving, strategy)
        # The old one goes only now: until the new one was valid it had to serve.
        await self._drop(index for index in there if index.name != serving)
        if serving == ddl.VECTOR_NEW:
            await self._connection.execute(ddl.rename(ddl.VECTOR_NEW, ddl.VECTOR))

    async def _create(self, name: str, strategy: IndexStrategy) -> None:
        rows, dimensions = (await _all(self._connection, _SIZE))[0]
        kilobytes = ddl.memory(strategy, rows, dimensions) >> 10
        await self._connection.execute(
            "SELECT set_config('maintenance_work_mem', greatest(%s, setting::int)::text, false)"
            " FROM pg_settings WHERE name = 'maintenance_work_mem'",
            [kilobytes],
        )
        failure: psycopg.Error | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch, rows, f"{strategy.name} index on vectors")
            try:
                await self._build(name, strategy)
            except psycopg.Error as error:
                failure = error  # would leave the group as a group of exceptions
            group.cancel_scope.cancel()
        if failure:
            raise failure

    async def _build(self, name: str, strategy: IndexStrategy) -> None:
        try:
            await self._connection.execute(ddl.create_vector(name, strategy))
        except psycopg.errors.DiskFull:
            # In a container the shared memory that parallel workers need is often but 64 MB.
            await self._connection.execute(ddl.drop(name))
            await self._connection.execute("SET max_parallel_maintenance_workers = 0")
            await self._connection.execute(ddl.create_vector(name, strategy))

    async def _watch(self, rows: int, stage: str) -> None:
        """Tell how far the build is, as the server sees it."""
        pid = self._connection.info.backend_pid
        reached = SUPPORTING_PART
        while True:
            self._progress(reached, stage)
            await anyio.sleep(PAUSE)
            try:
                found = await self._database.fetch(ddl.PROGRESS, [pid])
            except JobmatchError:
                return  # the build itself will tell
            if found:
                reached = max(reached, SUPPORTING_PART + (VECTOR_PART - SUPPORTING_PART) * _done(found[0], rows))


def _done(row: tuple[Any, ...], rows: int) -> float:
    tuples_done, tuples_total, blocks_done, blocks_total = row
    by_rows = tuples_done / max(tuples_total or rows, 1)
    return float(min(max(by_rows, blocks_done / max(blocks_total, 1) if blocks_total else 0.0), 1.0))
