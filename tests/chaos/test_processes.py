"""Processes that are killed, stopped, frozen and told to end, while tasks go on: the same for each runner."""

import random
import signal
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import parts
import psycopg
import pytest

from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.backends.postgres.database import Database
from jobmatch.engine import MatchEngine
from jobmatch.model import Plan, Task, TaskState
from jobmatch.ports import SearchQuery, SearchResult

if TYPE_CHECKING:
    from subprocess import Popen

Amount = Callable[[int, int], int]
Start = Callable[..., "Popen[str]"]


@pytest.fixture
def start(start: Start, runner: str) -> Start:
    """Start a worker with that runner."""
    return partial(start, runner=runner)


@pytest.fixture
def submitting(url: str, runner: str) -> MatchEngine:
    """An engine that submits, and executes nothing itself."""
    return parts.engine(url, runner=parts.runner(runner, url), executes=False)


async def ended(engine: MatchEngine, tasks: Sequence[Task], *, within: float) -> list[Task]:
    """Return tasks as they ended, all of them in time."""
    with anyio.fail_after(within):
        return [await engine.wait(task.id, owner=parts.OWNER, timeout=within) for task in tasks]


async def submitted(engine: MatchEngine, count: int) -> list[Task]:
    return [await engine.submit(parts.request(f"welder {n}"), owner=parts.OWNER) for n in range(count)]


async def under_way(engine: MatchEngine, task: Task) -> Task:
    """Return a task as soon as somebody works on it."""
    with anyio.fail_after(60):
        async with aclosing(engine.events(task.id, owner=parts.OWNER)) as events:
            async for event in events:
                if event.state is TaskState.PROCESSING:
                    return event
    raise AssertionError


def results(url: str) -> dict[str, int]:
    """Return how many results each task has."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT task_id::text, count(*) FROM match_result GROUP BY task_id").fetchall()
    return dict(rows)


async def test_killed_workers_lose_nothing(url: str, submitting: MatchEngine, start: Start, amount: Amount) -> None:
    """Kill -9 of random ones among several: every task ends, with one result, within its attempts."""
    rng = random.Random(4)
    async with submitting as engine:
        workers = [start(nap=0.1) for _ in range(amount(2, 4))]
        tasks = await submitted(engine, amount(80, 500))
        for _ in range(amount(3, 20)):
            await anyio.sleep(rng.uniform(0.2, 0.8))
            victim = workers.pop(rng.randrange(len(workers)))
            victim.send_signal(signal.SIGKILL)
            workers.append(await anyio.to_thread.run_sync(lambda: start(nap=0.1)))
        done = await ended(engine, tasks, within=120)
    assert {task.state for task in done} == {TaskState.COMPLETED}
    assert max(task.attempts for task in done) <= parts.POLICY.attempts
    assert results(url) == {task.id: 1 for task in tasks}


async def test_a_frozen_worker_comes_back_too_late(
    url: str, submitting: MatchEngine, start: Start, tmp_path: Path
) -> None:
    """SIGSTOP one past its lease, let another finish, SIGCONT: the late one changes nothing."""
    gate = tmp_path / "gate"
    async with submitting as engine:
        frozen = start(gate=gate)
        (task,) = await submitted(engine, 1)
        await under_way(engine, task)
        frozen.send_signal(signal.SIGSTOP)
        other = start(lease=parts.SAFE.lease)
        (before,) = await ended(engine, [task], within=60)
        other.send_signal(signal.SIGKILL)
        gate.touch()
        frozen.send_signal(signal.SIGCONT)
        # The frozen one does its next task after it has tried to end the one before, of which it runs four at once.
        await ended(engine, await submitted(engine, 8), within=60)
        assert await engine.status(task.id, owner=parts.OWNER) == before
    assert (before.state, before.attempts) == (TaskState.COMPLETED, 2)
    assert results(url)[task.id] == 1


async def test_a_deadly_task_fails_and_its_neighbours_go_on(url: str, submitting: MatchEngine, start: Start) -> None:
    """A task that takes its process with it is given up after its attempts."""
    attempts = 2
    async with submitting as engine:
        deadly = await engine.submit(parts.request(parts.DEADLY), owner=parts.OWNER)
        neighbours = await submitted(engine, 10)
        died = 0
        worker = start(attempts=attempts)
        with anyio.fail_after(120):
            while not (await engine.status(deadly.id, owner=parts.OWNER)).state.final:
                if worker.poll() is not None:
                    died += 1
                    worker = await anyio.to_thread.run_sync(lambda: start(attempts=attempts))
                await anyio.sleep(0.05)
        (given_up,) = await ended(engine, [deadly], within=60)
        done = await ended(engine, neighbours, within=60)
    assert given_up.error is not None
    assert (given_up.error.code, given_up.attempts, died) == ("worker_lost", attempts, attempts)
    assert {task.state for task in done} == {TaskState.COMPLETED}


async def test_a_query_is_cancelled_on_the_server_with_its_task(url: str) -> None:
    """One engine works, another cancels: what the first waits for stops, and its connection is used again."""
    database = Database(parts.settings(url))

    class Slow(MemoryJobIndex):
        async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
            await database.fetch("SELECT pg_sleep(600)", {})
            return await super().search(query, plan)

    def asleep() -> bool:
        with psycopg.connect(url) as connection:
            statement = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%'"
            row = connection.execute(statement + " AND pid <> pg_backend_pid()").fetchone()
        return row != (0,)

    async def until(*, is_asleep: bool) -> None:
        with anyio.fail_after(60):
            while True:
                if await anyio.to_thread.run_sync(asleep) == is_asleep:
                    return
                await anyio.sleep(0.05)

    slow = parts.engine(url, jobs=Slow())
    async with database, slow, parts.engine(url, executes=False) as other:
        (task,) = await submitted(other, 1)
        await until(is_asleep=True)
        await other.cancel(task.id, owner=parts.OWNER)
        await until(is_asleep=False)
        assert (await other.status(task.id, owner=parts.OWNER)).state is TaskState.CANCELLED


async def test_a_worker_that_is_told_to_end_hands_back_what_it_cannot_finish(
    url: str, submitting: MatchEngine, start: Start
) -> None:
    """SIGTERM during work: it is gone after the grace time, and another goes on without waiting for the lease."""
    async with submitting as engine:
        worker = start(nap=600, grace=0.3)
        tasks = await submitted(engine, 3)
        for task in tasks:
            await under_way(engine, task)
        worker.send_signal(signal.SIGTERM)
        assert await anyio.to_thread.run_sync(lambda: worker.wait(timeout=60)) == 0
        for task in tasks:
            left = await engine.status(task.id, owner=parts.OWNER)
            assert (left.state, left.attempts) == (TaskState.PENDING, 0)
        start()
        done = await ended(engine, tasks, within=60)
    assert {(task.state, task.attempts) for task in done} == {(TaskState.COMPLETED, 1)}


async def test_a_second_signal_ends_at_once_and_loses_nothing(url: str, submitting: MatchEngine, start: Start) -> None:
    async with submitting as engine:
        worker = start(nap=600, grace=600)
        (task,) = await submitted(engine, 1)
        await under_way(engine, task)
        worker.send_signal(signal.SIGTERM)
        assert worker.stdout
        assert await anyio.to_thread.run_sync(worker.stdout.readline) == "stopping\n"
        assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        assert await anyio.to_thread.run_sync(lambda: worker.wait(timeout=60)) == -signal.SIGTERM
        start()
        (done,) = await ended(engine, [task], within=60)
    assert (done.state, done.attempts) == (TaskState.COMPLETED, 2)
