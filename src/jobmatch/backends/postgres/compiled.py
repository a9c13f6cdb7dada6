"""Core statements as text for psycopg."""

from attrs import frozen
from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_dialect: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]


@frozen
class Compiled:
    """A statement with psycopg's placeholders, and the constants that Core made parameters of."""

    text: str
    constants: dict[str, object]


def compiled(statement: ClauseElement) -> Compiled:
    """Compile a statement; callers keep what they get, for this takes a millisecond."""
    result = statement.compile(dialect=_dialect)
    constants = {name: value for name, value in (result.params or {}).items() if value is not None}
    return Compiled(str(result), constants)
