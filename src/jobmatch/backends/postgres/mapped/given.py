"""What somebody gives to a `JobTable`, as SQLAlchemy Core has it: mapped classes and their attributes, too."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Column,
    ColumnClause,
    ColumnElement,
    Enum,
    FromClause,
    Join,
    SQLColumnExpression,
    Table,
    TextClause,
    inspect,
    literal,
    literal_column,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import ScalarSelect, SelectBase
from sqlalchemy.sql.visitors import iterate, replacement_traverse
from sqlalchemy.types import NullType

from jobmatch.backends.postgres.strategies import Metric
from jobmatch.errors import InvalidInput

#: Writes constants as SQL does, with no regard to the placeholders of a driver.
PLAIN = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
PLAIN._backslash_escapes = False  # as of PostgreSQL 9.1; a connection would tell it
#: Characters of somebody's word that a message repeats.
SHOWN = 80
_Clause = TypeVar("_Clause", bound=ClauseElement)


def source(given: FromClause | type[Any]) -> FromClause:
    """Return a table, a join of some, or the table of a mapped class.

    Raises:
        InvalidInput: it is something else, or has a parameter without a value.
    """
    found = getattr(inspect(given, raiseerr=False), "selectable", given)
    if not isinstance(found, FromClause):
        wanted = "a table of SQLAlchemy, a join of some, or a mapped class"
        raise InvalidInput("table", f"must be {wanted}, not {type(given).__name__}")
    return _bound("table", found)


def expressions(given: Mapping[str, SQLColumnExpression[Any]]) -> Mapping[str, ColumnElement[Any]]:
    """Return columns and expressions, those that are attributes of a mapped class as columns of its table.

    Raises:
        InvalidInput: one is no expression, or has a parameter without a value.
    """
    return {name: _expression(f"columns.{name}", value) for name, value in given.items()}


def condition(given: SQLColumnExpression[bool] | TextClause | None) -> ColumnElement[bool] | None:
    """Return a condition, a text in brackets: it may say ``OR``, and others are put beside it.

    Raises:
        InvalidInput: it is no expression, or has a parameter without a value.
    """
    if given is None:
        return None
    return Grouping(_bound("where", given)) if isinstance(given, TextClause) else _expression("where", given)


def metric(given: Metric | str) -> Metric:
    """Return a metric.

    Raises:
        InvalidInput: there is none of this name.
    """
    try:
        return Metric(given)
    except ValueError:
        raise InvalidInput("metric", f"{str(given)[:SHOWN]!r} is not one of {', '.join(Metric)}") from None


def _expression(name: str, given: Any) -> ColumnElement[Any]:
    made = given.__clause_element__() if hasattr(given, "__clause_element__") else given
    if not isinstance(made, ColumnElement):
        shown = repr(str(given)[:SHOWN]) if isinstance(given, str | TextClause) else f"a {type(given).__name__}"
        raise InvalidInput(
            name,
            f"must be a column or an expression of SQLAlchemy, not {shown}: give table.c[…], literal(…) for a value"
            " that all postings have, or literal_column(…) for a piece of SQL",
        )
    plain: ColumnElement[Any] = replacement_traverse(_bound(name, made), {}, _without_notes)
    return plain


def _bound(name: str, given: _Clause) -> _Clause:
    """Refuse what waits for a value, as ``:name`` in a text: nobody gives one, and with NULL it would find nothing."""
    for part in iterate(given):
        if isinstance(part, BindParameter) and part.required:
            raise InvalidInput(
                name,
                f"has no value for the parameter {part.key[:SHOWN]!r}: give it, as with"
                rf" text(…).bindparams({part.key[:SHOWN]}=…), or write \: for a colon",
            )
    return given


def _without_notes(element: Any, **_: Any) -> ColumnElement[Any] | None:
    """Return the column of a table that a mapped class refers to in its own way."""
    if isinstance(element, Column) and isinstance(element.table, Table):
        plain: ColumnElement[Any] | None = element.table.c.get(element.key)
        return plain
    return None


def strangers(table: FromClause, used: Iterable[ColumnElement[Any] | TextClause]) -> list[FromClause]:
    """Return what expressions refer to that is not in *table*: with it, each row would come with each of those."""
    known = set(_parts(table))
    return [each for each in dict.fromkeys(each for one in used for each in _referred(one)) if each not in known]


def _parts(table: FromClause) -> Iterator[FromClause]:
    if isinstance(table, Join):
        yield from _parts(table.left)
        yield from _parts(table.right)
    else:
        yield table


def _referred(expression: Any) -> Iterator[FromClause]:
    """Yield the tables that an expression has columns of, but for those that a subquery brings along."""
    if isinstance(expression, ColumnClause):
        if expression.table is not None:
            yield expression.table
    elif isinstance(expression, FromClause) and not isinstance(expression, FunctionElement):
        yield expression
    elif not isinstance(expression, ScalarSelect | SelectBase):
        for part in expression.get_children():
            yield from _referred(part)


def value_of(column: ColumnElement[Any], word: Any) -> ColumnElement[Any]:
    """Return a value that a column may have.

    Raises:
        InvalidInput: it may not.
    """
    value: ColumnElement[Any] = literal(word) if isinstance(column.type, NullType) else literal(word, column.type)
    if not _fits(value, word):
        raise InvalidInput("values", f"{str(word)[:SHOWN]!r} is no value of a column of type {column.type!r}")
    return value


def written(expression: ColumnElement[Any] | TextClause) -> ColumnElement[Any]:
    """Return an expression with its constants written out: they are of the table, not of a request."""

    def constant(element: Any, **_: Any) -> ColumnElement[Any] | None:
        if not isinstance(element, BindParameter):
            return None
        return literal_column(str(element.compile(dialect=PLAIN, compile_kwargs={"literal_binds": True})), element.type)

    written: Any = replacement_traverse(expression, {}, constant)
    whole: ColumnElement[Any] = written
    return whole


def _fits(value: ColumnElement[Any], word: Any) -> bool:
    if isinstance(value.type, Enum) and isinstance(word, str) and not isinstance(word, enum.Enum):
        return word in value.type.enums
    try:
        value.compile(dialect=PLAIN, compile_kwargs={"literal_binds": True})
    except (SQLAlchemyError, LookupError, TypeError, ValueError, AttributeError):
        return False
    return True
