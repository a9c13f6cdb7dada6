"""The contract of `TaskRunner`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import anyio
import pytest

from jobmatch.errors import InvalidInput
from jobmatch.ports import TaskRunner


class TaskRunnerContract:
    """Give a fixture ``runner``, not serving yet."""

    async def test_executes_every_task(self, runner: TaskRunner) -> None:
        executed: list[str] = []
        everything = anyio.Event()

        async def execute(task_id: str) -> None:
            executed.append(task_id)
            if len(set(executed)) == 20:
                everything.set()

        async with runner.serving(execute):
            for number in range(20):
                await runner.enqueue(f"task-{number}")
            with anyio.fail_after(60):
                await everything.wait()
        assert set(executed) == {f"task-{number}" for number in range(20)}

    async def test_enqueue_does_not_wait_for_execution(self, runner: TaskRunner) -> None:
        go_on = anyio.Event()

        async def execute(task_id: str) -> None:
            await go_on.wait()

        async with runner.serving(execute):
            with anyio.fail_after(60):
                await runner.enqueue("task")
            go_on.set()

    async def test_closing_lets_a_task_under_way_end(self, runner: TaskRunner) -> None:
        started, ended = anyio.Event(), anyio.Event()

        async def execute(task_id: str) -> None:
            started.set()
            await anyio.sleep(0.1)
            ended.set()

        async with runner.serving(execute):
            await runner.enqueue("task")
            with anyio.fail_after(60):
                await started.wait()
        assert ended.is_set()

    async def test_a_delayed_task_is_executed_later(self, runner: TaskRunner) -> None:
        executed: dict[str, float] = {}
        done = anyio.Event()

        async def execute(task_id: str) -> None:
            executed[task_id] = anyio.current_time()
            if len(executed) == 2:
                done.set()

        async with runner.serving(execute):
            begun = anyio.current_time()
            await runner.enqueue("later", delay=0.5)
            await runner.enqueue("sooner")
            with anyio.fail_after(60):
                await done.wait()
        assert executed["later"] >= begun + 0.5

    async def test_handing_over_without_executing_is_possible(self, runner: TaskRunner) -> None:
        async with runner.serving(None):
            with anyio.fail_after(60):
                await runner.enqueue("task")

    async def test_tasks_are_executed_beside_one_another(self, runner: TaskRunner) -> None:
        together, there = anyio.Event(), list[str]()

        async def execute(task_id: str) -> None:
            there.append(task_id)
            if len(there) == 3:
                together.set()
            await together.wait()

        async with runner.serving(execute):
            for number in range(3):
                await runner.enqueue(f"task-{number}")
            with anyio.fail_after(60):
                await together.wait()

    async def test_handing_over_again_is_allowed(self, runner: TaskRunner) -> None:
        executed: list[str] = []
        done = anyio.Event()

        async def execute(task_id: str) -> None:
            executed.append(task_id)
            if "last" in executed:
                done.set()

        async with runner.serving(execute):
            for task_id in ("twice", "twice", "last"):
                await runner.enqueue(task_id)
            with anyio.fail_after(60):
                await done.wait()
        assert set(executed) == {"twice", "last"}

    async def test_can_serve_again(self, runner: TaskRunner) -> None:
        for _ in range(2):
            done = anyio.Event()

            async def execute(task_id: str, done: anyio.Event = done) -> None:
                done.set()

            async with runner.serving(execute):
                await runner.enqueue("task")
                with anyio.fail_after(60):
                    await done.wait()


#: Opens a connection of psycopg or SQLAlchemy with a transaction, committed at the end, but not after an error.
Transaction = Callable[[], AbstractAsyncContextManager[object]]


class Back(Exception):
    """Leaves a transaction, which is then rolled back."""


class DurableTaskRunnerContract(TaskRunnerContract):
    """Besides, a fixture ``other``: a runner for the same place, as another process has; and one ``transaction``.

    A fixture ``impatient`` may give a third one whose grace time is short, for one test waits until that is over; the
    grace time of the others has to suffice for a task of a moment, however busy the machine is.
    """

    @pytest.fixture
    def impatient(self, runner: TaskRunner) -> TaskRunner:
        """Do with the one that there is."""
        return runner

    async def test_it_says_so(self, runner: TaskRunner) -> None:
        assert runner.durable

    async def test_what_one_hands_over_another_executes(self, runner: TaskRunner, other: TaskRunner) -> None:
        done = anyio.Event()

        async def execute(task_id: str) -> None:
            done.set()

        async with other.serving(execute), runner.serving(None):
            await runner.enqueue("task")
            with anyio.fail_after(60):
                await done.wait()

    async def test_what_waits_outlives_both(self, runner: TaskRunner, other: TaskRunner) -> None:
        async with runner.serving(None):
            await runner.enqueue("task")
        assert await executed_by(other, "task") == ["task"]

    async def test_a_task_does_not_reach_who_serves_another_index(self, runner: TaskRunner, other: TaskRunner) -> None:
        for scope in ("a" * 200, "jobs"):
            async with runner.serving(None, scope=scope):
                await runner.enqueue(f"for {scope}")
        async with runner.serving(None):
            await runner.enqueue("for none")
        assert await executed_by(other, "for none") == ["for none"]
        assert await executed_by(other, "for jobs", scope="jobs") == ["for jobs"]

    async def test_what_waits_for_another_index_keeps_no_task_from_its_own(
        self, runner: TaskRunner, other: TaskRunner
    ) -> None:
        for scope in ("", "jobs"):
            async with runner.serving(None, scope=scope):
                await runner.enqueue("task")
        assert await executed_by(other, "task", scope="jobs") == ["task"]

    async def test_each_task_is_executed_by_one(self, runner: TaskRunner, other: TaskRunner) -> None:
        executed: list[str] = []
        everything = anyio.Event()

        async def execute(task_id: str) -> None:
            executed.append(task_id)
            if len(executed) == 30:
                everything.set()

        async with runner.serving(execute), other.serving(execute):
            for number in range(30):
                await runner.enqueue(f"task-{number}")
            with anyio.fail_after(60):
                await everything.wait()
        assert len(set(executed)) == 30

    async def test_what_outlasts_the_grace_time_is_handed_back(self, impatient: TaskRunner, other: TaskRunner) -> None:
        started = anyio.Event()

        async def endless(task_id: str) -> None:
            started.set()
            await anyio.sleep_forever()

        with anyio.fail_after(120):
            async with impatient.serving(endless):
                await impatient.enqueue("task")
                await started.wait()
            assert await executed_by(other, "task") == ["task"]

    async def test_a_hand_over_takes_part_in_a_transaction(
        self, runner: TaskRunner, other: TaskRunner, transaction: Transaction
    ) -> None:
        async with runner.serving(None), transaction() as connection:
            for _ in range(2):
                await runner.enqueue("task", connection=connection)
        assert await executed_by(other, "task") == ["task"]

    async def test_a_hand_over_that_is_rolled_back_never_was(
        self, runner: TaskRunner, other: TaskRunner, transaction: Transaction
    ) -> None:
        async with runner.serving(None):
            with pytest.raises(Back):
                await leave(runner, transaction)
            await runner.enqueue("task")
        assert await executed_by(other, "task") == ["task"]

    async def test_what_is_no_connection_is_refused(self, runner: TaskRunner) -> None:
        async with runner.serving(None):
            with pytest.raises(InvalidInput, match="connection: must be one of psycopg"):
                await runner.check(object())
            with pytest.raises(InvalidInput, match="connection: must be one of psycopg"):
                await runner.enqueue("task", connection=object())

    async def test_what_is_taken_is_not_refused_before(self, runner: TaskRunner, transaction: Transaction) -> None:
        async with runner.serving(None), transaction() as connection:
            await runner.check(connection)


async def leave(runner: TaskRunner, transaction: Transaction) -> None:
    """Hand a task over in a transaction that is given up."""
    async with transaction() as connection:
        await runner.enqueue("never", connection=connection)
        raise Back


async def executed_by(runner: TaskRunner, last: str, *, scope: str = "") -> list[str]:
    """Return what a runner executes until it comes to a task."""
    executed: list[str] = []
    done = anyio.Event()

    async def execute(task_id: str) -> None:
        executed.append(task_id)
        if task_id == last:
            done.set()

    async with runner.serving(execute, scope=scope):
        with anyio.fail_after(60):
            await done.wait()
    return executed
