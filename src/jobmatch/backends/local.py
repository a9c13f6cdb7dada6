"""`LocalTaskRunner`: a task group in this process. The embedded default."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from jobmatch.errors import Overloaded
from jobmatch.ports import Execute, TaskRunner

if TYPE_CHECKING:
    from jobmatch.plugins import Backends


class LocalTaskRunner(TaskRunner):
    """Executes tasks in this process, a bounded number at once, behind a bounded queue.

    Arguments:
        concurrency: tasks executed at once.
        queue_size: tasks that may wait; one more is refused.
        grace: seconds that tasks under way get to end when the runner closes.
    """

    def __init__(self, *, concurrency: int = 8, queue_size: int = 1_000, grace: float = 5.0) -> None:
        self._concurrency = concurrency
        self._queue_size = queue_size
        self._grace = grace
        self._queue: MemoryObjectSendStream[str] | None = None

    @asynccontextmanager
    async def serving(self, execute: Execute) -> AsyncIterator[None]:
        self._queue, waiting = anyio.create_memory_object_stream[str](self._queue_size)
        async with anyio.create_task_group() as group:
            for _ in range(self._concurrency):
                group.start_soon(self._work, execute, waiting.clone())
            waiting.close()
            try:
                yield
            finally:
                self._close()
                group.cancel_scope.deadline = anyio.current_time() + self._grace

    async def _work(self, execute: Execute, waiting: MemoryObjectReceiveStream[str]) -> None:
        with waiting:
            async for task_id in waiting:
                if self._queue is None:
                    return
                await execute(task_id)

    def _close(self) -> None:
        if self._queue is not None:
            self._queue.close()
        self._queue = None

    async def enqueue(self, task_id: str) -> None:
        if self._queue is None:
            raise Overloaded("the engine is closed; open it with 'async with'", retry_after=math.inf)
        try:
            self._queue.send_nowait(task_id)
        except anyio.WouldBlock:
            raise Overloaded(f"{self._queue_size:,} tasks wait already; try again in a moment") from None


def from_backends(backends: "Backends") -> LocalTaskRunner:
    """Make the runner as the settings say."""
    settings = backends.settings
    return LocalTaskRunner(concurrency=settings.concurrency, queue_size=settings.queue_size)
