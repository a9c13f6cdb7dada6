"""Building indexes while searches go on, and repairing what an interrupted build left behind."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio
import psycopg
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres import catalog, facts, statements, working_memory
from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres.catalog import methods
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.index_builder import PAUSE, builder, unbuilt
from jobmatch.backends.postgres.index_work import Work, existing, leftovers, work
from jobmatch.backends.postgres.schema import VECTOR
from jobmatch.errors import JobmatchError, NotFound
from jobmatch.model import IndexStrategy
from jobmatch.ports import Progress, unheard

#: Seconds in which all processes that search notice a new index, and some to spare.
NOTICED = catalog.FRESH + 1.0
#: Parts of the whole that the stages are counted as.
STEMMING_PART, METADATA_PART, SUPPORTING_PART, VECTOR_PART = 0.15, 0.2, 0.3, 0.95
#: What is told while the server waits for somebody's transaction, with the number of their process.
HELD_BACK = "waiting for the open transaction of process"
#: Texts stemmed in one transaction.
BATCH = 2_000
#: Our tables that have indexes.
TABLES = ("match_job", "match_text")

#: Returns a column of vectors, asked with the connection that builds.
Resolve = Callable[[AsyncConnection], Awaitable[str]]


async def build(
    database: Database, strategy: IndexStrategy, progress: Progress | None, column: Resolve
) -> Sequence[str]:
    """See `JobIndex.create_index`; *column* tells which vectors are meant."""
    tell = progress or unheard
    async with builder(database, tell, drop_broken) as connection:
        return await Build(database, connection, tell, column=await column(connection)).run(strategy)


async def rebuild(database: Database, progress: Progress | None, column: Resolve) -> None:
    """See `IndexAdmin.reindex`; *column* tells which vectors are meant."""
    tell = progress or unheard
    async with builder(database, tell, drop_broken) as connection:
        await Build(database, connection, tell, column=await column(connection)).again()


def noticing(todo: Work) -> float:
    """Return the seconds for which indexes are kept beside the one that replaces them.

    Without them other processes would compare everything until they know the new one.
    """
    return NOTICED if todo.vector and todo.replaced else 0.0


async def drop_broken(connection: AsyncConnection) -> None:
    """Drop the indexes of ours that nobody completes any more."""
    await unbuilt(connection, TABLES, unheard)
    ours, _ = leftovers(await existing(connection))
    for name in ours:
        await connection.execute(ddl.drop(name))


class Build:
    """One run.

    Arguments:
        database: to look at the progress with.
        connection: to build with.
        progress: told.
        column: the vectors.
    """

    def __init__(
        self, database: Database, connection: AsyncConnection, progress: Progress, *, column: str = VECTOR
    ) -> None:
        self._column = column
        self._tables: Sequence[str] = TABLES
        self._database = database
        self._connection = connection
        self._progress = progress

    async def run(self, strategy: IndexStrategy) -> Sequence[str]:
        """Build all that is missing, the vector index last, for it takes longest; return what went for it."""
        self._progress(0.0, "looking at what is there")
        await self._repair()
        todo = await work(self._connection, strategy, self._column)
        await self._stem(todo.texts)
        await self._prepare()
        # Statistics for the planner, and the room that stemming left behind.
        vacuum = sql.SQL("VACUUM (ANALYZE) match_job, match_text")
        await self._watched(vacuum, "statistics", parts=(METADATA_PART, METADATA_PART))
        await self._supporting(todo.supporting)
        removed = await self._vector(strategy, todo)
        self._progress(1.0, "ready")
        return removed

    async def _stem(self, texts: int) -> None:
        """Make searchable what was imported before there was an index; and again, in case more came meanwhile."""
        await self._watched(ddl.create_waiting(), "words", parts=(0.0, 0.0))
        statement, done = statements.stem(), 0
        while (changed := (await self._connection.execute(statement.text, {"batch": BATCH})).rowcount) > 0:
            done += changed
            self._progress(STEMMING_PART * min(done / max(texts, 1), 1.0), "words")

    async def _prepare(self) -> None:
        """Have filters ask for the metadata of what was imported before; first, for a row changed is new to indexes."""
        rows = max((await self._found()).total, 1)

        def told(done: int) -> None:
            self._progress(STEMMING_PART + (METADATA_PART - STEMMING_PART) * min(done / rows, 1.0), "metadata")

        await facts.prepare(self._connection, self._database.settings.metadata_fields, told)

    async def _supporting(self, missing: Sequence[str]) -> None:
        for number, name in enumerate(missing):
            part = METADATA_PART + (SUPPORTING_PART - METADATA_PART) * number / len(missing)
            await self._watched(ddl.create_supporting(name), f"index on {ddl.subject(name)}", parts=(part, part))

    async def _vector(self, strategy: IndexStrategy, todo: Work) -> Sequence[str]:
        there = await existing(self._connection)
        if todo.vector:
            await self._create(todo.vector, strategy, await self._found())
            await self._noticed(todo.replaced)
        # The old one goes only now: until the new one was valid it had to serve.
        for name in todo.replaced:
            await self._drop(ddl.drop(name))
        name, *_ = ddl.vectors(self._column)
        taken = {one.name for one in there} - {*todo.replaced}  # by somebody's index on another column, say
        if todo.serving and name not in taken | {todo.serving}:
            await self._watched(ddl.rename(todo.serving, name), "its name", parts=(VECTOR_PART, VECTOR_PART))
        return [ddl.described(one, self._database.settings) for one in there if one.name in todo.replaced]

    async def _drop(self, statement: sql.Composed) -> None:
        """Drop an index that was replaced, as soon as no transaction is open that may use it."""
        await self._watched(statement, "dropping what it replaces", parts=(VECTOR_PART, VECTOR_PART))

    async def _noticed(self, replaced: Sequence[str]) -> None:
        """Keep what is replaced until every process knows the new one."""
        if replaced:
            self._progress(VECTOR_PART, "waiting until all searches know of it")
            await anyio.sleep(NOTICED)

    async def _found(self) -> catalog.Catalog:
        return await catalog.read(self._connection, self._database.settings, self._column)

    async def _create(self, name: str, strategy: IndexStrategy, found: catalog.Catalog) -> None:
        method = await catalog.method_for(self._connection, strategy, found.target)
        await self._grant_memory(strategy, found)
        statement = method.create(name, strategy, found.target)
        stage = f"{strategy.name} index on vectors"
        await self._watched(statement, stage, rows=found.total, parts=(SUPPORTING_PART, VECTOR_PART))

    async def again(self) -> None:
        """Build anew what is there."""
        self._progress(0.0, "looking at what is there")
        await self._repair()
        found = await self._found()
        there = {index.name for index in await existing(self._connection)}
        supporting = [name for name in ddl.ALL_SUPPORTING if name in there]
        if found.index:
            await self._grant_memory(found.strategy, found)
        elif not supporting:
            raise NotFound("there are no indexes to be built anew; run: jobmatch index create")
        end = SUPPORTING_PART if found.index else VECTOR_PART
        for number, name in enumerate(supporting):
            await self._anew(name, found, (end * number / len(supporting),) * 2)
        if found.index:
            await self._anew(found.index, found, (SUPPORTING_PART, VECTOR_PART))
        self._progress(1.0, "ready")

    async def _anew(self, name: str, found: catalog.Catalog, parts: tuple[float, float]) -> None:
        await self._watched(ddl.reindex(name), f"index on {ddl.subject(name)}", rows=found.total, parts=parts)

    async def _grant_memory(self, strategy: IndexStrategy, found: catalog.Catalog) -> None:
        dimensions, rows = found.target.dimensions, max(found.total, 0)
        need = methods.of(strategy).memory(strategy, rows=rows, dimensions=dimensions)
        await working_memory.grant(self._connection, need)

    async def _watched(
        self, statement: sql.SQL | sql.Composed, stage: str, *, rows: int = 0, parts: tuple[float, float]
    ) -> None:
        """Execute a statement that takes long as soon as nobody else builds, and tell meanwhile how far it is."""
        await self._unbuilt(parts[0])
        failure: psycopg.Error | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch, rows, stage, parts)
            try:
                await self._build(statement)
            except psycopg.Error as error:
                failure = error  # would leave the group as a group of exceptions
            group.cancel_scope.cancel()
        if failure:
            raise failure

    async def _build(self, statement: sql.SQL | sql.Composed) -> None:
        try:
            await self._connection.execute(statement)
        except psycopg.errors.DiskFull:
            # In a container the shared memory that parallel workers need is often but 64 MB.
            await self._tidy()
            await self._connection.execute("SET max_parallel_maintenance_workers = 0")
            await self._connection.execute(statement)

    async def _repair(self) -> None:
        await self._unbuilt(0.0)
        await self._tidy()

    async def _unbuilt(self, part: float) -> None:
        await unbuilt(self._connection, self._tables, self._progress, part)

    async def _tidy(self) -> None:
        await drop_broken(self._connection)

    async def _watch(self, rows: int, stage: str, parts: tuple[float, float]) -> None:
        """Tell how far the build is, as the server sees it."""
        pid, (reached, end) = self._connection.info.backend_pid, parts
        start, holder = reached, None
        while True:
            self._progress(reached, f"{stage}, {HELD_BACK} {holder}" if holder else stage)
            await anyio.sleep(PAUSE)
            try:
                found = await self._database.fetch(ddl.PROGRESS, [pid])
            except JobmatchError:
                return  # the build itself will tell
            if found:
                *figures, holder = found[0]
                reached = max(reached, start + (end - start) * done(figures, rows))


def done(figures: Sequence[Any], rows: int) -> float:
    """Return how far a build is, 0 to 1.

    Arguments:
        figures: of pg_stat_progress_create_index: tuples done and in all, blocks done and in all.
        rows: of the table, estimated.
    """
    tuples_done, tuples_total, blocks_done, blocks_total = figures
    by_rows = tuples_done / max(tuples_total or rows, 1)
    return float(min(max(by_rows, blocks_done / max(blocks_total, 1) if blocks_total else 0.0), 1.0))
