"""`Passing`: whether postings fulfil all filters, those on their words too."""

from collections.abc import Sequence
from datetime import UTC, datetime

from jobmatch.backends.memory.lexicon import has_phrase, lexemes, trimmed
from jobmatch.conditions import asked
from jobmatch.model import Filters, Job
from jobmatch.model.keywords import of_keyword

Lexemes = Sequence[str | None]


class Passing:
    """What is asked of postings, made out once for all of them.

    Arguments:
        filters: the conditions.
    """

    def __init__(self, filters: Filters) -> None:
        self._conditions = tuple(asked(filters).values())
        self._wanted, self._unwanted = phrases(filters.keywords), phrases(filters.exclude_keywords)
        self._now = datetime.now(UTC)

    def __call__(self, job: Job, text: Lexemes) -> bool:
        """Whether a job fulfils all conditions and has not expired.

        Arguments:
            job: the posting.
            text: lexemes of its text.
        """
        if job.expires_at is not None and job.expires_at <= self._now:
            return False
        return all(passes(job) for passes in self._conditions) and self._words(text)

    def _words(self, text: Lexemes) -> bool:
        """All of the keywords that must be there, none of those that must not."""
        return all(found(text, self._wanted)) and not any(found(text, self._unwanted))


def phrases(keywords: Sequence[str]) -> list[Lexemes]:
    """Return the lexemes of each keyword; none for one of nothing but stop words."""
    return [trimmed(lexemes(of_keyword(keyword))) for keyword in keywords]


def found(text: Lexemes, phrases: Sequence[Lexemes]) -> tuple[bool, ...]:
    """Tell of each phrase whether a text has it."""
    return tuple(bool(phrase) and has_phrase(text, phrase) for phrase in phrases)
