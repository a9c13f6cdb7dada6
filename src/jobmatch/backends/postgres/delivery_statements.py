"""The statements over ``match_delivery``, each compiled once."""

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Float, Integer, Text, and_, bindparam, func, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID, insert

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.schema import match_delivery

_row = match_delivery.c
_WAITING = literal_column("'waiting'", Text)
_OPEN = _row.state == _WAITING
_HELD = and_(_row.task_id == bindparam("task", type_=UUID), _OPEN, _row.token == bindparam("held", type_=UUID))


def _in(seconds: str) -> ColumnElement[datetime]:
    return func.now() + bindparam(seconds, type_=Float(53)) * literal_column("interval '1 second'")


@cache
def put() -> Compiled:
    """Owe a call, unless this end of the task is known already."""
    owed = insert(match_delivery).values(
        task_id=bindparam("task", type_=UUID),
        url=bindparam("url", type_=Text),
        task_state=bindparam("task_state", type_=Text),
        ended_at=bindparam("ended_at", type_=TIMESTAMP(timezone=True)),
    )
    anew = {name: owed.excluded[name] for name in ("url", "task_state", "ended_at")}
    fresh = {"state": _WAITING, "attempts": literal_column("0", Integer), "due_at": func.now(), "token": null()}
    return compiled(
        owed.on_conflict_do_update(
            index_elements=[_row.task_id], set_={**anew, **fresh}, where=_row.ended_at < owed.excluded.ended_at
        )
    )


@cache
def claim() -> Compiled:
    """Take up what is due; of several who ask, each gets other rows."""
    due = select(_row.task_id).where(_OPEN, _row.due_at <= func.now()).order_by(_row.due_at)
    due = due.limit(bindparam("limit", type_=Integer)).with_for_update(skip_locked=True)
    taken = update(match_delivery).where(_row.task_id.in_(due.scalar_subquery()))
    taken = taken.values(
        token=func.gen_random_uuid(),
        due_at=_in("lease"),
        attempts=_row.attempts + literal_column("1", Integer),
    )
    return compiled(taken.returning(_row.task_id, _row.url, _row.task_state, _row.ended_at, _row.attempts, _row.token))


@cache
def postpone() -> Compiled:
    """Have it due again."""
    later = update(match_delivery).where(_HELD).values(token=null(), due_at=_in("seconds"))
    return compiled(later.returning(_row.task_id))


@cache
def close() -> Compiled:
    """Owe it no longer."""
    closed = update(match_delivery).where(_HELD).values(token=null(), state=bindparam("end", type_=Text))
    return compiled(closed.returning(_row.task_id))
