"""From criteria to one score.

``score = Σ w(c) · s(c) / Σ w(c)`` over the criteria c that the request speaks of; where the posting does not tell,
s(c) is `NEUTRAL`.
"""

from collections.abc import Mapping, Sequence

import attrs
from attrs import frozen

from jobmatch.model import Criterion, Explanation, MatchRequest
from jobmatch.ports import Hit
from jobmatch.ranking.criteria import CRITERIA, Finding, Look
from jobmatch.ranking.subject import Subject

#: Score of a criterion about which a posting says nothing: less than a fair fit, more than a miss.
NEUTRAL = 0.3


@frozen
class Scored:
    """A hit with its score and what the criteria found."""

    hit: Hit
    score: float
    findings: tuple[Finding, ...]


def score(hits: Sequence[Hit], subject: Subject, shares: Mapping[str, float]) -> list[Scored]:
    """Score *hits* by the criteria in *shares*, which add up to 1."""
    looks = [(CRITERIA[name], share) for name, share in shares.items()]
    return [_score(hit, subject, looks) for hit in hits]


def _score(hit: Hit, subject: Subject, looks: Sequence[tuple[Look, float]]) -> Scored:
    findings = tuple(look(hit, subject) for look, _ in looks)
    total = sum(
        share * (NEUTRAL if finding.score is None else finding.score)
        for finding, (_, share) in zip(findings, looks, strict=True)
    )
    return Scored(hit, total, findings)


def shares(request: MatchRequest) -> dict[str, float]:
    """Return the share of each criterion in the score: its weight, among those on which the request says something."""
    silent = {
        "keywords": not request.keywords,
        "title": not request.profile.titles,
        "level": request.profile.level is None,
        "skills": not (request.profile.text or request.profile.skills),
    }
    weights = attrs.asdict(request.weights)
    spoken = {name: weight for name, weight in weights.items() if weight and not silent.get(name)}
    whole = sum(spoken.values())
    return {name: weight / whole for name, weight in spoken.items()} if whole else {"semantic": 1.0}


def explain(scored: Scored, shares: Mapping[str, float]) -> Explanation:
    """Return the explanation of a score."""
    return Explanation(
        tuple(
            Criterion(name=name, score=finding.score, weight=share, found=finding.found, missing=finding.missing)
            for (name, share), finding in zip(shares.items(), scored.findings, strict=True)
        )
    )
