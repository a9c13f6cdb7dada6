"""`Tasks`: what an engine does with tasks, put together from those who do it."""

import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio

from jobmatch.cancelling import unless_asked
from jobmatch.engine.changes import Changes
from jobmatch.engine.handover import HandOver
from jobmatch.engine.upkeep import Upkeep
from jobmatch.engine.work import Worker
from jobmatch.errors import AlreadyFinal, Overloaded, TimedOut
from jobmatch.model import MatchRequest, Task, TaskState, fields
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import Change, JobIndex, TaskRunner, TaskStore

#: Seconds that the first look at a task may take, however short somebody wants to wait: it may have ended already.
LOOK = 5.0
#: The greatest age, in seconds, that can be asked for: about a century.
OLDEST = 4e9
_log = logging.getLogger("jobmatch.tasks")


class Tasks:
    """Submits, executes and follows tasks.

    Arguments:
        store: the truth about them.
        runner: executes them, here or elsewhere.
        worker: carries out one.
        jobs: what they are for.
        policy: how long, how often.
        executes: whether tasks are executed in this process.
    """

    def __init__(
        self,
        *,
        store: TaskStore,
        runner: TaskRunner,
        worker: Worker,
        jobs: JobIndex,
        policy: TaskPolicy,
        executes: bool,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._runner = runner
        self._worker = worker
        self._policy = policy
        self._executes = executes
        self._changes = Changes()
        self._handover = HandOver(runner, executes=executes, patience=policy.lease)
        self._upkeep = Upkeep(
            tasks=store,
            jobs=jobs,
            handover=self._handover,
            take_over=self._take_over,
            durable=runner.durable,
            policy=policy,
        )

    async def check(self) -> None:
        """See `TaskStore.check`."""
        await self._store.check()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Take and execute tasks while the block runs."""
        upkeep = self._upkeep
        chores = [upkeep.sweep, upkeep.recover, upkeep.purge, upkeep.count] if self._executes else []
        self._handover.forget()
        async with (
            _beside(lambda: upkeep.listen(self._heard)),
            self._runner.serving(self.run if self._executes else None, scope=self._jobs.scope),
            _beside(*chores),
        ):
            yield

    def _heard(self, change: Change | None) -> None:
        if change is None:
            self._changes.tell(None)
        else:
            self._changes.tell(change.task_id, ended=change.state.final)
        if change is None or change.state is TaskState.PENDING:
            self._upkeep.hint()
        elif change.state is TaskState.CANCELLED:
            self._worker.stop(change.task_id)

    async def submit(self, request: MatchRequest, *, owner: str, key: str | None, connection: object | None) -> Task:
        """See `MatchEngine.submit`."""
        if connection is not None:
            await self._runner.check(connection)
        task = await self._store.create(request, owner=owner, key=key, connection=connection, scope=self._jobs.scope)
        if task.state is not TaskState.PENDING:
            return task
        try:
            await self._handover.put(task.id, connection=connection)
        except Exception:
            # With a key, somebody else may have been told of the task already. Another process may have begun it.
            if key is not None or connection is not None or await self._store.withdraw(task.id):
                raise
        return task

    async def run(self, task_id: str) -> None:
        """Carry out a task. Runners call this; it never raises."""
        with self._handover.taken(task_id):
            pause = await self._worker.run(task_id, lost=False)
        try:
            with unless_asked("the runner"):
                await self._put_back(task_id, pause)
        except Exception:  # it is found in the store
            _log.exception("task %s is not handed over again now", task_id)

    async def _take_over(self, task_id: str) -> None:
        await self._put_back(task_id, await self._worker.run(task_id, lost=True))

    async def _put_back(self, task_id: str, pause: float | None) -> None:
        self._changes.tell(task_id)
        if pause is not None:
            with suppress(Overloaded):  # then it is found in the store
                await self._handover.put(task_id, delay=pause)

    async def wait(self, task_id: str, *, owner: str, seconds: float) -> Task:
        """See `MatchEngine.wait`."""
        seconds = fields.called("timeout", fields.number)(seconds)
        fields.within("timeout", seconds, -math.inf, math.inf)
        begun = anyio.current_time()
        with anyio.move_on_after(max(seconds, LOOK)) as limit, self._changes.watch(task_id, end=True) as watch:
            while not (task := await self._store.get(task_id, owner=owner)).state.final:
                limit.deadline = begun + seconds
                await watch.wait(self._policy.poll)
            return task
        raise TimedOut(f"task {task_id} is not finished after {seconds:g} s; it goes on, ask again")

    async def events(self, task_id: str, *, owner: str) -> AsyncGenerator[Task]:
        """See `MatchEngine.events`."""
        seen: Task | None = None
        with self._changes.watch(task_id) as watch:
            while seen is None or not seen.state.final:
                task = await self._store.get(task_id, owner=owner)
                if task == seen:
                    await watch.wait(self._policy.poll)
                else:
                    seen = task
                    yield task

    async def cancel(self, task_id: str, *, owner: str | None, strict: bool) -> Task:
        """See `MatchEngine.cancel`."""
        if strict:  # afterwards nobody can tell who cancelled it
            _require_open(await self._store.get(task_id, owner=owner))
        task = await self._store.cancel(task_id, owner=owner)
        if task.state is TaskState.CANCELLED:
            self._worker.stop(task.id)
        self._changes.tell(task.id)
        if strict and task.state is not TaskState.CANCELLED:
            raise AlreadyFinal(task.state)
        return task

    async def retry(self, task_id: str, *, owner: str | None) -> Task:
        """See `MatchEngine.retry`."""
        task = await self._store.retry(task_id, owner=owner)
        if task.state is TaskState.PENDING:
            with suppress(Overloaded):  # then it is found in the store
                await self._handover.put_anew(task.id)
        return task

    async def purge(self, *, age: float | None) -> int:
        """See `MatchEngine.purge`."""
        seconds = fields.within("age", age, 0, OLDEST)
        return await self._upkeep.remove(age=self._policy.retention if seconds is None else seconds)


def _require_open(task: Task) -> None:
    if task.state.final:
        raise AlreadyFinal(task.state)


@asynccontextmanager
async def _beside(*acts: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Do things beside the block, as long as it runs. An error of the block leaves as it is, not in a group."""
    failure: Exception | None = None
    async with anyio.create_task_group() as group:
        for act in acts:
            group.start_soon(act)
        try:
            yield
        except Exception as error:
            failure = error
        group.cancel_scope.cancel()
    if failure:
        raise failure
