"""The contract of `Deliveries`."""

import attrs

from jobmatch.callbacks import Deliveries, Delivery
from jobmatch.model import MatchRequest, Task, TaskError, TaskState
from jobmatch.ports import TaskStore
from jobmatch.testing.snapshots import take

URL = "https://example.org/hook?key=value"
LEASE = 60.0
STRANGE = "00000000-0000-4000-8000-000000000000"


async def ended(store: TaskStore, *, url: str | None = URL) -> Task:
    """Return a task that failed."""
    created = await store.create(MatchRequest(keywords="welder", callback_url=url), owner="ada")
    await store.fail(await take(store, created), TaskError(code="internal", message="x"))
    return await store.get(created.id, owner="ada")


class DeliveriesContract:
    """Give fixtures ``deliveries`` and ``store``, open, empty, and of one place."""

    async def test_a_task_keeps_its_url(self, store: TaskStore, deliveries: Deliveries) -> None:
        created = await store.create(MatchRequest(keywords="welder", callback_url=URL), owner="ada")
        assert created.callback_url == URL
        assert (await store.get(created.id, owner="ada")).callback_url == URL

    async def test_what_is_owed_is_claimed(self, store: TaskStore, deliveries: Deliveries) -> None:
        task = await ended(store)
        await deliveries.put(task)
        (delivery,) = await deliveries.claim(limit=10, lease=LEASE)
        assert (delivery.task_id, delivery.url, delivery.attempts) == (task.id, URL, 1)
        assert (delivery.state, delivery.ended_at) == (TaskState.FAILED, task.finished_at)

    async def test_a_task_without_url_owes_nothing(self, store: TaskStore, deliveries: Deliveries) -> None:
        await deliveries.put(await ended(store, url=None))
        assert list(await deliveries.claim(limit=10, lease=LEASE)) == []

    async def test_one_end_is_owed_once(self, store: TaskStore, deliveries: Deliveries) -> None:
        task = await ended(store)
        for _ in range(2):
            await deliveries.put(task)
        (delivery,) = await deliveries.claim(limit=10, lease=LEASE)
        await deliveries.put(task)
        assert await deliveries.close(delivery, delivered=True)
        await deliveries.put(task)
        assert list(await deliveries.claim(limit=10, lease=LEASE)) == []

    async def test_a_claim_is_not_shared(self, store: TaskStore, deliveries: Deliveries) -> None:
        tasks = {(await ended(store)).id: None for _ in range(3)}
        for task_id in tasks:
            await deliveries.put(await store.get(task_id, owner="ada"))
        first = await deliveries.claim(limit=2, lease=LEASE)
        second = await deliveries.claim(limit=2, lease=LEASE)
        assert (len(first), len(second)) == (2, 1)
        assert {delivery.task_id for delivery in (*first, *second)} == set(tasks)

    async def test_a_lease_that_ran_out_fences(self, store: TaskStore, deliveries: Deliveries) -> None:
        await deliveries.put(await ended(store))
        (stale,) = await deliveries.claim(limit=1, lease=0)
        (fresh,) = await deliveries.claim(limit=1, lease=LEASE)
        assert fresh.attempts == 2
        assert not await deliveries.close(stale, delivered=True)
        assert not await deliveries.postpone(stale, seconds=0)
        assert await deliveries.close(fresh, delivered=True)

    async def test_postponed_is_due_later(self, store: TaskStore, deliveries: Deliveries) -> None:
        await deliveries.put(await ended(store))
        (delivery,) = await deliveries.claim(limit=1, lease=LEASE)
        assert await deliveries.postpone(delivery, seconds=LEASE)
        assert list(await deliveries.claim(limit=1, lease=LEASE)) == []

    async def test_postponed_can_be_due_at_once(self, store: TaskStore, deliveries: Deliveries) -> None:
        await deliveries.put(await ended(store))
        (delivery,) = await deliveries.claim(limit=1, lease=LEASE)
        assert await deliveries.postpone(delivery, seconds=0)
        assert not await deliveries.postpone(delivery, seconds=0)
        (again,) = await deliveries.claim(limit=1, lease=LEASE)
        assert again.attempts == 2

    async def test_closed_is_closed(self, store: TaskStore, deliveries: Deliveries) -> None:
        await deliveries.put(await ended(store))
        (delivery,) = await deliveries.claim(limit=1, lease=LEASE)
        assert await deliveries.close(delivery, delivered=False)
        assert not await deliveries.close(delivery, delivered=True)
        assert list(await deliveries.claim(limit=1, lease=LEASE)) == []

    async def test_nonsense_is_not_held(self, store: TaskStore, deliveries: Deliveries) -> None:
        await deliveries.put(await ended(store))
        (delivery,) = await deliveries.claim(limit=1, lease=LEASE)
        other: Delivery = attrs.evolve(delivery, token=STRANGE)
        assert not await deliveries.close(other, delivered=True)
