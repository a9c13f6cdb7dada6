"""`Changes`: wakes those who wait for a task in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio


class Changes:
    """Who waits for which task. What wakes them is a hint to look at the store, nothing more."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Watch]] = {}

    @contextmanager
    def watch(self, task_id: str, *, end: bool = False) -> Iterator["Watch"]:
        """Watch a task; what happens from now on is not missed.

        Arguments:
            task_id: the task.
            end: whether only its end is of interest, so that nobody looks for nothing at each step before.
        """
        watch = Watch(end=end)
        self._waiting.setdefault(task_id, set()).add(watch)
        try:
            yield watch
        finally:
            self._waiting[task_id].discard(watch)
            if not self._waiting[task_id]:
                del self._waiting[task_id]

    def tell(self, task_id: str | None, *, ended: bool = True) -> None:
        """Wake those who watch a task, or with None everybody; without *ended*, not those who wait for its end."""
        tasks = list(self._waiting.values()) if task_id is None else [self._waiting.get(task_id, set())]
        for watches in tasks:
            for watch in watches:
                if ended or not watch.end:
                    watch.wake()


class Watch:
    """One who waits for one task."""

    def __init__(self, *, end: bool) -> None:
        self.end = end
        self._woken = anyio.Event()

    def wake(self) -> None:
        """End the wait, or the next one if nobody waits now."""
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Wait for something to happen, *seconds* at most."""
        with anyio.move_on_after(seconds):
            await self._woken.wait()
        self._woken = anyio.Event()
