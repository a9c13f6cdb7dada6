"""The statements over tasks. Each is compiled once; claiming and finishing are one statement each."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Interval,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, TIMESTAMP, UUID, insert

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.schema import ANY_SCOPE, match_result, match_task

_task = match_task.c
#: Where changes are told, as id and state with a space between.
CHANNEL = literal_column("'match_task'", Text)
PENDING, PROCESSING, CANCELLED, COMPLETED, FAILED = (
    literal_column(f"'{name}'", Text) for name in ("pending", "processing", "cancelled", "completed", "failed")
)
#: What `task_store` makes a `Task` of.
TASK = (
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
    _task.callback_url,
    _task.not_before,
    _task.progress,
    _task.stage,
)
#: The same for connections of others, who may have times written in another way than psycopg can read.
READABLE_TASK = tuple(
    func.to_jsonb(one).op("#>>")(literal_column("'{}'")).label(one.name) if isinstance(one.type, DateTime) else one
    for one in TASK
)
#: What has to be the same for a key to be.
_GIVEN = (_task.digest, _task.scope)
_ID = bindparam("id", type_=UUID)
_OWNER, _KEY, _URL, _SCOPE = (bindparam(name, type_=Text) for name in ("owner", "key", "callback_url", "scope"))
_ANYBODYS = literal_column(f"'{ANY_SCOPE}'", Text)
_OPEN = _task.state.in_([PENDING, PROCESSING])
_ONE, _NOTHING = literal_column("1", Integer), literal_column("0", Integer)
_NOW, _NEW_TOKEN = func.now(), func.gen_random_uuid()
_ERROR = {name: bindparam(name, type_=Text) for name in ("error_code", "error_message")}


def _seconds(name: str) -> ColumnElement[timedelta]:
    """Return a parameter in seconds, as an interval."""
    return cast(bindparam(name, type_=Float(53)) * literal_column("interval '1 second'"), Interval)


def _ready(moment: ColumnElement[datetime] | None = None) -> ColumnElement[bool]:
    """Return the condition that a task is pending, and put off no longer than until now.

    Arguments:
        moment: since when it has to have been left alone; so counts what is dated later than now, for then the clock
            was put back.
    """
    if moment is None:
        return and_(_task.state == PENDING, or_(_task.not_before.is_(None), _task.not_before <= _NOW))
    alone = or_(_task.updated_at <= moment, _task.updated_at > _NOW)
    return and_(_task.state == PENDING, or_(and_(_task.not_before.is_(None), alone), _task.not_before <= moment))


_LOST = and_(_task.state == PROCESSING, _task.lease_until <= func.now())
_LEASE_END = func.now() + _seconds("lease")
#: With no owner given, anybody's.
_SEEN = and_(_task.id == _ID, _task.owner == func.coalesce(_OWNER, _task.owner))
_HELD = and_(_task.id == _ID, _task.token == bindparam("token", type_=UUID), _task.state == PROCESSING)


#: Sent with every change of a state, in the same statement.
_TOLD = func.pg_notify(CHANNEL, cast(_task.id, Text) + literal_column("' '", Text) + _task.state)


@cache
def create(*, readable: bool = False) -> Compiled:
    """A new task; nothing if its id or its key is there already. Its times are *readable* by everybody."""
    request = cast(bindparam("request", type_=Text), JSON)
    digest = bindparam("digest", type_=Text)
    new = insert(match_task).values(
        id=_ID, owner=_OWNER, state=PENDING, request=request, key=_KEY, digest=digest, callback_url=_URL, scope=_SCOPE
    )
    return compiled(new.on_conflict_do_nothing().returning(*_columns(readable=readable), *_GIVEN, _TOLD))


def _columns(*, readable: bool) -> tuple[ColumnElement[Any], ...]:
    return READABLE_TASK if readable else TASK


@cache
def create_several() -> Compiled:
    """Several new tasks without keys; of each its row, and which one it is."""
    asked = _several(_ID, _OWNER, bindparam("request", type_=Text), _URL, _SCOPE)
    given = select(asked.c.id, asked.c.owner, PENDING, cast(asked.c.request, JSON), asked.c.callback_url, asked.c.scope)
    new = insert(match_task).from_select(["id", "owner", "state", "request", "callback_url", "scope"], given)
    made = new.on_conflict_do_nothing().returning(*TASK, *_GIVEN).cte("made")
    told = func.pg_notify(CHANNEL, cast(made.c.id, Text) + literal_column("' pending'", Text))
    return compiled(select(*made.c, told, asked.c.number).join_from(made, asked, made.c.id == asked.c.id))


def _several(*parameters: BindParameter[Any]) -> CTE:
    """Return what several ask for, a row for each: their parameters, given as lists, and a number from 1."""
    lists = [bindparam(one.key, type_=ARRAY(one.type)) for one in parameters]
    names = [one.key for one in parameters]
    rows = func.unnest(*lists).table_valued(*names, with_ordinality="number", name="given").render_derived()
    return select(*rows.c).cte("asked")


@cache
def created(*, readable: bool = False) -> Compiled:
    """The task that was there already, the digest of its request, and the index that it is for; see `create`."""
    there = or_(_task.id == _ID, _task.key == _KEY)
    return compiled(select(*_columns(readable=readable), *_GIVEN).where(_task.owner == _OWNER, there))


@cache
def get() -> Compiled:
    """A task of its owner."""
    return compiled(select(*TASK).where(_SEEN))


@cache
def get_several() -> Compiled:
    """Tasks, each of its owner; and who asked for which."""
    asked = _several(_ID, _OWNER)
    seen = and_(_task.id == asked.c.id, _task.owner == func.coalesce(asked.c.owner, _task.owner))
    return compiled(select(*TASK, asked.c.number).join_from(asked, match_task, seen))


@cache
def newest(*, of_owner: bool, of_state: bool, after: bool) -> Compiled:
    """Tasks, newest first."""
    statement = select(*TASK).order_by(_task.created_at.desc(), _task.id.desc())
    if of_owner:
        statement = statement.where(_task.owner == _OWNER)
    if of_state:
        statement = statement.where(_task.state == bindparam("state", type_=Text))
    if after:
        position = tuple_(bindparam("created_at", type_=TIMESTAMP(timezone=True)), _ID)
        statement = statement.where(tuple_(_task.created_at, _task.id) < position)
    return compiled(statement.limit(bindparam("limit", type_=Integer)))


@cache
def counts(*, of_owner: bool, final: bool) -> Compiled:
    """How many tasks there are in each state."""
    statement = select(_task.state, func.count()).group_by(_task.state)
    if of_owner:
        statement = statement.where(_task.owner == _OWNER)
    return compiled(statement if final else statement.where(_OPEN))


@cache
def claim() -> Compiled:
    """Take up a task, or end it if that was once too often.

    Of several who try, the row's lock lets one through, and the rest see that it is taken.
    """
    spent = _task.attempts >= bindparam("attempts", type_=Integer)
    taken = {
        "state": case((spent, FAILED), else_=PROCESSING),
        "attempts": _task.attempts + case((spent, _NOTHING), else_=_ONE),
        "started_at": case((spent, _task.started_at), else_=func.coalesce(_task.started_at, _NOW)),
        "updated_at": func.now(),
        "not_before": null(),
    }
    held = {name: case((~spent, value)) for name, value in (("token", _NEW_TOKEN), ("lease_until", _LEASE_END))}
    end = {**_ERROR, "finished_at": _NOW, "stage": null()}
    ended = {name: case((spent, value), else_=_task[name]) for name, value in end.items()}
    free = or_(_ready(), and_(bindparam("lost", type_=Boolean), _LOST))
    ours = or_(_task.scope == _SCOPE, _task.scope == _ANYBODYS)
    claimed = update(match_task).where(_task.id == _ID, ours, free).values({**taken, **held, **ended})
    return compiled(claimed.returning(*TASK, cast(_task.request, Text), _task.token, _TOLD))


@cache
def heartbeat() -> Compiled:
    """Renew a lease."""
    stands = {"progress": bindparam("progress", type_=Float(53)), "stage": bindparam("stage", type_=Text)}
    renewed = {"lease_until": _LEASE_END, "updated_at": func.now(), **stands}
    return compiled(update(match_task).where(_HELD).values(renewed).returning(_task.id))


@cache
def release() -> Compiled:
    """Hand a task back; the attempt does not count."""
    return compiled(_pending(_HELD).values(attempts=_task.attempts - _ONE).returning(_task.id, _TOLD))


@cache
def put_off() -> Compiled:
    """End an attempt, with another to come."""
    later = {**_ERROR, "not_before": func.now() + _seconds("retry_in")}
    return compiled(_pending(_HELD).values(later).returning(_task.id, _TOLD))


@cache
def retry() -> Compiled:
    """Make a task that ended without a result pending, as if new."""
    ended = _task.state.in_([FAILED, CANCELLED])
    forgotten = dict.fromkeys(("error_code", "error_message", "started_at", "finished_at"), null())
    again = _pending(and_(_SEEN, ended)).values({**forgotten, "attempts": _NOTHING})
    return compiled(again.returning(*TASK, _TOLD))


def _pending(condition: ColumnElement[bool]) -> Update:
    cleared = dict.fromkeys(("token", "lease_until", "stage"), null())
    values = {"state": PENDING, "updated_at": func.now(), "progress": _NOTHING}
    return update(match_task).where(condition).values({**values, **cleared})


@cache
def finish() -> Compiled:
    """Complete a task and store its result, both or neither."""
    total = bindparam("total", type_=Integer)
    values = {"total": total, "progress": _ONE, "error_code": null(), "error_message": null()}
    done = _ended(_HELD, COMPLETED).values(values).returning(_task.id).cte("done")
    documents = (cast(bindparam(name, type_=Text), JSON) for name in ("diagnostics", "matches"))
    stored = insert(match_result).from_select(
        ["task_id", "diagnostics", "matches"], select(done.c.id, *documents), include_defaults=False
    )
    told = func.pg_notify(CHANNEL, cast(match_result.c.task_id, Text) + literal_column("' completed'", Text))
    return compiled(stored.returning(match_result.c.task_id, told))


@cache
def fail() -> Compiled:
    """End a task without a result."""
    return compiled(_ended(_HELD, FAILED).values(_ERROR).returning(_task.id, _TOLD))


@cache
def cancel() -> Compiled:
    """Cancel a task that is not final."""
    return compiled(_ended(and_(_SEEN, _OPEN), CANCELLED).returning(*TASK, _TOLD))


@cache
def withdraw() -> Compiled:
    """Remove a task that nobody has begun."""
    untouched = and_(_task.id == _ID, _task.state == PENDING, _task.attempts == _NOTHING)
    return compiled(delete(match_task).where(untouched).returning(_task.id))


def _ended(condition: ColumnElement[bool], state: ColumnElement[str]) -> Update:
    cleared = dict.fromkeys(("token", "lease_until", "not_before", "stage"), null())
    values = {"state": state, "updated_at": func.now(), "finished_at": func.now()}
    return update(match_task).where(condition).values({**values, **cleared})


@cache
def due() -> Compiled:
    """Pending tasks that can be claimed, oldest first; see `_oldest`."""
    return _oldest(PENDING, _ready(func.now() - _seconds("idle")))


@cache
def lost() -> Compiled:
    """Tasks whose lease ran out, oldest first; see `_oldest`."""
    return _oldest(PROCESSING, _LOST)


def _oldest(state: ColumnElement[str], condition: ColumnElement[bool]) -> Compiled:
    """Return one row: now, when the oldest task in that state was created, and the ids wanted; see `frontier`.

    What is dead before the oldest is passed once, for the second look begins there.
    """
    # It names one state of the partial index on open tasks; naming both as well would spoil the planner's estimate.
    since = bindparam("since", type_=TIMESTAMP(timezone=True))
    first = _first("created_at", and_(_task.state == state, _task.created_at >= since), _ONE)
    begin = select(first.cte("oldest").c.created_at).scalar_subquery()
    wanted = _first("id", and_(condition, _task.created_at >= begin), bindparam("limit", type_=Integer))
    return compiled(select(func.now(), begin, func.array(wanted.scalar_subquery(), type_=ARRAY(UUID))))


def _first(column: str, condition: ColumnElement[bool], limit: ColumnElement[int]) -> Select[Any]:
    """Return a column of the oldest tasks that are for the index, or anybody's.

    Of each of the two the first are read in the order of the partial index; with both in one condition, or without a
    limit of their own, all would be read and sorted.
    """
    order = (_task.created_at, _task.id)
    each = [select(*order).where(condition, _task.scope == scope) for scope in (_SCOPE, _ANYBODYS)]
    ours = union_all(*(one.order_by(*order).limit(limit) for one in each)).subquery("ours")
    return select(ours.c[column]).order_by(ours.c.created_at, ours.c.id).limit(limit)


@cache
def purge() -> Compiled:
    """Remove what has been final for long, oldest first; its results go with it."""
    old = select(_task.id).where(_task.finished_at <= func.now() - _seconds("age")).order_by(_task.finished_at)
    chosen = old.limit(bindparam("limit", type_=Integer)).with_for_update(skip_locked=True)
    return compiled(delete(match_task).where(_task.id.in_(chosen)).returning(_task.id))


@cache
def result() -> Compiled:
    """A task of its owner with its result, if it has one."""
    documents = (cast(match_result.c[name], Text) for name in ("diagnostics", "matches"))
    joined = match_task.outerjoin(match_result, match_result.c.task_id == _task.id)
    return compiled(select(*TASK, *documents).select_from(joined).where(_SEEN))
