"""Which words of somebody's table are not ours, and not translated either: a filter takes them for unknown."""

from functools import lru_cache

from psycopg import AsyncConnection
from sqlalchemy import Text, cast, func, or_, select

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.mapped.job_table import VOCABULARIES, JobTable
from jobmatch.backends.postgres.mapped.posting import kind, written

#: Rows looked at, words told of each column, and characters of each of them.
LOOKED_AT, TOLD, LONGEST = 10_000, 5, 60


async def unread(connection: AsyncConnection, table: JobTable) -> dict[str, tuple[str, ...]]:
    """Return the most frequent words that say nothing, by column; of columns of which all is understood, nothing."""
    found = {}
    for name in VOCABULARIES:
        if name in table.columns:
            statement = _strange(table, name)
            rows = await (await connection.execute(statement.text, statement.constants)).fetchall()
            found[name] = tuple(word for (word,) in rows)
    return {name: words for name, words in found.items() if words}


@lru_cache(maxsize=64)
def _strange(table: JobTable, name: str) -> Compiled:
    theirs, ours = cast(table.columns[name], Text), cast(kind(table, name), Text)
    rows = select(written(theirs).label("theirs"), written(ours).label("ours")).select_from(table.table)
    rows = rows if table.where is None else rows.where(written(table.where))
    some = rows.limit(LOOKED_AT).subquery("some")
    word = func.left(some.c.theirs, LONGEST)
    strange = or_(some.c.ours.is_(None), some.c.ours.not_in([str(ours) for ours in VOCABULARIES[name]]))
    told = select(word).where(some.c.theirs != "", written(strange)).group_by(word)
    return compiled(told.order_by(func.count().desc(), word).limit(TOLD))
