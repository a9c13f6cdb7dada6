"""`HandOver`: from the engine to the runner, and the memory of what is here."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from jobmatch.ports import TaskRunner


class HandOver:
    """Hands tasks to the runner, each once as long as it waits in this process.

    Arguments:
        runner: executes them, here or elsewhere.
        executes: whether this process executes what it hands over.
        patience: seconds that a task may wait here before the runner is believed to have lost it.
    """

    def __init__(self, runner: TaskRunner, *, executes: bool, patience: float) -> None:
        self._runner = runner
        self._patience = patience
        self._remembers = executes and not runner.durable
        #: Until when each is believed to wait.
        self._waiting: dict[str, float] = {}
        self._found: set[str] = set()
        self._taken: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many tasks wait in this process."""
        return len(self._waiting)

    @property
    def found(self) -> int:
        """How many of them were found in the store."""
        return len(self._found)

    async def put(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        """Hand a task over, unless it waits here already.

        Raises:
            Overloaded: too many tasks wait.
        """
        if task_id in self._waiting:
            return
        if self._remembers and connection is None:
            # Before it is handed over, for the runner may begin at once.
            self._waiting[task_id] = anyio.current_time() + delay + self._patience
        try:
            await self._runner.enqueue(task_id, connection=connection, delay=delay)
        except BaseException:
            self._waiting.pop(task_id, None)
            raise

    async def put_anew(self, task_id: str) -> None:
        """Hand over a task whose pause is over before its time, even if it waits here for the end of that.

        Raises:
            Overloaded: too many tasks wait.
        """
        self._waiting.pop(task_id, None)
        await self.put(task_id)

    async def put_found(self, task_id: str) -> None:
        """Hand over a task that was found in the store, unless it is being carried out here by now.

        Raises:
            Overloaded: too many tasks wait.
        """
        if task_id not in self._taken and task_id not in self._waiting:
            await self.put(task_id)
            if task_id in self._waiting:
                self._found.add(task_id)

    @contextmanager
    def taken(self, task_id: str) -> Iterator[None]:
        """Note that a task waits no longer, and is carried out while the block runs."""
        self._drop(task_id)
        self._taken.add(task_id)
        try:
            yield
        finally:
            self._taken.discard(task_id)

    def doubt(self) -> None:
        """Forget those that have waited for so long that the runner may have lost them.

        If it has not, it gets them twice, which is allowed, and whoever claims one first carries it out.
        """
        now = anyio.current_time()
        for task_id in [task_id for task_id, until in self._waiting.items() if until < now]:
            self._drop(task_id)

    def _drop(self, task_id: str) -> None:
        self._waiting.pop(task_id, None)
        self._found.discard(task_id)

    def forget(self) -> None:
        """Note that none waits any longer: the runner has stopped."""
        self._waiting.clear()
        self._found.clear()
