"""Taking jobs out of the queue, and carrying on whatever happens to the server or to other workers."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import anyio
import procrastinate.worker
from attrs import frozen
from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Job, Status

from jobmatch.backends.procrastinate.queueing import JOB

#: Seconds between two looks for jobs: what is found if every notification gets lost.
POLL = 2.0
#: Seconds between two signs of life of a worker, and without one after which its jobs are somebody else's.
HEARTBEAT, STALLED = 10.0, 30.0
#: Seconds until a worker that the server has thrown out starts again.
AGAIN = 1.0
#: Seconds after the grace time in which a worker has stopped, and how often it is cancelled if it has not.
SURELY, CANCELLATIONS = 10.0, 5
_log = logging.getLogger("jobmatch.queue")


@frozen(kw_only=True)
class Worker:
    """What a process takes out of the queue.

    Arguments:
        concurrency: jobs at once.
        queues: where from.
        grace: seconds that jobs under way get when the worker stops; then they go back into the queue.
    """

    concurrency: int
    queues: Sequence[str]
    grace: float


@asynccontextmanager
async def working(app: App, worker: Worker) -> AsyncIterator[None]:
    """Carry out jobs while the block runs; leaving it stops in order, within the grace time and `SURELY` more."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(_hear)
    shift = _Shift(app, worker)
    recovering, running = asyncio.create_task(_recover(app)), asyncio.create_task(shift.run())
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            shift.end()
            await over(recovering, within=0)
            await over(running, within=worker.grace + SURELY)
        loop.set_exception_handler(before)


class _Shift:
    """Workers, one after the other, until it ends.

    It is told to end, not cancelled: a cancellation gets lost while the pool lends a connection.
    """

    def __init__(self, app: App, worker: Worker) -> None:
        self._app = app
        self._worker = worker
        self._current: Any = None  # a worker, whose methods have no types
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Stop in order."""
        self._ended.set()
        if self._current is not None:
            self._current.stop()

    async def run(self) -> None:
        """Work until `end`, whatever happens to the server."""
        while not self._ended.is_set():
            self._current = _hired(self._app, self._worker)
            try:
                await self._current.run()
            except Exception as error:
                _log.warning("the worker was interrupted and starts again: %s", _cause(error))
            with anyio.move_on_after(AGAIN):
                await self._ended.wait()


def _hired(app: App, worker: Worker) -> procrastinate.worker.Worker:
    return procrastinate.worker.Worker(
        app,
        # A name that is used again would hide the jobs of the dead worker that had it.
        name=f"{socket.gethostname()}-{uuid4().hex[:12]}",
        queues=worker.queues,
        concurrency=worker.concurrency,
        shutdown_graceful_timeout=worker.grace,
        fetch_job_polling_interval=POLL,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=STALLED,
        delete_jobs=DeleteJobCondition.ALWAYS.value,  # how a task went is told by its store alone
        install_signal_handlers=False,
    )


async def over(task: "asyncio.Task[None]", *, within: float) -> None:
    """Return when *task* is over: by itself in *within* seconds, or cancelled, several times if it must be.

    In Python 3.11 `asyncio.wait_for`, through which the pool waits, swallows a cancellation that comes in the same
    moment as what it waits for.
    """
    await asyncio.wait([task], timeout=within)
    for _ in range(CANCELLATIONS):
        if task.done():
            break
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN)
    if not task.done():
        _log.error("the worker does not stop, and is left behind")
    elif not task.cancelled() and (error := task.exception()):
        _log.warning("the worker stopped with an error: %s", _cause(error))


async def _recover(app: App) -> None:
    """Put jobs of dead workers back, again and again. No job does this, for that could be stalled itself."""
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(task_name=JOB, seconds_since_heartbeat=STALLED):
                await _put_back(app, job)
            await app.job_manager.prune_stalled_workers(2 * STALLED)
        except ConnectorException as error:
            _log.warning("stalled jobs are not looked for now: %s", _cause(error))
        await asyncio.sleep(HEARTBEAT)


async def _put_back(app: App, job: Job) -> None:
    try:
        await app.job_manager.retry_job(job)
        _log.info("task %s goes back into the queue: its worker is gone", job.task_kwargs.get("task_id"))
    except UniqueViolation:  # it waits there once more already
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    except ConnectorException as error:
        _log.debug("a stalled job was taken up meanwhile: %s", _cause(error))


def _hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say in a line what procrastinate lets fall when the server is gone; all else is told as ever."""
    if isinstance(error := context.get("exception"), ConnectorException):
        _log.warning("a job could not be closed: %s", _cause(error))
        return
    loop.default_exception_handler(context)


def _cause(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__
