"""`TableIndexAdmin`: looks after the vector index of somebody's table."""

from collections.abc import Sequence

import attrs
from psycopg import AsyncConnection

from jobmatch.backends.postgres import working_memory
from jobmatch.backends.postgres.catalog import Catalog, method_for, methods
from jobmatch.backends.postgres.database import Database, fetched
from jobmatch.backends.postgres.index_admin import PostgresIndexAdmin
from jobmatch.backends.postgres.index_build import done, noticing
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.backends.postgres.index_state import alive, bloat, read_report, used
from jobmatch.backends.postgres.index_work import Work
from jobmatch.backends.postgres.mapped.binding import TableBinding
from jobmatch.backends.postgres.mapped.build import leftovers, rebuild
from jobmatch.backends.postgres.mapped.catalog import indexes, names, quoted, there
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.backends.postgres.mapped.supporting import advice
from jobmatch.backends.postgres.mapped.vocabulary import unread
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.model import Forecast, IndexState, IndexStrategy
from jobmatch.ports import Progress

_FIGURES = """
SELECT pg_table_size(c.oid), pg_indexes_size(c.oid),
       c.reltuples::bigint, coalesce((SELECT n_dead_tup FROM pg_stat_all_tables WHERE relid = c.oid), 0),
       pg_size_bytes(current_setting('shared_buffers')),
       (SELECT m.recall::text FROM match_index m WHERE m.relation = %(relation)s AND m.index = %(index)s)
FROM pg_class c WHERE c.oid = to_regclass(%(name)s)
"""
_BUILDING = """
SELECT p.tuples_done, p.tuples_total, p.blocks_done, p.blocks_total
FROM pg_stat_progress_create_index p JOIN pg_class i ON i.oid = p.index_relid JOIN pg_am am ON am.oid = i.relam
WHERE p.relid = to_regclass(%s) AND am.amname = ANY(%s)
"""


def _useless(table: JobTable, there: Sequence[Existing], able: Sequence[Existing]) -> tuple[str, ...]:
    """Return the complete indexes that have our name, and that no search can use."""
    used = {one.name for one in able}
    return tuple(one.name for one in there if one.valid and one.name in names(table) and one.name not in used)


class TableIndexAdmin(PostgresIndexAdmin):
    """Looks after the vector index alone: which other indexes the table has is up to its owner."""

    def __init__(self, database: Database, surveyor: Surveyor, binding: TableBinding, *, table: JobTable) -> None:
        super().__init__(database, surveyor, binding)
        self._table = table

    async def inspect(self) -> IndexState:
        self._surveyor.forget()
        catalog = await self._surveyor.catalog()
        found: IndexState = await self._database.repeat(lambda connection: self._state(connection, catalog))
        return found

    async def _state(self, connection: AsyncConnection, found: Catalog) -> IndexState:
        name, index = quoted(self._table), found.strategy.describe()
        (figures,) = await fetched(connection, _FIGURES, {"name": name, "relation": found.relation, "index": index})
        table_bytes, all_bytes, counted, dead, buffers, report = figures
        rows = alive(found.total, counted, dead)
        vectors = await there(connection, self._table)
        size = sum(one.bytes for one in vectors if one.name == found.index)
        building = await fetched(connection, _BUILDING, [name, methods.names])
        broken, foreign = leftovers(vectors, self._table)
        return IndexState(
            index=index,
            name=found.index,
            rows=rows,
            dead_rows=dead,
            table_bytes=table_bytes,
            index_bytes=size,
            supporting_bytes=all_bytes - sum(one.bytes for one in vectors),
            bloat=bloat(size, found, rows),
            buffers=buffers,
            used=await used(connection, found),
            building=done(building[0], found.total) if building else None,
            broken=broken,
            foreign=foreign,
            rivals=tuple(other.name for other in found.others),
            orphaned=_useless(self._table, vectors, await indexes(connection, self._table)),
            calibration=found.measured,
            recall=read_report(report) if report else None,
            advice=await advice(connection, self._table),
            unmapped=self._table.missing,
            unread=await unread(connection, self._table),
        )

    async def forecast(self, strategy: IndexStrategy) -> Forecast:
        self._surveyor.forget()
        found = await self._surveyor.catalog()
        index, rows, todo = strategy.describe(), found.total, await self._todo(strategy)
        steps = tuple(todo.steps(strategy))
        if strategy.exact:
            none = Forecast(index=index, rows=rows, bytes=0, memory=0, memory_allowed=0, seconds=0.0)
            return attrs.evolve(none, steps=steps, foreign=todo.foreign)
        await self._database.repeat(lambda connection: method_for(connection, strategy, found.target))
        method, dimensions = methods.of(strategy), found.target.dimensions
        memory = method.memory(strategy, rows=rows, dimensions=dimensions)
        seconds = method.seconds(strategy, rows=rows, dimensions=dimensions) if todo.vector else 0.0
        return Forecast(
            index=index,
            rows=rows,
            bytes=method.size(strategy, rows=rows, dimensions=dimensions),
            memory=memory,
            memory_allowed=await self._database.repeat(lambda connection: working_memory.allowed(connection, memory)),
            seconds=None if seconds is None else seconds + noticing(todo),
            steps=steps,
            foreign=todo.foreign,
        )

    async def _todo(self, strategy: IndexStrategy) -> Work:
        """Return what `TableBuild.run` would do."""
        every = await self._database.repeat(lambda connection: there(connection, self._table))
        able = await self._database.repeat(lambda connection: indexes(connection, self._table))
        left, foreign = leftovers(every, self._table)
        serving = next((index.name for index in able if index.serves(strategy)), None)
        gone = [
            one.name for one in every if one.name in names(self._table) and one.name not in left and one.name != serving
        ]
        new = None if serving or strategy.exact else names(self._table)[0]
        return Work(broken=left, foreign=foreign, vector=new, replaced=tuple(gone))

    async def reindex(self, *, progress: Progress | None = None) -> None:
        await rebuild(self._database, self._table, progress)
        self._surveyor.forget()
