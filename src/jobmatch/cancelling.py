"""Cancellations that nobody asked for.

Who awaits a task of asyncio that somebody else cancelled gets its `CancelledError`, and looks cancelled itself: a call
that several share ends so for all of them when one gives up. Task groups take that for an end in order, and are silent.
"""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from jobmatch.errors import Unavailable


@contextmanager
def unless_asked(who: str, error: type[Unavailable] = Unavailable) -> Iterator[None]:
    """Have a cancellation that was not meant for the block's own task be an error like any other.

    Arguments:
        who: what is called in the block, as it is to be called in the message.
        error: what to raise.
    """
    try:
        yield
    except asyncio.CancelledError as cancelled:
        if _asked():
            raise
        raise error(f"{who} waited for something that somebody else cancelled; trying again may help") from cancelled


def _asked() -> bool:
    """Tell whether this task is being cancelled, by asyncio or by a scope that it is in."""
    task = asyncio.current_task()
    return (task is not None and task.cancelling() > 0) or anyio.current_effective_deadline() == -math.inf
