"""What filters mean for one posting, be it whole or in short."""

from typing import Any

import attrs
import pytest

from jobmatch import conditions
from jobmatch.conditions import CONDITIONS, NEGLIGIBLE, UNTOLD, all_told, asked, told
from jobmatch.model import Filters, Job, Place
from jobmatch.model.text import fold
from jobmatch.testing.filtering import FILTERS, JOBS

#: Fields that go with another, and those that are not about the posting alone.
DEPENDENT = {"latitude", "longitude", "salary_currency", "salary_period", "cool_down_days", "keep_unknown"}
APART = {"keywords", "exclude_keywords", "exclude_interactions"}


def test_every_filter_has_its_condition() -> None:
    assert {field.name for field in attrs.fields(Filters)} == set(CONDITIONS) | DEPENDENT | APART


@pytest.mark.parametrize("given", [given for given, _ in FILTERS], ids=lambda given: str(given)[:60])
def test_a_posting_in_short_passes_what_the_whole_one_does(given: dict[str, Any]) -> None:
    filters = Filters(**given)
    for name, fields in JOBS.items():
        job = Job(id=name, **fields)
        for condition in told(filters):
            assert condition(job.summary(), filters) is condition(job, filters)


def test_what_is_told_is_what_is_asked_but_for_what_the_short_form_lacks() -> None:
    for given, _ in FILTERS:
        filters = Filters(**given)
        ignored = UNTOLD | {NEGLIGIBLE}
        assert told(filters) == [condition for name, condition in asked(filters).items() if name not in ignored]
        assert all_told(filters) is not any(getattr(filters, name) for name in UNTOLD)


NAMES = [f"Name {n}" for n in range(100)]


@pytest.mark.parametrize(
    ("given", "passing"),
    [
        ({"companies": NAMES}, True),
        ({"exclude_companies": NAMES}, False),
        ({"industries": NAMES}, True),
        ({"region": NAMES}, True),
        ({"city": NAMES}, True),
        ({"skills": NAMES}, False),
        ({"skills_any": NAMES}, True),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_list_is_folded_once_for_all_postings(
    given: dict[str, Any], passing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded: list[str] = []

    def counted(text: str) -> str:
        folded.append(text)
        return fold(text)

    monkeypatch.setattr(conditions, "fold", counted)
    filters, name = Filters(**given), "NAME  42"
    places = (Place(city=name, region=name),)
    job = Job(id="j", title="t", company=name, industry=name, skills=(name,), places=places)
    (condition,) = asked(filters).values()
    assert [condition(job, filters) for _ in range(50)] == [passing] * 50
    assert len(folded) == len(NAMES) + 50


def test_lists_are_told_apart_however_many_there_are() -> None:
    for n in range(3 * conditions.KEPT):
        job, other = (Job(id=f"j{one}", title="t", company=f"Company {one}") for one in (n, n + 1))
        named = Filters(companies=[f"company {n}"], exclude_job_ids=[f"j{n + 1}"])
        for _ in range(2):
            assert [conditions.companies(one, named) for one in (job, other)] == [True, False]
            assert [conditions.exclude_job_ids(one, named) for one in (job, other)] == [True, False]
