"""Which words of somebody's table are not ours, and not translated either: no filter on them finds the posting."""

from functools import lru_cache

from psycopg import AsyncConnection
from sqlalchemy import ARRAY, ColumnElement, Text, cast, func, not_, select

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.mapped.given import written
from jobmatch.backends.postgres.mapped.job_table import VOCABULARIES, JobTable
from jobmatch.backends.postgres.mapped.posting import kind

#: Columns of codes, and what those look like in small letters.
CODES = {"country": "^[a-z]{2}$", "language": "^[a-z]{2,3}$"}
#: Rows looked at, words told of each column, and characters of each of them.
LOOKED_AT, TOLD, LONGEST = 10_000, 5, 60


async def unread(connection: AsyncConnection, table: JobTable) -> dict[str, tuple[str, ...]]:
    """Return the most frequent words that say nothing, by column; of columns of which all is understood, nothing."""
    found = {}
    for name in (*VOCABULARIES, *CODES):
        if name in table.columns and not isinstance(table.columns[name].type, ARRAY):
            statement = _strange(table, name)
            rows = await (await connection.execute(statement.text, statement.constants)).fetchall()
            found[name] = tuple(word for (word,) in rows)
    return {name: words for name, words in found.items() if words}


@lru_cache(maxsize=64)
def _strange(table: JobTable, name: str) -> Compiled:
    theirs = cast(table.columns[name], Text)
    ours = func.lower(theirs) if name in CODES else cast(kind(table, name), Text)
    rows = select(written(theirs).label("theirs"), written(ours).label("ours")).select_from(table.table)
    rows = rows if table.where is None else rows.where(written(table.where))
    some = rows.limit(LOOKED_AT).subquery("some")
    word = func.left(some.c.theirs, LONGEST)
    told = select(word).where(some.c.theirs != "", written(not_(_ours(some.c.ours, name)))).group_by(word)
    return compiled(told.order_by(func.count().desc(), word).limit(TOLD))


def _ours(word: ColumnElement[str], name: str) -> ColumnElement[bool]:
    if name in CODES:
        return word.regexp_match(CODES[name])
    return func.coalesce(word, "").in_([str(ours) for ours in VOCABULARIES[name]])
