"""`ProcrastinateTaskRunner`: hands tasks over to workers in other processes, by way of the database."""

import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, ClassVar

import attrs

from jobmatch.backends.procrastinate.failures import translating
from jobmatch.backends.procrastinate.joining import driver_of, put_in
from jobmatch.backends.procrastinate.queueing import Lane, job, of_scope, opened, put, register
from jobmatch.backends.procrastinate.worker import Worker, working
from jobmatch.errors import DatabaseUnavailable, Overloaded
from jobmatch.ports import Execute, TaskRunner

if TYPE_CHECKING:
    from procrastinate import App

_log = logging.getLogger("jobmatch.queue")


class ProcrastinateTaskRunner(TaskRunner):
    """Puts tasks into a queue in the database, and takes them out of it where it is given something to execute with.

    Arguments:
        conninfo: returns where the database is, when the runner is opened.
        queue: the queue that tasks are put into.
        priority: of those tasks; higher ones are taken first, from whichever process they come.
        concurrency: tasks executed at once.
        queues: those that tasks are taken from; by default the one that they are put into.
        grace: seconds that tasks under way get to end when the runner closes; then they go back into the queue.
        prepare: called before anything else, to bring the queue's tables up to date; None where somebody else does.
    """

    durable: ClassVar[bool] = True

    def __init__(
        self,
        *,
        conninfo: Callable[[], Awaitable[str]],
        queue: str = "jobmatch",
        priority: int = 0,
        concurrency: int = 8,
        queues: Sequence[str] = (),
        grace: float = 5.0,
        prepare: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._conninfo = conninfo
        self._lane = Lane(queue=queue, priority=priority)
        self._worker = Worker(concurrency=concurrency, queues=queues or [queue], grace=grace)
        self._scope = ""
        self._prepare = prepare
        self._app: App | None = None

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        if self._prepare is not None:
            await self._prepare()
        async with opened(await self._conninfo()) as app:
            if execute is not None:
                register(app, execute)
            self._app, self._scope = app, scope
            worker = attrs.evolve(self._worker, queues=[of_scope(queue, scope) for queue in self._worker.queues])
            try:
                async with working(app, worker) if execute else nullcontext():
                    yield
            finally:
                self._app = None

    async def check(self, connection: object) -> None:
        await driver_of(connection)

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        if self._app is None:
            raise Overloaded("the engine is closed; open it with 'async with'", retry_after=math.inf)
        deferrer = job(self._app, self._lane, task_id, delay=delay, scope=self._scope)
        if connection is not None:
            with translating():
                await put_in(connection, self._app.job_manager, deferrer.job)
            return
        try:
            with translating():
                await put(deferrer)
        except DatabaseUnavailable as error:  # a task is found in the store, so it is only later
            _log.warning("task %s is not handed over now: %s", task_id, error)
