"""Pay in the forms that postings have."""

from collections.abc import Mapping
from typing import Any

import pytest

from jobmatch.importing.mapping import FieldNames
from jobmatch.importing.pay import Beside, amount, currency, currency_of, in_any, in_columns, period
from jobmatch.importing.postings import Interpreter
from jobmatch.model import Pay, PayPeriod

HOUR, DAY, WEEK, MONTH, YEAR = PayPeriod


def at(country: str | None) -> Beside:
    return Beside(currency_of(country) if country else None)


def read(text: object, country: str | None = None) -> tuple[float | None, float | None, str | None, str] | None:
    """Return the pay that *text* tells of a job in *country*."""
    pay = in_any(text, beside=at(country))
    return (pay.minimum, pay.maximum, pay.currency, str(pay.period)) if pay else None


def posting(record: Mapping[str, Any]) -> tuple[Pay | None, dict[str, int]]:
    """Return the pay of a posting, and the warnings about it."""
    interpreter = Interpreter(FieldNames(), "test")
    return interpreter.job({"title": "Nurse", **record}).pay, dict(interpreter.warnings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$25 - $30/hr", Pay(minimum=25, maximum=30, currency="USD", period=HOUR)),
        ("60-80k", Pay(minimum=60_000, maximum=80_000, currency="USD")),
        ("£30,000 - £40,000 per annum", Pay(minimum=30_000, maximum=40_000, currency="GBP")),
        ("€ 3.500 per month", Pay(minimum=3_500, maximum=3_500, currency="EUR", period=MONTH)),
        ("USD 100K-120K/yr + 401k", Pay(minimum=100_000, maximum=120_000, currency="USD")),
        (50_000, Pay(minimum=50_000, maximum=50_000, currency="USD")),
        (
            {"currency": "EUR", "value": {"minValue": 50_000, "maxValue": 60_000, "unitText": "YEAR"}},
            Pay(minimum=50_000, maximum=60_000, currency="EUR"),
        ),
        (
            {"minimum": 440.0, "maximum": None, "currency": "USD", "period": "day"},
            Pay(minimum=440, currency="USD", period=DAY),
        ),
        (
            {"min": "£30k", "max": "£40k", "currency": "N/A", "interval": "1 YEAR"},
            Pay(minimum=30_000, maximum=40_000, currency="GBP"),
        ),
    ],
)
def test_pay_is_read(text: object, expected: Pay) -> None:
    assert in_any(text, beside=Beside()) == expected


@pytest.mark.parametrize("text", ["Competitive", "DOE", "", "12/18/2025", "1 2 3 4", "3500", "9" * 400, True, [], {}])
def test_no_pay(text: object) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("25.000 PLN miesięcznie", "PL", (25_000, 25_000, "PLN", "month")),
        ("25 000 Kč měsíčně", "CZ", (25_000, 25_000, "CZK", "month")),
        ("od 180 Kč/hod", "CZ", (180, None, "CZK", "hour")),
        ("30 000 - 45 000 kr/mån", "SE", (30_000, 45_000, "SEK", "month")),
        ("kr 250 i timen", "NO", (250, 250, "NOK", "hour")),
        ("36.000 kr. om måneden", "DK", (36_000, 36_000, "DKK", "month")),
        ("2 800 €/kk", "FI", (2_800, 2_800, "EUR", "month")),
        ("15.000 - 20.000 TL / ay", "TR", (15_000, 20_000, "TRY", "month")),
        ("R$ 12.000,00 mensal", "BR", (12_000, 12_000, "BRL", "month")),
        ("MXN 25,000 mensuales", None, (25_000, 25_000, "MXN", "month")),
        ("De 1.200 a 1.500 € al mes", "ES", (1_200, 1_500, "EUR", "month")),
        ("1 800 € brut par mois", "FR", (1_800, 1_800, "EUR", "month")),
        ("12,30 € de l’heure", "FR", (12.3, 12.3, "EUR", "hour")),
        ("da 1.200 a 1.500 € al mese", "IT", (1_200, 1_500, "EUR", "month")),
        ("€ 2.500,- tot € 3.100,- per maand", "NL", (2_500, 3_100, "EUR", "month")),
        ("3.200 bis 3.800 € brutto im Monat", "DE", (3_200, 3_800, "EUR", "month")),
        ("Stundenlohn: 17,50 €", "DE", (17.5, 17.5, "EUR", "hour")),
        ("450.000 Ft/hó", "HU", (450_000, 450_000, "HUF", "month")),
        ("5.000 - 7.000 lei pe lună", "RO", (5_000, 7_000, "RON", "month")),
        ("от 150 000 руб. в месяц", "RU", (150_000, None, "RUB", "month")),
        ("150 грн/год", "UA", (150, 150, "UAH", "hour")),
        ("1 400 000 ₽ в год", "RU", (1_400_000, 1_400_000, "RUB", "year")),
        ("1.400 € τον μήνα", "GR", (1_400, 1_400, "EUR", "month")),
        ("15 - 20 triệu/tháng", "VN", (15e6, 20e6, "VND", "month")),
        ("Rp 5.000.000 per bulan", "ID", (5e6, 5e6, "IDR", "month")),
        ("25,000 บาทต่อเดือน", "TH", (25_000, 25_000, "THB", "month")),
        ("월 300만원", "KR", (3e6, 3e6, "KRW", "month")),
        ("月給25万円～30万円", "JP", (250_000, 300_000, "JPY", "month")),
        ("時給1,200円以上", "JP", (1_200, None, "JPY", "hour")),
        ("15k-20k元/月", "CN", (15_000, 20_000, "CNY", "month")),
        ("12,000 درهم في الشهر", "AE", (12_000, 12_000, "AED", "month")),
        ("₪45 לשעה", "IL", (45, 45, "ILS", "hour")),
        ("₹35,000 per month", "IN", (35_000, 35_000, "INR", "month")),
    ],
)
def test_periods_in_many_languages(text: str, country: str | None, expected: object) -> None:
    assert read(text, country) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$2,000 bi-weekly", (1_000, 1_000, "USD", "week")),
        ("2,500.00-3,000.00/biweekly", (1_250, 1_500, "USD", "week")),
        ("£900 a fortnight", (450, 450, "GBP", "week")),
        ("$3,000 every two weeks", (1_500, 1_500, "USD", "week")),
        ("€ 2.400 per 4 weken", (600, 600, "EUR", "week")),
        ("$2,500 semi-monthly", (5_000, 5_000, "USD", "month")),
        ("MXN 9,000 quincenales", (18_000, 18_000, "MXN", "month")),
        ("$15,000 per quarter", (5_000, 5_000, "USD", "month")),
    ],
)
def test_other_periods_are_converted(text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50 – 60 TEUR", (50_000, 60_000, "EUR", "year")),
        ("55keur", (55_000, 55_000, "EUR", "year")),
        ("48-55 T€ p.a.", (48_000, 55_000, "EUR", "year")),
        ("35 à 40 K€", (35_000, 40_000, "EUR", "year")),
        ("1,2 Mio €", (1.2e6, 1.2e6, "EUR", "year")),
        ("12 LPA", (1.2e6, 1.2e6, "INR", "year")),
        ("6-8 lakhs per annum", (600_000, 800_000, "INR", "year")),
        ("30 mil € al año", (30_000, 30_000, "EUR", "year")),
        ("500万円", (5e6, 5e6, "JPY", "year")),
        ("$1.2M", (1.2e6, 1.2e6, "USD", "year")),
        ("45 tkr/mån", None),
        ("0.1401k THB per hour", (140.1, 140.1, "THB", "hour")),
        ("900 - 1.2k USD a week", (900, 1_200, "USD", "week")),
    ],
)
def test_thousands_lakhs_and_millions(text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "TVöD E 13",
        "E13",
        "Grade 7",
        "Band 6",
        "$0.60 per mile",
        "0.65 CPM",
        "$35 per visit",
        "$120 per shift",
        "£45/session",
        "€ 12 per delivery",
        "15k-25k·14薪",
        "18.000 € in 14 Gehältern",
        "2026: 85,000",
        "posted 2026 60000",
        "$150 for 10 hours",
        "$3,000 for 2 weeks",
        "$52,000 paid weekly",
        "6 month contract",
        "37.5 hour week",
        "80% of $50,000",
        "£20k - £25k OTE £40k",
        "$5,000 sign-on bonus",
        "8000–10000 PLN netto",
        "-50000",
        "$-50,000",
        "$1,234.567",
        "12,345.678",
        "$50,0001",
        "$50,000¹",
        "from",
        "60.000 or 70.000",
        "call 555 1234",
        "25 zlotys per fathom",
        "EUR 50 000 USD",
        "$25/hour or $52,000/year",
        "$25 - 40 hours",
        "£1,200 - 14 months",
        "€3,000 12 months",
        "£30,000, 4-day week",
        "3+ years",
        "7 580.000 DKK om året",
        "1 234'567 CHF a year",
        "9:00 - 17:00",
        "Ref: 60000",
    ],
)
def test_what_is_not_understood_gives_no_pay(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$25/hr for 40 hours", (25, 25, "USD", "hour")),
        ("$40 - $45 an hour, 40 hours per week", (40, 45, "USD", "hour")),
        ("$25/hr - 40 hours", (25, 25, "USD", "hour")),
        ("$50/hr (W2)", (50, 50, "USD", "hour")),
        ("$80,000, 401k, 20 days PTO", (80_000, 80_000, "USD", "year")),
        ("$80,000 + 10% bonus", (80_000, 80_000, "USD", "year")),
        ("Grade 7, £60k", (60_000, 60_000, "GBP", "year")),
        ("Band 6: £35,392 to £42,618", (35_392, 42_618, "GBP", "year")),
        ("GS-12 $89,834 - $116,788", (89_834, 116_788, "USD", "year")),
        ("£28k basic, OTE £45k", (28_000, 28_000, "GBP", "year")),
        ("$30 per hour (night shift, Boston)", (30, 30, "USD", "hour")),
        ("£24,907 (pro rata)", (24_907, 24_907, "GBP", "year")),
    ],
)
def test_what_is_said_beside_pay(text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "country", "money"),
    [
        ("$90,000", "AU", "AUD"),
        ("$90,000", "CA", "CAD"),
        ("$90,000", "DE", "USD"),
        ("$90,000", None, "USD"),
        ("$5,000 per month", "SG", "SGD"),
        ("$30,000 per month", "MX", "MXN"),
        ("¥20,000/month", "CN", "CNY"),
        ("¥250,000/month", "JP", "JPY"),
        ("¥250,000 per month", None, "JPY"),
        ("A$120k", "US", "AUD"),
        ("NZ$ 80k", None, "NZD"),
        ("S$5,000 a month", None, "SGD"),
        ("HK$30,000 per month", None, "HKD"),
        ("CA$50,000", None, "CAD"),
        ("C$50,000", None, "CAD"),
        ("50 000 $ CA", None, "CAD"),
        ("US$120,000", "CA", "USD"),
        ("$120,000 USD", "CA", "USD"),
        ("$25,000 MXN per month", None, "MXN"),
        ("R$ 8.000 por mês", None, "BRL"),
        ("55.000EUR", None, "EUR"),
        ("EUR55K", None, "EUR"),
        ("eur 55.000", None, "EUR"),
        ("55.000 euros", None, "EUR"),
        ("30 pounds per hour", None, "GBP"),
        ("kr 45 000 per måned", "NO", "NOK"),
        ("kr 45 000 per måned", None, None),
        ("Rs. 25,000 per month", "PK", "PKR"),
        ("Rs. 25,000 per month", None, None),
        ("500 pesos al día", "MX", "MXN"),
        ("60,000 a month", "KE", "KES"),
    ],
)
def test_the_currency_of_signs_and_names(text: str, country: str | None, money: str | None) -> None:
    pay = in_any(text, beside=at(country))
    assert (pay and pay.currency) == money


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("25 000 Kč", "CZ"),
        ("20 000 - 25 000 zł", "PL"),
        ("R$ 8.000,00", "BR"),
        ("30 000 kr", "SE"),
        ("AED 15,000", "AE"),
        ("¥250,000", "JP"),
        ("10.000.000 - 15.000.000 VND", "VN"),
        ("12-18", "IN"),
        ("$250", "US"),
        ("$1", "US"),
        ("120-150", "US"),
    ],
)
def test_no_period_is_guessed_that_is_not_usual_for_the_currency(text: str, country: str) -> None:
    assert read(text, country) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("from £30,000", 30_000, None),
        ("ab 45.000 €", 45_000, None),
        (">$100k", 100_000, None),
        ("100k+", 100_000, None),
        ("min. £30k", 30_000, None),
        ("up to $90,000", None, 90_000),
        ("bis zu 60.000 €", None, 60_000),
        ("jusqu'à 45 k€", None, 45_000),
        ("max 80k", None, 80_000),
        ("<100k", None, 100_000),
        ("between £30,000 and £40,000", 30_000, 40_000),
        ("entre 30 y 40 mil euros", 30_000, 40_000),
        ("od 60 000 do 80 000 EUR", 60_000, 80_000),
        ("$80,000", 80_000, 80_000),
        ("0 - $80,000", None, 80_000),
        ("$90k-70k", 70_000, 90_000),
    ],
)
def test_one_end_or_both(text: str, low: float | None, high: float | None) -> None:
    pay = in_any(text, beside=Beside())
    assert pay
    assert (pay.minimum, pay.maximum) == (low, high)


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("60.000 €", "DE", (60_000, 60_000, "EUR", "year")),
        ("85,000 €", "DE", (85_000, 85_000, "EUR", "year")),
        ("$17.125/hr", "US", (17.125, 17.125, "USD", "hour")),
        ("12,345 €/h", "DE", (12.345, 12.345, "EUR", "hour")),
        ("$17.125/hr", None, None),
        ("USD 17.125/hr", None, (17.125, 17.125, "USD", "hour")),
        ("17.125", "US", (17.125, 17.125, "USD", "hour")),
        ("17.125", None, None),
        ("17.125", "DE", (17_125, 17_125, "EUR", "year")),
        ("$7.900 por hora", None, None),
        ("$7.900 por hora", "CL", (7_900, 7_900, "CLP", "hour")),
        ("450.000 KD per month", "KW", (450, 450, "KWD", "month")),
        ("₹12,00,000 - ₹18,00,000", "IN", (1.2e6, 1.8e6, "INR", "year")),
        ("CHF 120'000.–", "CH", (120_000, 120_000, "CHF", "year")),
        ("55 000,50 € par an", "FR", (55_000.5, 55_000.5, "EUR", "year")),
    ],
)
def test_full_stops_and_commas(text: str, country: str | None, expected: object) -> None:
    assert read(text, country) == expected


@pytest.mark.parametrize(
    ("written", "number"),
    [("$62,868.00", 62_868), ("62 868", 62_868), ("1.234,50 EUR", 1_234.5), ("60k", 60_000), (15.5, 15.5), ("0", 0)],
)
def test_amounts(written: object, number: float) -> None:
    told = amount(written)
    assert told
    found = told.one()
    assert found
    assert {value * (found.times or (1,))[0] for value in (found.point, found.comma) if value is not None} == {number}


@pytest.mark.parametrize(
    "written", ["35 hours", "2019-11-26", "Full-time", "-5", -5, float("nan"), True, None, "1" * 500, "$50k-$60k"]
)
def test_no_amounts(written: object) -> None:
    assert amount(written) is None


@pytest.mark.parametrize(
    ("word", "unit"),
    [
        ("Annual", YEAR),
        ("Hourly", HOUR),
        ("Daily", DAY),
        ("per hour", HOUR),
        ("Monat", MONTH),
        ("PER_YEAR", YEAR),
        ("per-hour-wage", HOUR),
        ("1 YEAR", YEAR),
        ("p.a.", YEAR),
        ("/mo", MONTH),
        ("hebdomadaire", WEEK),
    ],
)
def test_periods(word: str, unit: PayPeriod) -> None:
    assert {span.period for span in period(word) or ()} == {unit}


def test_words_that_say_nothing_of_time_and_others() -> None:
    assert period("Base salary") == frozenset()
    assert [period(word) for word in ("piecework", "mile", "", "12", None, 5)] == [None] * 6


def test_currencies_by_code_sign_and_name() -> None:
    assert [(found := currency(name)) and found.usual for name in ("usd", "A$", "€", "Euro", "US Dollars", "XYZ")] == [
        "USD",
        "AUD",
        "EUR",
        "EUR",
        "USD",
        "XYZ",
    ]
    assert [currency(name) for name in ("money", "", None, 3, "nan", "TBD")] == [None] * 6


def columns(low: object, high: object, beside: Beside) -> Pay | None:
    return in_columns(amount(low), amount(high), beside=beside)


def test_amounts_the_wrong_way_round_are_turned_and_zero_says_nothing() -> None:
    yearly = Beside("USD", spans=period("year") or frozenset())
    assert columns(90_000, 80_000, Beside("USD")) == Pay(minimum=80_000, maximum=90_000, currency="USD")
    assert columns(0, 43_079, yearly) == Pay(maximum=43_079, currency="USD")
    assert columns(0, 0, yearly) is None


def test_absurd_amounts_are_dropped() -> None:
    hourly, yearly = (period(word) or frozenset() for word in ("hour", "year"))
    assert columns(62_868, None, Beside("USD", spans=hourly)) is None
    assert columns(15.5, None, Beside("USD", spans=yearly)) is None
    assert columns(25, 60_000, Beside("USD")) is None
    assert columns(9_000_000, None, Beside("JPY", spans=yearly)) is not None


def test_the_currency_of_a_country() -> None:
    codes = ("DE", "GB", "US", "ZZ", None, "KE", "HR")
    assert [currency_of(code) for code in codes] == ["EUR", "GBP", "USD", "USD", "USD", "KES", "EUR"]


NOT_PLAUSIBLE = {"pay: not plausible for its period, or without one": 1}


@pytest.mark.parametrize(
    ("record", "expected", "warnings"),
    [
        (
            {"salary_min": 25_000, "salary_max": 30_000, "salary_period": "Monat", "country": "CZ"},
            Pay(minimum=25_000, maximum=30_000, currency="CZK", period=MONTH),
            {},
        ),
        (
            {"salary_min": 2_500, "salary_period": "fortnight"},
            Pay(minimum=1_250, currency="USD", period=WEEK),
            {},
        ),
        (
            {"salary_min": 60_000, "salary_period": "per fathom"},
            None,
            {"pay_period: not understood": 1, **NOT_PLAUSIBLE},
        ),
        ({"salary_min": 60_000, "salary_period": "N/A"}, Pay(minimum=60_000, currency="USD"), {}),
        ({"salary_min": 60_000, "currency": "nan"}, Pay(minimum=60_000, currency="USD"), {}),
        ({"salary_min": 60_000, "salary_type": "Base"}, Pay(minimum=60_000, currency="USD"), {}),
        ({"salary_min": 60_000, "currency": "beads"}, None, {"pay_currency: not understood": 1, **NOT_PLAUSIBLE}),
        ({"salary_min": "£60k", "salary_max": "£80k"}, Pay(minimum=60_000, maximum=80_000, currency="GBP"), {}),
        ({"salary_min": "£60k", "currency": "EUR"}, None, NOT_PLAUSIBLE),
        ({"salary_min": "$60k", "currency": "CAD"}, Pay(minimum=60_000, currency="CAD"), {}),
        ({"salary_min": "$25/hr", "salary_period": "year"}, None, NOT_PLAUSIBLE),
        ({"salary_min": "17.125", "salary_max": "19.375"}, None, NOT_PLAUSIBLE),
        ({"salary_min": 250_000, "country": "JP"}, None, NOT_PLAUSIBLE),
        (
            {"salary": 4_000, "salary_period": "month"},
            Pay(minimum=4_000, maximum=4_000, currency="USD", period=MONTH),
            {},
        ),
        ({"salary": "60,000", "currency": "AUD"}, Pay(minimum=60_000, maximum=60_000, currency="AUD"), {}),
        ({"salary": "$35 per visit"}, None, {"pay: not understood": 1}),
        (
            {"salary": "Negotiable", "salary_min": 50_000},
            Pay(minimum=50_000, currency="USD"),
            {"pay: not understood": 1},
        ),
        ({"salary_min": 0, "salary_max": 0, "salary_period": "year"}, None, {}),
        ({"salary_period": "year", "currency": "USD"}, None, {}),
    ],
)
def test_pay_of_postings(record: dict[str, Any], expected: Pay | None, warnings: dict[str, int]) -> None:
    assert posting(record) == (expected, warnings)


def test_pay_that_is_not_read_stays_in_the_metadata() -> None:
    record = {"salary": "$35 per visit", "currency": "USD", "salary_period": "visit"}
    assert Interpreter(FieldNames(), "test").job({"title": "Nurse", **record}).metadata == record
