"""The real files: every valid row comes in, the bad ones are named, no field is shifted."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from jobmatch.importing import JobFile, Rejected, read_resume
from jobmatch.model import Job, PayPeriod, Workplace

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def load(name: str) -> tuple[list[Job], list[Rejected], Counter[str]]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with JobFile(path) as file:
        items = list(file)
    return [i for i in items if isinstance(i, Job)], [i for i in items if isinstance(i, Rejected)], file.warnings


def test_new_york() -> None:
    jobs, rejected, warnings = load("jobs_nyc.jsonl.gz")
    assert (len(jobs), rejected) == (2_885, [])
    assert warnings == {"level: not understood": 1_661}
    assert Counter(j.pay.period for j in jobs if j.pay) == {
        PayPeriod.YEAR: 2_659,
        PayPeriod.HOUR: 187,
        PayPeriod.DAY: 39,
    }
    assert sum(j.pay is not None and j.pay.minimum is None for j in jobs) == 11
    assert sum(j.posted_at is not None for j in jobs) == 2_067
    assert {p.country for j in jobs for p in j.places} == {"US"}
    assert Counter(len(j.places) for j in jobs) == {1: 2_885}
    assert all(j.workplace is None for j in jobs)
    assert not [j.id for j in jobs if "â€" in j.description or "Ã¢" in j.description or "â€" in j.title]
    assert sum("dup_of" in j.metadata for j in jobs) == 91


def test_applicant_tracking_systems() -> None:
    jobs, rejected, warnings = load("jobs_ats_titles.jsonl.gz")
    assert (len(jobs), Counter(row.reason for row in rejected)) == (16_081, {"title is missing": 10})
    assert all(j.posted_at and j.url and j.company for j in jobs)
    assert sum(j.workplace is Workplace.REMOTE for j in jobs) >= 1_947
    assert sum(j.workplace is Workplace.HYBRID for j in jobs) >= 179
    assert sum(any(p.country for p in j.places) for j in jobs) >= 14_300
    assert sum(count for reason, count in warnings.items() if reason.startswith("country")) <= 10
    assert {p.country for j in jobs for p in j.places if p.city in {"Berlin", "Munich"}} <= {"DE", None}
    cities = {p.city for j in jobs for p in j.places if p.city}
    assert not [city for city in cities if any(c.isdigit() for c in city) or "location" in city.lower()]
    assert sum(any(p.latitude is not None for p in j.places) for j in jobs) > 5_900
    assert sum("\u200b" in j.title for j in jobs) == 0
    assert any("线" in j.title for j in jobs)


def test_resumes_are_readable(tmp_path: Path) -> None:
    path = DATA / "resumes.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    for number, line in enumerate(gzip.decompress(path.read_bytes()).splitlines()):
        file = tmp_path / f"{number}.json"
        file.write_bytes(line)
        assert read_resume(file)
