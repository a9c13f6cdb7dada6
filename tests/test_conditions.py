"""What filters mean for one posting, be it whole or in short."""

from typing import Any

import attrs
import pytest

from jobmatch.conditions import CONDITIONS, NEGLIGIBLE, UNTOLD, all_told, asked, told
from jobmatch.model import Filters, Job
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
