"""Matches as a table for people."""

from collections.abc import Iterable

from rich.table import Table

from jobmatch.adapters.cli.output import ago, table
from jobmatch.model import JobSummary, Match, Workplace

_PLACES = 2
_ROOMY = 120


def matches_table(matches: Iterable[Match], *, width: int) -> Table:
    """Return a table: rank, score, title, company, place, posted, and why.

    Arguments:
        matches: in order of rank.
        width: columns that there are for it; title, company and place share one column if these are few.
    """
    roomy = width >= _ROOMY
    jobs = ("title", "company", "place") if roomy else ("job",)
    made = table("#", "score", *jobs, "posted", "why", right=("#", "score"))
    made.columns[-2].no_wrap = True
    for match in matches:
        told = (match.job.title, match.job.company or "–", place(match.job))
        cells = told if roomy else ("\n".join(told),)
        why = match.explanation.summary()
        made.add_row(str(match.rank), f"{match.score:.2f}", *cells, ago(match.job.posted_at), why)
    return made


def place(job: JobSummary) -> str:
    """Return where a job is, on one line."""
    named = [text for one in job.places[:_PLACES] if (text := str(one))]
    more = len(job.places) - _PLACES
    where = "; ".join(named) + (f" and {more} more" if more > 0 else "")
    if job.workplace in {Workplace.REMOTE, Workplace.HYBRID}:
        return f"{job.workplace}, {where}" if where else str(job.workplace)
    return where or "–"
