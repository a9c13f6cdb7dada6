"""`Worker`: carries out one task, from claim to notification.

At least once executed, exactly once answered: whoever lost the lease meanwhile cannot write a result any more.
"""

import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeVar

import anyio
import stamina
from attrs import define

from jobmatch import telemetry
from jobmatch.cancelling import unless_asked
from jobmatch.engine.answer import Answerer
from jobmatch.engine.mishaps import describe, is_transient
from jobmatch.errors import JobmatchError, NotFound, Overloaded, TimedOut, Unavailable, UnreadableRequest
from jobmatch.model import Claim, Result, Task, TaskError, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import JobIndex, Notifier, TaskStore

#: What a store raises that may be written to later: nothing is wrong with what it was given.
_LATER = (Unavailable, Overloaded, TimedOut)
#: Attempts at writing how a task ended before that is logged, and seconds until the last of them starts.
ATTEMPTS, PATIENCE = 10, 30.0
#: Seconds until the next sign of life after one that did not get through, at most.
SOON = 1.0
#: Seconds between the first two of these attempts, about.
FIRST_PAUSE = 0.1
#: Seconds for handing a task back, whatever happens to the worker.
RELEASE = 2.0
#: Seconds that each notifier may take, for the next task waits for it.
TELLING = 30.0
T = TypeVar("T")
_log = logging.getLogger("jobmatch.tasks")


@define
class _Standing:
    """Where the work on a task stands.

    Attributes:
        ending: whether it is over, and its end is being written.
    """

    progress: float = 0.0
    stage: str | None = None
    ending: bool = False

    def __call__(self, progress: float, stage: str) -> None:
        self.progress, self.stage = progress, stage


class Worker:
    """Carries out tasks.

    Arguments:
        tasks: the truth about them.
        jobs: what they are for; tasks for another index are left alone.
        answerer: finds the answers.
        notifiers: told of each task that ended here.
        policy: how long, how often.
    """

    def __init__(
        self,
        *,
        tasks: TaskStore,
        jobs: JobIndex,
        answerer: Answerer,
        notifiers: Sequence[Notifier],
        policy: TaskPolicy,
    ) -> None:
        self._tasks = tasks
        self._jobs = jobs
        self._answerer = answerer
        self._notifiers = notifiers
        self._policy = policy
        self._under_way: dict[str, anyio.CancelScope] = {}

    async def run(self, task_id: str, *, lost: bool) -> float | None:
        """Carry out a task if it is to be had. Never raises, but to be cancelled.

        Arguments:
            task_id: the task.
            lost: whether it may be one whose worker was lost.

        Returns:
            Seconds after which it is to be carried out again; None if it is not.
        """
        policy = self._policy
        if lost and task_id in self._under_way:
            return None  # its worker lives, but its signs of life do not get through
        try:
            with unless_asked("the work on a task"):
                claimed = await self._tasks.claim(
                    task_id, lease=policy.lease, attempts=policy.attempts, lost=lost, scope=self._jobs.scope
                )
                if isinstance(claimed, Claim):
                    return await self._carry_out(claimed)
                if claimed:
                    await self._announce(claimed)
        except Exception as error:
            _log_error(task_id, error)
        return None

    def stop(self, task_id: str) -> None:
        """Stop working on a task, if this does: it has ended."""
        if work := self._under_way.get(task_id):
            work.cancel()

    async def _carry_out(self, claim: Claim) -> float | None:
        standing = _Standing()
        ended, pause = False, None
        with telemetry.timed(telemetry.task_duration), telemetry.counted(telemetry.in_flight):
            async with self._held(claim, standing):
                ended, pause = await self._settle(claim, standing)
        if ended:
            await self._announce_end(claim)
        return pause

    @asynccontextmanager
    async def _held(self, claim: Claim, standing: _Standing) -> AsyncIterator[None]:
        """Renew the lease while the block runs; leave the block when the lease is lost, or the task has ended."""
        try:
            async with anyio.create_task_group() as group:
                with self._reachable(claim.task_id, group.cancel_scope):
                    group.start_soon(self._beat, claim, standing, group.cancel_scope)
                    yield
                group.cancel_scope.cancel()
        except anyio.get_cancelled_exc_class():
            # What cannot be handed back is taken over when its lease has run out.
            with anyio.move_on_after(RELEASE, shield=True), suppress(Unavailable, Overloaded):
                await self._tasks.release(claim)
            raise

    @contextmanager
    def _reachable(self, task_id: str, work: anyio.CancelScope) -> Iterator[None]:
        """Have `stop` reach the work while the block runs, unless another attempt took the task over meanwhile."""
        self._under_way[task_id] = work
        try:
            yield
        finally:
            if self._under_way.get(task_id) is work:
                del self._under_way[task_id]

    async def _beat(self, claim: Claim, standing: _Standing, work: anyio.CancelScope) -> None:
        pause = self._policy.heartbeat
        while (held := await self._renewed(pause, claim, standing)) is not False:
            pause = self._policy.heartbeat if held else min(self._policy.heartbeat, SOON)
        if not standing.ending:  # or else who writes the end finds out whether it was written already
            _log.info("task %s given up: it was cancelled or taken over", claim.task_id)
            work.cancel()

    async def _renewed(self, pause: float, claim: Claim, standing: _Standing) -> bool | None:
        """Give a sign of life after a pause; return whether the lease is held, None if nobody can tell."""
        await anyio.sleep(pause)
        try:
            with unless_asked("the store"):
                return await self._tasks.heartbeat(
                    claim, lease=self._policy.lease, progress=standing.progress, stage=standing.stage
                )
        except Exception as error:  # the result is fenced, so it is safe to go on
            _log.warning("task %s: no heartbeat: %s", claim.task_id, type(error).__name__)
            return None

    async def _settle(self, claim: Claim, standing: _Standing) -> tuple[bool, float | None]:
        """Write the result, or why there is none; return whether that ended it, or the pause before another attempt."""
        try:
            result = await self._answer(claim, standing)
        except Exception as error:
            standing.ending = True
            _log_error(claim.task_id, error)
            return await self._fail(claim, error)
        standing.ending = True
        return await self._end(claim, lambda: self._tasks.finish(claim, result), None), None

    async def _answer(self, claim: Claim, standing: _Standing) -> Result:
        if claim.request is None:
            raise UnreadableRequest("what is stored as the request cannot be read; another release may be able to")
        try:
            with anyio.fail_after(self._policy.timeout) as limit:
                return await self._answerer.answer(claim.request, owner=claim.owner, progress=standing)
        except TimeoutError as error:
            if not limit.cancelled_caught:
                raise
            raise TimedOut(f"an attempt took longer than the {self._policy.timeout:g} s that it may take") from error

    async def _fail(self, claim: Claim, error: Exception) -> tuple[bool, float | None]:
        reason = describe(error)
        again = is_transient(error) and claim.attempts < self._policy.attempts
        pause = self._policy.pause(claim.attempts) if again else None
        written = await self._end(claim, lambda: self._tasks.fail(claim, reason, retry_in=pause), reason)
        return (written, None) if pause is None else (False, pause if written else None)

    async def _end(self, claim: Claim, write: Callable[[], Awaitable[bool]], reason: TaskError | None) -> bool:
        """Write how an attempt ended, and again with growing pauses as long as the store cannot be written to.

        Writing twice is safe, for the first write that got through fences the second. There is no end to it, for to
        give up would cost the task an attempt, or all of them while a disk is full. Where the task was taken over, the
        write tells.

        Returns:
            Whether it is written.
        """
        try:
            with unless_asked("the store"):
                return await write()
        except _LATER:  # the machinery for more is costly, and nearly always not needed
            await anyio.sleep(FIRST_PAUSE)
        return await self._written(claim, write) or await _patiently(lambda: self._ended(claim, reason))

    async def _written(self, claim: Claim, write: Callable[[], Awaitable[bool]]) -> bool:
        while True:
            try:
                return await _patiently(write)
            except _LATER as error:
                _log_error(claim.task_id, error)
            await anyio.sleep(self._policy.poll)

    async def _ended(self, claim: Claim, reason: TaskError | None) -> bool:
        """Tell whether a write that ended a task got through and only the answer was lost: the attempt is the same."""
        try:
            task = await self._tasks.get(claim.task_id, owner=claim.owner)
        except NotFound:  # removed in the meantime
            return False
        state = TaskState.FAILED if reason else TaskState.COMPLETED
        ours = (task.state, task.attempts, task.error) == (state, claim.attempts, reason)
        if ours:
            telemetry.task_changed(task.id, task.state, note="the answer of the store was lost")
        return ours

    async def _announce_end(self, claim: Claim) -> None:
        if not self._notifiers:
            return
        with suppress(NotFound):  # removed in the meantime
            await self._announce(await self._tasks.get(claim.task_id, owner=claim.owner))

    async def _announce(self, task: Task) -> None:
        for notifier in self._notifiers:
            await _notify(notifier, task)


async def _patiently(act: Callable[[], Awaitable[T]]) -> T:
    """Do *act*, and again with growing pauses while the store does not answer."""
    async for attempt in stamina.retry_context(
        on=_LATER, attempts=ATTEMPTS - 1, timeout=PATIENCE, wait_initial=FIRST_PAUSE, wait_max=5.0
    ):
        with attempt, unless_asked("the store"):
            return await act()
    raise AssertionError("retrying ends with an answer or an error")


async def _notify(notifier: Notifier, task: Task) -> None:
    try:
        with anyio.fail_after(TELLING), unless_asked("a notifier"):
            await notifier(task)
    except Exception as error:  # what is told is true already, whether or not somebody hears it
        _log_error(task.id, error)


def _log_error(task_id: str, error: Exception) -> None:
    """Log what went wrong and where. A stranger's message may quote a résumé, so only ours is logged."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    message = str(error) if isinstance(error, JobmatchError) else "".join(traceback.format_tb(error.__traceback__))
    _log.error("task %s: %s: %s", task_id, type(error).__name__, message)
