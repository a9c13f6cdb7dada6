"""`Connection`: psycopg's, cancelled in order under anyio, and given up when the server says nothing any more."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

import anyio
import anyio.lowlevel
import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.waiting import Ready, Wait

from jobmatch.connections import PlainConnection

T = TypeVar("T")
#: Seconds that the server gets to take a request to cancel, and to end the query then.
TAKE, END = 2.0, 3.0
#: Seconds after which it is asked again.
AGAIN = 0.5
#: Seconds after which psycopg, while it waits, looks up from the socket. Its own default is none: not to sleep at all.
LOOK_UP = 0.1
#: Looking up a member of an enumeration costs more than using it, and this is on the way of every statement.
_READ, _WRITE, _BOTH = Wait.R, Wait.W, Wait.RW
_READABLE, _WRITABLE, _NEITHER = Ready.R, Ready.W, Ready.NONE


class Connection(PlainConnection):
    """Has the server stop when whoever waits for a query is cancelled.

    psycopg does so itself, but anyio cancels at every step until a scope is left, and so cancels that as well. The
    query would go on, and the connection be lost.

    Attributes:
        patience: seconds for which an answer is waited for; None for no limit. A server that is frozen does not keep
            the limit that it was given for a statement.
    """

    patience: float | None = None

    async def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        if args or kwargs:  # it waits for notifications, not for an answer
            return await super().wait(gen, *args, **kwargs)
        try:
            with anyio.move_on_after(self.patience):
                return await waited(gen, self.pgconn.socket)
        except anyio.get_cancelled_exc_class():  # the caller's: our own ends above
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                with anyio.move_on_after(TAKE + END, shield=True):
                    await self._stop(gen)
            raise
        self.pgconn.finish()
        await anyio.lowlevel.checkpoint_if_cancelled()  # both at once: theirs is what they must hear of
        raise psycopg.errors.QueryCanceled("the server did not answer in time")

    async def _stop(self, gen: PQGen[T]) -> None:
        """Cancel the query on the server and wait until it has ended; if it does not, the pool gives us up."""
        try:
            # A server that has part of a statement only does not take it for one that it could cancel.
            await waited(generators.send(self.pgconn), self.pgconn.socket)
            await self._end(gen)
        except Exception:  # the query was cancelled, or the connection is broken: both are what we want
            return

    async def _end(self, gen: PQGen[T]) -> None:
        """Cancel again and again: a server that is still reading the statement forgets that it was asked to."""
        while True:
            await self.cancel_safe(timeout=TAKE)
            with anyio.move_on_after(AGAIN):
                # What it waits for in the midst of its work is not known; it looks again, whatever it is told.
                await waited(gen, self.pgconn.socket, _BOTH)
                return


async def waited(gen: PQGen[T], socket: int, wait: Wait | None = None) -> T:
    """Carry out a generator of psycopg's, as its own `wait_async` does, but no cancellation is lost.

    Most releases of that use `asyncio.wait_for`, which forgets that it was cancelled if the socket is ready at the
    same time, before Python 3.12. And none can go on with one that was left: it is sent None first, and those that
    send a statement break at that.

    Arguments:
        gen: does the work, and yields what it waits for.
        socket: descriptor of the connection's.
        wait: what it waits for already; None for a generator that is new.
    """
    try:
        wait = wait or next(gen)
    except StopIteration as end:
        await asyncio.sleep(0)  # what is copied piece by piece never waits, and nobody else would have a turn
        at_once: T = end.value
        return at_once
    try:
        return await _Waiting(gen, socket).ended(wait)
    except OSError as error:
        raise psycopg.OperationalError("the connection's socket is closed") from error


class _Waiting(Generic[T]):
    """Carries on with a generator of psycopg's whenever its socket is ready, as a callback of the loop's.

    An answer comes in many pieces. To wake up a task for each, and have it watch the socket anew, would take longer
    than reading the piece.

    Arguments:
        gen: waits already.
        socket: descriptor of the connection's.
    """

    def __init__(self, gen: PQGen[T], socket: int) -> None:
        self._gen = gen
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.Future[T] = self._loop.create_future()
        self._watched = 0

    async def ended(self, wait: Wait) -> T:
        """Return what the generator ends with. If the caller is cancelled, it can be carried on with anew.

        Arguments:
            wait: what it waits for.
        """
        self._timer = self._loop.call_later(LOOK_UP, self._look_up)
        try:
            self._watch(wait)
            return await self._end
        finally:
            self._let_go()
            del self._end  # an error that it holds knows this frame, and would be kept until the collector came along

    def _look_up(self) -> None:
        self._timer = self._loop.call_later(LOOK_UP, self._look_up)
        self._carry_on(_NEITHER)

    def _carry_on(self, ready: Ready) -> None:
        if self._end.done():
            return  # cancelled, and the caller has yet to hear of it
        try:
            self._watch(self._gen.send(ready))
            return
        except StopIteration as end:
            self._tell(self._end.set_result, end.value)
        except BaseException as error:
            self._tell(self._end.set_exception, error)
        self._let_go()

    def _tell(self, tell: Callable[[Any], None], what: object) -> None:
        if not self._end.done():  # the generator may have had its caller cancelled
            tell(what)

    def _let_go(self) -> None:
        """Watch nothing any more, at once: a socket may have been closed, and the next one get its number."""
        self._timer.cancel()
        with suppress(OSError):  # of one that was closed there is nothing left to watch
            self._watch(0)

    def _watch(self, wait: int) -> None:
        """Watch the socket for just that; it mostly is watched already."""
        changed, self._watched = wait ^ self._watched, wait
        if changed & _READ:
            if wait & _READ:
                self._loop.add_reader(self._socket, self._carry_on, _READABLE)
            else:
                self._loop.remove_reader(self._socket)
        if changed & _WRITE:
            if wait & _WRITE:
                self._loop.add_writer(self._socket, self._carry_on, _WRITABLE)
            else:
                self._loop.remove_writer(self._socket)
