"""Hits in, scored, explained and ordered matches out. Pure: no I/O, nothing opaque."""

from collections.abc import Sequence

from jobmatch.model import Match, MatchRequest
from jobmatch.ports import Hit, Survey
from jobmatch.ranking.frequency import rarity
from jobmatch.ranking.order import page
from jobmatch.ranking.scoring import explain, score, shares
from jobmatch.ranking.subject import Subject

__all__ = ["rank", "rarity"]


def rank(
    request: MatchRequest,
    hits: Sequence[Hit],
    surveys: Sequence[Survey] = (),
    *,
    before: Sequence[Sequence[Hit]] = (),
) -> tuple[Match, ...]:
    """Rank the hits of a search.

    Arguments:
        request: tells what counts, in which order, and how many are wanted.
        hits: what the search found.
        surveys: one for each of the request's keywords, for its rarity.
        before: what the searches for the first of the request's blocks found; those without one are chosen from *hits*.

    Returns:
        at most ``request.limit`` matches; ranks go on from ``request.offset``.
    """
    weights = shares(request)
    subject = Subject.of(request, [rarity(s) for s in surveys])
    best = page(request, [score(found, subject, weights) for found in (*before, hits)])
    explained = zip(best, explain(best, subject, weights), strict=True)
    return tuple(
        Match(rank=rank, score=round(one.score, 6), job=one.hit.job, explanation=explanation)
        for rank, (one, explanation) in enumerate(explained, request.offset + 1)
    )
