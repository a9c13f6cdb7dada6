"""From a command to the event loop and an open engine."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio

from jobmatch.adapters.cli.group import Interrupted
from jobmatch.adapters.cli.output import waiting
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from jobmatch.engine import MatchEngine

T = TypeVar("T")


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Do asynchronous work and return its result; Ctrl-C cancels it in order."""
    return anyio.run(work)


@contextmanager
def stoppable(told: str) -> Iterator[None]:
    """Have SIGTERM stop the block as Ctrl-C does, in order.

    Arguments:
        told: what became of the work.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(told) from None
    finally:
        signal.signal(signal.SIGTERM, before)


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
