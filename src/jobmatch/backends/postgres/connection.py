"""`Connection`: psycopg's, cancelled in order under anyio, and given up when the server says nothing any more."""

from typing import Any, TypeVar

import anyio
import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from jobmatch.connections import PlainConnection

T = TypeVar("T")
#: Seconds that the server gets to take a request to cancel, and to end the query then.
TAKE, END = 2.0, 3.0
#: Seconds after which psycopg, while it waits, looks up from the socket. Its own default is none: not to sleep at all.
LOOK_UP = 0.1


class Connection(PlainConnection):
    """Has the server stop when whoever waits for a query is cancelled.

    psycopg does so itself, but anyio cancels at every step until a scope is left, and so cancels that as well. The
    query would go on, and the connection be lost.

    Attributes:
        patience: seconds for which an answer is waited for; None for no limit. A server that is frozen does not keep
            the limit that it was given for a statement.
    """

    patience: float | None = None

    async def wait(self, gen: PQGen[T], interval: float = LOOK_UP, *args: Any, **kwargs: Any) -> T:
        with anyio.move_on_after(self.patience) as limit:
            try:
                return await waiting.wait_async(gen, self.pgconn.socket, interval, *args, **kwargs)
            except anyio.get_cancelled_exc_class():
                if limit.cancel_called:
                    self.pgconn.finish()
                elif self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                    with anyio.move_on_after(TAKE + END, shield=True):
                        await self._stop(gen)
                raise
        raise psycopg.errors.QueryCanceled("the server did not answer in time")

    async def _stop(self, gen: PQGen[T]) -> None:
        """Cancel the query on the server and wait until it has ended; if it does not, the pool gives us up."""
        try:
            await self.cancel_safe(timeout=TAKE)
            await waiting.wait_async(gen, self.pgconn.socket, LOOK_UP)
        except psycopg.Error:  # the query was cancelled, or the connection is broken: both are what we want
            return
