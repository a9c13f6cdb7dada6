"""The runner in this process."""

import anyio
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.errors import Overloaded
from jobmatch.testing import TaskRunnerContract


class TestLocalTaskRunner(TaskRunnerContract):
    @pytest.fixture
    def runner(self) -> LocalTaskRunner:
        return LocalTaskRunner(grace=60)


async def test_a_full_queue_is_refused_and_the_rest_still_runs() -> None:
    go_on, done = anyio.Event(), anyio.Event()
    executed: list[str] = []

    async def execute(task_id: str) -> None:
        await go_on.wait()
        executed.append(task_id)
        if len(executed) == 3:
            done.set()

    runner = LocalTaskRunner(concurrency=1, queue_size=2)
    async with runner.serving(execute):
        await runner.enqueue("0")
        await anyio.wait_all_tasks_blocked()
        await runner.enqueue("1")
        await runner.enqueue("2")
        with pytest.raises(Overloaded, match="2 tasks wait"):
            await runner.enqueue("3")
        go_on.set()
        with anyio.fail_after(60):
            await done.wait()
    assert executed == ["0", "1", "2"]


async def test_what_waits_already_takes_no_more_room() -> None:
    go_on, done = anyio.Event(), anyio.Event()
    executed: list[str] = []

    async def execute(task_id: str) -> None:
        await go_on.wait()
        executed.append(task_id)
        if task_id == "last":
            done.set()

    runner = LocalTaskRunner(concurrency=1, queue_size=3)
    async with runner.serving(execute):
        await runner.enqueue("begun")
        await anyio.wait_all_tasks_blocked()
        await runner.enqueue("begun")
        workers = len(anyio.get_running_tasks())
        for _ in range(9):
            await runner.enqueue("waits")
            await runner.enqueue("waits", delay=0.001)
        with anyio.fail_after(60):
            while len(anyio.get_running_tasks()) > workers:  # noqa: ASYNC110, a timer tells nobody that it is over
                await anyio.sleep(0.001)
        await runner.enqueue("last")
        go_on.set()
        with anyio.fail_after(60):
            await done.wait()
    assert executed == ["begun", "begun", "waits", "last"]


async def test_no_more_than_concurrency_run_at_once() -> None:
    running, most = 0, 0
    runner = LocalTaskRunner(concurrency=3)
    done = anyio.Event()

    async def execute(task_id: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.sleep(0.01)
        running -= 1
        if task_id == "19":
            done.set()

    async with runner.serving(execute):
        for number in range(20):
            await runner.enqueue(str(number))
        with anyio.fail_after(60):
            await done.wait()
    assert most == 3


async def test_closing_cancels_what_outlasts_the_grace_time() -> None:
    started, cancelled = anyio.Event(), anyio.Event()

    async def execute(task_id: str) -> None:
        started.set()
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.set()

    runner = LocalTaskRunner(grace=0.05)
    with anyio.fail_after(60):
        async with runner.serving(execute):
            await runner.enqueue("endless")
            await started.wait()
    assert cancelled.is_set()


async def test_a_closed_runner_refuses() -> None:
    with pytest.raises(Overloaded, match="closed"):
        await LocalTaskRunner().enqueue("task")


async def test_what_is_put_off_finds_its_place_in_a_queue_that_was_full() -> None:
    go_on, done = anyio.Event(), anyio.Event()
    executed: list[str] = []

    async def execute(task_id: str) -> None:
        await go_on.wait()
        executed.append(task_id)
        if len(executed) == 3:
            done.set()

    runner = LocalTaskRunner(concurrency=1, queue_size=1)
    async with runner.serving(execute):
        await runner.enqueue("0")
        await anyio.wait_all_tasks_blocked()
        await runner.enqueue("1")
        await runner.enqueue("later", delay=0.01)
        await anyio.sleep(0.1)  # until it waits for room, though it comes last even if it comes later
        go_on.set()
        with anyio.fail_after(60):
            await done.wait()
    assert executed == ["0", "1", "later"]
