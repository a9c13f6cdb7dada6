"""The words of a `JobTable`: stemmed by the server, or by whoever filled a ``tsvector``."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Text, cast, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR

from jobmatch.backends.postgres.expressions import ENGLISH, lexemes, phrase
from jobmatch.backends.postgres.layout import Words
from jobmatch.backends.postgres.mapped.given import written
from jobmatch.backends.postgres.mapped.job_table import DEFAULT_CONFIG, JobTable
from jobmatch.backends.postgres.mapped.wording import plain
from jobmatch.model.keywords import MAX_DESCRIPTION, spelled

#: Characters of a text whose words count, as of a description in our own table.
_MOST: ColumnElement[int] = literal_column(str(MAX_DESCRIPTION), Integer)


def config(table: JobTable) -> ColumnElement[Any]:
    """Return the text search configuration that words go by."""
    named = cast(literal(table.text_config, Text), REGCONFIG)
    return ENGLISH if table.text_config == DEFAULT_CONFIG else written(named)


def searched(table: JobTable) -> ColumnElement[Any]:
    """Return the stemmed words of a posting."""
    text = table.columns["text"]
    if isinstance(text.type, TSVECTOR):
        return text
    # The server holds no more words of a row than a megabyte, and one that has more would break every search for words.
    read = func.left(func.coalesce(cast(text, Text), ""), _MOST)
    return lexemes(plain(read), config(table))


def words(table: JobTable) -> Words | None:
    """Return where a search finds the words of postings; None if nothing is mapped."""
    text = table.columns.get("text")
    if text is None:
        return None
    found: FromClause = (
        select(cast(table.columns["id"], Text).label("job_id"), written(searched(table)).label("search"))
        .select_from(table.table)
        .subquery("words")
    )
    stemmed, ready = config(table), isinstance(text.type, TSVECTOR)
    return Words(
        table=found,
        job_id=found.c.job_id,
        search=found.c.search,
        made=not ready,
        # What the server's own parser found in a text, it is to find in a keyword.
        spelled=str if ready else spelled,
        phrase=lambda keyword: phrase(keyword if ready else plain(keyword), stemmed),
    )
