"""What building an index would take, as far as can be told before."""

import os

import attrs
from attrs import frozen
from psycopg import AsyncConnection

from jobmatch.backends.postgres import facts, working_memory
from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres.catalog import Catalog, method_for, methods
from jobmatch.backends.postgres.index_build import noticing
from jobmatch.backends.postgres.index_work import Work, work
from jobmatch.model import Forecast, IndexStrategy

_SERVER = """
SELECT current_setting('max_parallel_maintenance_workers')::int,
       pg_relation_size('match_job') >= pg_size_bytes(current_setting('min_parallel_table_scan_size'))
"""
#: Seconds for making the words of a posting searchable, and for all supporting indexes, per row; measured with 100,000
#: generated postings on a virtual machine with 2 processors.
STEMMING, SUPPORTING = 1.5e-4, 5e-5
#: Seconds for looking whether a posting has metadata that are not prepared, and for preparing them; measured likewise
#: with 20,000. A row that is written anew goes into a vector index that is there, which takes so many times as long for
#: a row as to build the index does.
READING, WRITING, INSERTING = 1.5e-5, 6e-5, 8.0
#: Times as long that a row takes which finds no room in the working memory; measured with a third of it and less.
SPILLED = 3.0


@frozen
class _Server:
    """What a build gets from the server.

    Arguments:
        workers: that may help.
        large: whether the table is large enough for that.
    """

    workers: int
    large: bool


async def forecast(connection: AsyncConnection, strategy: IndexStrategy, catalog: Catalog) -> Forecast:
    """See `IndexAdmin.forecast`."""
    todo = attrs.evolve(await work(connection, strategy, catalog.target.column), metadata=catalog.unprepared)
    rows, index, steps = catalog.total, strategy.describe(), tuple(todo.steps(strategy))
    seconds = _besides(todo, rows) + await _preparing(connection, todo, catalog)
    if strategy.exact:
        return Forecast(
            index=index,
            rows=rows,
            bytes=0,
            memory=0,
            memory_allowed=0,
            seconds=seconds,
            steps=steps,
            foreign=todo.foreign,
        )
    method, dimensions = await method_for(connection, strategy, catalog.target), catalog.target.dimensions
    (row,) = await (await connection.execute(_SERVER)).fetchall()
    server, need = _Server(*row), method.memory(strategy, rows=rows, dimensions=dimensions)
    allowed = await working_memory.allowed(connection, need)
    alone = method.seconds(strategy, rows=rows, dimensions=dimensions) if todo.vector else 0.0
    return Forecast(
        index=index,
        rows=rows,
        bytes=method.size(strategy, rows=rows, dimensions=dimensions),
        memory=need,
        memory_allowed=allowed,
        seconds=None if alone is None else seconds + alone * _slower(need, allowed) / _processors(connection, server),
        steps=steps,
        foreign=todo.foreign,
    )


def _besides(todo: Work, rows: int) -> float:
    """Return the seconds for all but the vector index itself."""
    supporting = rows * SUPPORTING * len(todo.supporting) / len(ddl.ALL_SUPPORTING)
    return todo.texts * STEMMING + supporting + noticing(todo)


async def _preparing(connection: AsyncConnection, todo: Work, catalog: Catalog) -> float:
    """Return the seconds for having filters ask for metadata of what was imported before."""
    rows = max(catalog.total, 0)
    if not todo.metadata:
        return 0.0
    writing, strategy = rows * WRITING, catalog.strategy
    if catalog.index:
        built = methods.of(strategy).seconds(strategy, rows=rows, dimensions=catalog.target.dimensions)
        writing += INSERTING * (built or 0.0)
    return rows * READING + await facts.share(connection, todo.metadata, rows) * writing


def _slower(need: int, allowed: int) -> float:
    fits = min(allowed / need, 1.0) if need else 1.0
    return fits + (1 - fits) * SPILLED


def _processors(connection: AsyncConnection, server: _Server) -> int:
    """Return how many take part; how many another machine has it does not tell."""
    processes = 1 + server.workers if server.large else 1
    here = connection.info.host.startswith("/")
    return min(processes, os.cpu_count() or 1) if here else processes
