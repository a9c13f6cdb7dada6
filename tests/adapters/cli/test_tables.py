"""What people see of a match."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import attrs
import pytest
from attrs import frozen
from rich.console import Console

from jobmatch.adapters.cli.explained import explained_lines
from jobmatch.adapters.cli.index_tables import command_for, shortfall, status_lines
from jobmatch.adapters.cli.matches import matches_table, place
from jobmatch.adapters.cli.output import ago
from jobmatch.model import (
    Band,
    Calibration,
    Costs,
    Criterion,
    Explained,
    Explanation,
    Hnsw,
    IndexState,
    IndexStrategy,
    IvfFlat,
    JobSummary,
    Match,
    Method,
    Place,
    Plan,
    Recall,
    RecallReport,
    SearchTrace,
    Storage,
    Workplace,
)


@frozen(kw_only=True)
class Theirs(Hnsw):
    """A kind that others bring, with fields like one of ours."""

    name: ClassVar[str] = "theirs"


NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0.1, "today"),
        (1.5, "yesterday"),
        (13, "13 days ago"),
        (15, "2 weeks ago"),
        (90, "2026-02-19"),
        (-9, "2026-05-29"),
    ],
)
def test_ago(days: float, text: str) -> None:
    assert ago(NOW - timedelta(days=days), NOW) == text


def test_places() -> None:
    austin = Place(city="Austin", region="TX", country="US")
    assert place(JobSummary(id="1", title="x")) == "–"
    assert place(JobSummary(id="1", title="x", places=(austin,) * 3)) == "Austin, TX, US; Austin, TX, US and 1 more"
    assert (
        place(JobSummary(id="1", title="x", places=(austin,), workplace=Workplace.REMOTE)) == "remote, Austin, TX, US"
    )
    assert place(JobSummary(id="1", title="x", workplace=Workplace.HYBRID)) == "hybrid"


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_table_fits_and_shows_all(width: int) -> None:
    job = JobSummary(
        id="1", title="Nurse [red] :smile:", company="Clinic", places=(Place(city="Austin"),), posted_at=NOW
    )
    why = Explanation((Criterion(name="skills", score=0.5, weight=1, found=("icu",)),))
    console = Console(width=width, markup=False, highlight=False, emoji=False)
    with console.capture() as seen:
        console.print(matches_table([Match(rank=1, score=0.5, job=job, explanation=why)], width=width))
    assert all(len(line) <= width for line in seen.get().splitlines())
    assert all(text in seen.get() for text in ("Nurse [red] :smile:", "Clinic", "Austin", "0.50", "icu"))


@pytest.mark.parametrize(
    ("strategy", "told"),
    [
        (Hnsw(m=8, ef_search=9), "jobmatch index create --type hnsw --m 8 --ef-construction 256 --storage halfvec"),
        (IvfFlat(lists=9, storage=Storage.VECTOR), "jobmatch index create --type ivfflat --lists 9 --storage vector"),
        (Theirs(), "in Python, engine.index.create() with theirs m=32 ef_construction=256 storage=halfvec"),
    ],
)
def test_how_an_index_is_built(strategy: IndexStrategy, told: str) -> None:
    assert command_for(strategy) == told


@pytest.mark.parametrize(
    ("queries", "tuned", "better", "told"),
    [
        (10, False, Hnsw(), "less than 0.99: run jobmatch index tune"),
        (10, True, None, "though the index was tuned; that is of 10 questions, ask more: --count 1000, or --requests"),
        (10, True, Hnsw(m=32), "of your users; or build a better one: jobmatch index create --type hnsw --m 32"),
        (50, True, Hnsw(m=32), "though the index was tuned; build a better one: jobmatch index create"),
        (50, True, None, "though the index was tuned; there is no better one that is known here"),
    ],
)
def test_what_to_do_about_too_little_recall(queries: int, tuned: bool, better: IndexStrategy | None, told: str) -> None:
    good = Band(share=1.0, queries=100, recall=1.0, worst=1.0, milliseconds=1.0, exact=0.0)
    poor = attrs.evolve(good, share=0.5, queries=queries, recall=0.98)
    now, index = datetime.now(UTC), Hnsw().describe()
    report = RecallReport(index=index, k=10, wanted=Recall.BALANCED, overall=good, bands=(good, poor), measured_at=now)
    costs = Costs(exact=0.0, exact_row=1.0, index=0.0, index_visit=1.0)
    calibration = Calibration(index=index, rows=1, k=10, queries=100, rungs=(), costs=costs, measured_at=now)
    found = shortfall(report, 0.99, calibration if tuned else None, better)
    assert found.startswith("the lowest recall is 0.980, less than 0.99")
    assert told in found


OUTGROWN = (
    "2026-06-01, over 6 postings: with more than twice as many nobody knows what searches find; run jobmatch index tune"
    " again"
)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (12, "2026-06-01"),
        (13, OUTGROWN),
        (60, OUTGROWN),
        (61, "2026-06-01, over 6 postings: searches do not go by it any more; run jobmatch index tune again"),
        (1, "2026-06-01"),
        (0, "2026-06-01, over 6 postings: searches do not go by it any more; run jobmatch index tune again"),
    ],
)
def test_an_index_tuned_with_far_fewer_or_more_postings_is_to_be_tuned_again(rows: int, told: str) -> None:
    costs = Costs(exact=0.0, exact_row=1.0, index=0.0, index_visit=1.0)
    then, index = datetime(2026, 6, 1, tzinfo=UTC), Hnsw().describe()
    calibration = Calibration(index=index, rows=6, k=10, queries=3, rungs=(), costs=costs, measured_at=then)
    assert dict(status_lines(IndexState(index=index, rows=rows, calibration=calibration)))["tuned"] == told


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (Plan(method=Method.EXACT, fetch=10, recall=1.0), "compares each of them, so it finds the nearest for certain"),
        (Plan(method=Method.APPROXIMATE, fetch=10, recall=0.994), "finds 0.994 of the nearest, as measured"),
    ],
)
def test_nothing_is_said_to_be_measured_that_was_not(plan: Plan, told: str) -> None:
    ((_, lines),) = explained_lines(Explained(plan=plan, trace=SearchTrace(statement="")))
    assert lines[2:] == [told]


def test_an_index_of_a_kind_that_was_uninstalled_is_told_with_what_to_do() -> None:
    assert "leaves it alone" in dict(status_lines(IndexState(index="exact", foreign=("theirs",))))["foreign"]
    lines = dict(status_lines(IndexState(index="exact", orphaned=("match_job_vector",))))
    assert lines["orphaned"].startswith("match_job_vector: ")
    assert "jobmatch index create or drop" in lines["orphaned"]


def test_metadata_that_cannot_be_asked_for_yet_are_told_with_what_to_do() -> None:
    assert "metadata" not in dict(status_lines(IndexState(index="exact")))
    told = dict(status_lines(IndexState(index="exact", unprepared=("shift", "visa"))))["metadata"]
    assert told == "shift, visa cannot be asked for yet: run jobmatch index create"


@pytest.mark.parametrize(("buffers", "told"), [(None, False), (2**28, True), (2**30, False)])
def test_too_little_memory_for_an_index_is_told(buffers: int | None, told: bool) -> None:
    lines = dict(status_lines(IndexState(index="hnsw", name="match_job_vector", index_bytes=2**29, buffers=buffers)))
    assert ("raise shared_buffers" in lines.get("memory", "")) == told
