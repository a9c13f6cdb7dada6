"""That a table can be searched as it is mapped: its columns are there, and of types that a search can use."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import psycopg
from attrs import frozen
from psycopg import AsyncConnection
from sqlalchemy import JSON, Column, ColumnElement, Integer, literal_column, select
from sqlalchemy.dialects.postgresql import TSVECTOR

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.failures import first_line
from jobmatch.backends.postgres.mapped import configuring
from jobmatch.backends.postgres.mapped.given import written
from jobmatch.backends.postgres.mapped.job_table import VOCABULARIES, JobTable
from jobmatch.backends.postgres.mapped.posting import layout
from jobmatch.errors import Incompatible

_NONE = literal_column("0", Integer)
_TYPES = """
SELECT t.oid, format_type(t.oid, NULL), t.typname::text, t.typcategory::text, t.typtype::text,
       coalesce(e.typcategory::text, ''), coalesce(e.typtype::text, '')
FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' WHERE t.oid = ANY(%s)
"""
_NUMBERS = {"int2", "int4", "int8", "float4", "float8", "numeric"}
_TIMES = {"date", "timestamp", "timestamptz"}
_JSON = {"json", "jsonb"}


@frozen
class Kind:
    """A type of the server's.

    Arguments:
        told: how the server writes it.
        name: its short name.
        category: the server's letter for what is like it.
        form: the server's letter for how it is made.
        element: the category of its elements, if it is an array.
        element_form: how they are made.
    """

    told: str
    name: str
    category: str
    form: str
    element: str
    element_form: str

    @property
    def enumerated(self) -> bool:
        """Whether it is an enumeration."""
        return self.form == "e"

    @property
    def text(self) -> bool:
        """Whether it is a text, or can be one."""
        return self.category == "S" or self.enumerated

    @property
    def texts(self) -> bool:
        """Whether it is an array of such."""
        return self.element == "S" or self.element_form == "e"


@frozen
class _Need:
    """What a column has to be.

    Arguments:
        told: in words.
        met: whether a type will do.
        remedy: what makes it of another, with ``{}`` for the column.
    """

    told: str
    met: Callable[[Kind], bool]
    remedy: str


_TEXT = _Need("a text", lambda kind: kind.text, "cast({}, Text)")
_NUMBER = _Need("a number", lambda kind: kind.name in _NUMBERS, "cast({}, Numeric)")
_TIME = _Need("a date or a time", lambda kind: kind.name in _TIMES, "cast({}, TIMESTAMP(timezone=True))")
_NEEDS = {
    **dict.fromkeys(("title", "company", "country", "region", "city", "industry", "url", "pay_currency"), _TEXT),
    **dict.fromkeys(VOCABULARIES, _TEXT),
    **dict.fromkeys(("latitude", "longitude", "pay"), _NUMBER),
    **dict.fromkeys(("posted_at", "expires_at"), _TIME),
    "language": _Need("a text", lambda kind: kind.text or kind.texts, "cast({}, Text)"),
    "skills": _Need("an array of texts", lambda kind: kind.texts, "cast({}, ARRAY(Text))"),
    "text": _Need("a text", lambda kind: kind.text, "cast({}, Text)"),
    "metadata": _Need("jsonb", lambda kind: kind.name in _JSON, "cast({}, JSONB)"),
}
#: What a yes and a no may mean.
_EITHER = {
    "workplace": ("remote", "onsite"),
    "employment_type": ("full_time", "part_time"),
    "level": ("senior", "entry"),
}


async def check(connection: AsyncConnection, table: JobTable) -> None:
    """See that a table can be searched.

    Raises:
        Incompatible: it cannot; names the column, and what to give instead.
    """
    found = await kinds(connection, table)
    if misfits := list(_misfits(table, found)):
        raise Incompatible("; ".join(misfits))
    if "text" in table.columns:
        await configuring.check(connection, table)
    await _tried(connection, _searched(table))


async def kinds(connection: AsyncConnection, table: JobTable) -> Mapping[str, Kind]:
    """Return the types of what is mapped, by name, as the server has them.

    Raises:
        Incompatible: something of it is not there.
    """
    cursor = await _tried(connection, _given(table))
    oids = [column.type_code for column in cursor.description or ()]
    rows = await (await connection.execute(_TYPES, [oids])).fetchall()
    known = {oid: Kind(*row) for oid, *row in rows}
    return {name: known[oid] for name, oid in zip(table.columns, oids, strict=True)}


async def _tried(connection: AsyncConnection, statement: Compiled) -> "psycopg.AsyncCursor[Any]":
    try:
        # Not prepared, for it is there to see how the table has changed: what was prepared before is refused then.
        return await connection.execute(statement.text, statement.constants, prepare=False)
    except psycopg.errors.InsufficientPrivilege:
        raise
    except (psycopg.ProgrammingError, psycopg.DataError) as error:
        raise Incompatible(
            f"JobTable does not fit the table ({first_line(error)}): check its columns, values and where"
        ) from error


@lru_cache(maxsize=64)
def _given(table: JobTable) -> Compiled:
    rows = select(*(written(value).label(name) for name, value in table.columns.items())).select_from(table.table)
    rows = rows if table.where is None else rows.where(written(table.where))
    return compiled(rows.limit(_NONE))


@lru_cache(maxsize=64)
def _searched(table: JobTable) -> Compiled:
    """Return all that a search may come to read, of no row."""
    found = layout(table)
    words = () if found.words is None else (select(found.words.search).limit(_NONE).scalar_subquery(),)
    return compiled(select(found.id, found.summary, *found.columns.values(), *words).limit(_NONE))


def _misfits(table: JobTable, found: Mapping[str, Kind]) -> Iterator[str]:
    for name, need in _NEEDS.items():
        if name in found and name not in table.values and not _fits(table.columns[name], need, found[name]):
            value, kind = table.columns[name], found[name]
            yield (
                f"{_told(value)}, which JobTable has as {name}, is of type {kind.told}, not {need.told}:"
                f" give {_remedy(name, need, kind).format(_code(value))}"
            )


def _fits(value: ColumnElement[Any], need: _Need, kind: Kind) -> bool:
    """Whether a column will do; of some types it has to be declared to be, for that tells how to read it."""
    if need is _NEEDS["skills"] and isinstance(value.type, JSON):
        return kind.name in _JSON
    if need is _NEEDS["text"] and isinstance(value.type, TSVECTOR):
        return kind.name == "tsvector"
    return need.met(kind)


def _remedy(name: str, need: _Need, kind: Kind) -> str:
    if kind.name == "bool" and name in _EITHER:
        yes, no = _EITHER[name]
        return f'{{}}, with values={{{{"{name}": {{{{True: "{yes}", False: "{no}"}}}}}}}}'
    if kind.category == "A" and need is not _NEEDS["skills"]:
        return "one of the array, as {}[1]"
    if need is _TIME and kind.name in _NUMBERS:
        return "func.to_timestamp({})"
    if name == "skills" and kind.text:
        return 'func.string_to_array({}, ",")'
    if name == "skills" and kind.name in _JSON:
        return "type_coerce({}, JSONB)"
    if name == "text" and kind.name == "tsvector":
        return "type_coerce({}, TSVECTOR)"
    return need.remedy


def _told(value: ColumnElement[Any]) -> str:
    return f"the column {str(value)!r}" if isinstance(value, Column) else "the expression"


def _code(value: ColumnElement[Any]) -> str:
    """Return how a column is written in Python."""
    if not isinstance(value, Column):
        return "…"
    own = f".{value.name}" if value.name.isidentifier() else f"[{value.name!r}]"
    return f"{value.table.name}.c{own}"
