"""From a command to the event loop and an open engine."""

import asyncio
import atexit
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

import anyio

from jobmatch.adapters.cli.group import Interrupted, Terminated
from jobmatch.adapters.cli.output import note, waiting
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from jobmatch.engine import MatchEngine

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds in which the process has ended, whatever happens, after the grace time if there is one: closing everything
#: takes less.
LAST = 30.0


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Do asynchronous work and return its result; Ctrl-C cancels it in order.

    A second Ctrl-C changes nothing: it would cut off what the first one has tidied up, which takes a few seconds.
    """
    return anyio.run(_stopped_once, work)


async def _stopped_once(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work, and have the first Ctrl-C be the last that is heeded until the process has ended."""
    cancel = signal.getsignal(signal.SIGINT)
    if not callable(cancel) or threading.current_thread() is not threading.main_thread():
        return await work()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # by what stops an embedded server as well, which inherits it
        _end_after(LAST)
        cancel(number, frame)

    signal.signal(signal.SIGINT, stop)
    try:
        return await work()
    finally:
        if signal.getsignal(signal.SIGINT) is stop:
            signal.signal(signal.SIGINT, cancel)
        # Before whatever was registered until now, such as what stops an embedded server.
        atexit.unregister(_heed_nothing)
        atexit.register(_heed_nothing)


def _heed_nothing() -> None:
    """Let the process end in order: it has done its work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def stoppable(told: str) -> Iterator[None]:
    """Have SIGTERM stop the block as Ctrl-C does, in order.

    Arguments:
        told: what became of the work.
    """
    stopped = Interrupted

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = Terminated
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        raise stopped(told) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def told_to_stop(grace: float) -> asyncio.Event:
    """Return what Ctrl-C, SIGTERM or a terminal that is closed sets, unless that is ignored, as nohup has it.

    A second signal ends the process, and so does time if something hangs.

    Arguments:
        grace: seconds that tasks under way get to end.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]

    def stop() -> None:
        told.set()
        for number in heeded:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        note(f"Stopping: tasks under way get {grace:g} s (Ctrl-C ends at once)")
        _end_after(grace + LAST)

    for number in heeded:
        loop.add_signal_handler(number, stop)
    return told


def settle() -> None:
    """Have the garbage collector leave alone what was loaded until now, for it stays until the process ends.

    Otherwise each full collection walks all of it, which stops a service for some 40 ms.
    """
    gc.collect()
    gc.freeze()


def _end_after(seconds: float) -> None:
    """End the process then, whatever it hangs in; others take its tasks over when their leases run out."""
    timer = threading.Timer(seconds, os._exit, [1])
    timer.daemon = True
    timer.start()


async def until(told: asyncio.Event, act: Callable[[], Awaitable[object]]) -> None:
    """Do something until it is done, or told to stop: then it is cancelled."""

    async def stop() -> None:
        await told.wait()
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(stop)
        await act()
        group.cancel_scope.cancel()


@asynccontextmanager
async def open_engine(settings: Settings | None = None, *, works: bool | None = False) -> "AsyncIterator[MatchEngine]":
    """Open the engine that the environment describes; *works* as its ``executes``: most commands carry out no tasks."""
    from jobmatch.engine import MatchEngine

    engine = MatchEngine.from_settings(settings, executes=works)
    with waiting("Opening the database …"):
        await engine.__aenter__()
    try:
        yield engine
    finally:
        await engine.__aexit__(None, None, None)


def with_engine(act: "Callable[[MatchEngine], Awaitable[T]]") -> T:
    """Run *act* with the engine that the environment describes, and return what it does."""
    return run(lambda: _acted(act))


async def _acted(act: "Callable[[MatchEngine], Awaitable[T]]") -> T:
    async with open_engine() as engine:
        return await act(engine)
