"""What is handed to the runner, and what is remembered of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.engine import MatchEngine
from jobmatch.engine.handover import HandOver
from jobmatch.errors import InvalidInput, Overloaded
from jobmatch.model import Job, MatchRequest, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import Execute, TaskRunner


class Prompt(TaskRunner):
    """Has begun with a task, and is done with it, before the hand-over returns; or is full."""

    def __init__(self, *, executes: bool = True, patience: float = 3_600) -> None:
        self.handover = HandOver(self, executes=executes, patience=patience)
        self.taken: list[str] = []
        self.full = False

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        yield

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        if self.full:
            raise Overloaded("too many wait")
        with self.handover.taken(task_id):
            self.taken.append(task_id)


async def test_what_begins_before_the_hand_over_returns_does_not_wait() -> None:
    runner = Prompt()
    await runner.handover.put("a")
    assert runner.handover.waiting == 0
    await runner.handover.put("a")  # its next attempt
    await runner.handover.put_found("a")
    assert runner.taken == ["a", "a", "a"]
    assert runner.handover.found == 0


async def test_what_was_refused_does_not_wait() -> None:
    runner = Prompt()
    runner.full = True
    with pytest.raises(Overloaded):
        await runner.handover.put("a")
    assert runner.handover.waiting == 0
    runner.full = False
    await runner.handover.put("a")
    assert runner.taken == ["a"]


class Elsewhere(Prompt):
    """Hands on what others begin with, at some time."""

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        self.taken.append(task_id)


class Lasting(Elsewhere):
    durable = True


@pytest.mark.parametrize(
    ("make", "connection", "waiting"),
    [
        (Elsewhere, None, 1),
        (Elsewhere, object(), 0),  # nobody tells whether that is ever committed
        (partial(Elsewhere, executes=False), None, 0),
        (Lasting, None, 0),
    ],
)
async def test_only_what_is_to_be_carried_out_here_waits_here(
    make: Callable[[], Prompt], connection: object | None, waiting: int
) -> None:
    runner = make()
    for _ in range(2):
        await runner.handover.put("a", connection=connection)
    assert runner.handover.waiting == waiting
    assert runner.taken == ["a"] * (2 - waiting)


class Picky(Elsewhere):
    """Takes part in no transaction, and may be out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    async def check(self, connection: object) -> None:
        raise InvalidInput("connection", "must be of another kind")

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        if self.broken:
            raise OSError("no broker")
        await super().enqueue(task_id, connection=connection, delay=delay)


async def test_a_connection_that_the_runner_refuses_leaves_no_task(
    make_engine: Callable[..., MatchEngine], welder: MatchRequest
) -> None:
    async with make_engine(runner=Picky()) as engine:
        with pytest.raises(InvalidInput, match="another kind"):
            await engine.submit(welder, owner="ada", connection=object())
        assert await engine.list(owner="ada") == ([], None)


async def test_a_runner_that_fails_leaves_a_task_only_to_be_asked_for_again(
    make_engine: Callable[..., MatchEngine], welder: MatchRequest
) -> None:
    runner = Picky()
    async with make_engine(runner=runner, executes=False) as engine:
        runner.broken = True
        for key in (None, "k"):
            with pytest.raises(OSError, match="no broker"):
                await engine.submit(welder, owner="ada", key=key)
        [task], _ = await engine.list(owner="ada")
        runner.broken = False
        assert (await engine.submit(welder, owner="ada", key="k")).id == task.id
    assert runner.taken == [task.id]


class Forgetful(LocalTaskRunner):
    """Loses each task the first time."""

    def __init__(self) -> None:
        super().__init__(grace=60)
        self.lost: set[str] = set()

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        if task_id in self.lost:
            await super().enqueue(task_id, connection=connection, delay=delay)
        self.lost.add(task_id)


async def test_what_a_runner_lost_is_handed_to_it_again(
    make_engine: Callable[..., MatchEngine], welder: MatchRequest, postings: list[Job]
) -> None:
    policy = TaskPolicy(lease=0.1, poll=0.02, attempts=1_000)  # a busy machine may lose some of so short leases
    async with make_engine(runner=Forgetful(), policy=policy) as engine:
        await engine.import_jobs(postings)
        task = await engine.submit(welder, owner="ada")
        assert (await engine.wait(task.id, owner="ada", timeout=60)).state is TaskState.COMPLETED


async def test_what_waits_is_not_doubted_before_its_time() -> None:
    runner = Elsewhere(patience=0.0)
    await runner.handover.put("later", delay=3_600)
    await runner.handover.put_found("now")
    await anyio.sleep(0.001)  # the clock goes on
    assert (runner.handover.waiting, runner.handover.found) == (2, 1)
    runner.handover.doubt()
    assert (runner.handover.waiting, runner.handover.found) == (1, 0)
    await runner.handover.put_found("now")
    await runner.handover.put_found("later")
    assert runner.taken == ["later", "now", "now"]
