"""Rows whose columns are shifted: what stands in one field is plainly of another kind.

One odd value is a slip, dropped with a warning; two in one row mean that bad quoting moved the columns, and no value of
the row can be trusted.
"""

import re

from jobmatch.importing import kinds, pay

_DATES = frozenset({"posted_at", "expires_at"})
_AMOUNTS = frozenset({"pay_minimum", "pay_maximum", "latitude", "longitude"})
_WORDS = frozenset({"workplace", "employment_type", "pay_period", "pay_currency", "country", "city"})
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ][\d:.]+.{0,8})?")
_URL = re.compile(r"https?://", re.IGNORECASE)
_LONGEST_WORD = 60
_LONGEST_TITLE = 300
_LONGEST_COMPANY = 200
#: As many odd values as tell that columns are shifted.
ENOUGH = 2


def kind_of(value: str) -> str:
    """Return what *value* looks like: ``text``, ``word``, ``date``, ``number``, ``link`` or ``choice``."""
    value = value.strip()
    if _URL.match(value):
        return "link"
    if len(value) > _LONGEST_WORD:
        return "text"
    if _NUMBER.fullmatch(value):
        return "number"
    if _DATE.fullmatch(value):
        return "date"
    return "choice" if kinds.is_kind(value) or pay.period(value) else "word"


def oddity(field: str, value: object) -> str | None:
    """Return what a value that could not be read as *field* is instead, None if it is only unknown or misspelt."""
    if not isinstance(value, str):
        return None
    kind = kind_of(value)
    if field in _DATES:
        return kind if kind in {"text", "link", "choice"} else None
    if field in _AMOUNTS:
        return kind if kind in {"text", "link", "date", "choice"} else None
    return kind if field in _WORDS and kind in {"text", "link", "date", "number"} else None


def wrong_title(title: str) -> str | None:
    """Return what *title* is if it cannot be one."""
    if len(title) > _LONGEST_TITLE:
        return "text"
    return kind if _may_be_odd(title) and (kind := kind_of(title)) in {"number", "date", "link"} else None


def wrong_company(company: str) -> str | None:
    """Return what *company* is if it cannot be a name."""
    if len(company) > _LONGEST_COMPANY:
        return "text"
    return kind if _may_be_odd(company) and (kind := kind_of(company)) in {"date", "link"} else None


def _may_be_odd(name: str) -> bool:
    return name[0] in "0123456789-+hH"
