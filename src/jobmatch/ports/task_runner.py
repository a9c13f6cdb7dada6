"""`TaskRunner`: decides where and when a task is executed."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

#: Carries out one task by id. Never raises: the store is told how it went.
Execute = Callable[[str], Awaitable[None]]


class TaskRunner(ABC):
    """Decides where and when a task is executed. Holds no truth: what it loses can be handed to it again.

    Handing over a task a second time is allowed and cheap; whoever claims it first carries it out.

    Attributes:
        durable: whether what was handed over outlives this process and reaches others. What a runner without this
            loses, or never hears of, engines find in the store: what it lost, when a task's lease would have run out.
    """

    durable: ClassVar[bool] = False

    @abstractmethod
    def serving(self, execute: Execute | None, *, scope: str = "") -> AbstractAsyncContextManager[None]:
        """Return a context in which tasks can be enqueued, and get executed.

        Leaving it takes up no new task and lets those under way end within a grace time, then cancels them.

        Arguments:
            execute: carries out a task; None if this process only hands over, and others execute.
            scope: the index that tasks are for, as `JobIndex.scope` has it: nothing reaches those who serve another.
        """

    async def check(self, connection: object) -> None:  # noqa: B027  most take any, for they leave it alone
        """Refuse a connection of the caller's that `enqueue` cannot use, before the task is created on it.

        Raises:
            InvalidInput: says which it takes.
        """

    @abstractmethod
    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        """Have a task executed soon, at least once unless the process dies.

        Arguments:
            task_id: the task.
            connection: the caller's own, as in `TaskStore.create`: the hand-over takes part in its transaction. A
                runner that keeps nothing in the database hands nothing over then, for engines find the task in the
                store once it is committed.
            delay: seconds before which it must not be executed.

        Raises:
            Overloaded: too many wait already; nothing was enqueued.
        """
