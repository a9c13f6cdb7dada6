"""`Subject`: what a request says of the candidate, prepared once for looking at many jobs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

from attrs import field, frozen

from jobmatch.model import Level, MatchRequest
from jobmatch.ranking.skills import Known
from jobmatch.ranking.titles import title_words


@frozen(kw_only=True)
class Subject:
    """The candidate, as the criteria look at it.

    Arguments:
        known: the skills that the profile names.
        titles: words of each title that tell what the job is.
        level: experience, if known.
        keywords: as given.
        rarity: weight of each keyword, its inverse document frequency.
        now: time from which ages count.
    """

    known: Known
    titles: tuple[frozenset[str], ...]
    level: Level | None
    keywords: tuple[str, ...]
    rarity: tuple[float, ...]
    now: datetime = field(factory=lambda: datetime.now(UTC))

    @classmethod
    def of(cls, request: MatchRequest, rarity: Sequence[float]) -> Self:
        """Prepare a request; *rarity* has one weight per keyword."""
        profile = request.profile
        return cls(
            known=Known((profile.text, *profile.titles), profile.skills),  # keywords are of the job that is wanted
            titles=tuple(map(title_words, profile.titles)),
            level=profile.level,
            keywords=request.keywords,
            rarity=tuple(rarity),
        )
