"""What a task is from its first moment on, and whose."""

from uuid import UUID

import anyio
import attrs
import pytest

from jobmatch.errors import InvalidInput, KeyReused, TaskNotCompleted, TaskNotFound
from jobmatch.model import Claim, Filters, Profile, TaskState
from jobmatch.ports import TaskStore
from jobmatch.testing.snapshots import LEASE, REQUEST, UNKNOWN, take


class TaskCreationContract:
    """Part of `TaskStoreContract`: tasks, ids and keys."""

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

    async def test_a_key_does_not_serve_another_index(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada", key="k", scope="jobs")
        assert await store.create(REQUEST, owner="ada", key="k", scope="jobs") == task
        with pytest.raises(KeyReused):
            await store.create(REQUEST, owner="ada", key="k", scope="other jobs")

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
