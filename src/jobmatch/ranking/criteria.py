"""The criteria: each looks at one hit and says how well it fits, 0 to 1, and by what evidence.

A score of None means that the posting does not tell. A criterion on which the *request* says nothing is left out.
Every hit is scored; evidence is gathered only for those that get into the answer.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import compress
from operator import not_
from typing import NamedTuple

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


class Evidence(NamedTuple):
    """What speaks for a hit, and what was looked for in vain."""

    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Measure(NamedTuple):
    """One criterion: how it scores a hit, and what it shows for it."""

    score: Callable[[Hit, Subject], float | None]
    evidence: Callable[[Hit, Subject], Evidence]


def semantic(hit: Hit, subject: Subject) -> float:
    """Cosine of the two vectors; nothing below 0, which means unrelated."""
    return min(max(0.0, hit.similarity), 1.0)  # in this order, NaN turns into 0


def semantic_evidence(hit: Hit, subject: Subject) -> Evidence:
    """Vectors have no words to show."""
    return Evidence()


def keywords(hit: Hit, subject: Subject) -> float:
    """Share of the keywords that the posting has, each counting by its rarity."""
    return sum(compress(subject.rarity, hit.keywords)) / (sum(subject.rarity) or 1.0)


def keywords_evidence(hit: Hit, subject: Subject) -> Evidence:
    """Which keywords it has."""
    return _split(subject.keywords, hit.keywords)


def skills(hit: Hit, subject: Subject) -> float | None:
    """Share of the posting's skills that the profile names, smoothed: (found + 2 × 0.2) / (asked + 2)."""
    asked = hit.job.skills
    if not asked:
        return None
    return (sum(map(subject.known.__getitem__, asked)) + PSEUDO_SKILLS * PRIOR) / (len(asked) + PSEUDO_SKILLS)


def skills_evidence(hit: Hit, subject: Subject) -> Evidence:
    """Which of its skills the profile names."""
    return _split(hit.job.skills, tuple(map(subject.known.__getitem__, hit.job.skills)))


@lru_cache(maxsize=65_536)
def _title_words(title: str) -> frozenset[str]:
    return frozenset(words(title))


def _best_title(hit: Hit, subject: Subject) -> tuple[float, frozenset[str]]:
    asked = _title_words(hit.job.title)
    overlaps = ((2 * len(asked & held) / (len(asked) + len(held) or 1), asked & held) for held in subject.titles)
    return max(overlaps, key=lambda overlap: overlap[0])


def title(hit: Hit, subject: Subject) -> float:
    """Best overlap (Dice's coefficient) of the posting's title with one of the profile's."""
    return _best_title(hit, subject)[0]


def title_evidence(hit: Hit, subject: Subject) -> Evidence:
    """The words that the titles share."""
    return Evidence(found=tuple(sorted(_best_title(hit, subject)[1])))


def level(hit: Hit, subject: Subject) -> float | None:
    """Nearness of the two levels: the same 1, one step 0.6, two steps 0.2."""
    if hit.job.level is None or subject.level is None:
        return None
    steps = abs(LEVELS[hit.job.level] - LEVELS[subject.level])
    return LEVEL_FIT[steps] if steps < len(LEVEL_FIT) else 0.0


def level_evidence(hit: Hit, subject: Subject) -> Evidence:
    """The level asked for: found if it is the profile's own, else missing."""
    asked = (hit.job.level.value,) if hit.job.level else ()
    return Evidence(found=asked) if hit.job.level is subject.level else Evidence(missing=asked)


def recency(hit: Hit, subject: Subject) -> float | None:
    """How new the posting is: halves every 30 days."""
    if hit.job.posted_at is None:
        return None
    days = max((subject.now - hit.job.posted_at).total_seconds() / 86_400, 0.0)
    return math.exp2(-days / HALF_LIFE_DAYS)


def recency_evidence(hit: Hit, subject: Subject) -> Evidence:
    """The day of posting."""
    return Evidence(found=(hit.job.posted_at.date().isoformat(),)) if hit.job.posted_at else Evidence()


def _split(names: tuple[str, ...], flags: tuple[bool, ...]) -> Evidence:
    return Evidence(
        found=tuple(compress(names, flags)),
        missing=tuple(compress(names, map(not_, flags))),
    )


#: By field of `Weights`.
CRITERIA = {
    "semantic": Measure(semantic, semantic_evidence),
    "keywords": Measure(keywords, keywords_evidence),
    "skills": Measure(skills, skills_evidence),
    "title": Measure(title, title_evidence),
    "level": Measure(level, level_evidence),
    "recency": Measure(recency, recency_evidence),
}
