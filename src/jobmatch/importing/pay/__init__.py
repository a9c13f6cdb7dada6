"""Pay: amounts, currencies and times from columns, records, and texts such as ``$25 - $30/hr`` or ``60k p.a.``.

No pay is better than wrong pay: what is not understood gives none.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

from jobmatch.importing.pay import currencies, grammar
from jobmatch.importing.pay.decision import decided
from jobmatch.importing.pay.grammar import Told
from jobmatch.importing.pay.items import Amount, Money, Span
from jobmatch.importing.text import is_missing, one_line
from jobmatch.model import Pay

__all__ = [
    "Beside",
    "Told",
    "amount",
    "currency",
    "currency_in",
    "currency_of",
    "in_any",
    "in_columns",
    "names_any",
    "period",
]

_MOST_EVER = 1e12
_LONGEST = 120
#: As machines write amounts, which need no grammar.
_PLAIN = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
_MINIMUM = ("minimum", "min", "minValue", "min_value", "from", "value", "amount")
_MAXIMUM = ("maximum", "max", "maxValue", "max_value", "to")
_UNIT = ("period", "interval", "unit", "unitText", "unit_text")

currency_of = currencies.of_country


@frozen
class Beside:
    """What a posting tells of its pay beside the amounts.

    Arguments:
        default: currency of its country, None if that is unknown.
        money: the currency that is named, None if none is.
        spans: the times that may be meant, empty if none is named.
        unread: whether it names a currency, or a time, that was not understood.
    """

    default: str | None = None
    money: Money | None = None
    spans: frozenset[Span] = frozenset()
    unread: tuple[bool, bool] = (False, False)

    def pay(self, told: Told | None) -> Pay | None:
        """Return the pay that *told* means beside this, None if they contradict each other or make no sense."""
        if told is None:
            return None
        money = told.money.both(self.money) if told.money and self.money else told.money or self.money
        spans = told.spans & self.spans if told.spans and self.spans else told.spans or self.spans
        if (money is None and (told.money or self.unread[0])) or (not spans and (told.spans or self.unread[1])):
            return None
        return decided(Told(told.low, told.high, money, spans, told.sure), self.default)


def amount(value: object) -> Told | None:
    """Return what a cell for one amount tells, a number or a text; None if that is not exactly one amount."""
    told = _told(value)
    return told if told and (told.low is None or told.high is None or told.one()) else None


def period(value: object) -> frozenset[Span] | None:
    """Return the times that a word may stand for; empty if it says nothing of time, None if it is not understood."""
    told = _words(value)
    return told.spans if told else None


def currency(value: object) -> Money | None:
    """Return the currencies that a code, a sign or a name may stand for."""
    told = _words(value)
    if told and told.money:
        return told.money
    code = value.strip().upper() if isinstance(value, str) and not is_missing(value.strip()) else ""
    return Money(frozenset((code,)), code) if len(code) == 3 and code.isascii() and code.isalpha() else None


def currency_in(value: object) -> Money | None:
    """Return the currencies that a text or a record about pay may name."""
    if isinstance(value, dict):
        return currency(value.get("currency"))
    told = _told(value)
    return told.money if told else None


def in_any(value: object, *, beside: Beside) -> Pay | None:
    """Return the pay that a text, a record or a number tells."""
    return _in_record(value, beside) if isinstance(value, dict) else beside.pay(_told(value))


def in_columns(low: Told | None, high: Told | None, *, beside: Beside) -> Pay | None:
    """Return the pay that two cells tell, each as `amount` read it."""
    return beside.pay(_joined(low, high))


def names_any(*told: Told | None) -> bool:
    """Tell whether there is any amount other than 0."""
    ends = [end for one in told if one for end in (one.low, one.high) if end]
    return any(end.point or end.comma for end in ends)


def _joined(low: Told | None, high: Told | None) -> Told | None:
    if low is None or high is None:
        one = low or high
        return one and Told(_only(low), _only(high), one.money, one.spans, one.sure)
    money = low.money.both(high.money) if low.money and high.money else low.money or high.money
    spans = low.spans & high.spans if low.spans and high.spans else low.spans or high.spans
    if (money is None and low.money) or (not spans and low.spans):
        return None
    return Told(_only(low), _only(high), money, spans, sure=low.sure and high.sure)


def _only(told: Told | None) -> Amount | None:
    return (told.low or told.high) if told else None


def _in_record(record: Mapping[str, Any], beside: Beside) -> Pay | None:
    """Return the pay that a record describes, in our own words or schema.org's."""
    if isinstance(record.get("value"), dict):
        record = {**record, **record["value"]}
    low, high = (_first(record, keys) for keys in (_MINIMUM, _MAXIMUM))
    ends = [amount(end) for end in (low, high)]
    if any(told is None and end is not None for told, end in zip(ends, (low, high), strict=True)):
        return None
    return in_columns(*ends, beside=_named(beside, record.get("currency"), _first(record, _UNIT)))


def _named(beside: Beside, money: object, unit: object) -> Beside:
    """Return *beside* with what a record names itself."""
    named, spans, unread = beside.money, beside.spans, beside.unread
    if _says(money):
        named = currency(money)
        unread = (named is None, unread[1])
    if _says(unit):
        told = period(unit)
        spans, unread = told or frozenset(), (unread[0], told is None)
    return Beside(beside.default, named, spans, unread)


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((record[key] for key in keys if _says(record.get(key))), None)


def _says(value: object) -> bool:
    if isinstance(value, str):
        return bool(value) and not is_missing(one_line(value))
    return value is not None


def _told(value: object) -> Told | None:
    if isinstance(value, str):
        if not _PLAIN.fullmatch(value):
            return grammar.read(value) if len(value) <= _LONGEST else None
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number(float(value)) if 0 <= value <= _MOST_EVER and math.isfinite(value) else None


@lru_cache(maxsize=16_384)
def _number(value: float) -> Told:
    number = Amount(value, value)
    return Told(number, number)


def _words(value: object) -> Told | None:
    return grammar.words(value) if isinstance(value, str) and len(value) <= _LONGEST else None
