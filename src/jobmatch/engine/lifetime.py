"""`Lifetime`: something that whichever task may open, and whichever may close."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType

import anyio
from anyio.lowlevel import EventLoopToken, current_token

from jobmatch.errors import Stopped

_log = logging.getLogger("jobmatch.engine")


#: Is told of what ended something before it was to end.
Ended = Callable[[str], None]


def lifetime(inner: AbstractAsyncContextManager[None], ended: Ended) -> AbstractAsyncContextManager[None]:
    """Return a context like *inner*, which on asyncio need not be left by the task that entered it.

    A task group must be. But fixtures of tests, and frameworks with one hook for the start and one for the end, do each
    in a task of its own. On trio, where only a nursery holds tasks, it stays as it is.

    Arguments:
        inner: the context.
        ended: told why, if it ends although nobody leaves it.
    """
    return Lifetime(inner, ended) if _on_asyncio() else inner


def _on_asyncio() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


def running_loop() -> EventLoopToken | None:
    """Return what stands for the event loop that runs in this thread, if one does."""
    try:
        return current_token()
    except RuntimeError:
        return None


class Lifetime(AbstractAsyncContextManager[None]):
    """Enters and leaves a context in a task of its own, which does nothing else.

    What fails beside the block is logged at once, ends the context, and is raised when the block is left.

    Arguments:
        inner: the context.
        ended: told why, if it ends although nobody leaves it.
    """

    def __init__(self, inner: AbstractAsyncContextManager[None], ended: Ended) -> None:
        self._inner = inner
        self._ended = ended
        self._told = asyncio.Event()

    async def __aenter__(self) -> None:
        opened = asyncio.get_running_loop().create_future()
        self._host = asyncio.create_task(self._run(opened))
        await self._unless_cancelled({self._host, opened})
        if self._host.done():
            self._host.result()
        self._host.add_done_callback(self._tell)

    async def _run(self, opened: "asyncio.Future[None]") -> None:
        async with self._inner:
            opened.set_result(None)
            await self._told.wait()
        if not self._told.is_set():  # a task group below took a cancellation in it for its end, in order
            raise Stopped("the engine has stopped, for something that it does in the background was cancelled")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._told.set()
        await self._unless_cancelled({self._host})
        if failure := self._failure():
            raise failure

    async def _unless_cancelled(self, awaited: "set[asyncio.Future[None]]") -> None:
        """Wait for the first of them; the caller's cancellation is the host's as well, and its end is waited for."""
        try:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._end()
            if failure := self._failure():
                raise failure from None
            raise

    async def _end(self) -> None:
        self._told.set()  # for a cancellation can get lost on its way
        with anyio.CancelScope(shield=True):
            while not self._host.done():
                self._host.cancel()
                try:
                    await asyncio.wait([self._host])
                except asyncio.CancelledError:  # once more, by asyncio, which knows no shield: so is the host
                    continue

    def _failure(self) -> BaseException | None:
        return None if self._host.cancelled() else self._host.exception()

    def _tell(self, host: "asyncio.Task[None]") -> None:
        if self._told.is_set():
            return
        failure = self._failure()
        self._ended(_named(failure) if failure else "its task was cancelled")
        if failure:
            _log.critical("the engine has stopped: %s; closing it raises the error", _named(failure))


def _named(failure: BaseException) -> str:
    """Return what kind of error it was. A stranger's message may quote a résumé."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return type(failure).__name__
