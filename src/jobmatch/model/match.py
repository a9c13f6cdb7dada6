"""What is answered: `Match` with its `Explanation`, a `Page` of them, and the `Diagnostics` of the search.

What one match makes hundreds of are msgspec's Structs: made in an eighth of the time that a frozen attrs class takes.
"""

from collections.abc import Mapping

from attrs import Factory, frozen
from msgspec import Struct

from jobmatch.model.job import JobSummary
from jobmatch.model.plan import Plan


class Criterion(Struct, frozen=True, kw_only=True, gc=False):
    """How a job does on one criterion.

    Arguments:
        name: a field of `Weights`.
        score: 0 to 1; None where job or request says nothing about it.
        weight: share of the whole score that it had, 0 to 1.
        found: evidence for it.
        missing: what was looked for and not found.
    """

    name: str
    score: float | None
    weight: float
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Explanation(Struct, frozen=True, gc=False):
    """Why a job has its score: `score = Σ criterion.score × criterion.weight`, an unknown criterion counting as
    neutral."""

    criteria: tuple[Criterion, ...] = ()

    def summary(self) -> str:
        """Return one line for people: what carries the score, in the order of how much it adds.

        A date of posting is no reason, and stands beside every match anyway.
        """
        reasons = [c for c in self.criteria if c.name != "recency"]
        carrying = [c for c in reasons if c.score and (c.found or c.name == "semantic")]
        carrying.sort(key=lambda c: -(c.score or 0) * c.weight)
        return "; ".join(_phrase(c) for c in carrying[:3])


def _phrase(criterion: Criterion) -> str:
    name = PHRASES.get(criterion.name, criterion.name)
    if not criterion.found:
        return f"{name} {criterion.score:.0%}"
    asked = len(criterion.found) + len(criterion.missing)
    count = f" {len(criterion.found)} of {asked}" if criterion.missing else ""
    more = ", …" if len(criterion.found) > SHOWN else ""
    return f"{name}{count}: {', '.join(criterion.found[:SHOWN])}{more}"


#: What people call a criterion, where its name is not it.
PHRASES = {"semantic": "meaning", "title": "title words"}
#: Pieces of evidence named in a summary.
SHOWN = 3


class Match(Struct, frozen=True, kw_only=True, gc=False):
    """One job in the answer.

    Arguments:
        rank: 1 for the best.
        score: 0 to 1.
        job: the posting, in short.
        explanation: why it is here.
    """

    rank: int
    score: float
    job: JobSummary
    explanation: Explanation


@frozen(kw_only=True)
class Diagnostics:
    """How an answer was found.

    Arguments:
        plan: the way of searching that was chosen.
        considered: postings that were ranked: the nearest by meaning, four for each that is wanted, 100 to 1,000.
        complete: whether they are certain to be the nearest that pass the filters, for all of those were compared. What
            is farther away is not ranked, whatever the weights: `Filters` find it.
        cached: whether the answer came from the cache.
        settings: of the server, for this search alone, such as ``hnsw.ef_search``; none if it compared all.
        milliseconds: duration of each stage.
    """

    plan: Plan
    considered: int = 0
    complete: bool = True
    cached: bool = False
    settings: Mapping[str, str] = Factory(dict)
    milliseconds: Mapping[str, float] = Factory(dict)


@frozen(kw_only=True)
class Page:
    """A run of matches from one answer.

    Arguments:
        matches: in order of rank.
        total: number of matches in the whole answer.
        cursor: where the next page starts, to be handed back; None at the end.
        diagnostics: how the whole answer was found.
    """

    matches: tuple[Match, ...]
    total: int
    cursor: str | None = None
    diagnostics: Diagnostics
