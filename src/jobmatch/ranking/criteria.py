"""The criteria: each looks at one hit and says how well it fits, 0 to 1, and by what evidence.

None means that the posting does not tell. A criterion on which the *request* says nothing is left out of the score.
"""

from collections.abc import Callable
from functools import lru_cache

from attrs import frozen

from jobmatch.model import Level
from jobmatch.model.text import words
from jobmatch.ports import Hit
from jobmatch.ranking.subject import Subject

LEVELS = {level: step for step, level in enumerate(Level)}
#: Score by distance in steps between two levels.
LEVEL_FIT = (1.0, 0.6, 0.2)
#: Days in which a posting's newness halves.
HALF_LIFE_DAYS = 30.0
#: A posting is treated as if it asked for this many more skills, known in the share `PRIOR`: else the posting that asks
#: for one skill would beat the one that asks for ten, nine of them known.
PSEUDO_SKILLS, PRIOR = 2, 0.2


@frozen
class Finding:
    """What a criterion says of one hit."""

    score: float | None
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


Look = Callable[[Hit, Subject], Finding]
UNKNOWN = Finding(None)


def semantic(hit: Hit, subject: Subject) -> Finding:
    """Cosine of the two vectors; nothing below 0, which means unrelated."""
    return Finding(min(max(hit.similarity, 0.0), 1.0))


def keywords(hit: Hit, subject: Subject) -> Finding:
    """Share of the keywords that the posting has, each counting by its rarity."""
    had = [rarity for rarity, has in zip(subject.rarity, hit.keywords, strict=True) if has]
    found = tuple(word for word, has in zip(subject.keywords, hit.keywords, strict=True) if has)
    missing = tuple(word for word, has in zip(subject.keywords, hit.keywords, strict=True) if not has)
    return Finding(sum(had) / (sum(subject.rarity) or 1.0), found, missing)


def skills(hit: Hit, subject: Subject) -> Finding:
    """Share of the posting's skills that the profile names, smoothed: (found + 2 × 0.2) / (asked + 2)."""
    asked = hit.job.skills
    if not asked:
        return UNKNOWN
    found = tuple(skill for skill in asked if subject.knows(skill))
    missing = tuple(skill for skill in asked if skill not in found)
    return Finding((len(found) + PSEUDO_SKILLS * PRIOR) / (len(asked) + PSEUDO_SKILLS), found, missing)


@lru_cache(maxsize=65_536)
def _title_words(title: str) -> frozenset[str]:
    return frozenset(words(title))


def title(hit: Hit, subject: Subject) -> Finding:
    """Best overlap (Dice) of the posting's title with one of the profile's."""
    asked = _title_words(hit.job.title)
    if not asked:
        return UNKNOWN
    best = max(subject.titles, key=lambda held: len(asked & held) / (len(asked) + len(held) or 1))
    shared = asked & best
    return Finding(2 * len(shared) / (len(asked) + len(best)), tuple(sorted(shared)))


def level(hit: Hit, subject: Subject) -> Finding:
    """Nearness of the two levels: the same 1, one step 0.6, two steps 0.2."""
    if hit.job.level is None or subject.level is None:
        return UNKNOWN
    steps = abs(LEVELS[hit.job.level] - LEVELS[subject.level])
    return Finding(LEVEL_FIT[steps] if steps < len(LEVEL_FIT) else 0.0, (hit.job.level.value,))


def recency(hit: Hit, subject: Subject) -> Finding:
    """How new the posting is: halves every 30 days."""
    posted = hit.job.posted_at
    if posted is None:
        return UNKNOWN
    days = max((subject.now - posted).total_seconds() / 86_400, 0.0)
    return Finding(2 ** (-days / HALF_LIFE_DAYS), (posted.date().isoformat(),))


#: By field of `Weights`.
CRITERIA: dict[str, Look] = {
    "semantic": semantic,
    "keywords": keywords,
    "skills": skills,
    "title": title,
    "level": level,
    "recency": recency,
}
