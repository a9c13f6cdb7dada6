"""Statements on a connection of the caller's: in its transaction, which is left as it is."""

from collections.abc import Mapping
from typing import Any

import anyio.to_thread
import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.rows import tuple_row
from sqlalchemy import Connection as CoreConnection
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.orm import Session

from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Rows
from jobmatch.backends.postgres.failures import cause, first_line, translated, unstorable
from jobmatch.errors import InvalidInput, JobmatchError
from jobmatch.sessions import session_of


async def fetch_in(connection: object, statement: Compiled, parameters: Mapping[str, Any]) -> Rows:
    """Execute a statement on *connection* and return its rows.

    Arguments:
        connection: of psycopg or SQLAlchemy, or a session of the latter, or a registry of sessions, which is asked
            here. Synchronous ones are used in a thread.
        statement: what to execute.
        parameters: for it.

    Raises:
        InvalidInput: *connection* is something else, its transaction has failed already, or texts cannot pass it.
    """
    values = {**parameters, **statement.constants}
    try:
        return await _fetch(session_of(connection), statement, values)
    except UnicodeEncodeError as error:
        # It shows what could not be encoded, which may be anything.
        raise _inexpressible(error.encoding) from None
    except psycopg.Error as error:
        raise _ours(error) or error from cause(error)
    except DBAPIError as error:
        # Its message quotes what was to be stored, so it must not be seen; psycopg's beneath does not.
        if isinstance(error.orig, psycopg.Error):
            raise _ours(error.orig) or error.orig from cause(error.orig)
        raise _of_another_driver(error) from None
    except InvalidRequestError as error:
        raise InvalidInput("connection", f"cannot be used: {first_line(error)}") from error


def _inexpressible(encoding: str) -> InvalidInput:
    if encoding.startswith("utf"):
        return unstorable()
    return InvalidInput("connection", f"its client_encoding ({encoding}) lacks what is to be stored; make it UTF8")


def _ours(error: psycopg.Error) -> JobmatchError | None:
    if isinstance(error, psycopg.errors.InFailedSqlTransaction):
        return InvalidInput("connection", "its transaction has failed; roll it back, then submit")
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return InvalidInput("connection", "its transaction is read-only; submit in one that may write")
    return translated(error)


def _of_another_driver(error: DBAPIError) -> JobmatchError:
    """Return our error for one of a driver's that is not psycopg: all that can be shown of it is its state."""
    reason: BaseException | None = error.orig
    while reason := reason and reason.__cause__:
        if isinstance(reason, UnicodeEncodeError):
            return _inexpressible(reason.encoding)
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    try:
        known = psycopg.errors.lookup(state or "")()
    except KeyError:
        return InvalidInput("connection", f"cannot be used: {type(error).__name__}")
    return _ours(known) or InvalidInput("connection", f"cannot be used: {type(known).__name__} ({state})")


async def _fetch(connection: Any, statement: Compiled, values: Mapping[str, Any]) -> Rows:
    if isinstance(connection, AsyncConnection):
        async with connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(statement.text, values)
            return await cursor.fetchall()
    if _is_asynchronous(connection):
        return [tuple(row) for row in await connection.execute(statement.statement, values)]
    return await anyio.to_thread.run_sync(_fetch_blocking, connection, statement, values)


def _is_asynchronous(connection: object) -> bool:
    """Tell whether this is one of SQLAlchemy's. Their classes cannot be imported without greenlet."""
    inner = getattr(connection, "sync_connection", None) or getattr(connection, "sync_session", None)
    return isinstance(inner, CoreConnection | Session)


def _fetch_blocking(connection: object, statement: Compiled, values: Mapping[str, Any]) -> Rows:
    if isinstance(connection, Connection):
        with connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(statement.text, values).fetchall()
    if isinstance(connection, CoreConnection | Session):
        return [tuple(row) for row in connection.execute(statement.statement, values)]
    raise InvalidInput("connection", f"must be one of psycopg or SQLAlchemy, not {type(connection).__name__}")
