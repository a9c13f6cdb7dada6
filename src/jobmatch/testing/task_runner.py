"""The contract of `TaskRunner`."""

import anyio

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
            with anyio.fail_after(30):
                await everything.wait()
        assert set(executed) == {f"task-{number}" for number in range(20)}

    async def test_enqueue_does_not_wait_for_execution(self, runner: TaskRunner) -> None:
        go_on = anyio.Event()

        async def execute(task_id: str) -> None:
            await go_on.wait()

        async with runner.serving(execute):
            with anyio.fail_after(30):
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
            with anyio.fail_after(30):
                await started.wait()
        assert ended.is_set()

    async def test_can_serve_again(self, runner: TaskRunner) -> None:
        for _ in range(2):
            done = anyio.Event()

            async def execute(task_id: str, done: anyio.Event = done) -> None:
                done.set()

            async with runner.serving(execute):
                await runner.enqueue("task")
                with anyio.fail_after(30):
                    await done.wait()
