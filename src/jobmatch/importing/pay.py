"""Pay: amounts and periods from columns, from records, and from texts such as ``$25 - $30/hr`` or ``60k p.a.``."""

import math
import re
from collections.abc import Mapping
from typing import Any

from jobmatch.importing.text import one_line
from jobmatch.model import Pay, PayPeriod
from jobmatch.model.job import PERIODS_PER_YEAR

_PERIODS = {
    PayPeriod.HOUR: "hour hourly hr hrs hours h per_hour an_hour per_hr hourly_rate ph",
    PayPeriod.DAY: "day daily days per_day per_diem a_day d daily_rate",
    PayPeriod.WEEK: "week weekly wk per_week a_week weeks",
    PayPeriod.MONTH: "month monthly mo mth per_month a_month months pcm",
    PayPeriod.YEAR: "year yearly annual annually annum yr yrs per_year per_annum pa p_a a_year years yearly_salary",
}
_PERIOD_OF = {word: period for period, words in _PERIODS.items() for word in words.split(" ")}
_PERIOD_IN = re.compile(
    r"(?:per|an?|/|\bp\.?)\s*(hour|hr|h|day|week|wk|month|mo|year|yr|annum|a)\b|\b(hourly|daily|weekly|monthly|annual|yearly)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[^a-z]+")
_AMOUNT = re.compile(r"(\d{1,3}(?:[,. ’']\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?)\s*([kKmM]\b)?")
_MONEY = r"(?:[A-Z]{2,3}\$?|[$€£₹¥₩₪]|zł|Rs\.?)?"
_ONE_AMOUNT = re.compile(rf"{_MONEY}\s*{_AMOUNT.pattern}\s*{_MONEY}(?:\s*(?:per|an?|/)\s*\w+)?")
_RETIREMENT = re.compile(r"401\s?\(?[kK]\)?")
_THOUSANDS = re.compile(r"[,. ’'](?=\d{3}(?!\d))")
_TIMES = {"k": 1e3, "m": 1e6}
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY", "₩": "KRW", "₪": "ILS", "zł": "PLN", "C$": "CAD"}
_SIGN = re.compile(r"C\$|[$€£₹¥₩₪]|zł")
_CODE = re.compile(
    r"\b(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|INR|JPY|CNY|SEK|NOK|DKK|PLN|CZK|BRL|MXN|SGD|HKD|ZAR|ILS|AED|KRW)\b"
)
_ANY_CODE = re.compile(r"[A-Z]{3}")
_EURO = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
_OTHER = (
    "US USD;GB GBP;CH CHF;CA CAD;AU AUD;NZ NZD;IN INR;JP JPY;CN CNY;SE SEK;NO NOK;DK DKK;PL PLN;CZ CZK;BR BRL;MX MXN;"
    "SG SGD;HK HKD;ZA ZAR;IL ILS;AE AED;KR KRW;PH PHP;RO RON;HU HUF;TR TRY;UA UAH;TH THB;MY MYR;ID IDR;VN VND;TW TWD;"
    "AR ARS;CL CLP"
)
_CURRENCY_OF = dict.fromkeys(_EURO.split(" "), "EUR") | {pair[:2]: pair[3:] for pair in _OTHER.split(";")}
#: Per year, in currencies whose unit buys about as much as a dollar: less and more than these nobody pays.
_LEAST, _MOST = 500.0, 5_000_000.0
_LIKE_DOLLARS = frozenset({"USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD"})
_MOST_EVER = 1e12
_HOURLY_BELOW, _YEARLY_FROM = 200.0, 10_000.0
_LONGEST = 120


def amount(value: object) -> float | None:
    """Return an amount of money given as a number or in text; 0 stays 0, what is no amount gives None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _finite(value)
    found = _ONE_AMOUNT.fullmatch(one_line(value)) if isinstance(value, str) and len(value) <= _LONGEST else None
    return _finite(_number(found)) if found else None


def _finite(value: float) -> float | None:
    return float(value) if 0 <= value <= _MOST_EVER and math.isfinite(value) else None


def _number(found: re.Match[str]) -> float:
    digits = _THOUSANDS.sub("", found[1]).replace(",", ".")
    return float(digits) * _TIMES.get((found[2] or "").lower(), 1.0)


def period(value: object) -> PayPeriod | None:
    """Return the time that an amount is for, by a word for it."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    return _PERIOD_OF.get(_BETWEEN.sub("_", value.lower()).strip("_"))


def currency(value: object) -> str | None:
    """Return an ISO 4217 code, given as such or by sign."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    code = _SIGNS.get(text, text.upper())
    return code if _ANY_CODE.fullmatch(code) else None


def currency_of(country: str | None) -> str:
    """Return the currency that a posting which names none most likely means."""
    return _CURRENCY_OF.get(country or "US", "USD")


def in_any(value: object, *, default_currency: str) -> Pay | None:
    """Return the pay that a text, a record or a number tells."""
    if isinstance(value, dict):
        return in_record(value, default_currency=default_currency)
    if isinstance(value, str):
        return in_text(value, default_currency=default_currency)
    found = amount(value)
    return pay(found, found, money=default_currency, unit=None)


def in_text(text: str, *, default_currency: str) -> Pay | None:
    """Return the pay that a text names, with one amount or two."""
    if len(text) > _LONGEST:
        return None
    named = _PERIOD_IN.search(text)
    unit = period(named[1] or named[2]) if named else None
    if named and named[1] and named[1].lower() == "a":
        unit = PayPeriod.YEAR
    found = _with_common_factor(list(_AMOUNT.finditer(_RETIREMENT.sub("", one_line(text)))))
    if not 1 <= len(found) <= 2:
        return None
    return pay(found[0], found[-1], money=_currency_in(text) or default_currency, unit=unit)


def _with_common_factor(found: list[re.Match[str]]) -> list[float]:
    """Return amounts; in ``60-80k`` the k is meant for both."""
    if len(found) == 2 and found[1][2] and not found[0][2] and float(_number(found[0])) < 1_000:
        return [_number(found[0]) * _TIMES[found[1][2].lower()], _number(found[1])]
    return [_number(one) for one in found]


def _currency_in(text: str) -> str | None:
    if code := _CODE.search(text):
        return code[0]
    sign = _SIGN.search(text)
    return _SIGNS[sign[0]] if sign else None


def in_record(record: Mapping[str, Any], *, default_currency: str) -> Pay | None:
    """Return the pay that a record describes, in our own words or schema.org's."""
    if isinstance(record.get("value"), dict):
        record = {**record, **record["value"]}
    return pay(
        *(amount(_first(record, keys)) for keys in (_MINIMUM, _MAXIMUM)),
        money=currency(record.get("currency")) or default_currency,
        unit=period(_first(record, _UNIT)),
    )


_MINIMUM = ("minimum", "min", "minValue", "min_value", "from", "value", "amount")
_MAXIMUM = ("maximum", "max", "maxValue", "max_value", "to")
_UNIT = ("period", "interval", "unit", "unitText", "unit_text")


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((record[key] for key in keys if record.get(key) not in (None, "")), None)


def pay(low: float | None, high: float | None, *, money: str, unit: PayPeriod | None) -> Pay | None:
    """Return pay made of what is plausible, None if nothing is.

    An amount of 0 says nothing, and amounts the wrong way round are turned. Without a period, amounts below 200 are per
    hour and those from 10,000 per year; in between nobody can tell.
    """
    named = sorted(a for a in (low, high) if a)
    if not named:
        return None
    unit = unit or _usual(named[-1])
    if unit is None or not (_plausible(named[0], money, unit) and _plausible(named[-1], money, unit)):
        return None
    only_high = not low and bool(high)
    return Pay(
        minimum=None if only_high else named[0],
        maximum=named[-1] if high else None,
        currency=money,
        period=unit,
    )


def _usual(amount: float) -> PayPeriod | None:
    if amount < _HOURLY_BELOW:
        return PayPeriod.HOUR
    return PayPeriod.YEAR if amount >= _YEARLY_FROM else None


def _plausible(amount: float, money: str, unit: PayPeriod) -> bool:
    yearly = amount * PERIODS_PER_YEAR[unit]
    return _LEAST <= yearly <= _MOST if money in _LIKE_DOLLARS else yearly <= _MOST_EVER
