"""Handing over within a transaction of the caller's, which is left as it is."""

from typing import Any

import anyio.to_thread
from procrastinate import SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from psycopg import AsyncConnection, Connection
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection as CoreConnection
from sqlalchemy.orm import Session

from jobmatch.errors import InvalidInput
from jobmatch.sessions import session_of


async def put_in(connection: object, manager: JobManager, job: Job) -> None:
    """Put a job into the queue, as part of the transaction of *connection*.

    Arguments:
        connection: of psycopg or SQLAlchemy, a session of the latter, or a registry of those. Synchronous ones are
            used in a thread.
        manager: of the app.
        job: what to put.

    Raises:
        InvalidInput: *connection* is something else, or has another driver than psycopg.
    """
    driver = await driver_of(connection)
    if isinstance(driver, AsyncConnection):
        await _put(driver, manager, job)
    else:
        await anyio.to_thread.run_sync(_put_blocking, driver, job)


async def driver_of(connection: object) -> "AsyncConnection[Any] | Connection[Any]":
    """Return psycopg's connection below one of the caller's.

    Raises:
        InvalidInput: there is none.
    """
    driver = await _driver(connection)
    if isinstance(driver, AsyncConnection | Connection):
        return driver
    raise InvalidInput(
        "connection",
        f"must be one of psycopg, or SQLAlchemy's with psycopg (postgresql+psycopg://), not {_named(driver)}: the queue"
        " is written with it",
    )


async def _put(connection: "AsyncConnection[Any]", manager: JobManager, job: Job) -> None:
    if _not_begun(connection):
        await connection.execute("SELECT")
    try:
        async with connection.transaction():  # a savepoint, so that a job that is there already breaks nothing
            await manager.defer_job_async(job, connection=connection)
    except AlreadyEnqueued:
        pass


def _not_begun(connection: "AsyncConnection[Any] | Connection[Any]") -> bool:
    """Tell whether a transaction begins with the next statement. If that were ours, we would end it, too."""
    return not connection.autocommit and connection.info.transaction_status is TransactionStatus.IDLE


def _put_blocking(connection: "Connection[Any]", job: Job) -> None:
    if _not_begun(connection):
        connection.execute("SELECT")
    try:
        with connection.transaction():
            JobManager(SyncPsycopgConnector()).defer_job(job, connection=connection)
    except AlreadyEnqueued:
        pass


async def _driver(connection: Any) -> object:
    """Return the driver's connection below one of SQLAlchemy's; any other as it is."""
    connection = session_of(connection)
    if isinstance(getattr(connection, "sync_session", None), Session):
        connection = await connection.connection()
    if isinstance(getattr(connection, "sync_connection", None), CoreConnection):
        return (await connection.get_raw_connection()).driver_connection
    if isinstance(connection, CoreConnection | Session):
        return await anyio.to_thread.run_sync(_driver_blocking, connection)
    return connection


def _driver_blocking(connection: CoreConnection | Session) -> object:
    below = connection.connection() if isinstance(connection, Session) else connection
    return below.connection.driver_connection


def _named(driver: object) -> str:
    return f"{type(driver).__module__}.{type(driver).__qualname__}"
