"""Tasks: submitted, waited for, paged through, cancelled, listed."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.engine.upkeep import RECOVERED
from jobmatch.errors import (
    AlreadyFinal,
    InvalidInput,
    NotOpen,
    Overloaded,
    TaskFailed,
    TaskNotCompleted,
    TaskNotFound,
    TimedOut,
)
from jobmatch.model import Claim, Job, MatchRequest, Task, TaskError, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]


class Gate(HashingEmbedder):
    """Embeds postings at once, a request (two texts) only when it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.opened = anyio.Event(), anyio.Event()

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        if len(texts) == 2:
            self.reached.set()
            await self.opened.wait()
        return await super().embed(texts)


async def test_a_task_goes_from_pending_to_results(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        task = await engine.submit(welder, owner="ada")
        assert (task.state, task.owner, task.total) == (TaskState.PENDING, "ada", None)
        ended = await engine.wait(task.id, owner="ada", timeout=60)
        assert (ended.state, ended.total, ended.attempts) == (TaskState.COMPLETED, len(postings), 1)
        assert ended == await engine.status(task.id, owner="ada")
        page = await engine.results(task.id, owner="ada")
    assert page.matches[0].job.title == "Pipe welder"
    assert [match.rank for match in page.matches] == list(range(1, len(postings) + 1))


async def test_the_answer_is_the_one_of_match(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        task = await engine.submit(welder, owner="ada")
        await engine.wait(task.id, owner="ada", timeout=60)
        submitted = await engine.results(task.id, owner="ada")
        in_place = await engine.match(welder, owner="ada")
    assert [m.job.id for m in submitted.matches] == [m.job.id for m in in_place.matches]


async def test_pages_follow_the_snapshot_while_jobs_go(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        task = await engine.submit(welder, owner="ada")
        await engine.wait(task.id, owner="ada", timeout=60)
        first = await engine.results(task.id, owner="ada", limit=3)
        await engine.remove_jobs([job.id for job in postings])
        second = await engine.results(task.id, owner="ada", limit=3, cursor=first.cursor)
        third = await engine.results(task.id, owner="ada", limit=3, cursor=second.cursor)
    ids = [match.job.id for page in (first, second, third) for match in page.matches]
    assert sorted(ids) == [job.id for job in postings]
    assert (third.cursor, third.total) == (None, 8)


@pytest.mark.parametrize("limit", [0, -1, 1_001, 10**9])
async def test_page_sizes_are_bounded(make_engine: Make, welder: MatchRequest, limit: int) -> None:
    async with make_engine() as engine:
        task = await engine.submit(welder, owner="ada")
        with pytest.raises(InvalidInput, match="limit: must be between 1 and 1,000"):
            await engine.results(task.id, owner="ada", limit=limit)
        with pytest.raises(InvalidInput, match="limit: must be between 1 and 1,000"):
            await engine.list(owner="ada", limit=limit)


async def test_a_task_is_its_owners_alone(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine:
        task = await engine.submit(welder, owner="ada")
        with pytest.raises(TaskNotFound):
            await engine.status(task.id, owner="bob")
        with pytest.raises(TaskNotFound):
            await engine.wait(task.id, owner="bob", timeout=60)
        with pytest.raises(TaskNotFound):
            await engine.results(task.id, owner="bob")
        with pytest.raises(TaskNotFound):
            await engine.cancel(task.id, owner="bob")
        assert await engine.list(owner="bob") == ([], None)


async def test_tasks_are_listed_newest_first(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine:
        submitted = [(await engine.submit(welder, owner="ada")).id for _ in range(5)]
        first, cursor = await engine.list(owner="ada", limit=3)
        second, end = await engine.list(owner="ada", limit=3, cursor=cursor)
    assert {task.id for task in [*first, *second]} == set(submitted)
    assert (len(first), len(second), end) == (3, 2, None)


async def test_wait_times_out_and_the_task_goes_on(make_engine: Make, welder: MatchRequest) -> None:
    gate = Gate()
    async with make_engine(embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        with pytest.raises(TimedOut, match="goes on"):
            await engine.wait(task.id, owner="ada", timeout=0.05)
        with pytest.raises(TaskNotCompleted):
            await engine.results(task.id, owner="ada")
        gate.opened.set()
        assert (await engine.wait(task.id, owner="ada", timeout=60)).state is TaskState.COMPLETED


async def test_wait_for_what_has_ended_returns_at_once(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine:
        task = await engine.submit(welder, owner="ada")
        await engine.wait(task.id, owner="ada", timeout=60)
        assert (await engine.wait(task.id, owner="ada", timeout=0)).state is TaskState.COMPLETED


class Distant(MemoryTaskStore):
    """Is asked over a network: every answer comes later."""

    async def get(self, task_id: str, *, owner: str | None) -> Task:
        await anyio.sleep(0.01)
        return await super().get(task_id, owner=owner)


@pytest.mark.parametrize("seconds", [0, 0.001, -1])
async def test_one_look_is_had_however_short_the_wait(make_engine: Make, welder: MatchRequest, seconds: float) -> None:
    gate = Gate()
    async with make_engine(tasks=Distant(), embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        with pytest.raises(TimedOut, match="goes on"):
            await engine.wait(task.id, owner="ada", timeout=seconds)
        gate.opened.set()
        await engine.wait(task.id, owner="ada", timeout=60)
        assert (await engine.wait(task.id, owner="ada", timeout=seconds)).state is TaskState.COMPLETED


async def test_several_can_wait_for_one_task(make_engine: Make, welder: MatchRequest) -> None:
    gate, states = Gate(), []
    async with make_engine(embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")

        async def wait() -> None:
            states.append((await engine.wait(task.id, owner="ada", timeout=60)).state)

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(wait)
            await gate.reached.wait()
            gate.opened.set()
    assert states == [TaskState.COMPLETED] * 5


class CountingStore(MemoryTaskStore):
    """Counts how often it is asked for a task."""

    asked = 0

    async def get(self, task_id: str, *, owner: str | None) -> Task:
        self.asked += 1
        return await super().get(task_id, owner=owner)


async def test_a_time_to_wait_that_is_none_is_refused(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine:
        task = await engine.submit(welder, owner="ada")
        with pytest.raises(InvalidInput, match=r"timeout: must be .* not nan"):
            await engine.wait(task.id, owner="ada", timeout=math.nan)


@pytest.mark.parametrize("owner", ["a\x00da", "\ud800", "a" * 256, 7])
async def test_an_owner_that_cannot_be_stored_is_refused(make_engine: Make, welder: MatchRequest, owner: str) -> None:
    async with make_engine() as engine:
        for ask in (engine.submit, engine.match):
            with pytest.raises(InvalidInput, match="owner: must be a text"):
                await ask(welder, owner=owner)
        with pytest.raises(InvalidInput, match="owner: must be a text"):
            await engine.record("job", kind="saved", owner=owner)


async def test_a_run_that_did_not_end_the_task_does_not_make_waiting_busy(
    make_engine: Make, welder: MatchRequest
) -> None:
    """Another worker holds the task, and the runner delivers it here a second time."""
    store = CountingStore()
    async with make_engine(tasks=store) as engine, anyio.create_task_group() as group:
        task = await store.create(welder, owner="ada")
        await store.claim(task.id, lease=60, attempts=9)

        async def wait() -> None:
            with pytest.raises(TimedOut):
                await engine.wait(task.id, owner="ada", timeout=0.2)

        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        await engine.run(task.id)
    assert store.asked < 20


async def test_a_pending_task_can_be_cancelled(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate, runner=LocalTaskRunner(concurrency=1, grace=0.05)) as engine:
        await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        waiting = await engine.submit(welder, owner="ada")
        assert (await engine.cancel(waiting.id, owner="ada")).state is TaskState.CANCELLED
        with pytest.raises(TaskFailed, match="cancelled"):
            await engine.results(waiting.id, owner="ada")
        gate.opened.set()
    assert (await store.get(waiting.id, owner="ada")).attempts == 0


async def test_a_task_under_way_can_be_cancelled(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    async with make_engine(tasks=store, embedder=gate) as engine:
        task = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        await engine.cancel(task.id, owner="ada")
        gate.opened.set()
        assert (await engine.wait(task.id, owner="ada", timeout=60)).state is TaskState.CANCELLED
    assert (await store.get(task.id, owner="ada")).state is TaskState.CANCELLED


async def test_a_completed_task_stays_so(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine:
        task = await engine.submit(welder, owner="ada")
        await engine.wait(task.id, owner="ada", timeout=60)
        assert (await engine.cancel(task.id, owner="ada")).state is TaskState.COMPLETED


async def test_who_cancels_what_is_final_already_can_be_told(make_engine: Make, welder: MatchRequest) -> None:
    async with make_engine() as engine:
        done = await engine.submit(welder, owner="ada")
        await engine.wait(done.id, owner="ada", timeout=60)
        with pytest.raises(AlreadyFinal, match="completed already"):
            await engine.cancel(done.id, owner="ada", strict=True)
    async with make_engine(embedder=Gate(), runner=LocalTaskRunner(grace=0)) as engine:
        task = await engine.submit(welder, owner="ada")
        assert (await engine.cancel(task.id, owner="ada", strict=True)).state is TaskState.CANCELLED
        with pytest.raises(AlreadyFinal, match="cancelled already"):
            await engine.cancel(task.id, owner="ada", strict=True)


async def test_who_cancels_what_ends_that_moment_is_told_so(make_engine: Make, welder: MatchRequest) -> None:
    class Ending(MemoryTaskStore):
        async def cancel(self, task_id: str, *, owner: str | None) -> Task:
            claim = await self.claim(task_id, lease=60, attempts=9)
            assert isinstance(claim, Claim)
            await self.fail(claim, TaskError(code="odd", message="odd"))
            return await super().cancel(task_id, owner=owner)

    async with make_engine(tasks=Ending(), executes=False) as engine:
        task = await engine.submit(welder, owner="ada")
        with pytest.raises(AlreadyFinal, match="failed already"):
            await engine.cancel(task.id, owner="ada", strict=True)


async def test_what_a_full_queue_refuses_was_never_submitted(make_engine: Make, welder: MatchRequest) -> None:
    gate, store = Gate(), MemoryTaskStore()
    runner = LocalTaskRunner(concurrency=1, queue_size=1, grace=0.05)
    async with make_engine(embedder=gate, tasks=store, runner=runner) as engine:
        begun = await engine.submit(welder, owner="ada")
        await gate.reached.wait()
        accepted = await engine.submit(welder, owner="ada")
        with pytest.raises(Overloaded) as caught:
            await engine.submit(welder, owner="ada")
        assert caught.value.retry_after > 0
        assert {task.id for task in (await engine.list(owner="ada"))[0]} == {begun.id, accepted.id}
        gate.opened.set()
        assert (await engine.wait(accepted.id, owner="ada", timeout=60)).state is TaskState.COMPLETED


async def test_a_closed_engine_takes_no_task(make_engine: Make, welder: MatchRequest) -> None:
    store = MemoryTaskStore()
    engine = make_engine(tasks=store)
    with pytest.raises(NotOpen, match="async with"):
        await engine.submit(welder, owner="ada")
    assert await store.list(owner="ada", limit=10) == ([], None)


class Noting(LocalTaskRunner):
    """Tells which task was handed over last."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        self.last, self.changed = "", anyio.Event()

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        await super().enqueue(task_id, connection=connection, delay=delay)
        self.last = task_id
        self.changed.set()


async def test_however_many_wait_here_a_task_of_somebody_else_is_found(make_engine: Make, welder: MatchRequest) -> None:
    gate, store, runner = Gate(), MemoryTaskStore(), Noting(concurrency=1)
    async with make_engine(embedder=gate, tasks=store, runner=runner, policy=TaskPolicy(poll=0.05)) as engine:
        for _ in range(2 * RECOVERED):
            await engine.submit(welder, owner="ada")
        stray = await store.create(welder, owner="bob")
        with anyio.fail_after(60):
            while runner.last != stray.id:
                runner.changed = anyio.Event()
                await runner.changed.wait()
        gate.opened.set()
        assert (await engine.wait(stray.id, owner="bob", timeout=60)).state is TaskState.COMPLETED


class Taken(MemoryTaskStore):
    """Another process is faster, and takes up every task as soon as it is there."""

    async def create(self, *args: Any, **kwargs: Any) -> Task:
        task = await super().create(*args, **kwargs)
        await self.claim(task.id, lease=60, attempts=1)
        return task


async def test_what_somebody_else_has_begun_is_submitted_though_our_queue_is_full(
    make_engine: Make, welder: MatchRequest
) -> None:
    async with make_engine(tasks=Taken(), runner=LocalTaskRunner(queue_size=0)) as engine:
        task = await engine.submit(welder, owner="ada")
        assert (await engine.status(task.id, owner="ada")).state is TaskState.PROCESSING


async def test_many_tasks_all_end(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        tasks = [await engine.submit(welder, owner=f"owner {n}") for n in range(50)]
        ended = [await engine.wait(task.id, owner=task.owner, timeout=60) for task in tasks]
    assert {(task.state, task.total, task.attempts) for task in ended} == {(TaskState.COMPLETED, 8, 1)}
