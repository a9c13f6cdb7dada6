"""`Notifier`: told of what has ended."""

from typing import Protocol

from jobmatch.model import Task


class Notifier(Protocol):
    """Told of every task that a worker has ended."""

    async def __call__(self, task: Task) -> None: ...
