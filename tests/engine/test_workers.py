"""Workers: leases, signs of life, and what is left behind when an engine closes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.engine import MatchEngine, work
from jobmatch.errors import DatabaseUnavailable, EmbedderUnavailable, TaskNotCompleted
from jobmatch.model import Claim, Diagnostics, MatchRequest, Method, Plan, Profile, Result, Task, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import Execute, TaskRunner
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]
NOTHING = Result(matches=(), diagnostics=Diagnostics(plan=Plan(method=Method.EXACT, fetch=100)))

POLICY = TaskPolicy()
#: Signs of life every 10 ms; the lease is long, so that a slow machine loses none.
HASTY = TaskPolicy(beats=6_000, poll=0.02, backoff=0.01)


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
        clock.now += timedelta(seconds=POLICY.lease + 1)
        second = await store.claim(task.id, lease=POLICY.lease, attempts=9)
        gate.opened.set()
        await gate.left.wait()
        await anyio.wait_all_tasks_blocked()
        assert (await engine.status(task.id, owner="ada")).state is TaskState.PROCESSING
        assert isinstance(second, Claim)
        assert await store.finish(second, NOTHING)
    assert heard == []
    assert (await store.get(task.id, owner="ada")).total == 0


async def test_a_task_under_way_when_the_engine_closes_is_pending_again(
    make_engine: Make, welder: MatchRequest
) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate, runner=LocalTaskRunner(grace=0)) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
    assert gate.left.is_set()
    assert (await store.get(task.id, owner="ada")).state is TaskState.PENDING
    assert await store.due(limit=1) == [task.id]
    with pytest.raises(TaskNotCompleted):
        await store.results(task.id, owner="ada", limit=1)


async def test_another_engine_can_finish_it(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate, runner=LocalTaskRunner(grace=0)) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
    async with make_engine(tasks=store, executes=False) as other:
        await other.run(task.id)
        ended = await other.status(task.id, owner="ada")
    assert (ended.state, ended.attempts) == (TaskState.COMPLETED, 1)


async def test_a_task_ends_within_the_grace_time(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        gate.opened.set()
    assert (await store.get(task.id, owner="ada")).state is TaskState.COMPLETED


async def test_a_task_is_run_once_however_often_it_is_delivered(make_engine: Make, welder: MatchRequest) -> None:
    store = MemoryTaskStore()
    async with make_engine(tasks=store) as engine, anyio.create_task_group() as group:
        task = await engine.submit(welder, owner="ada")
        for _ in range(5):
            group.start_soon(engine.run, task.id)
    assert (await store.get(task.id, owner="ada")).attempts == 1


@pytest.mark.parametrize("task_id", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
async def test_running_what_does_not_exist_does_nothing(make_engine: Make, task_id: str) -> None:
    async with make_engine() as engine:
        await engine.run(task_id)


class Pulse(MemoryTaskStore):
    """Counts signs of life; fails to take the first."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error, self.beats, self.enough = error, 0, anyio.Event()

    async def heartbeat(self, claim: Claim, *, lease: float, progress: float = 0.0, stage: str | None = None) -> bool:
        self.beats += 1
        if self.beats == 1:
            raise self.error
        if self.beats == 3:
            self.enough.set()
        return await super().heartbeat(claim, lease=lease, progress=progress, stage=stage)


@pytest.mark.parametrize("error", [DatabaseUnavailable("away for a moment"), RuntimeError("odd")])
async def test_a_worker_gives_signs_of_life_and_survives_a_missed_one(
    make_engine: Make, welder: MatchRequest, error: Exception
) -> None:
    gate, store = Gate(), Pulse(error)
    async with make_engine(tasks=store, embedder=gate, policy=HASTY) as engine:
        task = await engine.submit(welder, owner="ada")
        with anyio.fail_after(60):
            await store.enough.wait()
        gate.opened.set()
        assert (await engine.wait(task.id, owner="ada", timeout=60)).state is TaskState.COMPLETED


async def test_work_stops_when_its_task_is_cancelled(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        await engine.cancel(task.id, owner="ada")
        with anyio.fail_after(60):
            await gate.left.wait()
        later = await engine.submit(welder, owner="ada")
        gate.opened.set()
        assert (await engine.wait(later.id, owner="ada", timeout=60)).state is TaskState.COMPLETED
    assert (await store.get(task.id, owner="ada")).state is TaskState.CANCELLED


async def test_work_stops_when_another_process_cancels_its_task(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    policy = TaskPolicy(lease=3_600)  # no sign of life comes in time to stop it
    async with make_engine(tasks=store, embedder=gate, policy=policy) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        await store.cancel(task.id, owner="ada")
        with anyio.fail_after(60):
            await gate.left.wait()


async def test_what_a_closed_engine_left_behind_is_taken_up(make_engine: Make, welder: MatchRequest) -> None:
    store = MemoryTaskStore()
    left = [(await store.create(welder, owner="ada")).id for _ in range(3)]
    cancelled = await store.create(welder, owner="ada")
    await store.cancel(cancelled.id, owner="ada")
    async with make_engine(tasks=store) as engine:
        for task_id in left:
            assert (await engine.wait(task_id, owner="ada", timeout=60)).state is TaskState.COMPLETED
    assert (await store.get(cancelled.id, owner="ada")).state is TaskState.CANCELLED


async def test_recovering_does_not_repeat_what_waits_here_or_is_carried_out(
    make_engine: Make, welder: MatchRequest
) -> None:
    gate, claims, swept = Gate(), list[str](), anyio.Event()

    class CountingStore(MemoryTaskStore):
        async def claim(self, task_id: str, **limits: Any) -> Claim | Task | None:
            claims.append(task_id)
            return await super().claim(task_id, **limits)

        async def due(self, **limits: Any) -> Sequence[str]:
            found = await super().due(**limits)
            if len(found) == 2:
                swept.set()
            before = [] if gate.opened.is_set() else claims
            return [*before, *found]  # as if it had been looked before they were claimed

    runner = LocalTaskRunner(concurrency=1)
    async with make_engine(tasks=CountingStore(), embedder=gate, runner=runner, policy=HASTY) as engine:
        tasks = [await engine.submit(welder, owner="ada") for _ in range(3)]
        await gate.reached.wait()
        with anyio.fail_after(60):
            await swept.wait()
        tasks.append(await engine.submit(welder, owner="ada"))  # comes after what was repeated
        gate.opened.set()
        for task in tasks:
            await engine.wait(task.id, owner="ada", timeout=60)
    assert sorted(claims) == sorted(task.id for task in tasks)


class Crowd(HashingEmbedder):
    """Notes how many of certain texts it embeds at once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text, self._now, self.most = text, 0, 0

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        counted = any(self._text in text for text in texts)
        self._now += counted
        self.most = max(self.most, self._now)
        await anyio.sleep(0.01)
        self._now -= counted
        return await super().embed(texts)


async def test_what_lost_its_worker_is_taken_over_one_at_a_time(make_engine: Make, welder: MatchRequest) -> None:
    """One of them may have taken its process with it; the next process must not lose them all again."""
    store, crowd = MemoryTaskStore(), Crowd("deadly")
    deadly = MatchRequest(profile=Profile(text="deadly"))
    lost = [await store.create(deadly, owner="ada") for _ in range(5)]
    for task in lost:
        await store.claim(task.id, lease=0, attempts=9)
    async with make_engine(tasks=store, embedder=crowd, policy=HASTY) as engine:
        tasks = [*lost, *[await engine.submit(welder, owner="ada") for _ in range(5)]]
        ended = [await engine.wait(task.id, owner="ada", timeout=60) for task in tasks]
        for task in lost:  # a runner that delivers one of them does not get it
            await engine.run(task.id)
    assert [task.attempts for task in ended] == [2] * 5 + [1] * 5
    assert {task.state for task in ended} == {TaskState.COMPLETED}
    assert crowd.most == 1


async def test_what_waited_when_an_engine_closed_is_taken_up_when_it_opens(
    make_engine: Make, welder: MatchRequest
) -> None:
    gate = Gate()
    engine = make_engine(embedder=gate, runner=LocalTaskRunner(concurrency=1, grace=0))
    async with engine:
        tasks = [await engine.submit(welder, owner="ada") for _ in range(4)]
        await gate.reached.wait()
    gate.opened.set()
    async with engine:
        ended = [await engine.wait(task.id, owner="ada", timeout=60) for task in tasks]
    assert {(task.state, task.attempts) for task in ended} == {(TaskState.COMPLETED, 1)}


async def test_what_others_left_does_not_take_all_the_room(make_engine: Make, welder: MatchRequest) -> None:
    store, gate = MemoryTaskStore(), Gate()
    left = [await store.create(welder, owner="eve") for _ in range(200)]
    runner = LocalTaskRunner(concurrency=1, queue_size=150)
    async with make_engine(tasks=store, embedder=gate, runner=runner, policy=HASTY) as engine:
        await gate.reached.wait()
        await anyio.sleep(0.5)  # many looks at the store
        tasks = [await engine.submit(welder, owner="ada") for _ in range(40)]
        gate.opened.set()
        ended = [await engine.wait(task.id, owner=task.owner, timeout=60) for task in [*left, *tasks]]
    assert {(task.state, task.attempts) for task in ended} == {(TaskState.COMPLETED, 1)}


async def test_more_than_there_is_room_for_is_taken_up_in_turn(make_engine: Make, welder: MatchRequest) -> None:
    store = MemoryTaskStore()
    left = [await store.create(welder, owner="eve") for _ in range(30)]
    async with make_engine(tasks=store, runner=LocalTaskRunner(concurrency=1, queue_size=2), policy=HASTY) as engine:
        ended = [await engine.wait(task.id, owner="eve", timeout=60) for task in left]
    assert {(task.state, task.attempts) for task in ended} == {(TaskState.COMPLETED, 1)}


class Handover(TaskRunner):
    """Keeps what is handed over for others; says what it was given to execute with."""

    durable = True

    def __init__(self) -> None:
        self.execute: Execute | None = None
        self.handed_over: list[str] = []
        self.delays: list[float] = []

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        self.execute = execute
        yield

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        self.handed_over.append(task_id)
        self.delays.append(delay)


class Nowhere(Handover):
    """Executes nothing."""

    durable = False


class InTurn(HashingEmbedder):
    """Goes through one gate after the other."""

    def __init__(self, *gates: Gate) -> None:
        super().__init__()
        self._gates = list(gates)

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        return await self._gates.pop(0).embed(texts)


async def test_a_second_attempt_in_the_same_process_stops_when_its_task_is_cancelled(
    make_engine: Make, welder: MatchRequest
) -> None:
    clock, first, second, ended = Clock(), Gate(), Gate(), anyio.Event()
    policy = TaskPolicy(lease=3_600)  # no sign of life comes in time to stop the first
    store = MemoryTaskStore(clock=clock)
    engine = make_engine(tasks=store, embedder=InTurn(first, second), runner=Nowhere(), policy=policy)

    async def run(task_id: str) -> None:
        await engine.run(task_id)
        ended.set()

    async with engine, anyio.create_task_group() as group:
        task = await engine.submit(welder, owner="ada")
        with anyio.fail_after(60):
            group.start_soon(run, task.id)
            await first.reached.wait()
            clock.now += timedelta(seconds=policy.lease + 1)
            other = await store.claim(task.id, lease=policy.lease, attempts=9)
            assert isinstance(other, Claim)
            await store.release(other)
            group.start_soon(engine.run, task.id)
            await second.reached.wait()
            first.opened.set()
            await ended.wait()
            await engine.cancel(task.id, owner="ada")
            await second.left.wait()


class Full(MemoryTaskStore):
    """Cannot be written for a while, except that it can be claimed from."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.room, self.refusing, self.passed_over = anyio.Event(), anyio.Event(), anyio.Event()
        self._refused = self._looked = 0

    async def finish(self, claim: Claim, result: Result) -> bool:
        self._refuse()
        return await super().finish(claim, result)

    async def heartbeat(self, claim: Claim, *, lease: float, progress: float = 0.0, stage: str | None = None) -> bool:
        self._refuse()
        return await super().heartbeat(claim, lease=lease, progress=progress, stage=stage)

    def _refuse(self) -> None:
        if not self.room.is_set():
            self._refused += 1
            if self._refused == 20:
                self.refusing.set()
            raise DatabaseUnavailable("no room on the disk")

    async def lost(self, *, limit: int, scope: str = "") -> Sequence[str]:
        found = await super().lost(limit=limit, scope=scope)
        self._looked += bool(found)
        if self._looked == 3:
            self.passed_over.set()
        return found


async def test_a_full_disk_costs_a_task_no_attempt(
    make_engine: Make, welder: MatchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "ATTEMPTS", 2)
    clock = Clock()
    store = Full(clock)
    async with make_engine(tasks=store, policy=HASTY) as engine:
        task = await engine.submit(welder, owner="ada")
        with anyio.fail_after(60):
            await store.refusing.wait()
            clock.now += timedelta(seconds=HASTY.lease + 1)
            await store.passed_over.wait()
        store.room.set()
        ended = await engine.wait(task.id, owner="ada", timeout=60)
    assert (ended.state, ended.attempts) == (TaskState.COMPLETED, 1)


class Deaf(MemoryTaskStore):
    """Does not tell that a task has ended until it has told that its claim is stale."""

    def __init__(self) -> None:
        super().__init__()
        self.told = False

    async def finish(self, claim: Claim, result: Result) -> bool:
        ended = await super().finish(claim, result)
        if not self.told:
            raise DatabaseUnavailable("the answer was lost")
        return ended

    async def heartbeat(self, claim: Claim, *, lease: float, progress: float = 0.0, stage: str | None = None) -> bool:
        held = await super().heartbeat(claim, lease=lease, progress=progress, stage=stage)
        self.told = self.told or not held
        return held


async def test_an_end_is_told_though_it_first_looked_like_a_lost_lease(make_engine: Make, welder: MatchRequest) -> None:
    heard = list[str]()

    async def hear(task: Task) -> None:
        heard.append(task.id)

    async with make_engine(tasks=Deaf(), notifiers=[hear], policy=HASTY) as engine:
        task = await engine.submit(welder, owner="ada")
        await engine.wait(task.id, owner="ada", timeout=60)
    assert heard == [task.id]


async def test_where_others_execute_a_task_is_only_handed_over(make_engine: Make, welder: MatchRequest) -> None:
    store, runner = MemoryTaskStore(), Handover()
    async with make_engine(tasks=store, runner=runner) as engine:
        task = await engine.submit(welder, owner="ada")
        assert (runner.execute, runner.handed_over) == (None, [task.id])
    async with make_engine(tasks=store, runner=runner, executes=True) as worker:
        assert runner.execute is not None
        await runner.execute(task.id)
        assert (await worker.status(task.id, owner="ada")).state is TaskState.COMPLETED


async def test_what_failed_for_now_is_handed_over_again_for_later(make_engine: Make, welder: MatchRequest) -> None:
    class Away(HashingEmbedder):
        async def embed(self, texts: Sequence[str]) -> "Vectors":
            raise EmbedderUnavailable("it is away")

    runner, policy = Handover(), TaskPolicy(attempts=3, backoff=0.01)
    async with make_engine(runner=runner, embedder=Away(), policy=policy) as engine:
        task = await engine.submit(welder, owner="ada")
        with anyio.fail_after(60):
            while (await engine.status(task.id, owner="ada")).state is TaskState.PENDING:
                await engine.run(task.id)
    assert runner.handed_over == [task.id] * policy.attempts
    first, *later = runner.delays
    assert first == 0
    assert all(0 < delay <= 0.02 for delay in later)


async def test_a_task_that_is_started_again_is_handed_over_again(
    make_engine: Make, welder: MatchRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "jobmatch.tasks")
    runner = Handover()
    async with make_engine(runner=runner) as engine:
        task = await engine.submit(welder, owner="ada")
        await engine.cancel(task.id, owner="ada")
        assert (await engine.retry(task.id, owner=None)).state is TaskState.PENDING
    assert runner.handed_over == [task.id, task.id]
    assert f"task {task.id} pending, as if new" in caplog.messages
