"""The state of the vector index and of what belongs to it, as the server's catalog and statistics tell it."""

from collections.abc import Sequence

import msgspec
import numpy as np
from attrs import frozen
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres.catalog import Catalog, methods
from jobmatch.backends.postgres.database import fetched
from jobmatch.backends.postgres.index_build import done
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.backends.postgres.index_work import existing, leftovers
from jobmatch.backends.postgres.searches import approximate, explain
from jobmatch.model import Filters, IndexState, Method, Plan, RecallReport
from jobmatch.ports import SearchQuery

_FIGURES = """
SELECT pg_table_size('match_job') + pg_table_size('match_text'),
       pg_indexes_size('match_job') + pg_indexes_size('match_text'),
       (SELECT n_dead_tup FROM pg_stat_all_tables WHERE relid = 'match_job'::regclass),
       pg_size_bytes(current_setting('shared_buffers')),
       (SELECT m.recall::text FROM match_index m WHERE m.relation = %s AND m.index = %s)
"""
_BUILDING = """
SELECT tuples_done, tuples_total, blocks_done, blocks_total FROM pg_stat_progress_create_index
WHERE relid IN ('match_job'::regclass, 'match_text'::regclass)
"""
#: The least that any index takes: a page for itself and one of entries.
LEAST_BYTES = 2 * 8_192
#: A search as most are.
_PLAIN = Plan(method=Method.APPROXIMATE, fetch=100)
read_report = msgspec.json.Decoder(RecallReport).decode


@frozen
class _Figures:
    table_bytes: int
    all_index_bytes: int
    dead_rows: int | None
    buffers: int
    report: str | None


async def state(connection: AsyncConnection, catalog: Catalog) -> IndexState:
    """See `IndexAdmin.inspect`."""
    there = await existing(connection)
    (row,) = await fetched(connection, _FIGURES, [catalog.relation, catalog.strategy.describe()])
    figures, names = _Figures(*row), {index.name for index in there if index.valid}
    size = next((index.bytes for index in there if index.name == catalog.index), 0)
    (broken, foreign), rows = leftovers(there), alive(catalog.total, catalog.counted or 0, figures.dead_rows or 0)
    return IndexState(
        index=catalog.strategy.describe(),
        name=catalog.index,
        rows=rows,
        dead_rows=figures.dead_rows or 0,
        table_bytes=figures.table_bytes,
        index_bytes=size,
        supporting_bytes=figures.all_index_bytes - _vector_bytes(there),
        bloat=bloat(size, catalog, rows),
        buffers=figures.buffers,
        used=await used(connection, catalog),
        building=await _building(connection, catalog),
        broken=broken,
        foreign=foreign,
        missing=tuple(name for name in ddl.ALL_SUPPORTING if name not in names),
        unprepared=catalog.unprepared,
        rivals=tuple(other.name for other in catalog.others),
        orphaned=tuple(index.name for index in there if index.is_useless(catalog.target.column)),
        calibration=catalog.measured,
        recall=read_report(figures.report) if figures.report else None,
    )


def _vector_bytes(there: Sequence[Existing]) -> int:
    return sum(index.bytes for index in there if index.is_vector())


def alive(total: int, counted: int, dead: int) -> int:
    """Return how many rows there are: by the size of the table there seem to be more, while the dead take up room.

    Arguments:
        total: that there seem to be; −1 if nothing is known.
        counted: when the server gathered statistics; the dead of then were left out.
        dead: now.
    """
    return max(total - dead, min(counted, total)) if total > 0 else total


def bloat(size: int, catalog: Catalog, rows: int) -> float | None:
    """Return how many times as large as a fresh one the index is, about; None if there is none.

    Arguments:
        size: of the index, in bytes.
        catalog: tells what it is.
        rows: of the table, see `alive`.
    """
    if catalog.index is None:
        return None
    method, dimensions = methods.of(catalog.strategy), catalog.target.dimensions
    fresh = method.size(catalog.strategy, rows=rows, dimensions=dimensions)
    return size / max(fresh, LEAST_BYTES)


async def used(connection: AsyncConnection, catalog: Catalog) -> bool:
    """Whether the server itself would use the index for a search without filters."""
    if catalog.index is None:
        return False
    query = SearchQuery(vector=np.ones(catalog.target.dimensions, dtype=np.float32), filters=Filters())
    lines = await explain(connection, approximate(query, _PLAIN, catalog))
    name = sql.Identifier(catalog.index).as_string()
    return any(f"using {one} " in line for line in lines for one in (catalog.index, name))


async def _building(connection: AsyncConnection, catalog: Catalog) -> float | None:
    rows = await fetched(connection, _BUILDING, [])
    return done(rows[0], catalog.total) if rows else None
