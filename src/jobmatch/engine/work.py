"""`Worker`: carries out one task, from claim to notification.

At least once executed, exactly once answered: whoever lost the lease meanwhile cannot write a result any more.
"""

import logging
import re
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
import stamina

from jobmatch import telemetry
from jobmatch.engine.answer import Answerer
from jobmatch.errors import InvalidInput, JobmatchError, NotFound, Overloaded, TimedOut, Unavailable
from jobmatch.model import Claim, Task, TaskError
from jobmatch.ports import Notifier, TaskStore

#: Seconds for which a claim holds without a sign of life, and between two signs.
LEASE, HEARTBEAT = 60.0, 20.0
#: Attempts at an answer when something we depend on does not answer, and seconds until the last of them starts.
ATTEMPTS, PATIENCE = 5, 20.0
T = TypeVar("T")
_log = logging.getLogger("jobmatch.tasks")


class Worker:
    """Carries out tasks.

    Arguments:
        tasks: the truth about them.
        answerer: finds the answers.
        notifiers: told of each task that ended here.
    """

    def __init__(self, *, tasks: TaskStore, answerer: Answerer, notifiers: Sequence[Notifier]) -> None:
        self._tasks = tasks
        self._answerer = answerer
        self._notifiers = notifiers

    async def run(self, task_id: str) -> Task | None:
        """Carry out a task if it is to be had; return it as it then is. Never raises, but to be cancelled."""
        try:
            claim = await self._tasks.claim(task_id, lease=LEASE)
            return await self._carry_out(claim) if claim else None
        except Exception as error:
            _log_error(task_id, error)
            return None

    async def _carry_out(self, claim: Claim) -> Task | None:
        _log.info("task %s processing, attempt %d", claim.task_id, claim.attempts)
        written = False
        try:
            with telemetry.timed(telemetry.task_duration):
                async with self._alive(claim):
                    written = await self._settle(claim)
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(2, shield=True):
                await self._tasks.release(claim)
            raise
        return await self._announce(claim) if written else None

    async def _settle(self, claim: Claim) -> bool:
        """Write the result, or why there is none. False if somebody else has taken over."""
        try:
            result = await _patiently(lambda: self._answerer.answer(claim.request, owner=claim.owner))
        except Exception as error:
            _log_error(claim.task_id, error)
            reason = describe(error)
            return await _patiently(lambda: self._tasks.fail(claim, reason))
        # Writing twice is safe, for the first write that got through fences the second.
        return await _patiently(lambda: self._tasks.finish(claim, result))

    @asynccontextmanager
    async def _alive(self, claim: Claim) -> AsyncIterator[None]:
        """Renew the lease while the block runs; leave the block when the lease is lost."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._beat, claim, group.cancel_scope)
            yield
            group.cancel_scope.cancel()

    async def _beat(self, claim: Claim, work: anyio.CancelScope) -> None:
        held = True
        while held:
            await anyio.sleep(HEARTBEAT)
            held = await self._renew(claim)
        _log.info("task %s given up: it was cancelled or taken over", claim.task_id)
        work.cancel()

    async def _renew(self, claim: Claim) -> bool:
        try:
            return await self._tasks.heartbeat(claim, lease=LEASE)
        except Exception as error:  # the result is fenced, so it is safe to go on
            _log.warning("task %s: no heartbeat: %s", claim.task_id, type(error).__name__)
            return True

    async def _announce(self, claim: Claim) -> Task | None:
        try:
            task = await self._tasks.get(claim.task_id, owner=claim.owner)
        except NotFound:
            return None
        _log.info("task %s %s", task.id, task.state)
        for notifier in self._notifiers:
            await _notify(notifier, task)
        return task


async def _patiently(act: Callable[[], Awaitable[T]]) -> T:
    """Do *act*, and again with growing pauses while something that we depend on does not answer."""
    async for attempt in stamina.retry_context(
        on=Unavailable, attempts=ATTEMPTS, timeout=PATIENCE, wait_initial=0.1, wait_max=5.0
    ):
        with attempt:
            return await act()
    raise AssertionError("retrying ends with an answer or an error")


async def _notify(notifier: Notifier, task: Task) -> None:
    try:
        await notifier(task)
    except Exception as error:  # what is told is true already, whether or not somebody hears it
        _log_error(task.id, error)


def describe(error: Exception) -> TaskError:
    """Return what a task's owner may know of an error.

    What is wrong with the request is told as it is. Of what is wrong with us only the kind is told: addresses and the
    like are for the log.
    """
    if not isinstance(error, JobmatchError):
        return TaskError(code="internal", message="an unexpected error; the log has it under the task's id")
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    told = isinstance(error, InvalidInput | TimedOut | Overloaded)
    return TaskError(code=code, message=str(error) if told else (type(error).__doc__ or code).splitlines()[0])


def _log_error(task_id: str, error: Exception) -> None:
    """Log what went wrong and where. A stranger's message may quote a résumé, so only ours is logged."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    message = str(error) if isinstance(error, JobmatchError) else "".join(traceback.format_tb(error.__traceback__))
    _log.error("task %s: %s: %s", task_id, type(error).__name__, message)
