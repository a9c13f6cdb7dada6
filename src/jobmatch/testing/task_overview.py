"""What can be told of many tasks."""

import anyio
import pytest

from jobmatch.errors import TaskNotFound
from jobmatch.model import TaskError, TaskState
from jobmatch.ports import Change, TaskStore
from jobmatch.testing.snapshots import LEASE, REQUEST, result, take


class TaskOverviewContract:
    """Part of `TaskStoreContract`: what waits, what is there, what goes, what changes."""

    async def test_what_is_pending_is_due_and_what_lost_its_worker_is_lost(self, store: TaskStore) -> None:
        tasks = [await store.create(REQUEST, owner=owner) for owner in ("ada", "bob", "eve", "ada", "bob")]
        for task in tasks[1:3]:
            await take(store, task, lease=0)
        await take(store, tasks[3])
        assert list(await store.due(limit=10)) == [tasks[0].id, tasks[4].id]
        assert list(await store.due(limit=1)) == [tasks[0].id]
        assert list(await store.lost(limit=10)) == [tasks[1].id, tasks[2].id]
        assert list(await store.lost(limit=1)) == [tasks[1].id]

    async def test_due_leaves_out_what_was_touched_lately(self, store: TaskStore) -> None:
        await store.create(REQUEST, owner="ada")
        assert list(await store.due(limit=10, idle=LEASE)) == []

    async def test_counts_are_by_state(self, store: TaskStore) -> None:
        assert dict(await store.counts()) == {}
        tasks = [await store.create(REQUEST, owner=owner) for owner in ("ada", "ada", "bob")]
        await take(store, tasks[0])
        assert dict(await store.counts()) == {TaskState.PROCESSING: 1, TaskState.PENDING: 2}
        assert dict(await store.counts(owner="bob")) == {TaskState.PENDING: 1}

    async def test_counts_are_of_all_tasks_or_of_those_that_are_not_final(self, store: TaskStore) -> None:
        done, failed, cancelled, _ = [await store.create(REQUEST, owner="ada") for _ in range(4)]
        assert await store.finish(await take(store, done), result(1))
        assert await store.fail(await take(store, failed), TaskError(code="x", message="x"))
        await store.cancel(cancelled.id, owner="ada")
        ended = dict.fromkeys((TaskState.COMPLETED, TaskState.FAILED, TaskState.CANCELLED), 1)
        assert dict(await store.counts(owner="ada")) == {TaskState.PENDING: 1, **ended}
        assert dict(await store.counts(owner="ada", final=False)) == {TaskState.PENDING: 1}

    async def test_a_list_can_be_of_one_state(self, store: TaskStore) -> None:
        tasks = [await store.create(REQUEST, owner="ada") for _ in range(3)]
        await store.cancel(tasks[1].id, owner="ada")
        cancelled, _ = await store.list(owner="ada", limit=10, state=TaskState.CANCELLED)
        assert [task.id for task in cancelled] == [tasks[1].id]
        first, cursor = await store.list(owner=None, limit=1, state=TaskState.PENDING)
        second, end = await store.list(owner=None, limit=1, state=TaskState.PENDING, cursor=cursor)
        assert ([task.id for task in [*first, *second]], end) == ([tasks[2].id, tasks[0].id], None)

    async def test_list_gives_the_newest_first_in_pages(self, store: TaskStore) -> None:
        created = [(await store.create(REQUEST, owner="ada")).id for _ in range(5)]
        await store.create(REQUEST, owner="bob")
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            tasks, cursor = await store.list(owner="ada", limit=2, cursor=cursor)
            seen += [task.id for task in tasks]
            await store.create(REQUEST, owner="ada")  # what comes meanwhile moves no page
        assert seen == created[::-1]
        assert cursor is None
        everybody, _ = await store.list(owner=None, limit=10)
        assert len(everybody) == 9

    async def test_purge_removes_what_is_final_with_its_result(self, store: TaskStore) -> None:
        done, cancelled, pending = [await store.create(REQUEST, owner="ada", key=str(n)) for n in range(3)]
        assert await store.finish(await take(store, done), result(1))
        await store.cancel(cancelled.id, owner="ada")
        assert await store.purge(age=LEASE) == 0
        assert await store.purge(age=0, limit=1) == 1
        assert await store.purge(age=0) == 1
        assert (await store.get(pending.id, owner="ada")) == pending
        with pytest.raises(TaskNotFound):
            await store.results(done.id, owner="ada", limit=1)
        assert (await store.create(REQUEST, owner="ada", key="0")).id != done.id

    async def test_changes_of_state_are_told(self, store: TaskStore) -> None:
        heard: list[Change | None] = []
        more = [anyio.Event()]

        def hear(change: Change | None) -> None:
            heard.append(change)
            more.pop().set()
            more.append(anyio.Event())

        async def told(*, count: int) -> list[TaskState | None]:
            with anyio.fail_after(30):
                while len(heard) < count:
                    await more[0].wait()
            return [change.state if change else None for change in heard]

        async with anyio.create_task_group() as group:
            group.start_soon(store.listen, hear)
            assert await told(count=1) == [None]
            task = await store.create(REQUEST, owner="ada")
            assert await store.fail(await take(store, task), TaskError(code="x", message="x"), retry_in=0)
            assert await store.release(await take(store, task))
            assert await store.finish(await take(store, task), result(1))
            states = [
                *[TaskState.PENDING, TaskState.PROCESSING, TaskState.PENDING, TaskState.PROCESSING],
                *[TaskState.PENDING, TaskState.PROCESSING, TaskState.COMPLETED],
            ]
            assert await told(count=8) == [None, *states]
            assert {change.task_id for change in heard if change} == {task.id}
            group.cancel_scope.cancel()
