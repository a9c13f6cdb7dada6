"""Who waits for a task asks the store no more often than there is a reason to."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import anyio

from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.model import MatchRequest, Task, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import Heard
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]


class Counting(MemoryTaskStore):
    """Counts how often somebody looks at a task."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def get(self, task_id: str, *, owner: str | None) -> Task:
        self.looks += 1
        return await super().get(task_id, owner=owner)


class Missing(MemoryTaskStore):
    """Tells of no change, until it says that some were missed."""

    async def listen(self, heard: Heard) -> None:
        self.missed = partial(heard, None)
        await super().listen(lambda change: None)


class Gate(HashingEmbedder):
    """Embeds only when it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.opened = anyio.Event(), anyio.Event()

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self.reached.set()
        await self.opened.wait()
        return await super().embed(texts)


async def test_a_step_before_the_end_wakes_nobody_who_waits_for_the_end(
    make_engine: Make, welder: MatchRequest
) -> None:
    store, gate = Counting(), Gate()
    async with make_engine(tasks=store, embedder=gate, executes=False, policy=TaskPolicy(poll=600)) as engine:
        await anyio.wait_all_tasks_blocked()  # it listens from now on; who begins to listen wakes everybody
        task = await engine.submit(welder, owner="ada")
        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:

                async def wait() -> None:
                    await engine.wait(task.id, owner="ada", timeout=60)

                group.start_soon(wait)
                await anyio.wait_all_tasks_blocked()
                group.start_soon(engine.run, task.id)
                await gate.reached.wait()
                await anyio.wait_all_tasks_blocked()
                before = store.looks
                gate.opened.set()
    assert (before, store.looks) == (1, 2)


async def test_who_waits_looks_again_when_changes_were_missed(make_engine: Make, welder: MatchRequest) -> None:
    store, states = Missing(), list[TaskState]()
    async with make_engine(tasks=store, executes=False, policy=TaskPolicy(poll=600)) as engine:
        task = await engine.submit(welder, owner="ada")

        async def wait() -> None:
            states.append((await engine.wait(task.id, owner="ada", timeout=600)).state)

        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                group.start_soon(wait)
                await anyio.wait_all_tasks_blocked()
                await store.cancel(task.id, owner="ada")  # as another process would
                await anyio.wait_all_tasks_blocked()
                assert states == []
                store.missed()
    assert states == [TaskState.CANCELLED]
