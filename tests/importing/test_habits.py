"""What other rows, and other cells, tell about what can be read in two ways."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from jobmatch.errors import InvalidInput
from jobmatch.importing import JobFile, jobs_from_records
from jobmatch.importing.habits import AHEAD, foreseen
from jobmatch.model import Job, Place


def read(folder: Path, rows: Iterable[Mapping[str, Any]], country: str | None = None) -> tuple[list[Job], JobFile]:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"title": "Nurse", **row}) for row in rows))
    with JobFile(path, country=country) as file:
        return [item for item in file if isinstance(item, Job)], file


def days(jobs: Iterable[Job]) -> list[tuple[int, int]]:
    return [(at.month, at.day) for job in jobs for at in (job.posted_at, job.expires_at) if at]


def test_one_date_with_the_day_first_tells_how_a_column_is_written(tmp_path: Path) -> None:
    written = ["05/05/2026", "04/05/2026", "2026-01-02", "28/04/2026", "04-05-2026", "4.5.2026", "04/05/2026 10:30"]
    jobs, file = read(tmp_path, [{"date_posted": day} for day in written])
    assert days(jobs) == [(5, 5), (5, 4), (1, 2), (4, 28), (5, 4), (5, 4), (5, 4)]
    assert not file.doubts


def test_the_month_is_first_where_a_date_proves_it(tmp_path: Path) -> None:
    jobs, file = read(tmp_path, [{"date_posted": day} for day in ("04/05/2026", "04/28/2026")])
    assert days(jobs) == [(4, 5), (4, 28)]
    assert not file.doubts


def test_one_column_of_dates_tells_of_the_other(tmp_path: Path) -> None:
    jobs, _ = read(tmp_path, [{"date_posted": "04/05/2026", "closing_date": "31/05/2026 10:00"}])
    assert days(jobs) == [(5, 4), (5, 31)]


def test_what_nothing_tells_is_read_with_the_month_first_and_counted(tmp_path: Path) -> None:
    jobs, file = read(tmp_path, [{"date_posted": "04/05/2026"}, {"date_posted": "05/05/2026"}])
    assert days(jobs) == [(4, 5), (5, 5)]
    assert file.doubts == {"posted_at: the month is taken to be first": 1}


def test_a_column_written_both_ways_is_read_as_most_of_it_and_counted(tmp_path: Path) -> None:
    written = ["04/05/2026", "28/04/2026", "27/04/2026", "04/29/2026"]
    jobs, file = read(tmp_path, [{"date_posted": day} for day in written])
    assert days(jobs) == [(5, 4), (4, 28), (4, 27), (4, 29)]
    assert file.doubts == {"posted_at: the day is taken to be first": 1}


def test_a_posting_from_the_future_is_counted(tmp_path: Path) -> None:
    _, file = read(tmp_path, [{"date_posted": f"{datetime.now().year + 2}-01-01"}])
    assert file.doubts == {"posted_at: lies more than 31 days ahead": 1}


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"location": "Oberpfaff, DE"}, Place(city="Oberpfaff", region="DE")),
        ({"location": ["Oberpfaff, DE", "Berlin, DE"]}, Place(city="Oberpfaff", country="DE")),
        ({"location": ["Oberpfaff, DE", "Dover, DE"]}, Place(city="Oberpfaff", region="DE", country="US")),
        ({"location": "Oberpfaff, DE; New York, NY"}, Place(city="Oberpfaff", region="DE", country="US")),
        ({"location": "Oberpfaff, DE", "currency": "EUR"}, Place(city="Oberpfaff", country="DE")),
        ({"location": "Oberpfaff, DE", "salary": "€45,000 per year"}, Place(city="Oberpfaff", country="DE")),
        ({"location": "Oberpfaff, DE", "currency": "USD"}, Place(city="Oberpfaff", region="DE", country="US")),
        ({"location": "Oberpfaff, DE", "currency": "GBP"}, Place(city="Oberpfaff", region="DE")),
        ({"location": "Oberpfaff, DE", "language": "de"}, Place(city="Oberpfaff", country="DE")),
        ({"location": "Oberpfaff, DE", "language": "en"}, Place(city="Oberpfaff", region="DE")),
        ({"location": "Oberpfaff, DE", "country": "Germany"}, Place(city="Oberpfaff", region="DE", country="DE")),
        ({"location": "Villa Nada, CO", "language": "es"}, Place(city="Villa Nada", country="CO")),
    ],
)
def test_a_code_of_both_kinds_beside_a_city_that_nobody_knows(row: dict[str, Any], place: Place) -> None:
    (job,) = jobs_from_records([{"title": "Nurse", **row}])
    assert job.places[0] == place


def test_a_city_known_elsewhere_is_not_in_the_state_of_others(tmp_path: Path) -> None:
    jobs, file = read(tmp_path, [{"location": text} for text in ("Seattle, WA", "Perth, WA", "Spokane, WA")])
    assert [job.places[0].country for job in jobs] == ["US", None, "US"]
    assert file.warnings == {"country: WA may be a state or something else": 1}


def test_an_open_code_is_counted(tmp_path: Path) -> None:
    jobs, file = read(tmp_path, [{"location": "Oberpfaff, DE"}])
    assert jobs[0].places == (Place(city="Oberpfaff", region="DE"),)
    assert file.warnings == {"country: DE may be a state or something else": 1}


@pytest.mark.parametrize(
    ("others", "country"),
    [
        (["Munich, DE"], "DE"), (["Dover, DE"], "US"), (["Munich, DE", "Dover, DE"], None), (["Rome, IT"] * 3, "DE"),
        (["Austin, TX"] * 3, "US"), (["Rome, IT"] * 3 + ["Austin, TX"] * 3, None), (["Rome, IT"] * 2, None),
        (["Rome, Italy"] * 9, None),
    ],
)  # fmt: skip
def test_other_rows_tell_what_a_code_means(tmp_path: Path, others: list[str], country: str | None) -> None:
    jobs, _ = read(tmp_path, [{"location": text} for text in ("Oberpfaff, DE", *others)])
    assert jobs[0].places[0].country == country


@pytest.mark.parametrize(
    ("default", "places"),
    [
        ("DE", [Place(city="Oberpfaff", country="DE"), Place(city="Ulm", country="DE"), Place(country="DE")]),
        (
            "usa",
            [Place(city="Oberpfaff", region="DE", country="US"), Place(city="Ulm", country="US"), Place(country="US")],
        ),
        ("FR", [Place(city="Oberpfaff", region="DE"), Place(city="Ulm", country="FR"), Place(country="FR")]),
    ],
)
def test_whoever_imports_tells_the_country(tmp_path: Path, default: str, places: list[Place]) -> None:
    rows = [{"location": "Oberpfaff, DE"}, {"location": "Ulm"}, {}, {"location": "Rome, Italy"}]
    jobs, _ = read(tmp_path, rows, default)
    assert [job.places[0] for job in jobs] == [*places, Place(city="Rome", country="IT")]
    assert [job.places[0] for job in jobs_from_records([{"title": "A", **r} for r in rows], country=default)][
        :3
    ] == places


def test_a_country_that_there_is_not() -> None:
    with pytest.raises(InvalidInput, match=r"country: 'Atlantis' is no country; give its ISO 3166-1 code"):
        JobFile("-", country="Atlantis")


def test_rows_are_seen_before_a_doubtful_one_and_once_only() -> None:
    seen: Counter[int] = Counter()

    def see(number: int) -> bool:
        seen[number] += 1
        return number >= 2

    rest = foreseen(iter(range(2 * AHEAD)), see)
    assert [next(rest), next(rest)] == [0, 1]
    assert len(seen) <= 2
    assert next(rest) == 2
    assert len(seen) == AHEAD + 3
    assert list(rest) == list(range(3, 2 * AHEAD))
    assert set(seen.values()) == {1}


def test_an_error_while_reading_ahead_comes_after_what_was_read() -> None:
    def damaged() -> Iterator[int]:
        yield from (1, 2)
        raise EOFError

    found = foreseen(damaged(), lambda _: True)
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(EOFError):
        next(found)
