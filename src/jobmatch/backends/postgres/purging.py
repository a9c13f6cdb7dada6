"""Removing postings that expired, and the texts of those that are gone: batch by batch, so that nobody waits for it.

There is no index by the time at which postings expire, for each import would pay for it. So both tables are gone
through once, in order of the ids, and each statement looks at so many rows, whatever it finds there.
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
    cast,
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
    parameters = {"scope": scope, "owner": owner, "recorded_before": recorded_before, "batch": BATCH}
    removed, last = 0, BATCH
    while last == BATCH:
        last = len(await database.fetch(recorded().text, {**parameters, **recorded().constants}, again=True))
        removed += last
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
def recorded() -> Compiled:
    """Remove some of what was recorded."""
    row, owner, before = match_interaction.c, cast(bindparam("owner"), Text), time("recorded_before")
    chosen = select(*match_interaction.primary_key).where(
        row.scope.in_([bindparam("scope", type_=Text), literal_column(f"'{ANY_SCOPE}'", Text)]),
        or_(owner.is_(None), row.owner == owner),
        or_(before.is_(None), row.recorded_at <= before),
    )
    chosen = chosen.limit(bindparam("batch", type_=Integer)).with_for_update()
    return compiled(delete(match_interaction).where(tuple_(*match_interaction.primary_key).in_(chosen)).returning(_ANY))


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
