"""Workers: leases, signs of life, and what is left behind when an engine closes."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.engine import MatchEngine, work
from jobmatch.errors import DatabaseUnavailable, TaskNotCompleted
from jobmatch.model import Claim, Diagnostics, MatchRequest, Method, Plan, Result, Task, TaskState
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]
NOTHING = Result(matches=(), diagnostics=Diagnostics(plan=Plan(method=Method.EXACT, fetch=100)))


class Gate(HashingEmbedder):
    """Embeds only when it is opened, and says whether it was given up."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.opened, self.left = anyio.Event(), anyio.Event(), anyio.Event()

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self.reached.set()
        try:
            await self.opened.wait()
        finally:
            self.left.set()
        return await super().embed(texts)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def test_a_worker_that_lost_its_lease_writes_nothing(make_engine: Make, welder: MatchRequest) -> None:
    clock, gate, heard = Clock(), Gate(), list[Task]()

    async def hear(task: Task) -> None:
        heard.append(task)

    store = MemoryTaskStore(clock=clock)
    async with make_engine(tasks=store, embedder=gate, notifiers=[hear]) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        clock.now += timedelta(seconds=work.LEASE + 1)
        second = await store.claim(task.id, lease=work.LEASE)
        gate.opened.set()
        await gate.left.wait()
        await anyio.wait_all_tasks_blocked()
        assert (await engine.status(task.id, owner="ada")).state is TaskState.PROCESSING
        assert second is not None
        assert await store.finish(second, NOTHING)
    assert heard == []
    assert (await engine.status(task.id, owner="ada")).total == 0


async def test_a_task_under_way_when_the_engine_closes_is_pending_again(
    make_engine: Make, welder: MatchRequest
) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
    assert gate.left.is_set()
    assert (await engine.status(task.id, owner="ada")).state is TaskState.PENDING
    assert await store.due(limit=1) == [task.id]
    with pytest.raises(TaskNotCompleted):
        await engine.results(task.id, owner="ada")


async def test_another_engine_can_finish_it(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
    async with make_engine(tasks=store) as other:
        await other.run(task.id)
        ended = await other.status(task.id, owner="ada")
    assert (ended.state, ended.attempts) == (TaskState.COMPLETED, 2)


async def test_a_task_ends_within_the_grace_time(make_engine: Make, welder: MatchRequest) -> None:
    gate = Gate()
    async with make_engine(embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        gate.opened.set()
    assert (await engine.status(task.id, owner="ada")).state is TaskState.COMPLETED


async def test_a_task_is_run_once_however_often_it_is_delivered(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine, anyio.create_task_group() as group:
        task = await engine.submit(welder, owner="ada")
        for _ in range(5):
            group.start_soon(engine.run, task.id)
    assert (await engine.status(task.id, owner="ada")).attempts == 1


@pytest.mark.parametrize("task_id", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
async def test_running_what_does_not_exist_does_nothing(make_engine: Make, task_id: str) -> None:
    async with make_engine() as engine:
        await engine.run(task_id)


class Pulse(MemoryTaskStore):
    """Counts signs of life; fails to take the first."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error, self.beats, self.enough = error, 0, anyio.Event()

    async def heartbeat(self, claim: Claim, *, lease: float) -> bool:
        self.beats += 1
        if self.beats == 1:
            raise self.error
        if self.beats == 3:
            self.enough.set()
        return await super().heartbeat(claim, lease=lease)


@pytest.mark.parametrize("error", [DatabaseUnavailable("away for a moment"), RuntimeError("odd")])
async def test_a_worker_gives_signs_of_life_and_survives_a_missed_one(
    make_engine: Make, welder: MatchRequest, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(work, "HEARTBEAT", 0.01)
    gate, store = Gate(), Pulse(error)
    async with make_engine(tasks=store, embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        with anyio.fail_after(10):
            await store.enough.wait()
        gate.opened.set()
        assert (await engine.wait(task.id, owner="ada", timeout=10)).state is TaskState.COMPLETED


async def test_work_stops_when_its_task_is_cancelled(
    make_engine: Make, welder: MatchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "HEARTBEAT", 0.01)
    gate = Gate()
    async with make_engine(embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        await engine.cancel(task.id, owner="ada")
        with anyio.fail_after(10):
            await gate.left.wait()
        later = await engine.submit(welder, owner="ada")
        gate.opened.set()
        assert (await engine.wait(later.id, owner="ada", timeout=10)).state is TaskState.COMPLETED
    assert (await engine.status(task.id, owner="ada")).state is TaskState.CANCELLED


async def test_what_a_closed_engine_left_behind_is_taken_up(make_engine: Make, welder: MatchRequest) -> None:
    store = MemoryTaskStore()
    left = [(await store.create(welder, owner="ada")).id for _ in range(3)]
    cancelled = await store.create(welder, owner="ada")
    await store.cancel(cancelled.id, owner="ada")
    async with make_engine(tasks=store) as engine, anyio.create_task_group() as group:
        group.start_soon(engine.recover)
        for task_id in left:
            assert (await engine.wait(task_id, owner="ada", timeout=10)).state is TaskState.COMPLETED
        group.cancel_scope.cancel()
    assert (await store.get(cancelled.id, owner="ada")).state is TaskState.CANCELLED


async def test_recovering_does_not_repeat_what_waits_here(make_engine: Make, welder: MatchRequest) -> None:
    gate, claims = Gate(), list[str]()

    class CountingStore(MemoryTaskStore):
        async def claim(self, task_id: str, *, lease: float) -> Claim | None:
            claims.append(task_id)
            return await super().claim(task_id, lease=lease)

    async with (
        make_engine(tasks=CountingStore(), embedder=gate, runner=LocalTaskRunner(concurrency=1)) as engine,
        anyio.create_task_group() as group,
    ):
        tasks = [await engine.submit(welder, owner="ada") for _ in range(3)]
        await gate.reached.wait()
        group.start_soon(engine.recover)
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()
        for task in tasks:
            await engine.wait(task.id, owner="ada", timeout=10)
        group.cancel_scope.cancel()
    assert sorted(claims) == sorted(task.id for task in tasks)
