"""From criteria to one score.

``score = Σ w(c) · s(c) / Σ w(c)`` over the criteria c that the request speaks of; where the posting does not tell, s(c)
is `NEUTRAL`.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from jobmatch.model import Criterion, Explanation, MatchRequest
from jobmatch.ports import Hit
from jobmatch.ranking.criteria import CRITERIA, NOTHING
from jobmatch.ranking.subject import Subject

#: Score of a criterion about which a posting says nothing: less than a fair fit, more than a miss.
NEUTRAL = 0.3


class Scored(Struct, frozen=True, gc=False):
    """A hit with its score, and the scores by criterion that it is made of."""

    hit: Hit
    score: float
    parts: Sequence[float | None]


def score(hits: Sequence[Hit], subject: Subject, shares: Mapping[str, float]) -> list[Scored]:
    """Score *hits* by the criteria in *shares*, which add up to 1."""
    columns = [CRITERIA[name].scores(hits, subject) for name in shares]
    weighted = [_weighted(column, share) for column, share in zip(columns, shares.values(), strict=True)]
    totals = map(sum, zip(*weighted, strict=True))
    return list(map(Scored, hits, totals, zip(*columns, strict=True)))


def _weighted(column: Sequence[float | None], share: float) -> list[float]:
    return [share * (NEUTRAL if part is None else part) for part in column]


def shares(request: MatchRequest) -> dict[str, float]:
    """Return the share of each criterion in the score: its weight, among those on which the request says something."""
    weights = request.spoken
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


def explain(scored: Sequence[Scored], subject: Subject, shares: Mapping[str, float]) -> list[Explanation]:
    """Return the explanation of each score."""
    hits, parts = [one.hit for one in scored], zip(*(one.parts for one in scored), strict=True)
    columns = [
        _criteria(name, share, column, hits, subject)
        for (name, share), column in zip(shares.items(), parts, strict=False)
    ]
    return list(map(Explanation, zip(*columns, strict=True)))


def _criteria(
    name: str, share: float, parts: Sequence[float | None], hits: Sequence[Hit], subject: Subject
) -> Iterator[Criterion]:
    evidence, weight = CRITERIA[name].evidence, round(share, 4)
    for hit, part in zip(hits, parts, strict=True):
        shown = NOTHING if part is None else evidence(hit, subject)
        score = None if part is None else round(part, 4)
        yield Criterion(name=name, score=score, weight=weight, found=shown.found, missing=shown.missing)
