"""The connection pool: psycopg's own, with the settings, the health check and the metrics of jobmatch."""

import select
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import anyio
import psycopg
from psycopg import AsyncConnection, conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from jobmatch.backends.postgres.connection import Connection
from jobmatch.backends.postgres.failures import unreachable, unreadable
from jobmatch.connections import SteadyPool
from jobmatch.errors import Overloaded
from jobmatch.settings import Settings
from jobmatch.telemetry import PoolGauge

#: Seconds for one attempt to connect.
CONNECT_TIMEOUT = 5
#: What postings are sent in, whatever the server, the user or the environment would have: it is never converted twice.
ENCODED = {"client_encoding": "UTF8"}
#: Waiting requests per connection; more are refused at once.
WAITING_PER_CONNECTION = 50
#: Seconds after which a wait asks whether the server is there at all.
PATIENCE = 1.0
#: Seconds that such a question may take, and for which its answer is good for all who wait.
PROBE_TIMEOUT, PROBE_HOLDS = 2, 1.0
#: Seconds of failing after which the pool starts its attempts to connect anew.
RECONNECT = 3.0
#: Seconds after the end of its time for a statement until the server is held to be frozen.
FROZEN = 3.0
#: Seconds that the server gets to roll back what a caller left behind.
RETURN = 5.0


def with_settings(url: str, settings: Settings) -> str:
    """Return *url* with what every connection should have; what it says itself stays, but for the encoding of texts."""
    ours: dict[str, Any] = {
        "application_name": "jobmatch",
        "connect_timeout": CONNECT_TIMEOUT,
        # A half-open connection is noticed a little after a statement should have ended.
        "tcp_user_timeout": settings.statement_timeout + 5_000,
        "keepalives_idle": 30,
    }
    try:
        return conninfo.make_conninfo("", **{**ours, **conninfo.conninfo_to_dict(url), **ENCODED})
    except psycopg.ProgrammingError:
        raise unreadable(url) from None


class Pool:
    """An open pool.

    Arguments:
        url: of the database.
        settings: sizes and times.
        pooled: whether a pooler in between gives each transaction another session of the server.
        revive: called when the server is gone, to have it started again; None where somebody else does.
    """

    def __init__(
        self,
        url: str,
        settings: Settings,
        *,
        pooled: bool = False,
        revive: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._url = url
        self._settings = settings
        self._pooled = pooled
        self._revive = revive
        self._pool: SteadyPool[Connection] = SteadyPool(
            with_settings(url, settings),
            connection_class=Connection,
            # What is prepared in one session is unknown in the next.
            kwargs={"autocommit": True, **({"prepare_threshold": None} if pooled else {})},
            min_size=settings.pool_min_size,
            max_size=settings.pool_max_size,
            timeout=settings.pool_timeout,
            max_idle=settings.pool_max_idle,
            max_waiting=settings.pool_max_size * WAITING_PER_CONNECTION,
            configure=self._configure,
            check=_check,
            # Its pauses double with every failure; they must stay short, or it sleeps on when the server is back.
            reconnect_timeout=RECONNECT,
            name="jobmatch",
            open=False,
        )
        self._probing = anyio.Lock()
        self._probed_until = 0.0
        self._unreachable: psycopg.Error | None = None
        self._gauge = PoolGauge("jobmatch", lambda: self._pool.get_stats().get("pool_size", 0))

    async def open(self) -> None:
        """Start connecting, in the background."""
        await self._pool.open(wait=False)
        self._gauge.open()

    async def close(self) -> None:
        """Close all connections, even if the caller is cancelled meanwhile."""
        self._gauge.close()
        await self._pool.close(RETURN)

    async def _configure(self, connection: Connection) -> None:
        connection.patience = RETURN
        if self._pooled:
            return  # whoever got the session next would find our settings
        # Not through libpq's options: a connection pooler in between refuses those.
        await connection.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('jit', 'off', false)",
            [str(self._settings.statement_timeout)],
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; it goes back whatever happens, cancellation included."""
        connection = await self._take()
        connection.patience = self._settings.statement_timeout / 1_000 + FROZEN
        try:
            yield connection
        finally:
            connection.patience = RETURN
            await self._pool.putconn(connection)

    async def _take(self) -> Connection:
        patience = min(PATIENCE, self._settings.pool_timeout)
        try:
            return await self._wait(patience)
        except PoolTimeout:
            await self._probe()
        try:
            return await self._wait(self._settings.pool_timeout - patience)
        except PoolTimeout:
            await self._probe()
            raise Overloaded("no database connection became free in time; raise DB_POOL_MAX_SIZE") from None

    async def _wait(self, seconds: float) -> Connection:
        try:
            return await self._pool.getconn(seconds)
        except TooManyRequests:
            raise Overloaded("too many requests wait for a database connection; try again") from None

    async def _probe(self) -> None:
        """Ask the server itself whether it is there: a pool without connections looks the same as a busy one.

        All who wait share one answer for a moment, for they are many when it matters.
        """
        async with self._probing:
            if monotonic() >= self._probed_until:
                self._unreachable = await self._attempt()
                if self._unreachable and self._revive:
                    await self._revive()
                    self._unreachable = await self._attempt()
                self._probed_until = monotonic() + PROBE_HOLDS
            if self._unreachable:
                raise unreachable(self._url, self._unreachable)

    async def _attempt(self) -> psycopg.Error | None:
        try:
            connection = await Connection.connect(self._url, connect_timeout=PROBE_TIMEOUT)
        except psycopg.Error as error:
            return error.with_traceback(None)  # it is kept, and what a traceback knows would be, too
        await connection.close()
        return None


async def _check(connection: AsyncConnection) -> None:
    """Ask the server whether it is there, but only if the socket has something to say.

    An idle connection is silent; when the server goes away the socket turns readable. A question to the server each
    time would cost a tenth of the throughput.
    """
    poll = select.poll()  # unlike select(), it takes descriptors of any number
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)
