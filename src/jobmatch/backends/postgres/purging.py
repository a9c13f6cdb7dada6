"""Removing postings that expired, and the texts of those that are gone: batch by batch, so that nobody waits for it.

There is no index by the time at which postings expire, for each import would pay for it, and none by the time at which
something was recorded. So each table is gone through once, in order of its key, and each statement looks at so many
rows, whatever it finds there. What one owner recorded stands together.
"""

from datetime import datetime
from functools import cache, partial
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.database import AS_COMMITTED, Database, fetched
from jobmatch.backends.postgres.expressions import texts, time
from jobmatch.backends.postgres.schema import ANY_SCOPE, match_interaction, match_job, match_text

#: Rows that a transaction looks at.
BATCH = 5_000
#: Parameters: the key after which the next rows come.
_AFTER = ("after_owner", "after_job", "after_kind", "after_scope")
_ANY: ColumnElement[Any] = literal_column("1", Integer)


async def purge(database: Database, *, expired_before: datetime) -> int:
    """See `JobIndex.purge`."""
    removed, after = 0, ""
    while after is not None:
        parameters = {"after": after, "batch": BATCH, "expired_before": expired_before, **expired().constants}
        [(after, count)] = await database.fetch(expired().text, parameters, again=True)
        removed += count
    await _remove_loose_texts(database)
    return removed


async def _remove_loose_texts(database: Database) -> None:
    after: str | None = ""
    while after is not None:
        after = await database.repeat(partial(_remove_some, after=after))


async def _remove_some(connection: AsyncConnection, *, after: str) -> str | None:
    """Remove loose texts of the next rows, and return where these end; None if there are no more.

    They are looked at once more when they are locked: an import may have brought the posting back meanwhile.
    """
    async with connection.transaction():
        await connection.execute(AS_COMMITTED)
        parameters = {"after": after, "batch": BATCH, **loose().constants}
        [(end, ids)] = await fetched(connection, loose().text, parameters)
        for statement in (lock_texts(), remove_loose()) if ids else ():
            await connection.execute(statement.text, {"ids": ids, **statement.constants})
    return None if end is None else str(end)


async def unrecord(database: Database, scope: str, *, owner: str | None, recorded_before: datetime | None) -> int:
    """See `JobIndex.unrecord`.

    Arguments:
        database: with the tables.
        scope: of the index.
        owner: as there.
        recorded_before: as there.
    """
    statement = recorded(one_owner=owner is not None)
    wanted = {"scope": scope, "owner": owner, "recorded_before": recorded_before, "batch": BATCH, **statement.constants}
    removed, after = 0, (owner or "", "", "", "")
    while after:
        following = dict(zip(_AFTER, after, strict=True))
        rows = await database.fetch(statement.text, {**wanted, **following}, again=True)
        removed += sum(count for count, *_ in rows)
        after = rows[0][1:] if rows else ()
    return removed


@cache
def expired() -> Compiled:
    """Remove what expired among the next postings; where these end, and how many that were."""
    part = _next(match_job.c.id).cte("part")
    # Never what has not expired, by the clock that searches go by. What is being imported just now is left alone.
    past = match_job.c.expires_at <= func.least(time("expired_before"), func.now())
    chosen = select(match_job.c.id).where(match_job.c.id.in_(select(part.c.id)), past)
    chosen = chosen.with_for_update(skip_locked=True)
    gone = delete(match_job).where(match_job.c.id.in_(chosen)).returning(match_job.c.id).cte("gone")
    words = delete(match_text).where(match_text.c.job_id.in_(select(gone.c.id))).returning(_ANY).cte("texts")
    end, count = select(func.max(part.c.id)), select(func.count()).select_from(gone)
    return compiled(select(end.scalar_subquery(), count.scalar_subquery()).add_cte(words))


@cache
def recorded(*, one_owner: bool) -> Compiled:
    """Remove what is wanted of the next that was recorded; how many that was, and where these end."""
    row, key = match_interaction.c, tuple_(*match_interaction.primary_key)
    before = time("recorded_before")
    past = or_(before.is_(None), row.recorded_at <= before)
    following = key > tuple_(*(bindparam(name, type_=Text) for name in _AFTER))
    whose = [row.owner == bindparam("owner", type_=Text)] if one_owner else []
    # By where they are: to find them by their key again, the server would look at all there are, as often as not.
    place = literal_column("match_interaction.ctid", Text).label("place")
    rows = select(*match_interaction.primary_key, place).where(following, *whose)
    part = rows.order_by(*match_interaction.primary_key).limit(bindparam("batch", type_=Integer)).cte("part")
    scope = row.scope.in_([bindparam("scope", type_=Text), literal_column(f"'{ANY_SCOPE}'", Text)])
    there = place.element == func.any(func.array(select(part.c.place).scalar_subquery()))
    gone = delete(match_interaction).where(there, scope, past).returning(_ANY).cte("gone")
    count = select(func.count()).select_from(gone).scalar_subquery()
    end = [part.c[column.name] for column in match_interaction.primary_key]
    return compiled(
        select(count, *end).order_by(*(column.desc() for column in end)).limit(literal_column("1", Integer))
    )


@cache
def loose() -> Compiled:
    """The next texts: where these end, and those whose postings are gone."""
    part = _next(match_text.c.job_id).cte("part")
    ids = select(part.c.job_id).where(~exists(_ANY).where(match_job.c.id == part.c.job_id))
    return compiled(select(select(func.max(part.c.job_id)).scalar_subquery(), func.array(ids.scalar_subquery())))


@cache
def lock_texts() -> Compiled:
    """Lock texts by id."""
    wanted = select(_ANY).where(match_text.c.job_id == func.any(texts("ids"))).order_by(match_text.c.job_id)
    return compiled(wanted.with_for_update())


@cache
def remove_loose() -> Compiled:
    """Remove texts by id, if their postings are gone."""
    kept = exists(_ANY).where(match_job.c.id == match_text.c.job_id)
    return compiled(delete(match_text).where(match_text.c.job_id == func.any(texts("ids")), ~kept))


def _next(key: ColumnElement[str]) -> Select[Any]:
    following = key > bindparam("after", type_=Text)
    return select(key).where(following).order_by(key).limit(bindparam("batch", type_=Integer))
