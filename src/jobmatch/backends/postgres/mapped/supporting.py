"""Which filters on somebody's table no index helps, and the statements that would change that: theirs to run."""

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import AsyncConnection, sql
from sqlalchemy import ARRAY, Cast, Column, ColumnElement, Table, literal_column
from sqlalchemy.sql.selectable import ScalarSelect
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from jobmatch.backends.postgres.mapped.fitting import Kind, kinds
from jobmatch.backends.postgres.mapped.given import PLAIN
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.backends.postgres.mapped.posting import expressions
from jobmatch.tables import index_name

#: For each kind of column, the index that helps, its operators if not the usual ones, and a condition that asks for it.
_WORD, _WORDS = ("btree", "", "= ''"), ("gin", "", "&& '{x}'")
_KINDS = {
    **dict.fromkeys(("country", "region", "city", "company", "industry", "language"), _WORD),
    **dict.fromkeys(("workplace", "employment_type", "level"), _WORD),
    "posted_at": ("btree", "", ">= 'now'"),
    "pay": ("btree", "", ">= 0"),
    "area": ("gist", "", "&& '((0,0),(1,1))'"),
    "metadata": ("gin", " jsonb_path_ops", "@> '{\"x\": 1}'"),
    "text": ("gin", "", "@@ 'x'::tsquery"),
}
_EXPLAIN = "EXPLAIN SELECT 1 FROM {} WHERE ({}) {}"
_CREATE = "CREATE INDEX CONCURRENTLY {} ON {} USING {} (({}){})"


async def advice(connection: AsyncConnection, table: JobTable) -> tuple[str, ...]:
    """Return a statement for each filter that no index can help, as the server's planner has it."""
    found = []
    types = await kinds(connection, table)
    async with connection.transaction():
        await connection.execute("SELECT set_config('enable_seqscan', 'off', true)")
        for name, where, kind, expression in _indexable(table, types):
            method, operators, condition = kind
            asked = sql.SQL(_EXPLAIN).format(where, sql.SQL(expression), sql.SQL(condition))
            lines = await (await connection.execute(asked)).fetchall()
            if not any("Index Cond" in line for (line,) in lines):
                index = sql.Identifier(index_name(name, over=f"{where.as_string()}.{expression}"))
                parts = (index, where, sql.SQL(method), sql.SQL(expression), sql.SQL(operators))
                found.append(sql.SQL(_CREATE).format(*parts).as_string())
    return tuple(found)


def _indexable(
    table: JobTable, types: Mapping[str, Kind]
) -> Iterator[tuple[str, sql.Identifier, tuple[str, str, str], str]]:
    """Yield name, table, kind and expression of what is of one table alone, and can be in an index.

    The text of an enumeration cannot: the server takes it for one that may change.
    """
    for name, value in expressions(table).items():
        parts = list(iterate(value))
        if name in types and types[name].enumerated and any(isinstance(part, Cast) for part in parts):
            continue
        owners = {part.table for part in parts if isinstance(part, Column)}
        whole = len(owners) == 1 and not any(isinstance(part, ScalarSelect) for part in parts)
        if name not in _KINDS or not whole:
            continue
        (owner,) = owners
        if isinstance(owner, Table):
            names = (owner.schema, owner.name) if owner.schema else (owner.name,)
            kind = _WORDS if isinstance(value.type, ARRAY) else _KINDS[name]
            yield name, sql.Identifier(*names), kind, _bare(value)


def _bare(value: ColumnElement[Any]) -> str:
    """Return an expression as an index has it: its columns without their table."""

    def unqualified(element: Any, **_: Any) -> ColumnElement[Any] | None:
        if not isinstance(element, Column):
            return None
        return literal_column(sql.Identifier(element.name).as_string(), element.type)

    return str(replacement_traverse(value, {}, unqualified).compile(dialect=PLAIN))
