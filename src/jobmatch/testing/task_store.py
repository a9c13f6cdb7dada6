"""The contract of `TaskStore`."""

import attrs
import pytest

from jobmatch.errors import InvalidInput, TaskFailed, TaskNotCompleted, TaskNotFound
from jobmatch.model import (
    Criterion,
    Diagnostics,
    Explanation,
    Filters,
    Job,
    Match,
    MatchRequest,
    Method,
    Place,
    Plan,
    Profile,
    Result,
    TaskError,
    TaskState,
)
from jobmatch.ports import TaskStore

REQUEST = MatchRequest(
    profile=Profile(text="a welder with ten years", titles=("Welder",)),
    filters=Filters(country="US", remote=False),
    keywords=("night shift",),
    limit=50,
)
LEASE = 60.0
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def result(count: int) -> Result:
    """Return a snapshot of *count* matches."""
    matches = tuple(
        Match(
            rank=rank,
            score=1 / rank,
            job=Job(id=f"j{rank}", title=f"Job {rank}", places=[Place(city="Bonn", country="DE")]).summary(),
            explanation=Explanation((Criterion(name="semantic", score=0.5, weight=1.0, found=("weld",), missing=()),)),
        )
        for rank in range(1, count + 1)
    )
    return Result(matches=matches, diagnostics=Diagnostics(plan=Plan(method=Method.EXACT, fetch=100)))


class TaskStoreContract:
    """Give a fixture ``store``, open and empty."""

    async def test_a_new_task_is_pending(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert (task.state, task.owner, task.attempts) == (TaskState.PENDING, "ada", 0)
        assert task.created_at.utcoffset() is not None
        assert await store.get(task.id, owner="ada") == task

    async def test_ids_are_not_repeated(self, store: TaskStore) -> None:
        ids = {(await store.create(REQUEST, owner="ada")).id for _ in range(20)}
        assert len(ids) == 20

    @pytest.mark.parametrize("task_id", [UNKNOWN, "nonsense", "", "x' OR '1'='1", "ü" * 300])
    async def test_unknown_ids_are_not_found(self, store: TaskStore, task_id: str) -> None:
        with pytest.raises(TaskNotFound):
            await store.get(task_id, owner="ada")
        with pytest.raises(TaskNotFound):
            await store.cancel(task_id, owner="ada")
        with pytest.raises(TaskNotFound):
            await store.results(task_id, owner="ada", limit=1)
        assert await store.claim(task_id, lease=LEASE) is None

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
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert (claim.task_id, claim.owner, claim.request, claim.attempts) == (task.id, "ada", REQUEST, 1)
        processing = await store.get(task.id, owner="ada")
        assert (processing.state, processing.attempts) == (TaskState.PROCESSING, 1)
        assert processing.started_at is not None

    async def test_a_task_is_claimed_once(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert await store.claim(task.id, lease=LEASE) is not None
        assert await store.claim(task.id, lease=LEASE) is None

    async def test_a_lease_that_ran_out_can_be_claimed_again(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        first = await store.claim(task.id, lease=0)
        second = await store.claim(task.id, lease=LEASE)
        assert first is not None
        assert second is not None
        assert second.attempts == 2
        assert second.token != first.token

    async def test_a_stale_claim_changes_nothing(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        stale = await store.claim(task.id, lease=0)
        fresh = await store.claim(task.id, lease=LEASE)
        assert stale is not None
        assert fresh is not None
        assert not await store.heartbeat(stale, lease=LEASE)
        assert not await store.finish(stale, result(1))
        assert not await store.fail(stale, TaskError(code="x", message="x"))
        assert not await store.release(stale)
        assert (await store.get(task.id, owner="ada")).state is TaskState.PROCESSING
        assert await store.finish(fresh, result(2))
        assert (await store.results(task.id, owner="ada", limit=10)).total == 2

    async def test_heartbeat_renews_the_lease(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=0)
        assert claim is not None
        assert await store.heartbeat(claim, lease=LEASE)
        assert await store.claim(task.id, lease=LEASE) is None

    async def test_finish_leaves_the_result(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert await store.finish(claim, result(3))
        completed = await store.get(task.id, owner="ada")
        assert (completed.state, completed.total, completed.error) == (TaskState.COMPLETED, 3, None)
        assert completed.finished_at is not None
        page = await store.results(task.id, owner="ada", limit=10)
        assert page.matches == result(3).matches
        assert page.diagnostics == result(3).diagnostics

    async def test_a_task_is_finished_once(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert await store.finish(claim, result(1))
        assert not await store.finish(claim, result(2))
        assert not await store.fail(claim, TaskError(code="x", message="x"))
        assert (await store.results(task.id, owner="ada", limit=10)).total == 1

    async def test_a_result_may_be_empty(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert await store.finish(claim, result(0))
        page = await store.results(task.id, owner="ada", limit=10)
        assert (page.matches, page.total, page.cursor) == ((), 0, None)

    async def test_pages_follow_one_another(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert await store.finish(claim, result(7))
        first = await store.results(task.id, owner="ada", limit=3)
        second = await store.results(task.id, owner="ada", limit=3, cursor=first.cursor)
        third = await store.results(task.id, owner="ada", limit=3, cursor=second.cursor)
        ranks = [match.rank for page in (first, second, third) for match in page.matches]
        assert ranks == [1, 2, 3, 4, 5, 6, 7]
        assert third.cursor is None
        assert {first.total, second.total, third.total} == {7}

    @pytest.mark.parametrize("cursor", ["-1", "x", "", "1; DROP TABLE match_task", "9" * 40])
    async def test_a_strange_cursor_is_refused(self, store: TaskStore, cursor: str) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert await store.finish(claim, result(2))
        with pytest.raises(InvalidInput):
            await store.results(task.id, owner="ada", limit=1, cursor=cursor)

    async def test_results_are_not_there_before_completion(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        with pytest.raises(TaskNotCompleted):
            await store.results(task.id, owner="ada", limit=1)
        assert await store.claim(task.id, lease=LEASE)
        with pytest.raises(TaskNotCompleted):
            await store.results(task.id, owner="ada", limit=1)

    async def test_a_failed_task_says_why(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        error = TaskError(code="database_unavailable", message="the database does not answer")
        assert await store.fail(claim, error)
        failed = await store.get(task.id, owner="ada")
        assert (failed.state, failed.error) == (TaskState.FAILED, error)
        with pytest.raises(TaskFailed, match="does not answer"):
            await store.results(task.id, owner="ada", limit=1)

    async def test_a_released_task_is_pending_again(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert await store.release(claim)
        assert (await store.get(task.id, owner="ada")).state is TaskState.PENDING
        again = await store.claim(task.id, lease=LEASE)
        assert again is not None
        assert again.attempts == 2

    async def test_cancel_ends_a_pending_task(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        assert (await store.cancel(task.id, owner="ada")).state is TaskState.CANCELLED
        assert await store.claim(task.id, lease=LEASE) is None
        with pytest.raises(TaskFailed):
            await store.results(task.id, owner="ada", limit=1)

    async def test_cancel_fences_a_task_under_way(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        await store.cancel(task.id, owner="ada")
        assert not await store.finish(claim, result(1))
        assert (await store.get(task.id, owner="ada")).state is TaskState.CANCELLED

    async def test_cancel_leaves_a_final_task_alone(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert await store.finish(claim, result(1))
        assert (await store.cancel(task.id, owner="ada")).state is TaskState.COMPLETED

    async def test_due_lists_what_can_be_claimed(self, store: TaskStore) -> None:
        pending = await store.create(REQUEST, owner="ada")
        expired = await store.create(REQUEST, owner="bob")
        held = await store.create(REQUEST, owner="eve")
        assert await store.claim(expired.id, lease=0)
        assert await store.claim(held.id, lease=LEASE)
        assert list(await store.due(limit=10)) == [pending.id, expired.id]
        assert list(await store.due(limit=1)) == [pending.id]

    async def test_list_gives_the_newest_first_in_pages(self, store: TaskStore) -> None:
        created = [(await store.create(REQUEST, owner="ada")).id for _ in range(5)]
        await store.create(REQUEST, owner="bob")
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            tasks, cursor = await store.list(owner="ada", limit=2, cursor=cursor)
            seen += [task.id for task in tasks]
        assert seen == created[::-1]
        assert cursor is None
        everybody, _ = await store.list(owner=None, limit=10)
        assert len(everybody) == 6

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
        claim = await store.claim(task.id, lease=LEASE)
        assert claim is not None
        assert claim.request == full
