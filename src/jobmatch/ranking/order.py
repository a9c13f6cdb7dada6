"""The orders of an answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from jobmatch.model import JobSummary, Sort
from jobmatch.model.text import fold
from jobmatch.ranking.scoring import Scored

#: What is left of the score of a posting whose title and company stood in the answer already.
REPEATED = 0.5
#: Postings of one company that count in full, and what is left of the score of each further one.
COMPANY_SHARE, CROWDED = 3, 0.97
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Ranked = Sequence[Scored]


def by_score(scored: Ranked, wanted: int) -> list[Scored]:
    """Highest score first, equal ones by id."""
    return sorted(scored, key=lambda s: (-s.score, s.hit.job.id))[:wanted]


def recommended(scored: Ranked, wanted: int) -> list[Scored]:
    """By score, but repeated postings and the further ones of a company are moved down, never out."""
    seen: Counter[tuple[str, str]] = Counter()
    companies: Counter[str] = Counter()
    best_first = by_score(scored, len(scored))
    adjusted = [(one.score * _freshness(one.hit.job, seen, companies), one) for one in best_first]
    adjusted.sort(key=lambda pair: -pair[0])
    return [one for _, one in adjusted[:wanted]]


def _freshness(job: JobSummary, seen: Counter[tuple[str, str]], companies: Counter[str]) -> float:
    company = fold(job.company or "")
    posting = (fold(job.title), company)
    seen[posting] += 1
    companies[company] += bool(company)
    crowding = CROWDED ** max(companies[company] - COMPANY_SHARE, 0)
    return crowding * (REPEATED if seen[posting] > 1 else 1.0)


def by_date(scored: Ranked, wanted: int) -> list[Scored]:
    """The best by score, then newest first; those without a date last."""
    best = by_score(scored, wanted)
    return sorted(best, key=lambda s: s.hit.job.posted_at or _LONG_AGO, reverse=True)


ORDERS: dict[Sort, Callable[[Ranked, int], list[Scored]]] = {
    Sort.RECOMMENDED: recommended,
    Sort.SCORE: by_score,
    Sort.DATE: by_date,
}
