"""From a command to the event loop and an open engine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio

from jobmatch.adapters.cli.output import waiting
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from jobmatch.engine import MatchEngine

T = TypeVar("T")


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Do asynchronous work and return its result; Ctrl-C cancels it in order."""
    return anyio.run(work)


@asynccontextmanager
async def open_engine(settings: Settings | None = None) -> "AsyncIterator[MatchEngine]":
    """Open the engine that the environment describes."""
    from jobmatch.engine import MatchEngine

    engine = MatchEngine.from_settings(settings)
    with waiting("Opening the database …"):
        await engine.__aenter__()
    try:
        yield engine
    finally:
        await engine.__aexit__(None, None, None)
