"""`Subject`: what a request says of the candidate, prepared once for looking at many jobs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Self

from attrs import field, frozen

from jobmatch.model import Level, MatchRequest
from jobmatch.model.text import words


@lru_cache(maxsize=65_536)
def phrase(text: str) -> str:
    """Return the folded words of *text* between single spaces, so that ``in`` finds whole words only."""
    return f" {' '.join(words(text))} "


class Known(dict[str, bool]):
    """Whether a text names a skill. Each is looked up once, for the hits of one search ask for much the same ones.

    Arguments:
        pieces: the text, in pieces; no phrase is found across two of them.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        super().__init__()
        self._pieces = pieces

    @cached_property
    def _text(self) -> str:
        # Not before it is asked: a match by meaning alone names no skills. No word is a bar.
        return f" {' | '.join(' '.join(words(piece)) for piece in self._pieces)} "

    def __missing__(self, skill: str) -> bool:
        wanted = phrase(skill)
        known = self[skill] = wanted in self._text and not wanted.isspace()
        return known


@frozen(kw_only=True)
class Subject:
    """The candidate, as the criteria look at it.

    Arguments:
        known: the skills that the profile names.
        titles: word sets of the titles.
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
            known=Known((profile.text, *profile.titles, *profile.skills, *request.keywords)),
            titles=tuple(frozenset(words(title)) for title in profile.titles),
            level=profile.level,
            keywords=request.keywords,
            rarity=tuple(rarity),
        )
