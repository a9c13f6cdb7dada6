"""What the server's catalog tells of somebody's table."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres.catalog import ROWS, Catalog, Other, methods
from jobmatch.backends.postgres.database import Rows, fetched
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.backends.postgres.mapped.fitting import check
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.backends.postgres.mapped.posting import layout
from jobmatch.backends.postgres.strategies import Metric, Target
from jobmatch.backends.postgres.strategies.target import HAMMING
from jobmatch.errors import Incompatible
from jobmatch.model import Calibration, Storage
from jobmatch.settings import Settings
from jobmatch.tables import index_name

_TABLE = sql.SQL("""
SELECT {rows},
       a.atttypmod, CASE WHEN y.typname IN ('vector', 'halfvec') THEN y.typname
         ELSE format_type(a.atttypid, NULL) END,
       CASE WHEN c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) THEN 'parent'
         ELSE c.relkind::text END,
       (SELECT json_object_agg(m.index, m.calibration)::text FROM match_index m
        WHERE m.relation = concat(%(measured_as)s::text, a.atttypmod)),
       format('%%I.%%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %(column)s AND NOT a.attisdropped
LEFT JOIN pg_type y ON y.oid = a.atttypid
WHERE c.oid = to_regclass(%(name)s)
""").format(rows=ROWS)
#: Vector indexes that have to do with the column, the newest first. Ours do, even if nobody knows the method any more.
_INDEXES = """
SELECT i.relname, am.amname, i.reloptions, t.typname, x.indisvalid,
       NOT x.indisvalid AND EXISTS (
         SELECT FROM pg_stat_progress_create_index p JOIN pg_locks l USING (pid)
         WHERE p.datname = current_database() AND l.database = p.datid AND l.relation = x.indrelid AND l.granted),
       pg_relation_size(i.oid),
       x.indpred IS NULL, translate(pg_get_indexdef(i.oid, 1, true), '() ', ''),
       translate(quote_ident(a.attname), '() ', ''),
       EXISTS (SELECT FROM pg_amop m JOIN pg_operator p ON p.oid = m.amopopr WHERE m.amopfamily = o.opcfamily
               AND m.amoplefttype = o.opcintype AND m.amoppurpose = 'o' AND p.oprname = ANY(%(operators)s))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam
JOIN pg_opclass o ON o.oid = x.indclass[0] JOIN pg_type t ON t.oid = o.opcintype
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.oid AND d.refobjid = x.indrelid
JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = d.refobjsubid AND a.attname = %(column)s
WHERE x.indrelid = to_regclass(%(name)s) AND (am.amname = ANY(%(methods)s) OR i.relname = ANY(%(ours)s))
ORDER BY i.oid DESC
"""
#: How many columns of that tell of the index itself.
_OF_INDEX = 7
#: The length of a type, and the schema that the extension is in where that is not searched.
_OVER = re.compile(r"(?<=::halfvec)\d+$|(?<=::vector)\d+$|(?<=::bit)\d+$|(?<=::)\w+\.|^\w+\.(?=binary_quantize)")
#: Relations without rows of their own.
_UNFIT = {
    "v": "a view, which has neither rows of its own nor indexes: map the table beneath it, with joins and expressions",
    "p": "partitioned, and each part has indexes of its own: map a part, or copy the postings into one table",
    "parent": "inherited by other tables, whose rows are found in it but in no index of it: map a part, or copy the"
    " postings into one table",
    "f": "a foreign table, which has no indexes here: have DATABASE_URL name the server that it is on",
}
_calibrations = msgspec.json.Decoder(dict[str, Calibration | None]).decode


def quoted(table: JobTable) -> str:
    """Return the name of the table as SQL spells it."""
    return sql.Identifier(*table.name).as_string()


def measured_as(table: JobTable) -> str:
    """Return under which name it is kept what was measured, but for the number of dimensions, which follows.

    Vectors of another length, in another column, or compared by another metric are not those that were measured. Those
    of a table that takes the place of one with the same name are: some are filled anew every night.
    """
    return f"{sql.Identifier(*table.name, table.vector.name).as_string()} {table.metric} "


def names(table: JobTable) -> tuple[str, str, str]:
    """Return the names of our vector index: the others are for the one that replaces it."""
    first = index_name("vector", over=f"{quoted(table)}.{table.vector.name}")
    return first, f"{first}_new", f"{first}_newer"


async def there(connection: AsyncConnection, table: JobTable) -> Sequence[Existing]:
    """Return all vector indexes that have to do with the column, the newest first, whatever they are good for."""
    return [Existing(*row[:_OF_INDEX]) for row in await _rows(connection, table)]


async def indexes(connection: AsyncConnection, table: JobTable) -> Sequence[Existing]:
    """Return those that can serve a search: over all rows, over the very column, and by the table's metric."""
    found = [(Existing(*row[:_OF_INDEX]), row[_OF_INDEX:]) for row in await _rows(connection, table)]
    return [
        index
        for index, (whole, over, column, orders) in found
        if whole and orders and not index.orphaned and _OVER.sub("", over) in _subjects(column)
    ]


async def _rows(connection: AsyncConnection, table: JobTable) -> Rows:
    operators = [table.metric.operator, *((HAMMING,) if table.metric is Metric.COSINE else ())]
    parameters = {
        "name": quoted(table),
        "column": table.vector.name,
        "methods": methods.names,
        "ours": list(names(table)),
        "operators": operators,
    }
    return await fetched(connection, _INDEXES, parameters)


def _subjects(column: str) -> set[str]:
    """Return what an index of ours, or one like it, is over: the server's way of writing it, without the length."""
    return {column, f"{column}::halfvec", f"{column}::vector", f"binary_quantize{column}::bit"}


async def read(connection: AsyncConnection, settings: Settings, table: JobTable) -> Catalog:
    """Ask the catalog.

    Raises:
        Incompatible: the table or a column is not there, or holds something else than a search can use.
    """
    parameters = {"name": quoted(table), "column": table.vector.name, "measured_as": measured_as(table)}
    row = await (await connection.execute(_TABLE, parameters)).fetchone()
    target, (total, _, _, _, calibrations, name) = _target(row, table), row or (0, 0, "", "", None, "")
    await check(connection, table)
    able = [index for index in await indexes(connection, table) if index.valid]
    found = able[0] if able else Existing("", "", None, None, valid=False)
    strategy, *others = [methods.read(one.method, one.options, one.kind, settings) for one in able or [found]]
    measured = _calibrations(calibrations) if calibrations else {}
    return Catalog(
        total=total,
        target=target,
        strategy=strategy,
        index=found.name or None,
        measured=measured.get(strategy.describe()),
        layout=layout(table),
        scope=table.scope or name,
        relation=f"{measured_as(table)}{target.dimensions}",
        others=tuple(Other(one.name, other) for one, other in zip(able[1:], others, strict=True)),
    )


def _target(row: tuple[Any, ...] | None, table: JobTable) -> Target:
    name, column = ".".join(table.name), table.vector.name
    if row is None:
        raise Incompatible(f"there is no table {name!r} in this database; check DATABASE_URL and JobTable")
    _, dimensions, kind, relation, _, _ = row
    if what := _UNFIT.get(relation):
        raise Incompatible(f"{name!r} is {what}")
    if kind is None:
        raise Incompatible(f"the table {name!r} has no column {column!r}; check the columns of JobTable")
    if kind not in {Storage.VECTOR, Storage.HALFVEC}:
        raise Incompatible(f"the column {column!r} of {name!r} holds {kind}, not vectors: make it vector or halfvec")
    if dimensions < 1:
        raise Incompatible(f"the column {column!r} of {name!r} holds vectors of any length: give its type a length")
    return Target(table=table.name, column=column, kind=Storage(kind), dimensions=dimensions, metric=table.metric)
