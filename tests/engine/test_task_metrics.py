"""What is measured of tasks: those that this process works on, and all that wait in the store."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import pytest

from jobmatch import telemetry
from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.model import Claim, MatchRequest, Result, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import Execute, TaskRunner

Make = Callable[..., MatchEngine]
#: Looks at the store so rarely that a test sees the first only.
PATIENT = TaskPolicy(poll=600)


class Instrument:
    """Stands in for one: what was set last, or what all that was added comes to."""

    def __init__(self) -> None:
        self.value: float = -1
        self.measured = anyio.Event()

    def set(self, value: float) -> None:
        self.value = value
        self.measured.set()

    def add(self, amount: float) -> None:
        self.value += amount


class Keeping(TaskRunner):
    """Takes tasks, and executes those that it is told to."""

    def __init__(self) -> None:
        self.execute: Execute | None = None

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        self.execute = execute
        yield

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        pass


async def test_the_depth_of_the_queue_is_what_waits_in_the_store(
    make_engine: Make, welder: MatchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Submitted by two processes, measured by a third; what was cancelled does not wait."""
    depth = Instrument()
    monkeypatch.setattr(telemetry, "queue_depth", depth)
    store = MemoryTaskStore()
    for owner in ("ada", "bob"):
        async with make_engine(tasks=store, runner=Keeping(), executes=False) as submitting:
            tasks = [await submitting.submit(welder, owner=owner) for _ in range(3)]
            await submitting.cancel(tasks[0].id, owner=owner)
    assert depth.value == -1  # whoever executes nothing does not count
    async with make_engine(tasks=store, runner=Keeping(), policy=PATIENT):
        with anyio.fail_after(60):
            await depth.measured.wait()
    assert depth.value == 4


async def test_what_is_worked_on_here_is_in_flight_until_it_ends(
    make_engine: Make, welder: MatchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight = Instrument()
    in_flight.value = 0
    monkeypatch.setattr(telemetry, "in_flight", in_flight)
    seen: list[float] = []

    class Watched(MemoryTaskStore):
        async def finish(self, claim: Claim, result: Result) -> bool:
            seen.append(in_flight.value)
            return await super().finish(claim, result)

    runner = Keeping()
    async with make_engine(tasks=Watched(), runner=runner, policy=PATIENT) as engine:
        task = await engine.submit(welder, owner="ada")
        assert in_flight.value == 0
        assert runner.execute
        await runner.execute(task.id)
        assert (await engine.status(task.id, owner="ada")).state is TaskState.COMPLETED
    assert (seen, in_flight.value) == ([1], 0)
