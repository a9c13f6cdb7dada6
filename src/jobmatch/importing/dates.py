"""Dates as postings write them: ISO 8601, seconds or milliseconds since 1970, ``12/31/2026``, ``31.12.2026``, words."""

import re
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from typing import NamedTuple

from jobmatch.importing.text import one_line

_YEARS = range(1990, 2101)
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ]\d\d:?\d\d.*)?")
_ZONE_NAME = re.compile(r" ?(?:UTC|GMT|Z)$", re.IGNORECASE)
_EPOCH = re.compile(r"(?:\d{9,10}|\d{12,13})(?:\.\d+)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)(.*)")
_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:,? +(.+))?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LETTER = re.compile(r"[^\W\d_]")
_HOURS_OF_ZONE = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "CET": 1,
    "CEST": 2,
}
_LONGEST = 60
_SECONDS_OF_MILLISECONDS = 1e11
#: What a text leaves open, the parser takes from these two; what they do not agree on was left open.
_FIRST, _SECOND = datetime(2000, 1, 1), datetime(2001, 2, 2, 1)


class _Span(Enum):
    """How much time a date leaves open."""

    NONE = 0
    DAY = 1
    MONTH = 2


class _Date(NamedTuple):
    begin: datetime
    span: _Span = _Span.NONE


def moment(value: object, *, day_first: bool | None = None) -> datetime | None:
    """Return the moment that *value* names, in UTC; None if it names none from 1990 to 2100.

    A time without a zone is taken as UTC.

    Arguments:
        value: as it was written.
        day_first: whether ``3/4/2026`` is the third of April; else it is the fourth of March.
    """
    found = _read(value, day_first)
    return found.begin if found else None


def end(value: object, *, day_first: bool | None = None) -> datetime | None:
    """Like `moment`, for the end of an offer: a day without a time counts to its end, a month without a day to its own.

    Midnight without a zone is how programs write a day; days are those of UTC.
    """
    if not (found := _read(value, day_first)):
        return None
    if found.span is _Span.MONTH:
        return (found.begin.replace(day=1) + timedelta(days=31)).replace(day=1)
    return found.begin + timedelta(days=1) if found.span is _Span.DAY else found.begin


def order_of(value: object) -> bool | None:
    """Tell whether a date with slashes or hyphens is written with the day first, None if it can be either."""
    found = _slashed(value)
    if found is None or (found[0] > 12) == (found[1] > 12):
        return None
    return found[0] > 12


def is_open(value: object) -> bool:
    """Tell whether a date with slashes or hyphens is two dates, the day being first or the month."""
    found = _slashed(value)
    return bool(found and max(found) <= 12 and found[0] != found[1])


def _slashed(value: object) -> tuple[int, int] | None:
    found = _SLASHED.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= _LONGEST else None
    return (int(found[1]), int(found[3])) if found and found[2] != "." else None


def _read(value: object, day_first: bool | None) -> _Date | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = _written(one_line(value), day_first) if isinstance(value, str) else _Date(_since_1970(value))
        return _in_utc(found) if found else None
    except (ValueError, OverflowError, OSError):  # the last for years that the system does not know
        return None


def _in_utc(found: _Date) -> _Date | None:
    begin = found.begin
    aware = begin.replace(tzinfo=UTC) if begin.tzinfo is None else begin.astimezone(UTC)
    return _Date(aware, found.span) if aware.year in _YEARS else None


def _since_1970(number: float) -> datetime:
    return datetime.fromtimestamp(number / 1_000 if number > _SECONDS_OF_MILLISECONDS else number, UTC)


def _written(text: str, day_first: bool | None) -> _Date | None:
    if len(text) > _LONGEST:
        return None
    if _ISO.fullmatch(text):
        return _iso(text)
    if _EPOCH.fullmatch(text):
        return _Date(_since_1970(float(text)))
    if year_first := _YEAR_FIRST.fullmatch(text):
        return _iso(f"{year_first[1]}-{int(year_first[2]):02}-{int(year_first[3]):02}{year_first[4]}")
    if slashed := _SLASHED.fullmatch(text):
        return _with_slashes(slashed, day_first)
    return _in_words(text)


def _iso(text: str) -> _Date | None:
    try:
        found = datetime.fromisoformat(_ZONE_NAME.sub("+00:00", text))
    except ValueError:
        return _in_words(text)
    return _Date(found, _Span.DAY if found.timetz() == time.min else _Span.NONE)


def _with_slashes(found: re.Match[str], day_first: bool | None) -> _Date | None:
    """Read ``m/d/Y`` as in the United States unless told otherwise, ``d.m.Y``, and what can be only one as that."""
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    turned = first > 12 or ((day_first or found[2] == ".") and second <= 12)
    month, day = (second, first) if turned else (first, second)
    iso = f"{year:04}-{month:02}-{day:02}"
    return _in_words(f"{iso} {found[5]}") if found[5] else _iso(iso)


def _in_words(text: str) -> _Date | None:
    if not (_YEAR.search(text) and (_LETTER.search(text) or ":" in text)):
        return None
    from dateutil import parser

    found, other = (parser.parse(text, tzinfos=_offset, default=default) for default in (_FIRST, _SECOND))
    if (found.year, found.month) != (other.year, other.month):
        return None
    if found.day != other.day:
        return _Date(found, _Span.MONTH)
    return _Date(found, _Span.DAY if found.hour != other.hour or found.timetz() == time.min else _Span.NONE)


def _offset(zone: str | None, seconds: int | None) -> int | None:
    """Return how far a zone is from UTC, None where there is no zone; an unknown one is taken as UTC."""
    if seconds is None and zone is None:
        return None
    return seconds if seconds is not None else _HOURS_OF_ZONE.get(zone or "", 0) * 3_600
