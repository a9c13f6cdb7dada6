"""The contract of `TaskStore`, as far as results go; and what its tests work with."""

import pytest

from jobmatch.errors import InvalidInput, TaskFailed, TaskNotCompleted
from jobmatch.model import (
    Claim,
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
    Task,
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


async def take(store: TaskStore, task: Task, *, lease: float = LEASE, attempts: int = 9) -> Claim:
    """Claim a task that is to be had."""
    claim = await store.claim(task.id, lease=lease, attempts=attempts)
    assert isinstance(claim, Claim)
    return claim


class SnapshotContract:
    """Give a fixture ``store``, open and empty."""

    async def test_finish_leaves_the_result(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        assert await store.finish(claim, result(3))
        completed = await store.get(task.id, owner="ada")
        assert (completed.state, completed.total, completed.error) == (TaskState.COMPLETED, 3, None)
        assert completed.finished_at is not None
        page = await store.results(task.id, owner="ada", limit=10)
        assert page.matches == result(3).matches
        assert page.diagnostics == result(3).diagnostics

    async def test_a_task_is_finished_once(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        assert await store.finish(claim, result(1))
        assert not await store.finish(claim, result(2))
        assert not await store.fail(claim, TaskError(code="x", message="x"))
        assert (await store.results(task.id, owner="ada", limit=10)).total == 1

    async def test_a_result_may_be_empty(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        assert await store.finish(claim, result(0))
        page = await store.results(task.id, owner="ada", limit=10)
        assert (page.matches, page.total, page.cursor) == ((), 0, None)

    async def test_pages_follow_one_another(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
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
        claim = await take(store, task)
        assert await store.finish(claim, result(2))
        with pytest.raises(InvalidInput):
            await store.results(task.id, owner="ada", limit=1, cursor=cursor)

    async def test_results_are_not_there_before_completion(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        with pytest.raises(TaskNotCompleted):
            await store.results(task.id, owner="ada", limit=1)
        await take(store, task)
        with pytest.raises(TaskNotCompleted):
            await store.results(task.id, owner="ada", limit=1)

    async def test_a_failed_task_says_why(self, store: TaskStore) -> None:
        task = await store.create(REQUEST, owner="ada")
        claim = await take(store, task)
        error = TaskError(code="database_unavailable", message="the database does not answer")
        assert await store.fail(claim, error)
        failed = await store.get(task.id, owner="ada")
        assert (failed.state, failed.error) == (TaskState.FAILED, error)
        with pytest.raises(TaskFailed, match="does not answer"):
            await store.results(task.id, owner="ada", limit=1)
