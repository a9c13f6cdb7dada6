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
        for passes in told(filters).values():
            assert passes(job.summary()) is passes(job)


def test_what_is_told_is_what_is_asked_but_for_what_the_short_form_lacks() -> None:
    for given, _ in FILTERS:
        filters = Filters(**given)
        ignored = UNTOLD | {NEGLIGIBLE}
        assert set(told(filters)) == set(asked(filters)) - ignored
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
    (passes,) = asked(filters).values()
    assert [passes(job) for _ in range(50)] == [passing] * 50
    assert len(folded) == len(NAMES) + 50
