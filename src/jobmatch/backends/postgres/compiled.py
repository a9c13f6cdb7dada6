"""Core statements as text for psycopg."""

from typing import Any

from attrs import frozen
from sqlalchemy import Dialect, ExecutableDDLElement, Select, UpdateBase
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_dialect: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
Statement = Select[Any] | UpdateBase | ExecutableDDLElement


@frozen
class Compiled:
    """A statement, once for psycopg and once for SQLAlchemy's own connections.

    Arguments:
        text: with psycopg's placeholders.
        constants: parameters that Core made, to be handed to psycopg with the caller's.
        statement: for a connection of SQLAlchemy.
    """

    text: str
    constants: dict[str, object]
    statement: Statement


def compiled(statement: Statement) -> Compiled:
    """Compile a statement; callers keep what they get, for this takes a millisecond."""
    result = statement.compile(dialect=_dialect)
    constants = {name: value for name, value in (result.params or {}).items() if value is not None}
    return Compiled(str(result), constants, statement)
