"""What the server's catalog tells of the table of jobs: size, vectors, indexes, and what was measured of them."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple

import msgspec
from attrs import frozen
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres.failures import OUTDATED
from jobmatch.backends.postgres.layout import OURS, Layout, ours
from jobmatch.backends.postgres.schema import VECTOR
from jobmatch.backends.postgres.strategies import IndexMethod, Methods, Target
from jobmatch.errors import Incompatible, SchemaOutdated
from jobmatch.model import Calibration, IndexStrategy, Storage
from jobmatch.model.index import applies
from jobmatch.settings import Settings

#: As many rows to a page as when they were last counted, in the pages that there are now: so does the server's own
#: planner.
ROWS = sql.SQL("""
CASE WHEN c.reltuples > 0 AND c.relpages > 0
  THEN (c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int))::bigint
  WHEN pg_relation_size(c.oid) = 0 THEN 0 ELSE -1 END
""")
#: Whether the index ``i`` is over a column of vectors of ours, in whichever form, and not over a part of it.
WHOLE_COLUMN: LiteralString = r"""
translate(pg_get_indexdef(i.oid, 1, true), '() ', '')
~ '^(\w+\.)?(binary_quantize)?vector(_\d+)?(::(\w+\.)?\w+)?$'
"""
#: The rows, and the valid vector indexes, newest first; while one is being replaced there are two for a moment. What
#: somebody made over some of the rows or a part of each vector, or by another distance than the cosine or its stand-in,
#: is none: no search of ours could use it.
_CATALOG = sql.SQL("""
SELECT {rows}, c.reltuples::bigint,
       a.atttypmod, format_type(a.atttypid, NULL), am.amname, i.reloptions, t.typname, i.relname,
       (SELECT json_object_agg(m.index, m.calibration)::text FROM match_index m WHERE m.relation = %(relation)s),
       (SELECT json_object_agg(m.name, m.prepared) FROM match_metadata m)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %(column)s
LEFT JOIN (pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam
           JOIN pg_opclass o ON o.oid = x.indclass[0] JOIN pg_type t ON t.oid = o.opcintype
           JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.oid AND d.refobjid = x.indrelid)
  ON x.indrelid = c.oid AND d.refobjsubid = a.attnum
  AND x.indisvalid AND x.indisready AND am.amname = ANY(%(methods)s) AND x.indpred IS NULL AND {whole}
  AND EXISTS (SELECT FROM pg_amop m JOIN pg_operator p ON p.oid = m.amopopr WHERE m.amopfamily = o.opcfamily
              AND m.amoplefttype = o.opcintype AND m.amoppurpose = 'o' AND p.oprname IN ('<=>', '<~>'))
WHERE c.oid = to_regclass('match_job')
ORDER BY i.oid DESC
""").format(rows=ROWS, whole=sql.SQL(WHOLE_COLUMN))
_TEXT_INDEX = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('match_text_search') AND indisvalid)"
_CAPABLE = "SELECT EXISTS (SELECT FROM pg_am WHERE amname = %s AND amtype = 'i')"
methods = Methods()
#: Seconds for which what the catalog told is good: an index may have been built, or be gone.
FRESH = 5.0
_calibrations = msgspec.json.Decoder(dict[str, Calibration | None]).decode


@frozen(kw_only=True)
class Catalog:
    """What the catalog tells.

    Arguments:
        total: rows, estimated; −1 if nothing is known of how many there are.
        target: the column of vectors.
        strategy: the vector index that can serve now.
        index: its name; None if there is none.
        measured: what it was measured to do; None if nobody has measured.
        layout: where a search finds what it asks for.
        scope: under which name it is kept what seekers did with the jobs.
        relation: under which name it is kept what was measured.
        others: vector indexes that would serve as well: which one is used is up to the server.
        metadata: that filters can ask for.
        unprepared: that they cannot yet, for it was not filled in.
        counted: rows when the server last gathered statistics; None if that is not ours to see to.
    """

    total: int
    target: Target
    strategy: IndexStrategy
    index: str | None
    measured: Calibration | None
    layout: Layout = OURS
    scope: str = ""
    relation: str = "match_job"
    others: tuple["Other", ...] = ()
    metadata: frozenset[str] = frozenset()
    unprepared: tuple[str, ...] = ()
    counted: int | None = None

    @property
    def calibration(self) -> Calibration | None:
        """What searches go by: what was measured, unless that was with far fewer postings, or with far more."""
        return self.measured if self.measured and applies(self.measured, self.total) else None


class Other(NamedTuple):
    """Another index over the same vectors, which the server may use instead.

    Arguments:
        name: of the index.
        strategy: what it is.
    """

    name: str
    strategy: IndexStrategy


async def read(connection: AsyncConnection, settings: Settings, column: str = VECTOR) -> Catalog:
    """Ask the catalog.

    Arguments:
        connection: to ask with.
        settings: say what an index is searched with.
        column: the vectors that are meant.

    Raises:
        SchemaOutdated: there is no such column.
    """
    parameters = {"column": column, "relation": relation(column), "methods": methods.names}
    rows = await (await connection.execute(_CATALOG, parameters)).fetchall()
    if not rows:
        raise SchemaOutdated(OUTDATED)
    return _catalog(rows, settings, column)


async def method_for(connection: AsyncConnection, strategy: IndexStrategy, target: Target) -> IndexMethod[Any]:
    """Return the method that builds an index here.

    Raises:
        Incompatible: none is installed that knows the strategy, or this server cannot do it.
    """
    method = methods.of(strategy)
    method.check(strategy, target)
    if await (await connection.execute(_CAPABLE, [method.name])).fetchone() != (True,):
        raise Incompatible(
            f"this database has no access method {method.name!r}: run CREATE EXTENSION {method.extension} in it, or"
            f" ALTER EXTENSION {method.extension} UPDATE if it is there"
        )
    return method


def relation(column: str) -> str:
    """Return the name under which it is kept what was measured of an index: one embedder's is not another's."""
    return "match_job" if column == VECTOR else f"match_job.{column}"


async def has_text_index(connection: AsyncConnection) -> bool:
    """Tell whether there is an index over the stemmed words."""
    cursor = await connection.execute(_TEXT_INDEX)
    return await cursor.fetchone() == (True,)


def _catalog(rows: Sequence[tuple[Any, ...]], settings: Settings, column: str) -> Catalog:
    total, counted, dimensions, kind, _, _, _, index, calibrations, metadata = rows[0]
    strategy, *others = [methods.read(method, options, held, settings) for *_, method, options, held, _, _, _ in rows]
    measured = _calibrations(calibrations) if calibrations else {}
    known: dict[str, bool] = metadata or {}
    prepared = frozenset(name for name, done in known.items() if done)
    return Catalog(
        total=total,
        counted=counted,
        target=Target(table=("match_job",), column=column, kind=Storage(kind), dimensions=dimensions),
        strategy=strategy,
        index=index,
        measured=measured.get(strategy.describe()),
        layout=ours(column),
        relation=relation(column),
        metadata=prepared,
        unprepared=tuple(sorted({*known, *settings.metadata_fields} - prepared)),
        others=tuple(Other(row[7], other) for row, other in zip(rows[1:], others, strict=True)),
    )
