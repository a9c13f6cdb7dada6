"""The contract of `TaskStore`."""

from uuid import UUID

import anyio
import attrs
import pytest

from jobmatch.errors import InvalidInput, KeyReused, TaskFailed, TaskNotCompleted, TaskNotFound
from jobmatch.model import Claim, Filters, Profile, TaskError, TaskState
from jobmatch.model.task import WORKER_LOST
from jobmatch.ports import Change, TaskStore
from jobmatch.testing.snapshots import LEASE, REQUEST, UNKNOWN, SnapshotContract, result, take
from jobmatch.testing.task_log import TaskLogContract


class TaskStoreContract(SnapshotContract, TaskLogContract):
    """Give a fixture ``store``, open and empty."""

    async def test_a_new_task_is_pending(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert (task.state, task.owner, task.attempts) == (TaskState.PENDING, "ada", 0)
        assert task.created_at.utcoffset() is not None
        assert await store.get(task.id, owner="ada") == task

    async def test_ids_are_not_repeated(self, store: TaskStore) -> None:
        ids = {(await store.create(REQUEST, owner="ada")).id for _ in range(20)}
        assert len(ids) == 20

    async def test_a_key_gives_the_same_task_whatever_became_of_it(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada", key="k")
        assert await store.create(REQUEST, owner="ada", key="k") == task
        await store.cancel(task.id, owner="ada")
        assert (await store.create(REQUEST, owner="ada", key="k")).state is TaskState.CANCELLED
        assert len((await store.list(owner=None, limit=10))[0]) == 1

    async def test_one_key_given_by_many_at_once_makes_one_task(self, store: TaskStore) -> None:
        ids: list[str] = []

        async def create() -> None:
            ids.append((await store.create(REQUEST, owner="ada", key="k")).id)

        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(create)
        assert (len(ids), len(set(ids))) == (100, 1)

    async def test_a_key_is_its_owners_alone(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada", key="k")
        other = attrs.evolve(REQUEST, limit=3)
        assert (await store.create(other, owner="bob", key="k")).id != task.id
        assert (await store.create(REQUEST, owner="ada", key="another")).id != task.id

    async def test_a_key_does_not_serve_another_request(self, store: TaskStore) -> None:
        await store.create(REQUEST, owner="ada", key="k")
        with pytest.raises(KeyReused, match="new key"):
            await store.create(attrs.evolve(REQUEST, limit=3), owner="ada", key="k")

    @pytest.mark.parametrize("key", ["", "x" * 256, "a\x00b", "line\n"])
    async def test_a_strange_key_is_refused(self, store: TaskStore, key: str) -> None:
        with pytest.raises(InvalidInput, match="1 to 255 printable"):
            await store.create(REQUEST, owner="ada", key=key)

    @pytest.mark.parametrize("task_id", [UNKNOWN, "nonsense", "", "x' OR '1'='1", "ü" * 300])
    async def test_unknown_ids_are_not_found(self, store: TaskStore, task_id: str) -> None:
        with pytest.raises(TaskNotFound):
            await store.get(task_id, owner="ada")
        with pytest.raises(TaskNotFound):
            await store.cancel(task_id, owner="ada")
        with pytest.raises(TaskNotFound):
            await store.results(task_id, owner="ada", limit=1)
        assert await store.claim(task_id, lease=LEASE, attempts=9) is None

    async def test_an_id_may_be_spelled_in_several_ways(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        known = UUID(task.id)
        for task_id in (str(known).upper(), known.hex, known.urn):
            assert (await store.get(task_id, owner="ada")).id == task.id
            assert (await store.cancel(task_id, owner="ada")).id == task.id
            assert (await store.retry(task_id, owner="ada")).state is TaskState.PENDING
            with pytest.raises(TaskNotCompleted):
                await store.results(task_id, owner="ada", limit=1)
            claim = await store.claim(task_id, lease=LEASE, attempts=9)
            assert isinstance(claim, Claim)
            assert claim.task_id == task.id
            assert await store.release(claim)

    async def test_a_task_is_its_owners_alone(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        with pytest.raises(TaskNotFound):
            await store.get(task.id, owner="bob")
        with pytest.raises(TaskNotFound):
            await store.cancel(task.id, owner="bob")
        with pytest.raises(TaskNotFound):
            await store.results(task.id, owner="bob", limit=1)

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
        pending, begun, handed_back = [await store.create(REQUEST, owner="ada") for _ in range(3)]
        await take(store, begun)
        assert await store.fail(await take(store, handed_back), TaskError(code="x", message="x"), retry_in=0)
        assert [await store.withdraw(task.id) for task in (pending, begun, handed_back)] == [True, False, False]
        assert not await store.withdraw(pending.id)
        assert not await store.withdraw("no-such-task")
        with pytest.raises(TaskNotFound):
            await store.get(pending.id, owner="ada")
        assert (await store.get(begun.id, owner="ada")).state is TaskState.PROCESSING

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

    async def test_whichever_index_it_is_for_a_task_is_its_owners(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada", scope="jobs")
        assert await store.get(task.id, owner="ada") == task
        assert (await store.list(owner="ada", limit=10))[0] == [task]
        assert dict(await store.counts()) == {TaskState.PENDING: 1}
        assert (await store.cancel(task.id, owner="ada")).state is TaskState.CANCELLED
        assert (await store.retry(task.id, owner="ada")).state is TaskState.PENDING
        assert list(await store.due(limit=10)) == []
        assert list(await store.due(limit=10, scope="jobs")) == [task.id]
        await store.cancel(task.id, owner="ada")
        assert await store.purge(age=0) == 1

    async def test_a_key_does_not_serve_another_index(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada", key="k", scope="jobs")
        assert await store.create(REQUEST, owner="ada", key="k", scope="jobs") == task
        with pytest.raises(KeyReused):
            await store.create(REQUEST, owner="ada", key="k", scope="other jobs")

    async def test_counts_are_by_state(self, store: TaskStore) -> None:
        assert dict(await store.counts()) == {}
        tasks = [await store.create(REQUEST, owner=owner) for owner in ("ada", "ada", "bob")]
        await take(store, tasks[0])
        assert dict(await store.counts()) == {TaskState.PROCESSING: 1, TaskState.PENDING: 2}
        assert dict(await store.counts(owner="bob")) == {TaskState.PENDING: 1}

    async def test_a_list_can_be_of_one_state(self, store: TaskStore) -> None:
        tasks = [await store.create(REQUEST, owner="ada") for _ in range(3)]
        await store.cancel(tasks[1].id, owner="ada")
        cancelled, _ = await store.list(owner="ada", limit=10, state=TaskState.CANCELLED)
        assert [task.id for task in cancelled] == [tasks[1].id]
        first, cursor = await store.list(owner=None, limit=1, state=TaskState.PENDING)
        second, end = await store.list(owner=None, limit=1, state=TaskState.PENDING, cursor=cursor)
        assert ([task.id for task in [*first, *second]], end) == ([tasks[2].id, tasks[0].id], None)

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

    async def test_a_request_survives_storage_whole(self, store: TaskStore) -> None:
        full = attrs.evolve(
            REQUEST,
            profile=Profile(text='quote " and \\ and ü and 焊工', skills=("C++",), level="senior", vector=[0.6, 0.8]),
            filters=Filters(
                country=["US", "DE"],
                latitude=50.7,
                longitude=7.1,
                radius_km=30,
                experience=["senior", "lead"],
                salary_min=50_000,
                exclude_job_ids=["a", "b"],
            ),
        )
        task = await store.create(full, owner="ada")
        claim = await take(store, task)
        assert claim.request == full
