"""Pay in the forms that postings have."""

import pytest

from jobmatch.importing.pay import amount, currency_of, in_any, pay, period
from jobmatch.model import Pay, PayPeriod


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$25 - $30/hr", Pay(minimum=25, maximum=30, currency="USD", period=PayPeriod.HOUR)),
        ("60-80k", Pay(minimum=60_000, maximum=80_000, currency="USD")),
        ("£30,000 - £40,000 per annum", Pay(minimum=30_000, maximum=40_000, currency="GBP")),
        ("€ 3.500 per month", Pay(minimum=3_500, maximum=3_500, currency="EUR", period=PayPeriod.MONTH)),
        ("USD 100K-120K/yr + 401k", Pay(minimum=100_000, maximum=120_000, currency="USD")),
        (50_000, Pay(minimum=50_000, maximum=50_000, currency="USD")),
        (
            {"currency": "EUR", "value": {"minValue": 50_000, "maxValue": 60_000, "unitText": "YEAR"}},
            Pay(minimum=50_000, maximum=60_000, currency="EUR"),
        ),
        (
            {"minimum": 440.0, "maximum": None, "currency": "USD", "period": "day"},
            Pay(minimum=440, currency="USD", period=PayPeriod.DAY),
        ),
    ],
)
def test_pay_is_read(text: object, expected: Pay) -> None:
    assert in_any(text, default_currency="USD") == expected


@pytest.mark.parametrize("text", ["Competitive", "DOE", "", "12/18/2025", "1 2 3 4", "3500", "9" * 400, True, [], {}])
def test_no_pay(text: object) -> None:
    assert in_any(text, default_currency="USD") is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("$62,868.00", 62_868), ("62 868", 62_868), ("1.234,50 EUR", 1_234.5), ("60k", 60_000), (15.5, 15.5), ("0", 0)],
)
def test_amounts(written: object, number: float) -> None:
    assert amount(written) == number


@pytest.mark.parametrize(
    "written", ["35 hours", "2019-11-26", "Full-time", "-5", -5, float("nan"), True, None, "1" * 500]
)
def test_no_amounts(written: object) -> None:
    assert amount(written) is None


@pytest.mark.parametrize(
    ("word", "unit"), [("Annual", "year"), ("Hourly", "hour"), ("Daily", "day"), ("per hour", "hour")]
)
def test_periods(word: str, unit: str) -> None:
    assert period(word) == unit


def test_amounts_the_wrong_way_round_are_turned_and_zero_says_nothing() -> None:
    assert pay(90_000, 80_000, money="USD", unit=None) == Pay(minimum=80_000, maximum=90_000, currency="USD")
    assert pay(0, 43_079, money="USD", unit=PayPeriod.YEAR) == Pay(maximum=43_079, currency="USD")
    assert pay(0, 0, money="USD", unit=PayPeriod.YEAR) is None


def test_absurd_amounts_are_dropped() -> None:
    assert pay(62_868, None, money="USD", unit=PayPeriod.HOUR) is None
    assert pay(15.5, None, money="USD", unit=PayPeriod.YEAR) is None
    assert pay(9_000_000, None, money="JPY", unit=PayPeriod.YEAR) is not None


def test_the_currency_of_a_country() -> None:
    assert [currency_of(code) for code in ("DE", "GB", "US", "ZZ", None)] == ["EUR", "GBP", "USD", "USD", "USD"]
