"""`MemoryTaskStore`: tasks in a dictionary. They are gone with the process."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import attrs

from jobmatch.errors import TaskNotFound
from jobmatch.model import Claim, MatchRequest, Page, Result, Task, TaskError, TaskState
from jobmatch.model.pages import page_of, position, require_completed
from jobmatch.ports import TaskStore


@attrs.define
class _Row:
    task: Task
    request: MatchRequest
    token: str | None = None
    lease_until: datetime | None = None
    result: Result | None = None


class MemoryTaskStore(TaskStore):
    """The reference for what a store has to do.

    Arguments:
        clock: returns the time in UTC; tests hand in their own to let leases run out.
    """

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._rows: dict[str, _Row] = {}
        self._clock = clock

    async def create(self, request: MatchRequest, *, owner: str) -> Task:
        now = self._clock()
        task = Task(id=str(uuid4()), owner=owner, state=TaskState.PENDING, created_at=now, updated_at=now)
        self._rows[task.id] = _Row(task, request)
        return task

    async def get(self, task_id: str, *, owner: str) -> Task:
        return self._row(task_id, owner).task

    def _row(self, task_id: str, owner: str) -> _Row:
        row = self._rows.get(task_id)
        if row is None or row.task.owner != owner:
            raise TaskNotFound(task_id)
        return row

    async def list(
        self, *, owner: str | None, limit: int, cursor: str | None = None
    ) -> tuple[Sequence[Task], str | None]:
        newest = sorted(
            (row.task for row in self._rows.values() if owner in {None, row.task.owner}),
            key=lambda task: (task.created_at, task.id),
            reverse=True,
        )
        start = position(cursor)
        following = str(start + limit) if start + limit < len(newest) else None
        return newest[start : start + limit], following

    async def claim(self, task_id: str, *, lease: float) -> Claim | None:
        row = self._rows.get(task_id)
        if row is None or not self._claimable(row):
            return None
        now = self._clock()
        row.token, row.lease_until = str(uuid4()), now + timedelta(seconds=lease)
        row.task = attrs.evolve(
            row.task,
            state=TaskState.PROCESSING,
            started_at=row.task.started_at or now,
            updated_at=now,
            attempts=row.task.attempts + 1,
        )
        return Claim(
            task_id=task_id, owner=row.task.owner, request=row.request, token=row.token, attempts=row.task.attempts
        )

    def _claimable(self, row: _Row) -> bool:
        if row.task.state is TaskState.PENDING:
            return True
        return row.task.state is TaskState.PROCESSING and (row.lease_until or self._clock()) <= self._clock()

    def _held(self, claim: Claim) -> _Row | None:
        row = self._rows.get(claim.task_id)
        holds = row is not None and row.task.state is TaskState.PROCESSING and row.token == claim.token
        return row if holds else None

    async def heartbeat(self, claim: Claim, *, lease: float) -> bool:
        if (row := self._held(claim)) is None:
            return False
        row.lease_until = self._clock() + timedelta(seconds=lease)
        return True

    async def finish(self, claim: Claim, result: Result) -> bool:
        if (row := self._held(claim)) is None:
            return False
        row.result = result
        self._end(row, TaskState.COMPLETED, total=len(result.matches))
        return True

    async def fail(self, claim: Claim, error: TaskError) -> bool:
        if (row := self._held(claim)) is None:
            return False
        self._end(row, TaskState.FAILED, error=error)
        return True

    async def release(self, claim: Claim) -> bool:
        if (row := self._held(claim)) is None:
            return False
        row.token = None
        row.task = attrs.evolve(row.task, state=TaskState.PENDING, updated_at=self._clock())
        return True

    async def cancel(self, task_id: str, *, owner: str) -> Task:
        row = self._row(task_id, owner)
        if not row.task.state.final:
            self._end(row, TaskState.CANCELLED)
        return row.task

    def _end(self, row: _Row, state: TaskState, *, total: int | None = None, error: TaskError | None = None) -> None:
        now = self._clock()
        row.token = None
        row.task = attrs.evolve(row.task, state=state, updated_at=now, finished_at=now, total=total, error=error)

    async def due(self, *, limit: int) -> Sequence[str]:
        claimable = sorted(
            (row.task for row in self._rows.values() if self._claimable(row)), key=lambda task: task.created_at
        )
        return [task.id for task in claimable[:limit]]

    async def results(self, task_id: str, *, owner: str, limit: int, cursor: str | None = None) -> Page:
        row = self._row(task_id, owner)
        require_completed(row.task)
        if row.result is None:
            raise TaskNotFound(task_id)
        return page_of(row.result, limit=limit, start=position(cursor))
