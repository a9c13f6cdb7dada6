"""From criteria to one score.

``score = Σ w(c) · s(c) / Σ w(c)`` over the criteria c that the request speaks of; where the posting does not tell, s(c)
is `NEUTRAL`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import attrs

from jobmatch.model import Criterion, Explanation, MatchRequest
from jobmatch.ports import Hit
from jobmatch.ranking.criteria import CRITERIA
from jobmatch.ranking.subject import Subject

#: Score of a criterion about which a posting says nothing: less than a fair fit, more than a miss.
NEUTRAL = 0.3


class Scored(NamedTuple):
    """A hit with its score, and the scores by criterion that it is made of."""

    hit: Hit
    score: float
    parts: Sequence[float | None]


def score(hits: Sequence[Hit], subject: Subject, shares: Mapping[str, float]) -> list[Scored]:
    """Score *hits* by the criteria in *shares*, which add up to 1."""
    # One criterion after the other over all hits: much quicker than one hit after the other.
    columns = [[CRITERIA[name].score(hit, subject) for hit in hits] for name in shares]
    weighted = [_weighted(column, share) for column, share in zip(columns, shares.values(), strict=True)]
    totals = map(sum, zip(*weighted, strict=True))
    return list(map(Scored, hits, totals, zip(*columns, strict=True)))


def _weighted(column: Sequence[float | None], share: float) -> list[float]:
    return [share * (NEUTRAL if part is None else part) for part in column]


def shares(request: MatchRequest) -> dict[str, float]:
    """Return the share of each criterion in the score: its weight, among those on which the request says something."""
    profile = request.profile
    silent = {
        "keywords": not request.keywords,
        "title": not profile.titles,
        "level": profile.level is None,
        "skills": not (profile.text or profile.skills),
    }
    weights = attrs.asdict(request.weights)
    spoken = {name: weight for name, weight in weights.items() if weight and not silent.get(name)}
    whole = sum(spoken.values())
    return {name: weight / whole for name, weight in spoken.items()} if whole else {"semantic": 1.0}


def explain(scored: Scored, subject: Subject, shares: Mapping[str, float]) -> Explanation:
    """Return the explanation of a score."""
    return Explanation(
        tuple(
            _criterion(name, share, part, scored.hit, subject)
            for (name, share), part in zip(shares.items(), scored.parts, strict=True)
        )
    )


def _criterion(name: str, share: float, part: float | None, hit: Hit, subject: Subject) -> Criterion:
    found, missing = CRITERIA[name].evidence(hit, subject) if part is not None else ((), ())
    score = None if part is None else round(part, 4)
    return Criterion(name=name, score=score, weight=round(share, 4), found=found, missing=missing)
