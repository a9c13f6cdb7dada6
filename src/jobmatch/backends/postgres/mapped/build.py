"""Building the vector index of somebody's table; their other indexes are theirs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from psycopg import AsyncConnection

from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.index_build import VECTOR_PART, Build
from jobmatch.backends.postgres.index_builder import builder, unbuilt
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.backends.postgres.index_work import parted
from jobmatch.backends.postgres.mapped.catalog import indexes, names, quoted, read, there
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.errors import NotFound
from jobmatch.model import IndexStrategy
from jobmatch.ports import Progress, unheard


def leftovers(there: Sequence[Existing], table: JobTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the broken indexes that are ours, and of those that are somebody else's.

    Copies by which one that is there was built anew are ours as well, whatever its name.
    """
    known = {*names(table), *(index.name for index in there if index.valid)}
    return parted(there, known.__contains__)


class TableBuild(Build):
    """One run over somebody's table.

    Arguments:
        database: to look at the progress with.
        connection: to build with.
        progress: told.
        table: with the vectors.
    """

    def __init__(self, database: Database, connection: AsyncConnection, progress: Progress, *, table: JobTable) -> None:
        super().__init__(database, connection, progress)
        self._table = table
        self._tables = (quoted(table),)

    async def run(self, strategy: IndexStrategy) -> Sequence[str]:
        """Build the index unless one like it is there; drop the one of ours that it replaces, and return which."""
        self._progress(0.0, "looking at what is there")
        found = await self._found()
        await self._repair()
        able = await indexes(self._connection, self._table)
        every = await there(self._connection, self._table)
        ours = [index.name for index in every if index.name in names(self._table)]
        kept = next((index.name for index in able if index.serves(strategy)), None)
        if kept is None and not strategy.exact:
            kept = next(name for name in names(self._table) if name not in ours)
            await self._create(kept, strategy, found)
            await self._noticed(ours)
        for name in ours:
            if name != kept:
                await self._drop(ddl.drop(name, *self._table.name[:-1]))
        self._progress(1.0, "ready")
        gone = {*ours} - {kept}
        return [ddl.described(index, self._database.settings) for index in every if index.name in gone]

    async def again(self) -> None:
        """Build the index that serves anew."""
        found = await self._found()
        if found.index is None:
            raise NotFound("there is no vector index to be built anew; run: jobmatch index create")
        await self._repair()
        await self._grant_memory(found.strategy, found)
        statement = ddl.reindex(found.index, *self._table.name[:-1])
        await self._watched(statement, "index on vectors", rows=found.total, parts=(0.0, VECTOR_PART))
        self._progress(1.0, "ready")

    async def _found(self) -> Catalog:
        return await read(self._connection, self._database.settings, self._table)

    async def _tidy(self) -> None:
        await _drop_abandoned(self._table, self._connection)


async def build(
    database: Database, table: JobTable, strategy: IndexStrategy, progress: Progress | None
) -> Sequence[str]:
    """See `JobIndex.create_index`."""
    async with _building(database, table, progress or unheard) as run:
        return await run.run(strategy)


async def rebuild(database: Database, table: JobTable, progress: Progress | None) -> None:
    """See `IndexAdmin.reindex`."""
    async with _building(database, table, progress or unheard) as run:
        await run.again()


@asynccontextmanager
async def _building(database: Database, table: JobTable, progress: Progress) -> AsyncIterator[TableBuild]:
    async with builder(database, progress, partial(_drop_abandoned, table)) as connection:
        yield TableBuild(database, connection, progress, table=table)


async def _drop_abandoned(table: JobTable, connection: AsyncConnection) -> None:
    await unbuilt(connection, [quoted(table)], unheard)
    ours, _ = leftovers(await there(connection, table), table)
    for name in ours:
        await connection.execute(ddl.drop(name, *table.name[:-1]))
