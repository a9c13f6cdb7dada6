"""The statements over tasks. Each is compiled once; claiming and finishing are one statement each."""

from functools import cache

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSON, TIMESTAMP, UUID

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.schema import match_result, match_task

_task = match_task.c
PENDING, PROCESSING, CANCELLED, COMPLETED, FAILED = (
    literal_column(f"'{name}'", Text) for name in ("pending", "processing", "cancelled", "completed", "failed")
)
#: What `task_store` makes a `Task` of.
_COLUMNS = (
    _task.id,
    _task.owner,
    _task.state,
    _task.created_at,
    _task.updated_at,
    _task.started_at,
    _task.finished_at,
    _task.attempts,
    _task.error_code,
    _task.error_message,
    _task.total,
)
_ID = bindparam("id", type_=UUID)
_OWNER = bindparam("owner", type_=Text)
_LEASE_END = func.now() + bindparam("lease", type_=Float(53)) * literal_column("interval '1 second'")
_OPEN = _task.state.in_([PENDING, PROCESSING])
_CLAIMABLE = or_(_task.state == PENDING, and_(_task.state == PROCESSING, _task.lease_until <= func.now()))
_HELD = and_(_task.id == _ID, _task.token == bindparam("token", type_=UUID), _task.state == PROCESSING)


@cache
def create() -> Compiled:
    """A new task."""
    request = cast(bindparam("request", type_=Text), JSON)
    new = insert(match_task).values(id=_ID, owner=_OWNER, state=PENDING, request=request)
    return compiled(new.returning(*_COLUMNS))


@cache
def get() -> Compiled:
    """A task of its owner."""
    return compiled(_of_owner())


def _of_owner() -> Select[tuple[object, ...]]:
    return select(*_COLUMNS).where(_task.id == _ID, _task.owner == _OWNER)


@cache
def newest(*, of_owner: bool, after: bool) -> Compiled:
    """Tasks, newest first."""
    statement = select(*_COLUMNS).order_by(_task.created_at.desc(), _task.id.desc())
    if of_owner:
        statement = statement.where(_task.owner == _OWNER)
    if after:
        position = tuple_(bindparam("created_at", type_=TIMESTAMP(timezone=True)), _ID)
        statement = statement.where(tuple_(_task.created_at, _task.id) < position)
    return compiled(statement.limit(bindparam("limit", type_=Integer)))


@cache
def claim() -> Compiled:
    """Take up a task: of several who try, the row's lock lets one through, and the rest see that it is taken."""
    taken = update(match_task).where(_task.id == _ID, _CLAIMABLE)
    taken = taken.values(
        state=PROCESSING,
        token=func.gen_random_uuid(),
        lease_until=_LEASE_END,
        started_at=func.coalesce(_task.started_at, func.now()),
        updated_at=func.now(),
        attempts=_task.attempts + literal_column("1", Integer),
    )
    return compiled(taken.returning(_task.owner, cast(_task.request, Text), _task.token, _task.attempts))


@cache
def heartbeat() -> Compiled:
    """Renew a lease."""
    return compiled(update(match_task).where(_HELD).values(lease_until=_LEASE_END).returning(_task.id))


@cache
def release() -> Compiled:
    """Hand a task back."""
    values = {"state": PENDING, "token": null(), "lease_until": null(), "updated_at": func.now()}
    return compiled(update(match_task).where(_HELD).values(values).returning(_task.id))


@cache
def finish() -> Compiled:
    """Complete a task and store its result, both or neither."""
    total = bindparam("total", type_=Integer)
    done = _ended(_HELD, COMPLETED).values(total=total).returning(_task.id).cte("done")
    documents = (cast(bindparam(name, type_=Text), JSON) for name in ("diagnostics", "matches"))
    stored = insert(match_result).from_select(
        ["task_id", "diagnostics", "matches"], select(done.c.id, *documents), include_defaults=False
    )
    return compiled(stored.returning(match_result.c.task_id))


@cache
def fail() -> Compiled:
    """End a task without a result."""
    error = {"error_code": bindparam("error_code", type_=Text), "error_message": bindparam("error_message", type_=Text)}
    return compiled(_ended(_HELD, FAILED).values(error).returning(_task.id))


@cache
def cancel() -> Compiled:
    """Cancel a task that is not final."""
    return compiled(_ended(and_(_task.id == _ID, _task.owner == _OWNER, _OPEN), CANCELLED).returning(*_COLUMNS))


def _ended(condition: ColumnElement[bool], state: ColumnElement[str]) -> Update:
    ended = {"state": state, "token": null(), "lease_until": null(), "updated_at": func.now()}
    return update(match_task).where(condition).values({**ended, "finished_at": func.now()})


@cache
def due() -> Compiled:
    """Tasks that can be claimed, oldest first."""
    # The condition on the state is that of the partial index, word for word.
    ready = select(_task.id).where(_OPEN, _CLAIMABLE).order_by(_task.created_at, _task.id)
    return compiled(ready.limit(bindparam("limit", type_=Integer)))


@cache
def result() -> Compiled:
    """A task of its owner with its result, if it has one."""
    documents = (cast(match_result.c[name], Text) for name in ("diagnostics", "matches"))
    joined = match_task.outerjoin(match_result, match_result.c.task_id == _task.id)
    return compiled(_of_owner().add_columns(*documents).select_from(joined))
