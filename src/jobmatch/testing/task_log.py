"""The contract of `TaskStore`, as far as the log goes."""

import pytest

from jobmatch.model import Task, TaskError
from jobmatch.ports import TaskStore
from jobmatch.testing.snapshots import REQUEST, result, take

OWNER = "somebody-with-a-name"
PRIVATE = (OWNER, "welder", "night shift", "said by the résumé", "key-of-somebody")
ERROR = TaskError(code="out_of_luck", message="said by the résumé")


class TaskLogContract:
    """Give a fixture ``store``, open and empty. Each change of state is one line, and nothing else is."""

    @pytest.fixture
    def log(self, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
        """What is logged of tasks."""
        caplog.set_level("INFO", "jobmatch.tasks")
        return caplog

    def lines(self, log: pytest.LogCaptureFixture, task: Task) -> list[str]:
        """Return what was logged of a task since the last time, and hold all of it to ids only."""
        lines = [record.getMessage() for record in log.records if record.name == "jobmatch.tasks"]
        log.clear()
        assert not [line for line in lines for text in PRIVATE if text in line]
        start = f"task {task.id} "
        assert all(line.startswith(start) for line in lines)
        return [line.removeprefix(start) for line in lines]

    async def new(self, store: TaskStore, log: pytest.LogCaptureFixture) -> Task:
        """Create a task, and take that from the log."""
        task = await store.create(REQUEST, owner=OWNER)
        assert self.lines(log, task) == ["pending"]
        return task

    async def test_what_is_there_already_is_not_logged_again(
        self, store: TaskStore, log: pytest.LogCaptureFixture
    ) -> None:
        task = await store.create(REQUEST, owner=OWNER, key="key-of-somebody")
        await store.create(REQUEST, owner=OWNER, key="key-of-somebody")
        assert self.lines(log, task) == ["pending"]

    async def test_attempts_are_logged_from_claim_to_end(self, store: TaskStore, log: pytest.LogCaptureFixture) -> None:
        task = await self.new(store, log)
        await store.fail(await take(store, task), ERROR, retry_in=0)
        assert self.lines(log, task) == ["processing, attempt 1", "pending, tried again in 0.0 s"]
        await store.release(await take(store, task))
        assert self.lines(log, task) == ["processing, attempt 2", "pending, handed back"]
        claim = await take(store, task)
        await store.heartbeat(claim, lease=60, progress=0.5, stage="search")
        await store.finish(claim, result(2))
        assert self.lines(log, task) == ["processing, attempt 2", "completed"]

    async def test_an_end_without_a_result_is_logged_with_its_code(
        self, store: TaskStore, log: pytest.LogCaptureFixture
    ) -> None:
        task = await self.new(store, log)
        await store.fail(await take(store, task), ERROR)
        assert self.lines(log, task) == ["processing, attempt 1", "failed, out_of_luck"]
        await store.retry(task.id, owner=OWNER)
        await store.retry(task.id, owner=OWNER)
        assert self.lines(log, task) == ["pending, as if new"]
        await store.cancel(task.id, owner=OWNER)
        await store.cancel(task.id, owner=OWNER)
        assert self.lines(log, task) == ["cancelled"]

    async def test_a_lost_worker_is_logged_when_somebody_takes_over(
        self, store: TaskStore, log: pytest.LogCaptureFixture
    ) -> None:
        task = await self.new(store, log)
        for _ in range(2):
            await take(store, task, lease=0)
        await store.claim(task.id, lease=60, attempts=2)
        assert self.lines(log, task) == ["processing, attempt 1", "processing, attempt 2", "failed, worker_lost"]

    async def test_what_changes_nothing_is_not_logged(self, store: TaskStore, log: pytest.LogCaptureFixture) -> None:
        task = await self.new(store, log)
        stale = await take(store, task, lease=0)
        await take(store, task)
        self.lines(log, task)
        await store.heartbeat(stale, lease=60)
        await store.finish(stale, result(1))
        await store.fail(stale, ERROR)
        await store.fail(stale, ERROR, retry_in=1)
        await store.release(stale)
        await store.claim(task.id, lease=60, attempts=9)
        await store.purge(age=0)
        assert self.lines(log, task) == []

    async def test_what_is_removed_is_logged(self, store: TaskStore, log: pytest.LogCaptureFixture) -> None:
        withdrawn = await self.new(store, log)
        await store.withdraw(withdrawn.id)
        await store.withdraw(withdrawn.id)
        assert self.lines(log, withdrawn) == ["removed"]
        task = await self.new(store, log)
        await store.cancel(task.id, owner=OWNER)
        await store.purge(age=0)
        assert self.lines(log, task) == ["cancelled", "removed"]
