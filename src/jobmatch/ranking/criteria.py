"""The criteria: each looks at the hits and says how well each fits, 0 to 1, and by what evidence.

A score of None means that the posting does not tell. A criterion on which the *request* says nothing is left out.
Every hit is scored, in one go by each criterion, for hundreds of calls would cost more than what they do; evidence is
gathered only for those that get into the answer.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import compress
from math import exp2
from operator import not_
from typing import NamedTuple

from msgspec import Struct

from jobmatch.model import Level
from jobmatch.ports import Hit
from jobmatch.ranking.subject import Subject
from jobmatch.ranking.titles import alike, title_words

LEVELS = {level: step for step, level in enumerate(Level)}
#: Score by distance in steps between two levels.
LEVEL_FIT = (1.0, 0.6, 0.2)
#: Days in which a posting's newness halves.
HALF_LIFE_DAYS = 30.0
_HALF_LIFE = HALF_LIFE_DAYS * 86_400
#: A posting is treated as if it asked for this many more skills, known in the share `PRIOR`: else the posting that asks
#: for one skill would beat the one that asks for ten, nine of them known.
PSEUDO_SKILLS, PRIOR = 2, 0.2


class Evidence(Struct, frozen=True, gc=False):
    """What speaks for a hit, and what was looked for in vain."""

    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


#: By hit.
Scores = list[float | None]


class Measure(NamedTuple):
    """One criterion: how it scores hits, and what it shows for one."""

    scores: Callable[[Sequence[Hit], Subject], Scores]
    evidence: Callable[[Hit, Subject], Evidence]


NOTHING = Evidence()


def semantic(hits: Sequence[Hit], subject: Subject) -> Scores:
    """Cosine of the two vectors; nothing below 0, which means unrelated, and neither is NaN."""
    return [min(hit.similarity, 1.0) if hit.similarity > 0.0 else 0.0 for hit in hits]


def semantic_evidence(hit: Hit, subject: Subject) -> Evidence:
    """Vectors have no words to show."""
    return NOTHING


def keywords(hits: Sequence[Hit], subject: Subject) -> Scores:
    """Share of the keywords that the posting has, each counting by its rarity."""
    rarity, whole = subject.rarity, sum(subject.rarity) or 1.0
    return [sum(compress(rarity, hit.keywords)) / whole for hit in hits]


def keywords_evidence(hit: Hit, subject: Subject) -> Evidence:
    """Which keywords it has."""
    names, flags = subject.keywords, hit.keywords
    return Evidence(tuple(compress(names, flags)), tuple(compress(names, map(not_, flags))))


def skills(hits: Sequence[Hit], subject: Subject) -> Scores:
    """Share of the posting's skills that the profile names, smoothed: (found + 2 × 0.2) / (asked + 2)."""
    known, smoothing = subject.known.__getitem__, PSEUDO_SKILLS * PRIOR
    postings = (hit.job.skills for hit in hits)
    return [(sum(map(known, s)) + smoothing) / (len(s) + PSEUDO_SKILLS) if s else None for s in postings]


def skills_evidence(hit: Hit, subject: Subject) -> Evidence:
    """Which of its skills the profile names."""
    asked, known = hit.job.skills, subject.known
    return Evidence(tuple([s for s in asked if known[s]]), tuple([s for s in asked if not known[s]]))


def _best_title(hit: Hit, subject: Subject) -> tuple[float, frozenset[str]]:
    asked = title_words(hit.job.title)
    return max((alike(asked, held) for held in subject.titles), key=lambda overlap: overlap[0])


def title(hits: Sequence[Hit], subject: Subject) -> Scores:
    """Best overlap of the posting's title with one of the profile's, by the words that tell what the job is."""
    return [_best_title(hit, subject)[0] for hit in hits]


def title_evidence(hit: Hit, subject: Subject) -> Evidence:
    """The words that the titles share."""
    return Evidence(found=tuple(sorted(_best_title(hit, subject)[1])))


def level(hits: Sequence[Hit], subject: Subject) -> Scores:
    """Nearness of the two levels: the same 1, one step 0.6, two steps 0.2."""
    fits = _level_fits(subject.level)
    return [fits.get(hit.job.level) for hit in hits]


@lru_cache
def _level_fits(held: Level | None) -> dict[Level | None, float]:
    if held is None:
        return {}
    steps = {level: abs(step - LEVELS[held]) for level, step in LEVELS.items()}
    return {level: LEVEL_FIT[apart] if apart < len(LEVEL_FIT) else 0.0 for level, apart in steps.items()}


def level_evidence(hit: Hit, subject: Subject) -> Evidence:
    """The level asked for: found if it is the profile's own, else missing."""
    asked = (hit.job.level.value,) if hit.job.level else ()
    return Evidence(found=asked) if hit.job.level is subject.level else Evidence(missing=asked)


def recency(hits: Sequence[Hit], subject: Subject) -> Scores:
    """How new the posting is: halves every 30 days."""
    now, dates = subject.now, (hit.job.posted_at for hit in hits)
    return [exp2(min((date - now).total_seconds(), 0.0) / _HALF_LIFE) if date else None for date in dates]


def recency_evidence(hit: Hit, subject: Subject) -> Evidence:
    """The day of posting."""
    return Evidence(found=(hit.job.posted_at.date().isoformat(),)) if hit.job.posted_at else NOTHING


#: By field of `Weights`.
CRITERIA = {
    "semantic": Measure(semantic, semantic_evidence),
    "keywords": Measure(keywords, keywords_evidence),
    "skills": Measure(skills, skills_evidence),
    "title": Measure(title, title_evidence),
    "level": Measure(level, level_evidence),
    "recency": Measure(recency, recency_evidence),
}
