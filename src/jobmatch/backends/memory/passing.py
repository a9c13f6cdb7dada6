"""`passes`: whether a posting fulfils all filters, those on its words too."""

from collections.abc import Sequence
from datetime import UTC, datetime

from jobmatch.backends.memory.lexicon import has_phrase, lexemes, trimmed
from jobmatch.conditions import asked
from jobmatch.model import Filters, Job

Lexemes = Sequence[str | None]


def passes(job: Job, text: Lexemes, filters: Filters) -> bool:
    """Whether a job fulfils all conditions and has not expired.

    Arguments:
        job: the posting.
        text: lexemes of its text.
        filters: the conditions.
    """
    if job.expires_at is not None and job.expires_at <= datetime.now(UTC):
        return False
    return all(condition(job, filters) for condition in asked(filters).values()) and keywords(text, filters)


def keywords(text: Lexemes, filters: Filters) -> bool:
    """All of the keywords that must be there, none of those that must not."""
    return all(has_keyword(text, keyword) is not False for keyword in filters.keywords) and not any(
        has_keyword(text, keyword) for keyword in filters.exclude_keywords
    )


def has_keyword(text: Lexemes, keyword: str) -> bool | None:
    """Whether a text has a keyword; None for a keyword of nothing but stop words."""
    phrase = trimmed(lexemes(keyword))
    return has_phrase(text, phrase) if phrase else None
