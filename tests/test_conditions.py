"""What filters mean for one posting, be it whole or in short."""

from collections.abc import Iterable
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobmatch import conditions
from jobmatch.backends.memory.lexicon import lexemes
from jobmatch.backends.memory.passing import Passing
from jobmatch.conditions import CONDITIONS, NEGLIGIBLE, UNTOLD, all_told, asked, told
from jobmatch.model import Filters, Job, Place, Workplace
from jobmatch.model.keywords import of_job
from jobmatch.model.text import fold
from jobmatch.testing.filtering import FILTERS, JOBS

#: Fields that go with another, and those that are not about the posting alone.
DEPENDENT = {"latitude", "longitude", "salary_currency", "salary_period", "cool_down_days", "keep_unknown"}
APART = {"keywords", "exclude_keywords", "exclude_interactions"}


def test_every_filter_has_its_condition() -> None:
    assert {field.name for field in attrs.fields(Filters)} == set(CONDITIONS) | DEPENDENT | APART


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in FILTERS], ids=lambda one: str(one)[:60])
def test_a_posting_in_short_passes_what_the_whole_one_does(arguments: dict[str, Any]) -> None:
    filters = Filters(**arguments)
    for name, fields in JOBS.items():
        job = Job(id=name, **fields)
        for passes in told(filters).values():
            assert passes(job.summary()) is passes(job)


def test_what_is_told_is_what_is_asked_but_for_what_the_short_form_lacks() -> None:
    for arguments, _ in FILTERS:
        filters = Filters(**arguments)
        ignored = UNTOLD | {NEGLIGIBLE}
        assert set(told(filters)) == set(asked(filters)) - ignored
        assert all_told(filters) is not any(getattr(filters, name) for name in UNTOLD)


NAMES = [f"Name {n}" for n in range(100)]


@pytest.mark.parametrize(
    ("arguments", "passing"),
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
    arguments: dict[str, Any], passing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded: list[str] = []

    def counted(text: str) -> str:
        folded.append(text)
        return fold(text)

    monkeypatch.setattr(conditions, "fold", counted)
    filters, name = Filters(**arguments), "NAME  42"
    places = (Place(city=name, region=name),)
    job = Job(id="j", title="t", company=name, industry=name, skills=(name,), places=places)
    (passes,) = asked(filters).values()
    assert [passes(job) for _ in range(50)] == [passing] * 50
    assert len(folded) == len(NAMES) + 50


NUMBERS, TEXTS = st.sampled_from([0, 1, 0.5, 1e30, 10**30]), st.sampled_from(["a", "B"])
LIMITS = st.dictionaries(st.sampled_from(["min", "max"]), NUMBERS) | st.dictionaries(st.just("max"), TEXTS)
ASKED = st.builds(
    dict.__or__, LIMITS, st.fixed_dictionaries({}, optional={"exists": st.booleans(), "eq": NUMBERS, "in": NUMBERS})
).filter(bool)
COMPANIES, KEYWORDS = ["Acme", "ACME", "Größe"], ["nurse", "night shift", "nurses", "IT"]


def some(values: Iterable[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(list(values)), max_size=2)


#: What can contradict one another, a kind at a time.
CONTRADICTING = st.one_of(
    st.builds(Filters, companies=some(COMPANIES), exclude_companies=some(COMPANIES)),
    st.builds(Filters, remote=st.booleans(), workplace=some(Workplace), keep_unknown=st.booleans()),
    st.builds(Filters, keywords=some(KEYWORDS), exclude_keywords=some(KEYWORDS)),
    st.builds(Filters, metadata=st.fixed_dictionaries({"x": ASKED})),
).filter(lambda filters: filters.contradictory)
POSTINGS = st.builds(
    Job,
    id=st.just("j"),
    title=st.just("t"),
    company=st.none() | st.sampled_from(COMPANIES),
    workplace=st.none() | st.sampled_from(Workplace),
    description=some(KEYWORDS).map(" and ".join),
    metadata=st.fixed_dictionaries({}, optional={"x": NUMBERS | st.lists(st.none() | NUMBERS | TEXTS, max_size=4)}),
)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
@given(filters=CONTRADICTING, jobs=st.lists(POSTINGS, min_size=10, max_size=10))
def test_what_contradicts_itself_lets_nothing_pass(filters: Filters, jobs: list[Job]) -> None:
    passes = Passing(filters)
    assert not any(passes(job, lexemes(of_job(job))) for job in jobs)
