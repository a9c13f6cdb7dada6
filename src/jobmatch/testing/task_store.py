"""The contract of `TaskStore`."""

import pytest

from jobmatch.errors import TaskFailed, TaskNotFound
from jobmatch.model import Claim, TaskError, TaskState
from jobmatch.model.task import WORKER_LOST
from jobmatch.ports import TaskStore
from jobmatch.testing.snapshots import LEASE, REQUEST, SnapshotContract, result, take
from jobmatch.testing.task_creation import TaskCreationContract
from jobmatch.testing.task_log import TaskLogContract
from jobmatch.testing.task_overview import TaskOverviewContract


class TaskStoreContract(TaskCreationContract, TaskOverviewContract, SnapshotContract, TaskLogContract):
    """Give a fixture ``store``, open and empty."""

    async def test_a_claim_carries_the_request(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        assert (claim.task_id, claim.owner, claim.request, claim.attempts) == (task.id, "ada", REQUEST, 1)
        processing = await store.get(task.id, owner="ada")
        assert (processing.state, processing.attempts) == (TaskState.PROCESSING, 1)
        assert processing.started_at is not None

    async def test_a_task_is_claimed_once(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        await take(store, task)
        assert await store.claim(task.id, lease=LEASE, attempts=9) is None

    async def test_a_lease_that_ran_out_can_be_claimed_again(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        first = await take(store, task, lease=0)
        second = await take(store, task)
        assert second.attempts == 2
        assert second.token != first.token

    async def test_a_stale_claim_changes_nothing(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        stale = await take(store, task, lease=0)
        fresh = await take(store, task)
        assert not await store.heartbeat(stale, lease=LEASE)
        assert not await store.finish(stale, result(1))
        assert not await store.fail(stale, TaskError(code="x", message="x"))
        assert not await store.release(stale)
        assert (await store.get(task.id, owner="ada")).state is TaskState.PROCESSING
        assert await store.finish(fresh, result(2))
        assert (await store.results(task.id, owner="ada", limit=10)).total == 2

    async def test_heartbeat_renews_the_lease(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task, lease=0)
        assert await store.heartbeat(claim, lease=LEASE)
        assert await store.claim(task.id, lease=LEASE, attempts=9) is None

    async def test_a_released_task_is_pending_again(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        assert await store.release(claim)
        assert (await store.get(task.id, owner="ada")).state is TaskState.PENDING
        assert (await take(store, task)).attempts == 1

    async def test_a_task_whose_workers_all_vanish_fails(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        last = [await take(store, task, lease=0, attempts=2) for _ in range(2)][-1]
        assert await store.heartbeat(last, lease=0, progress=0.5, stage="search")
        failed = await store.claim(task.id, lease=LEASE, attempts=2)
        assert failed == await store.get(task.id, owner="ada")
        assert (failed.state, failed.error, failed.attempts) == (TaskState.FAILED, WORKER_LOST, 2)
        assert failed.finished_at is not None
        assert failed.stage is None
        assert await store.claim(task.id, lease=LEASE, attempts=9) is None
        assert not await store.finish(last, result(1))

    async def test_a_task_that_is_ended_unbegun_was_not_started(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        failed = await store.claim(task.id, lease=LEASE, attempts=0)
        assert failed == await store.get(task.id, owner="ada")
        assert (failed.state, failed.attempts, failed.started_at) == (TaskState.FAILED, 0, None)

    async def test_a_task_that_is_put_off_is_pending_until_then(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        error = TaskError(code="embedder_unavailable", message="busy")
        assert await store.fail(await take(store, task), error, retry_in=LEASE)
        waiting = await store.get(task.id, owner="ada")
        assert (waiting.state, waiting.error, waiting.attempts) == (TaskState.PENDING, error, 1)
        assert waiting.not_before is not None
        assert waiting.not_before > waiting.updated_at
        assert waiting.finished_at is None
        assert list(await store.due(limit=10)) == []
        assert await store.claim(task.id, lease=LEASE, attempts=9) is None

    async def test_a_task_that_was_put_off_is_taken_up_again(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert await store.fail(await take(store, task), TaskError(code="x", message="x"), retry_in=0)
        assert list(await store.due(limit=10)) == [task.id]
        second = await take(store, task)
        assert second.attempts == 2
        assert (await store.get(task.id, owner="ada")).not_before is None
        assert await store.finish(second, result(1))
        completed = await store.get(task.id, owner="ada")
        assert (completed.error, completed.not_before) == (None, None)

    async def test_progress_is_told_with_signs_of_life(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert (task.progress, task.stage) == (0.0, None)
        claim = await take(store, task)
        assert await store.heartbeat(claim, lease=LEASE, progress=0.5, stage="search")
        under_way = await store.get(task.id, owner="ada")
        assert (under_way.progress, under_way.stage) == (0.5, "search")
        assert await store.finish(claim, result(1))
        completed = await store.get(task.id, owner="ada")
        assert (completed.progress, completed.stage) == (1.0, None)

    async def test_retry_makes_a_failed_task_as_good_as_new(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert await store.fail(await take(store, task), TaskError(code="x", message="x"))
        again = await store.retry(task.id, owner="ada")
        assert again == await store.get(task.id, owner="ada")
        assert (again.state, again.attempts, again.error, again.finished_at) == (TaskState.PENDING, 0, None, None)
        assert (again.started_at, again.progress, again.stage) == (None, 0.0, None)
        assert (await take(store, task, attempts=1)).attempts == 1

    async def test_a_task_that_is_pending_again_stands_at_the_beginning(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        assert await store.heartbeat(claim, lease=LEASE, progress=0.5, stage="search")
        assert await store.release(claim)
        released = await store.get(task.id, owner="ada")
        assert (released.progress, released.stage) == (0.0, None)

    async def test_retry_does_not_wait_for_what_a_cancelled_task_was_put_off_to(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert await store.fail(await take(store, task), TaskError(code="x", message="x"), retry_in=LEASE)
        assert (await store.cancel(task.id, owner="ada")).not_before is None
        assert (await store.retry(task.id, owner="ada")).not_before is None
        assert list(await store.due(limit=10)) == [task.id]
        assert (await take(store, task)).attempts == 1

    async def test_retry_leaves_alone_what_did_not_fail(self, store: TaskStore) -> None:
        pending, completed = [await store.create(REQUEST, owner="ada") for _ in range(2)]
        assert await store.finish(await take(store, completed), result(1))
        assert (await store.retry(pending.id, owner="ada")) == pending
        assert (await store.retry(completed.id, owner="ada")).state is TaskState.COMPLETED
        with pytest.raises(TaskNotFound):
            await store.retry(pending.id, owner="bob")

    async def test_operators_need_not_name_the_owner(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert await store.get(task.id, owner=None) == task
        assert (await store.cancel(task.id, owner=None)).state is TaskState.CANCELLED
        assert (await store.retry(task.id, owner=None)).state is TaskState.PENDING

    async def test_cancel_ends_a_pending_task(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert (await store.cancel(task.id, owner="ada")).state is TaskState.CANCELLED
        assert await store.claim(task.id, lease=LEASE, attempts=9) is None
        with pytest.raises(TaskFailed):
            await store.results(task.id, owner="ada", limit=1)

    async def test_cancel_fences_a_task_under_way(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        await store.cancel(task.id, owner="ada")
        assert not await store.finish(claim, result(1))
        assert (await store.get(task.id, owner="ada")).state is TaskState.CANCELLED

    async def test_cancel_leaves_a_final_task_alone(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        assert await store.finish(claim, result(1))
        assert (await store.cancel(task.id, owner="ada")).state is TaskState.COMPLETED

    async def test_withdrawn_is_what_nobody_has_begun(self, store: TaskStore) -> None:
        pending, begun, handed_back, ended = [await store.create(REQUEST, owner="ada") for _ in range(4)]
        await take(store, begun)
        await store.cancel(ended.id, owner="ada")  # whose owner may still look at it
        assert await store.fail(await take(store, handed_back), TaskError(code="x", message="x"), retry_in=0)
        assert await store.withdraw(pending.id)
        assert [await store.withdraw(task.id) for task in (begun, handed_back, ended)] == [False] * 3
        assert not await store.withdraw(pending.id)
        assert not await store.withdraw("no-such-task")
        with pytest.raises(TaskNotFound):
            await store.get(pending.id, owner="ada")
        assert (await store.get(begun.id, owner="ada")).state is TaskState.PROCESSING
        assert (await store.get(ended.id, owner="ada")).state is TaskState.CANCELLED

    async def test_a_claim_may_leave_alone_what_lost_its_worker(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert await store.claim(task.id, lease=0, attempts=9, lost=False)
        assert await store.claim(task.id, lease=LEASE, attempts=9, lost=False) is None
        assert (await take(store, task)).attempts == 2
        assert list(await store.lost(limit=10)) == []

    async def test_a_task_is_taken_up_for_its_index_only(self, store: TaskStore) -> None:
        task, other = [await store.create(REQUEST, owner="ada", scope=scope) for scope in ("jobs", "")]
        assert [list(await store.due(limit=10, scope=scope)) for scope in ("jobs", "", "else")] == [
            [task.id],
            [other.id],
            [],
        ]
        assert await store.claim(task.id, lease=LEASE, attempts=9) is None
        assert await store.claim(other.id, lease=LEASE, attempts=9, scope="jobs") is None
        assert await store.claim(task.id, lease=0, attempts=9, scope="jobs")
        assert list(await store.lost(limit=10)) == list(await store.lost(limit=10, scope="else")) == []
        assert list(await store.lost(limit=10, scope="jobs")) == [task.id]
        assert await store.claim(task.id, lease=LEASE, attempts=1) is None
        claim = await store.claim(task.id, lease=LEASE, attempts=9, scope="jobs")
        assert isinstance(claim, Claim)
        assert await store.fail(claim, TaskError(code="x", message="x"), retry_in=0)
        assert list(await store.due(limit=10, scope="jobs")) == [task.id]
