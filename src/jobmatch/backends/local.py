"""`LocalTaskRunner`: a task group in this process. The embedded default."""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskGroup
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
        self._enqueue: Callable[[str, float], None] = _refuse
        self._queued: set[str] = set()

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        self._enqueue = _leave
        try:
            async with self._executing(execute) if execute else nullcontext():
                yield
        finally:
            self._enqueue = _refuse

    @asynccontextmanager
    async def _executing(self, execute: Execute) -> AsyncIterator[None]:
        self._queued.clear()
        queue, waiting = anyio.create_memory_object_stream[str](self._queue_size)
        async with anyio.create_task_group() as workers, anyio.create_task_group() as timers:
            for _ in range(self._concurrency):
                workers.start_soon(self._work, execute, waiting.clone())
            waiting.close()
            self._enqueue = partial(self._put, queue, timers)
            try:
                yield
            finally:
                self._enqueue = _refuse
                timers.cancel_scope.cancel()
                queue.close()
                workers.cancel_scope.deadline = anyio.current_time() + self._grace

    async def _work(self, execute: Execute, waiting: MemoryObjectReceiveStream[str]) -> None:
        with waiting:
            async for task_id in waiting:
                if self._enqueue is _refuse:
                    return
                self._queued.discard(task_id)
                await execute(task_id)

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        (self._enqueue if connection is None else _leave)(task_id, delay)

    def _put(self, queue: MemoryObjectSendStream[str], timers: TaskGroup, task_id: str, delay: float) -> None:
        if delay:
            timers.start_soon(self._later, queue, task_id, delay)
            return
        if task_id in self._queued:  # an engine that has waited for long hands it over again
            return
        try:
            queue.send_nowait(task_id)
            self._queued.add(task_id)
        except anyio.WouldBlock:
            raise Overloaded(f"{self._queue_size:,} tasks wait already; try again in a moment") from None

    async def _later(self, queue: MemoryObjectSendStream[str], task_id: str, delay: float) -> None:
        await anyio.sleep(delay)
        if task_id not in self._queued:
            self._queued.add(task_id)
            await queue.send(task_id)


def _refuse(task_id: str, delay: float) -> None:
    raise Overloaded("the engine is closed; open it with 'async with'", retry_after=math.inf)


def _leave(task_id: str, delay: float) -> None:
    """Hand nothing over: an engine that executes tasks finds it in the store."""


def from_backends(backends: "Backends") -> LocalTaskRunner:
    """Make the runner as the settings say."""
    settings = backends.settings
    return LocalTaskRunner(concurrency=settings.concurrency, queue_size=settings.queue_size, grace=settings.grace)
