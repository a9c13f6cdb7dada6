"""What procrastinate's errors mean to jobmatch."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from procrastinate.exceptions import ConnectorException

from jobmatch.errors import DatabaseUnavailable, Incompatible, JobmatchError, SchemaOutdated

OUTDATED = "the database does not have the queue's tables of this release; run: jobmatch db upgrade"
#: No such table, function, type or column.
_NO_TABLES = ("42P01", "42883", "42704", "42703", "3F000")
_NO_RIGHT = "42501"


@contextmanager
def translating() -> Iterator[None]:
    """Have procrastinate's errors leave the block as ours."""
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        raise translated(error) from error


def translated(error: Exception) -> JobmatchError:
    """Return our error for one of procrastinate's or psycopg's."""
    inner = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(inner, psycopg.Error) and inner.sqlstate in _NO_TABLES:
        return SchemaOutdated(OUTDATED)
    if isinstance(inner, psycopg.Error) and inner.sqlstate == _NO_RIGHT:
        return Incompatible(f"the database user lacks a right: {str(inner).splitlines()[0]}")
    return DatabaseUnavailable(
        f"the queue in the database does not answer ({type(inner or error).__name__}); try again"
    )
