"""`Upkeep`: what an engine does beside its tasks as long as it is open.

It listens for changes, takes up tasks that others left behind, and removes those that were kept long enough.
"""

import anyio

from jobmatch import telemetry
from jobmatch.engine.handover import HandOver
from jobmatch.engine.troubles import Troubles
from jobmatch.errors import Overloaded
from jobmatch.model import TaskState
from jobmatch.model.policy import TaskPolicy, jittered
from jobmatch.ports import Change, Execute, Heard, JobIndex, TaskStore

#: Tasks that are taken up, and that are removed, at once.
RECOVERED, PURGED = 100, 1_000
#: Seconds after which to go on when there is more to take up; a task that was just created gets them, too, to be
#: executed where it was submitted.
SOON = 0.05
#: Seconds between two looks at what was kept long enough, and at how much waits.
PURGE, COUNT = 300.0, 10.0


class Upkeep:
    """Keeps tasks going.

    Arguments:
        tasks: the truth about them.
        jobs: what they are for; tasks for another index are left alone.
        handover: where those go that were left behind.
        take_over: carries out one whose worker was lost.
        durable: whether what waits elsewhere waits safely, so that only what nobody touched for a lease is taken up.
        policy: how often, and what is kept how long.
    """

    def __init__(
        self,
        *,
        tasks: TaskStore,
        jobs: JobIndex,
        handover: HandOver,
        take_over: Execute,
        durable: bool,
        policy: TaskPolicy,
    ) -> None:
        self._tasks = tasks
        self._jobs = jobs
        self._handover = handover
        self._take_over = take_over
        self._idle = policy.lease if durable else 0.0
        self._policy = policy
        self._poll = policy.lease / 2 if durable else policy.poll
        self._woken = anyio.Event()
        self._troubles = Troubles()

    def hint(self) -> None:
        """Look soon whether there is a task to take up."""
        if not self._idle:
            self._woken.set()

    async def listen(self, heard: Heard) -> None:
        """Hear of changes, whatever becomes of the connection."""

        def hear(change: Change | None) -> None:
            if change is None:
                self._troubles.over("listen")
            heard(change)

        while True:
            await self._troubles.unless_it_fails("listen", lambda: self._tasks.listen(hear))
            await anyio.sleep(self._policy.poll)

    async def sweep(self) -> None:
        """Take up pending tasks that nobody works on: those of processes that stopped, and those put off till now."""
        while True:
            self._woken = anyio.Event()
            more = await self._troubles.unless_it_fails("sweep", self._take_up)
            with anyio.move_on_after(SOON if more else jittered(self._poll)):
                await self._woken.wait()
            await anyio.sleep(SOON)

    async def _take_up(self) -> bool:
        """Take up some of the tasks that are due, unless enough wait here; return whether there may be more."""
        self._handover.doubt()
        room = RECOVERED - self._handover.found  # the rest of the queue is for those that are submitted here
        if room <= 0:
            return True
        limit = self._handover.waiting + room  # those that wait here are due as well
        due = await self._tasks.due(limit=limit, idle=self._idle, scope=self._jobs.scope)
        try:
            for task_id in due:
                await self._handover.put_found(task_id)
        except Overloaded:
            return True
        return len(due) == limit

    async def recover(self) -> None:
        """Take over tasks whose worker was lost: one at a time, so that one that is deadly takes no other with it."""
        while True:
            await self._troubles.unless_it_fails("recover", self._recover)
            await anyio.sleep(jittered(self._poll))

    async def _recover(self) -> None:
        for task_id in await self._tasks.lost(limit=RECOVERED, scope=self._jobs.scope):
            await self._take_over(task_id)

    async def purge(self) -> None:
        """Remove tasks that were kept long enough."""
        while True:
            await self._troubles.unless_it_fails("purge", lambda: self.remove(age=self._policy.retention))
            await anyio.sleep(jittered(min(PURGE, self._policy.retention)))

    async def remove(self, *, age: float) -> int:
        """Remove all that has been final for *age* seconds; return how many tasks that were."""
        removed, found = 0, PURGED
        while found == PURGED:
            found = await self._tasks.purge(age=age, limit=PURGED)
            removed += found
        return removed

    async def count(self) -> None:
        """Measure how many tasks wait."""
        while True:
            await self._troubles.unless_it_fails("count", self._count)
            await anyio.sleep(jittered(COUNT))

    async def _count(self) -> bool:
        counts = await self._tasks.counts(final=False)
        telemetry.queue_depth.set(counts.get(TaskState.PENDING, 0))
        return False
