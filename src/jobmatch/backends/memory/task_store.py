"""`MemoryTaskStore`: tasks in a dictionary. They are gone with the process."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import anyio
import attrs

from jobmatch import telemetry
from jobmatch.errors import InvalidInput, TaskNotFound
from jobmatch.model import Claim, MatchRequest, Page, Result, Task, TaskError, TaskState
from jobmatch.model.keys import keyed, same
from jobmatch.model.pages import page_of, place, place_of, position, require_completed
from jobmatch.model.task import WORKER_LOST, uuid_or_none
from jobmatch.ports import Change, Heard, TaskStore


@attrs.define
class _Row:
    task: Task
    request: MatchRequest
    scope: str
    key: str | None = None
    digest: str | None = None
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
        self._listeners: list[Heard] = []

    async def create(
        self,
        request: MatchRequest,
        *,
        owner: str,
        key: str | None = None,
        connection: object | None = None,
        scope: str = "",
    ) -> Task:
        if connection is not None:
            raise InvalidInput("connection", "is of no use here: tasks in memory take part in no transaction")
        digest = keyed(request, key)
        for row in self._rows.values():
            if key is not None and (row.task.owner, row.key) == (owner, key):
                return same(row.task, (row.digest, row.scope), (digest, scope))
        row = _Row(self._new(request, owner), request, scope, key, digest)
        self._rows[row.task.id] = row
        self._tell(row.task)
        return row.task

    def _new(self, request: MatchRequest, owner: str) -> Task:
        now = self._clock()
        return Task(
            id=str(uuid4()),
            owner=owner,
            state=TaskState.PENDING,
            created_at=now,
            updated_at=now,
            callback_url=request.callback_url,
        )

    async def get(self, task_id: str, *, owner: str | None) -> Task:
        return self._row(task_id, owner).task

    def _row(self, task_id: str, owner: str | None) -> _Row:
        row = self._rows.get(str(uuid_or_none(task_id)))
        if row is None or owner not in {None, row.task.owner}:
            raise TaskNotFound(task_id)
        return row

    async def list(
        self, *, owner: str | None, limit: int, cursor: str | None = None, state: TaskState | None = None
    ) -> tuple[Sequence[Task], str | None]:
        newest = [task for task in reversed(self._of(owner)) if state in {None, task.state}]
        if cursor is not None:
            last = place(cursor)
            newest = [task for task in newest if (task.created_at, UUID(task.id)) < last]
        return newest[:limit], place_of(newest[limit - 1]) if len(newest) > limit else None

    def _of(self, owner: str | None) -> Sequence[Task]:
        """Return the tasks of an owner, or all, oldest first."""
        tasks = (row.task for row in self._rows.values() if owner in {None, row.task.owner})
        return sorted(tasks, key=lambda task: (task.created_at, task.id))

    async def counts(self, *, owner: str | None = None, final: bool = True) -> Mapping[TaskState, int]:
        return Counter(task.state for task in self._of(owner) if final or not task.state.final)

    async def claim(
        self, task_id: str, *, lease: float, attempts: int, lost: bool = True, scope: str = ""
    ) -> Claim | Task | None:
        row = self._rows.get(str(uuid_or_none(task_id)))
        if row is None or row.scope != scope or not (self._is_ready(row) or (lost and self._is_lost(row))):
            return None
        if row.task.attempts >= attempts:
            self._end(row, TaskState.FAILED, note=WORKER_LOST.code, error=WORKER_LOST)
            return row.task
        now = self._clock()
        token = row.token = str(uuid4())
        row.lease_until = now + timedelta(seconds=lease)
        attempt, started = row.task.attempts + 1, row.task.started_at or now
        taken = {"state": TaskState.PROCESSING, "started_at": started, "attempts": attempt, "not_before": None}
        self._change(row, note=f"attempt {attempt}", **taken)
        return Claim(task_id=row.task.id, owner=row.task.owner, request=row.request, token=token, attempts=attempt)

    def _is_ready(self, row: _Row, idle: float = 0.0) -> bool:
        now, task = self._clock(), row.task
        latest = now - timedelta(seconds=idle)
        if task.not_before:
            return task.state is TaskState.PENDING and task.not_before <= latest
        # What is dated later than now was so by a clock that was put back since.
        return task.state is TaskState.PENDING and not latest < task.updated_at <= now

    def _is_lost(self, row: _Row) -> bool:
        now = self._clock()
        return row.task.state is TaskState.PROCESSING and (row.lease_until or now) <= now

    def _change(self, row: _Row, *, note: str = "", **values: Any) -> None:
        row.task = attrs.evolve(row.task, updated_at=self._clock(), **values)
        if "state" in values:
            self._tell(row.task, note)

    def _tell(self, task: Task, note: str = "") -> None:
        telemetry.task_changed(task.id, task.state, note=note)
        for heard in tuple(self._listeners):
            heard(Change(task_id=task.id, state=task.state))

    async def listen(self, heard: Heard) -> None:
        self._listeners.append(heard)
        try:
            heard(None)
            await anyio.sleep_forever()
        finally:
            self._listeners.remove(heard)

    def _held(self, claim: Claim) -> _Row | None:
        row = self._rows.get(claim.task_id)
        holds = row is not None and row.task.state is TaskState.PROCESSING and row.token == claim.token
        return row if holds else None

    async def heartbeat(self, claim: Claim, *, lease: float, progress: float = 0.0, stage: str | None = None) -> bool:
        if (row := self._held(claim)) is None:
            return False
        row.lease_until = self._clock() + timedelta(seconds=lease)
        self._change(row, progress=progress, stage=stage)
        return True

    async def finish(self, claim: Claim, result: Result) -> bool:
        if (row := self._held(claim)) is None:
            return False
        row.result = result
        self._end(row, TaskState.COMPLETED, total=len(result.matches), progress=1.0)
        return True

    async def fail(self, claim: Claim, error: TaskError, *, retry_in: float | None = None) -> bool:
        if (row := self._held(claim)) is None:
            return False
        if retry_in is None:
            self._end(row, TaskState.FAILED, note=error.code, error=error)
        else:
            note, later = f"tried again in {retry_in:.1f} s", self._clock() + timedelta(seconds=retry_in)
            self._put_back(row, note=note, error=error, not_before=later)
        return True

    async def release(self, claim: Claim) -> bool:
        if (row := self._held(claim)) is None:
            return False
        self._put_back(row, note="handed back", attempts=row.task.attempts - 1)
        return True

    def _put_back(self, row: _Row, *, note: str, **values: Any) -> None:
        row.token = None
        self._change(row, note=note, **{"state": TaskState.PENDING, "progress": 0.0, "stage": None, **values})

    async def cancel(self, task_id: str, *, owner: str | None) -> Task:
        row = self._row(task_id, owner)
        if not row.task.state.final:
            self._end(row, TaskState.CANCELLED, error=row.task.error)
        return row.task

    async def withdraw(self, task_id: str) -> bool:
        row = self._rows.get(str(uuid_or_none(task_id)))
        if row is None or row.task.state is not TaskState.PENDING or row.task.attempts:
            return False
        self._remove(row.task.id)
        return True

    async def retry(self, task_id: str, *, owner: str | None) -> Task:
        row = self._row(task_id, owner)
        if row.task.state in {TaskState.FAILED, TaskState.CANCELLED}:
            self._put_back(row, note="as if new", attempts=0, error=None, started_at=None, finished_at=None)
        return row.task

    def _end(self, row: _Row, state: TaskState, *, note: str = "", **values: Any) -> None:
        row.token = None
        changes = {"finished_at": self._clock(), "not_before": None, "stage": None, "error": None, **values}
        self._change(row, note=note, state=state, **changes)

    async def due(self, *, limit: int, idle: float = 0.0, scope: str = "") -> Sequence[str]:
        ready = [row.task.id for row in self._for(scope) if self._is_ready(row, idle)]
        return ready[:limit]

    async def lost(self, *, limit: int, scope: str = "") -> Sequence[str]:
        lost = [row.task.id for row in self._for(scope) if self._is_lost(row)]
        return lost[:limit]

    def _for(self, scope: str) -> Sequence[_Row]:
        """Return the tasks for an index, oldest first."""
        rows = (self._rows[task.id] for task in self._of(None))
        return [row for row in rows if row.scope == scope]

    async def purge(self, *, age: float, limit: int = 1_000) -> int:
        latest = self._clock() - timedelta(seconds=age)
        old = [task.id for task in self._of(None) if task.finished_at and task.finished_at <= latest][:limit]
        for task_id in old:
            self._remove(task_id)
        return len(old)

    def _remove(self, task_id: str) -> None:
        del self._rows[task_id]
        telemetry.task_changed(task_id, "removed")

    async def results(self, task_id: str, *, owner: str, limit: int, cursor: str | None = None) -> Page:
        row = self._row(task_id, owner)
        require_completed(row.task)
        if row.result is None:
            raise TaskNotFound(task_id)
        return page_of(row.result, limit=limit, start=position(cursor))
