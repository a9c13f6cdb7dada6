"""The orders of an answer."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from heapq import heappush, heappushpop
from itertools import chain, repeat
from typing import TypeVar

from jobmatch.model import JobSummary, MatchRequest, Place, Sort
from jobmatch.model.request import pool
from jobmatch.model.text import fold
from jobmatch.ranking.scoring import Scored

#: How far a posting is moved down at most, as a difference of scores: one that is better by more stays ahead. So far
#: goes one whose title, company and places stood in the answer already.
MOST_MOVED = 0.15
#: Postings of one company that stay where they are, and how much further each one after those is moved.
COMPANY_SHARE, CROWDED = 3, 0.02
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

K = TypeVar("K")
Ranked = Sequence[Scored]
#: A Counter is several times slower to count up.
Counts = defaultdict[K, int]
#: Title, company and places.
Posting = tuple[str, str, frozenset[str]]


def page(request: MatchRequest, found: Sequence[Ranked]) -> Ranked:
    """Return those that the request wants.

    Arguments:
        request: tells which.
        found: what to choose each block from, nearest first; the last is for all blocks that are left.
    """
    best, wanted = _best(request, found), range(request.offset, request.offset + request.limit)
    shown = [best[rank] for rank in wanted if rank in best]
    if request.sort is Sort.DATE:  # those without a date last
        shown.sort(key=lambda s: s.hit.job.posted_at or _LONG_AGO, reverse=True)
    return shown


def _best(request: MatchRequest, found: Sequence[Ranked]) -> dict[int, Scored]:
    """Return the best by rank, the first being 0, block by block; what stands in one is left out of those after it."""
    choose = recommended if request.sort is Sort.RECOMMENDED else by_score
    best: dict[int, Scored] = {}
    start = 0
    for end, scored in zip(request.blocks, chain(found, repeat(found[-1])), strict=False):
        held = {one.hit.job.id for one in best.values()}
        chosen = choose(_good(request, scored[: pool(end)]), end)
        others = [one for one in chosen if one.hit.job.id not in held]
        best.update(enumerate(others[: end - start], start))
        start = end
    return best


def _good(request: MatchRequest, scored: Ranked) -> Ranked:
    if not request.min_score:
        return scored
    # What is shown is rounded, so that is what counts.
    return [one for one in scored if round(one.score, 6) >= request.min_score]


def by_score(scored: Ranked, count: int) -> list[Scored]:
    """Highest score first, equal ones by id."""
    return _best_first(scored)[:count]


def _best_first(scored: Ranked) -> list[Scored]:
    return sorted(scored, key=lambda s: (-s.score, s.hit.job.id))


def recommended(scored: Ranked, count: int) -> list[Scored]:
    """By score, but repeated postings and the further ones of a company are moved down, never out, and not far."""
    adjusted = list(_until_settled(_best_first(scored), count))
    adjusted.sort(key=lambda pair: -pair[0])
    return [one for _, one in adjusted[:count]]


def _until_settled(best_first: Ranked, count: int) -> Iterator[tuple[float, Scored]]:
    """Yield them with what is left of their scores, as long as one may still be among the first *count*."""
    seen: set[Posting] = set()
    companies: Counts[str] = defaultdict(int)
    highest: list[float] = []
    for one in best_first:
        if len(highest) == count and highest[0] >= one.score:  # it can but lose
            return
        left = one.score - _moved(one.hit.job, seen, companies)
        (heappush if len(highest) < count else heappushpop)(highest, left)
        yield left, one


def _moved(job: JobSummary, seen: set[Posting], companies: Counts[str]) -> float:
    """Return how far a posting is moved down, for what *seen* and *companies* tell of those before it; and note it."""
    if not job.company:  # nobody can tell whether two nurses wanted are one
        return 0.0
    company = fold(job.company)
    posting = (fold(job.title), company, frozenset(map(_name, job.places)))
    repeated = posting in seen
    seen.add(posting)
    companies[company] += 1
    crowding = CROWDED * max(companies[company] - COMPANY_SHARE, 0)
    return MOST_MOVED if repeated else min(crowding, MOST_MOVED)


def _name(place: Place) -> str:
    return fold(str(place)) or f"{place.latitude} {place.longitude}"
