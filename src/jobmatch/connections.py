"""psycopg's connections and pool, as every backend on PostgreSQL needs them: nothing is left behind, nothing lost."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from time import monotonic
from typing import Any, LiteralString, Self, TypeVar

import anyio
import psycopg
from psycopg import AsyncConnection
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg_pool import AsyncConnectionPool

#: The limits of time that the user or the database may have; not every server knows each.
_LIMITS: LiteralString = """
FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout',
'idle_in_transaction_session_timeout', 'idle_session_timeout')
"""
#: Frees a transaction of them, and a connection.
UNLIMITED: LiteralString = "SELECT set_config(name, '0', true)" + _LIMITS
UNLIMITED_CONNECTION: LiteralString = "SELECT set_config(name, '0', false)" + _LIMITS
P = TypeVar("P", bound="PlainConnection")
C = TypeVar("C", bound="AsyncConnection[Any]")
T = TypeVar("T")


class PlainConnection(AsyncConnection):
    """psycopg's own, but nothing is left behind by an attempt that ran out of time, or was cancelled.

    Times come as psycopg can read them, whatever ``DateStyle`` the user or the database would have; and in UTC,
    whatever ``TimeZone``, which goes on to count for what their own statements and tables say.
    """

    @classmethod
    async def connect(cls, conninfo: str = "", **options: Any) -> Self:
        try:
            return _in_utc(await _with_readable_times(await super().connect(conninfo, **options)))
        except (psycopg.Error, asyncio.CancelledError) as error:
            # Of such an attempt the socket hangs on what the traceback knows, and that on the error, in a circle. The
            # server would hold a connection for nobody until the collector came along.
            raise error.with_traceback(None)  # noqa: B904, it is the same one


async def _with_readable_times(connection: P) -> P:
    style = connection.info.parameter_status("DateStyle") or ""
    if style.startswith("ISO"):  # as it is by default
        return connection
    try:
        await connection.execute("SET DateStyle = 'ISO'")
        await connection.commit()
    except BaseException:
        connection.pgconn.finish()
        raise
    return connection


class _InUtc(Loader):
    """Reads times as psycopg does, which has them in the zone of the connection."""

    def __init__(self, oid: int, context: "AdaptContext | None" = None) -> None:
        super().__init__(oid, context)
        usual = psycopg.adapters.get_loader(oid, self.format)
        if usual is None:
            raise psycopg.InternalError("psycopg cannot read times")
        self._read = usual(oid, context).load

    def load(self, data: Buffer) -> datetime:
        """Return a time in UTC."""
        moment: datetime = self._read(data).astimezone(UTC)
        return moment


class _BinaryInUtc(_InUtc):
    format = Format.BINARY


def _in_utc(connection: P) -> P:
    if connection.info.parameter_status("TimeZone") not in ("UTC", "Etc/UTC"):
        for loader in (_InUtc, _BinaryInUtc):
            connection.adapters.register_loader("timestamptz", loader)
    return connection


class SteadyPool(AsyncConnectionPool[C]):
    """psycopg's own, but no connection is lost, however and whenever its callers are cancelled, and none is waited for.

    Half-way between pool and caller a connection would be lost if the caller's own task were cancelled there: by
    asyncio, which knows no shield, or by anyio, which cancels again at every step. So it changes hands in a task of its
    own.

    Arguments:
        check: raises an error of psycopg for a connection that is dead; the next one is taken at once then. After one
            that fails a check of its own the pool sleeps, longer each time, even if there are others: when the server
            has restarted, every connection that was idle meanwhile would cost a pause.
    """

    def __init__(self, *args: Any, check: "Callable[[C], Awaitable[None]]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._look_at = check
        self._changing_hands: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None

    async def getconn(self, timeout: float | None = None) -> C:  # noqa: ASYNC109, psycopg's own
        getting = self._apart(self._living(self.timeout if timeout is None else timeout))
        try:
            return await asyncio.shield(getting)
        except asyncio.CancelledError:
            getting.cancel()
            getting.add_done_callback(self._not_wanted)
            raise

    async def _living(self, seconds: float) -> C:
        end = monotonic() + seconds
        while True:
            connection = await super().getconn(end - monotonic())
            try:
                await self._look_at(connection)
            except psycopg.Error:
                connection.pgconn.finish()  # whatever is wrong, it is replaced
                await super().putconn(connection)
            except BaseException:
                await super().putconn(connection)
                raise
            else:
                return connection

    def _not_wanted(self, getting: "asyncio.Task[C]") -> None:
        """Give back what came too late."""
        if not getting.cancelled() and not getting.exception():
            self._apart(super().putconn(getting.result()))

    async def putconn(self, conn: C) -> None:
        if conn.pgconn.pipeline_status:
            # Its caller was cancelled on the way in or out. What is sent next would get no answer.
            conn.pgconn.finish()
        with anyio.CancelScope(shield=True):
            await asyncio.shield(self._apart(super().putconn(conn)))

    async def close(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109, psycopg's own
        self._closing = asyncio.create_task(self._close(timeout))
        with anyio.CancelScope(shield=True):
            await asyncio.shield(self._closing)

    async def _close(self, seconds: float) -> None:
        await super().close(seconds)
        while self._changing_hands:
            await asyncio.wait(self._changing_hands)

    def _apart(self, change: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = _started(change)
        self._changing_hands.add(task)
        task.add_done_callback(self._changing_hands.discard)
        return task


def _started(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    if sys.version_info < (3, 12):
        return asyncio.create_task(work)
    # At once: mostly there is nothing to wait for, and it is done when this returns.
    return asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
