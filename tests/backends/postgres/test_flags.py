"""Postings whose flags are made out at once pass what they pass by the conditions, one by one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmatch.backends.postgres.flags import Flagger, count
from jobmatch.conditions import told
from jobmatch.model import Filters, JobSummary, Pay, Place, Workplace

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAYS = [NOON + timedelta(days=number) for number in range(4)]
PLACES = [Place(country="DE", city="Berlin", latitude=52.5, longitude=13.4), Place(country="FR", city="Paris")]
AMOUNTS = [(10, "EUR", "hour"), (30_000, "EUR", "year"), (30_000, "USD", "year"), (2_000, "USD", "month")]
PAY = [Pay(minimum=amount, currency=currency, period=period) for amount, currency, period in AMOUNTS]
POSTINGS = st.builds(
    JobSummary,
    id=st.just("a"),
    title=st.just("x"),
    posted_at=st.sampled_from([None, *DAYS]),
    pay=st.sampled_from([None, *PAY]),
    places=st.sampled_from([(), *((place,) for place in PLACES), tuple(PLACES)]),
    workplace=st.sampled_from([None, "remote", "onsite"]),
    company=st.sampled_from([None, "a", "b"]),
)


def maybe(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in fields.items()})


FILTERS = st.builds(
    lambda plain, pay, point: Filters(**plain, **pay, **point),
    maybe(
        country=["DE", ["DE", "FR"]],
        city=["Berlin", "Paris"],
        remote=[True, False],
        workplace=["onsite"],
        posted_after=[day + timedelta(hours=hours) for day in DAYS for hours in (-1, 0, 1)],
        exclude_companies=["a", ["a", "b"]],
        keep_unknown=[True, ["posted_after"], ["salary_min", "remote"]],
        language=["de"],
    ),
    st.sampled_from([{}, {"salary_min": 25_000}, {"salary_min": 30_000, "salary_currency": "USD"}, {"salary_min": 0}]),
    st.sampled_from([{}, *({"latitude": 52, "longitude": 13, "radius_km": radius} for radius in (10, 500))]),
)


@given(st.lists(POSTINGS, max_size=12), st.lists(FILTERS, min_size=1, max_size=4))
def test_flags_are_those_of_the_conditions_one_by_one(postings: list[JobSummary], asked: list[Filters]) -> None:
    flagger = Flagger(postings)
    for filters in asked:
        expected = [all(passes(posting) for passes in told(filters).values()) for posting in postings]
        assert flagger.flags(filters).tolist() == expected
        assert count(flagger.flags(filters)) == sum(expected)  # which is remembered


def test_what_is_remembered_is_of_that_very_condition() -> None:
    jobs = [
        JobSummary(id="berlin", title="x", places=(Place(country="DE", latitude=52.5, longitude=13.4),)),
        JobSummary(
            id="paris",
            title="x",
            places=(Place(country="FR", latitude=48.9, longitude=2.4),),
            workplace=Workplace.ONSITE,
        ),
    ]
    flagger = Flagger(jobs)
    for latitude, longitude, near in ((52.5, 13.4, [True, False]), (48.9, 2.4, [False, True])):
        around = Filters(latitude=latitude, longitude=longitude, radius_km=10)
        assert flagger.flags(around).tolist() == near
    for keep_unknown in (False, True, ("remote",)):
        on_site = Filters(workplace="onsite", keep_unknown=keep_unknown)
        assert flagger.flags(on_site).tolist() == [keep_unknown is True, True]


def test_pay_goes_by_amount_in_each_currency() -> None:
    jobs = [
        JobSummary(id=f"{amount}", title="x", pay=Pay(minimum=amount, currency=currency, period="year"))
        for amount, currency in ((50, "USD"), (60, "EUR"), (70, "USD"), (40, "USD"), (80, None))
    ]
    assert Flagger(jobs).flags(Filters(salary_min=50, salary_currency="USD")).tolist() == [
        True,
        False,
        True,
        False,
        False,
    ]
    assert Flagger(jobs).flags(Filters(salary_min=60)).tolist() == [False, True, True, False, True]


@pytest.mark.parametrize("days", [1, 10_000])
def test_days_go_by_the_clock(days: int) -> None:
    now = datetime.now(UTC)
    jobs = [JobSummary(id=str(age), title="x", posted_at=now - timedelta(days=age)) for age in (0.5, 5, 2, 20_000)]
    assert Flagger(jobs).flags(Filters(max_age_days=days)).tolist() == [True, days > 5, days > 2, False]


def test_what_short_postings_do_not_tell_keeps_nobody_out() -> None:
    jobs = [JobSummary(id=str(number), title="x") for number in range(3)]
    assert Flagger(jobs).flags(Filters(language="de")).tolist() == [True] * 3
    assert Flagger([]).flags(Filters(country="DE")).tolist() == []
