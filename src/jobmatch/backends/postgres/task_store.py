"""`PostgresTaskStore`: tasks in ``match_task``, their results in ``match_result``."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from types import TracebackType
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import DateTime

from jobmatch import telemetry
from jobmatch.backends.postgres import task_statements as statements
from jobmatch.backends.postgres.callers import fetch_in
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Database, InDatabase, Rows
from jobmatch.backends.postgres.failures import UNCHANGING, unlike
from jobmatch.backends.postgres.frontier import Frontier, Seen
from jobmatch.backends.postgres.listening import listen
from jobmatch.backends.postgres.schema import ANY_SCOPE, HEAD
from jobmatch.backends.postgres.together import Shared, Together
from jobmatch.errors import InvalidInput, TaskNotFound, Unavailable
from jobmatch.model import Claim, Diagnostics, Match, MatchRequest, Page, Result, Task, TaskError, TaskState
from jobmatch.model.keys import keyed, same
from jobmatch.model.pages import check_limit, place, place_of, position, require_completed
from jobmatch.model.task import WORKER_LOST, uuid_or_none
from jobmatch.ports import Heard, TaskStore

_encode = msgspec.json.Encoder().encode
_request = msgspec.json.Decoder(MatchRequest).decode
_diagnostics = msgspec.json.Decoder(Diagnostics).decode
_raw_matches = msgspec.json.Decoder(list[msgspec.Raw]).decode
_match = msgspec.json.Decoder(Match).decode
_MICROSECOND = timedelta(microseconds=1)
_STATE = "SELECT current_setting('transaction_read_only'), (SELECT version_num FROM match_schema_version)"
#: Columns of a row that make a `Task`; what a statement returns besides comes after them.
COLUMNS = len(statements.TASK)
#: Which of them are times.
MOMENTS = frozenset(number for number, column in enumerate(statements.TASK) if isinstance(column.type, DateTime))


@cache
def _creating() -> Shared:
    """Return a statement to be shared: one that changes no row that is there.

    Who shares holds the locks of all; a process that freezes meanwhile would keep its tasks from those who take them
    over.
    """
    return Shared(statements.create(), statements.create_several())


@cache
def _getting() -> Shared:
    return Shared(statements.get(), statements.get_several())


class PostgresTaskStore(InDatabase, TaskStore):
    """Keeps tasks in the database.

    Arguments:
        database: may be shared; it is opened and closed with the store.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._together = Together(database)
        #: By scope.
        self._pending = defaultdict[str, Frontier](Frontier)
        self._processing = defaultdict[str, Frontier](Frontier)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._together.close()
        finally:
            await super().__aexit__(kind, error, trace)

    async def check(self) -> None:
        [(read_only, revision)] = await self._database.fetch(_STATE, {}, again=True)
        if revision != HEAD:
            raise unlike(revision)
        if read_only == "on":
            raise Unavailable(UNCHANGING)

    async def create(
        self,
        request: MatchRequest,
        *,
        owner: str,
        key: str | None = None,
        connection: object | None = None,
        scope: str = "",
    ) -> Task:
        digest = keyed(request, key)
        new = {"id": uuid4(), "owner": owner, "key": key, "digest": digest, "scope": scope}
        asked = {"request": _encode(request).decode(), "callback_url": request.callback_url}
        theirs = connection is not None
        fetch = partial(_fetch_in, connection) if theirs else partial(self._fetch, again=True)
        create, created = statements.create(readable=theirs), statements.created(readable=theirs)
        # With a key it may have to wait for somebody's transaction, in which the same key was given.
        alone = theirs or key is not None
        while True:  # a task with this key may be purged between the two statements
            given = {**new, **asked}
            rows = await (fetch(create, given) if alone else self._together.fetch(_creating(), given))
            if rows := rows or await fetch(created, new):
                task = same(_task(rows[0]), _given(rows[0]), (digest, scope))
                if task.id == str(new["id"]):
                    note = "once its transaction is committed" if theirs else ""
                    telemetry.task_changed(task.id, task.state, note=note)
                return task

    async def get(self, task_id: str, *, owner: str | None) -> Task:
        rows = await self._together.fetch(_getting(), {"id": _uuid(task_id), "owner": owner})
        return _one(rows, task_id)

    async def list(
        self, *, owner: str | None, limit: int, cursor: str | None = None, state: TaskState | None = None
    ) -> tuple[Sequence[Task], str | None]:
        check_limit(limit)
        shape = {"of_owner": owner is not None, "of_state": state is not None, "after": cursor is not None}
        statement = statements.newest(**shape)
        parameters = {"owner": owner, "state": state, "limit": limit + 1, **_after(cursor)}
        tasks = [_task(row) for row in await self._fetch(statement, parameters, again=True)]
        return tasks[:limit], place_of(tasks[limit - 1]) if len(tasks) > limit else None

    async def counts(self, *, owner: str | None = None, final: bool = True) -> Mapping[TaskState, int]:
        statement = statements.counts(of_owner=owner is not None, final=final)
        rows = await self._fetch(statement, {"owner": owner}, again=True)
        return {TaskState(state): number for state, number in rows}

    async def claim(
        self, task_id: str, *, lease: float, attempts: int, lost: bool = True, scope: str = ""
    ) -> Claim | Task | None:
        if (wanted := uuid_or_none(task_id)) is None:
            return None
        limits = {"lease": lease, "attempts": attempts, "lost": lost, "scope": scope, **_told(WORKER_LOST)}
        rows = await self._fetch(statements.claim(), {"id": wanted, **limits})
        if not rows:
            return None
        self._processing[scope].include(_task(rows[0]).created_at)
        return _logged(_claimed(rows[0]))

    async def heartbeat(self, claim: Claim, *, lease: float, progress: float = 0.0, stage: str | None = None) -> bool:
        return await self._touch(statements.heartbeat(), claim, {"lease": lease, "progress": progress, "stage": stage})

    async def finish(self, claim: Claim, result: Result) -> bool:
        documents = {
            "total": len(result.matches),
            "diagnostics": _encode(result.diagnostics).decode(),
            "matches": _encode(result.matches).decode(),
        }
        return await self._change(statements.finish(), claim, documents, TaskState.COMPLETED)

    async def fail(self, claim: Claim, error: TaskError, *, retry_in: float | None = None) -> bool:
        if retry_in is None:
            return await self._change(statements.fail(), claim, _told(error), TaskState.FAILED, error.code)
        later, note = {**_told(error), "retry_in": retry_in}, f"tried again in {retry_in:.1f} s"
        return await self._change(statements.put_off(), claim, later, TaskState.PENDING, note)

    async def release(self, claim: Claim) -> bool:
        return await self._change(statements.release(), claim, {}, TaskState.PENDING, "handed back")

    async def _change(
        self, statement: Compiled, claim: Claim, values: Mapping[str, Any], state: TaskState, note: str = ""
    ) -> bool:
        changed = await self._touch(statement, claim, values)
        if changed and state is TaskState.PENDING:
            self._look_from_the_beginning()
        if changed:
            telemetry.task_changed(claim.task_id, state, note=note)
        return changed

    async def _touch(self, statement: Compiled, claim: Claim, values: Mapping[str, Any]) -> bool:
        """Write to a task that is held; not repeated, for after a lost answer the claim would look stale."""
        held = {"id": _uuid(claim.task_id), "token": uuid_or_none(claim.token), **values}
        return bool(await self._fetch(statement, held))

    async def cancel(self, task_id: str, *, owner: str | None) -> Task:
        rows = await self._fetch(statements.cancel(), {"id": _uuid(task_id), "owner": owner}, again=True)
        return _changed(rows[0]) if rows else await self.get(task_id, owner=owner)

    async def withdraw(self, task_id: str) -> bool:
        return bool(_removed(await self._fetch(statements.withdraw(), {"id": uuid_or_none(task_id)})))

    async def retry(self, task_id: str, *, owner: str | None) -> Task:
        rows = await self._fetch(statements.retry(), {"id": _uuid(task_id), "owner": owner})
        if not rows:
            return await self.get(task_id, owner=owner)
        self._look_from_the_beginning()
        return _changed(rows[0], "as if new")

    def _look_from_the_beginning(self) -> None:
        """Whichever index the task is for that is pending again."""
        for frontier in self._pending.values():
            frontier.forget()

    async def due(self, *, limit: int, idle: float = 0.0, scope: str = "") -> Sequence[str]:
        asked = {"limit": limit, "idle": idle, "scope": scope}
        return await self._pending[scope].look(partial(self._seen, statements.due(), asked))

    async def lost(self, *, limit: int, scope: str = "") -> Sequence[str]:
        asked = {"limit": limit, "scope": scope}
        return await self._processing[scope].look(partial(self._seen, statements.lost(), asked))

    async def _seen(self, statement: Compiled, parameters: Mapping[str, Any], since: datetime) -> Seen:
        [(now, oldest, ids)] = await self._fetch(statement, {**parameters, "since": since}, again=True)
        return now, oldest, ids

    async def purge(self, *, age: float, limit: int = 1_000) -> int:
        return _removed(await self._fetch(statements.purge(), {"age": age, "limit": limit}))

    async def listen(self, heard: Heard) -> None:
        await listen(await self._database.url(), self._database.settings, heard)

    async def results(self, task_id: str, *, owner: str, limit: int, cursor: str | None = None) -> Page:
        check_limit(limit)
        start = position(cursor)
        rows = await self._fetch(statements.result(), {"id": _uuid(task_id), "owner": owner}, again=True)
        require_completed(_one(rows, task_id))
        diagnostics, matches = rows[0][-2:]
        return _page(diagnostics, matches, start, limit)

    async def _fetch(self, statement: Compiled, parameters: Mapping[str, Any], *, again: bool = False) -> Rows:
        return await self._database.fetch(statement.text, {**parameters, **statement.constants}, again=again)


async def _fetch_in(connection: object, statement: Compiled, parameters: Mapping[str, Any]) -> Rows:
    """Execute a statement that returns a readable task on a connection of the caller's."""
    rows = await fetch_in(connection, statement, parameters)
    return [tuple(_moment(value) if number in MOMENTS else value for number, value in enumerate(row)) for row in rows]


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _uuid(task_id: str) -> UUID:
    if (found := uuid_or_none(task_id)) is None:
        raise TaskNotFound(task_id)
    return found


def _one(rows: Rows, task_id: str) -> Task:
    if not rows:
        raise TaskNotFound(task_id)
    return _task(rows[0])


def _task(row: tuple[Any, ...]) -> Task:
    task_id, owner, state, created, updated, started, finished, attempts, code, message, total, *rest = row[:COLUMNS]
    url, not_before, progress, stage = rest
    return Task(
        id=str(task_id),
        owner=owner,
        state=TaskState(state),
        created_at=created,
        updated_at=updated,
        started_at=started,
        finished_at=finished,
        attempts=attempts,
        error=None if code is None else TaskError(code=code, message=message),
        total=total,
        callback_url=url,
        not_before=not_before,
        progress=progress,
        stage=stage,
    )


def _given(row: tuple[Any, ...]) -> tuple[str | None, str | None]:
    digest, scope = row[COLUMNS : COLUMNS + 2]
    return digest, None if scope == ANY_SCOPE else scope


def _told(error: TaskError) -> Mapping[str, str]:
    return {"error_code": error.code, "error_message": error.message}


def _claimed(row: tuple[Any, ...]) -> Claim | Task:
    task, (request, token) = _task(row), row[COLUMNS : COLUMNS + 2]
    if token is None:
        return task
    return Claim(
        task_id=task.id, owner=task.owner, request=_readable(request), token=str(token), attempts=task.attempts
    )


def _logged(claimed: Claim | Task) -> Claim | Task:
    if isinstance(claimed, Claim):
        telemetry.task_changed(claimed.task_id, TaskState.PROCESSING, note=f"attempt {claimed.attempts}")
    else:
        telemetry.task_changed(claimed.id, claimed.state, note=WORKER_LOST.code)
    return claimed


def _changed(row: tuple[Any, ...], note: str = "") -> Task:
    task = _task(row)
    telemetry.task_changed(task.id, task.state, note=note)
    return task


def _removed(rows: Rows) -> int:
    for (task_id,) in rows:
        telemetry.task_changed(str(task_id), "removed")
    return len(rows)


def _readable(request: str) -> MatchRequest | None:
    try:
        return _request(request)
    except (msgspec.DecodeError, InvalidInput):  # written by another release, or not by us
        return None


def _page(diagnostics: str, matches: str, start: int, limit: int) -> Page:
    """Return a page of a stored snapshot; what is not on it is only skimmed."""
    everything = _raw_matches(matches)
    end = start + limit
    return Page(
        matches=tuple(_match(raw) for raw in everything[start:end]),
        total=len(everything),
        cursor=str(end) if end < len(everything) else None,
        diagnostics=_diagnostics(diagnostics),
    )


def _after(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    created_at, task_id = place(cursor)
    return {"created_at": created_at, "id": task_id}
