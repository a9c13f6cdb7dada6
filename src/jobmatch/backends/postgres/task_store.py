"""`PostgresTaskStore`: tasks in ``match_task``, their results in ``match_result``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

import msgspec

from jobmatch.backends.postgres import task_statements as statements
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.errors import InvalidInput, TaskNotFound
from jobmatch.model import Claim, Diagnostics, Match, MatchRequest, Page, Result, Task, TaskError, TaskState
from jobmatch.model.pages import check_limit, position, require_completed
from jobmatch.ports import TaskStore

_encode = msgspec.json.Encoder().encode
_request = msgspec.json.Decoder(MatchRequest).decode
_diagnostics = msgspec.json.Decoder(Diagnostics).decode
_raw_matches = msgspec.json.Decoder(list[msgspec.Raw]).decode
_match = msgspec.json.Decoder(Match).decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class PostgresTaskStore(TaskStore):
    """Keeps tasks in the database.

    Arguments:
        database: may be shared; it is opened and closed with the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)

    async def create(self, request: MatchRequest, *, owner: str) -> Task:
        new = {"id": uuid4(), "owner": owner, "request": _encode(request).decode()}
        return _task((await self._fetch(statements.create(), new))[0])

    async def get(self, task_id: str, *, owner: str) -> Task:
        rows = await self._fetch(statements.get(), {"id": _uuid(task_id), "owner": owner}, again=True)
        return _one(rows, task_id)

    async def list(
        self, *, owner: str | None, limit: int, cursor: str | None = None
    ) -> tuple[Sequence[Task], str | None]:
        check_limit(limit)
        statement = statements.newest(of_owner=owner is not None, after=cursor is not None)
        parameters = {"owner": owner, "limit": limit + 1, **_after(cursor)}
        tasks = [_task(row) for row in await self._fetch(statement, parameters, again=True)]
        return tasks[:limit], _cursor(tasks[limit - 1]) if len(tasks) > limit else None

    async def claim(self, task_id: str, *, lease: float) -> Claim | None:
        if (wanted := _uuid_or_none(task_id)) is None:
            return None
        rows = await self._fetch(statements.claim(), {"id": wanted, "lease": lease})
        if not rows:
            return None
        owner, request, token, attempts = rows[0]
        return Claim(task_id=task_id, owner=owner, request=_request(request), token=str(token), attempts=attempts)

    async def heartbeat(self, claim: Claim, *, lease: float) -> bool:
        return await self._change(statements.heartbeat(), claim, {"lease": lease})

    async def finish(self, claim: Claim, result: Result) -> bool:
        documents = {
            "total": len(result.matches),
            "diagnostics": _encode(result.diagnostics).decode(),
            "matches": _encode(result.matches).decode(),
        }
        return await self._change(statements.finish(), claim, documents)

    async def fail(self, claim: Claim, error: TaskError) -> bool:
        return await self._change(statements.fail(), claim, {"error_code": error.code, "error_message": error.message})

    async def release(self, claim: Claim) -> bool:
        return await self._change(statements.release(), claim, {})

    async def _change(self, statement: Compiled, claim: Claim, values: Mapping[str, Any]) -> bool:
        """Change a task that is held; not repeated, for after a lost answer the claim would look stale."""
        held = {"id": _uuid(claim.task_id), "token": _uuid_or_none(claim.token), **values}
        return bool(await self._fetch(statement, held))

    async def cancel(self, task_id: str, *, owner: str) -> Task:
        rows = await self._fetch(statements.cancel(), {"id": _uuid(task_id), "owner": owner}, again=True)
        return _task(rows[0]) if rows else await self.get(task_id, owner=owner)

    async def due(self, *, limit: int) -> Sequence[str]:
        return [str(row[0]) for row in await self._fetch(statements.due(), {"limit": limit}, again=True)]

    async def results(self, task_id: str, *, owner: str, limit: int, cursor: str | None = None) -> Page:
        check_limit(limit)
        start = position(cursor)
        rows = await self._fetch(statements.result(), {"id": _uuid(task_id), "owner": owner}, again=True)
        require_completed(_one(rows, task_id))
        diagnostics, matches = rows[0][-2:]
        return _page(diagnostics, matches, start, limit)

    async def _fetch(self, statement: Compiled, parameters: Mapping[str, Any], *, again: bool = False) -> Rows:
        return await self._database.fetch(statement.text, {**parameters, **statement.constants}, again=again)


def _uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _uuid(task_id: str) -> UUID:
    if (found := _uuid_or_none(task_id)) is None:
        raise TaskNotFound(task_id)
    return found


def _one(rows: Rows, task_id: str) -> Task:
    if not rows:
        raise TaskNotFound(task_id)
    return _task(rows[0])


def _task(row: tuple[Any, ...]) -> Task:
    task_id, owner, state, created, updated, started, finished, attempts, code, message, total = row[:11]
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
    )


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


def _cursor(task: Task) -> str:
    return f"{(task.created_at - _EPOCH) // _MICROSECOND:x}.{UUID(task.id).hex}"


def _after(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    moment, _, task_id = cursor.partition(".")
    try:
        return {"created_at": _EPOCH + int(moment, 16) * _MICROSECOND, "id": UUID(task_id)}
    except (ValueError, OverflowError):
        raise InvalidInput("cursor", "is not one that a page gave; leave it out to start at the first page") from None
