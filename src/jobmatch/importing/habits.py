"""How one file writes what can be read in two ways: ``04/05/2026``, and ``Mainz, DE``.

What its other rows leave no doubt about tells how the doubtful ones are meant; some hundred are read ahead for that.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from jobmatch.importing import countries, dates
from jobmatch.importing.countries import Meant
from jobmatch.importing.mapping import Plan
from jobmatch.importing.rows import Record

_Item = TypeVar("_Item")

#: Rows that are read ahead at most.
AHEAD = 500
_DATES = ("posted_at", "expires_at")
_PLACES = ("location", "city")
_CODED = re.compile(r"([^,;|\n]+),\s*([A-Z]{2})\s*(?=$|[;|)\n])")
_LONGEST = 300
#: The share of rows that has to agree, and how many of other codes there have to be.
_MOST = 0.95
_ENOUGH = 3


class Habits:
    """What has been seen of a file so far."""

    def __init__(self) -> None:
        self._dates: Counter[tuple[str, bool]] = Counter()
        self._codes: Counter[tuple[str, Meant]] = Counter()
        self._day_first: dict[str, bool | None] = {}

    def clear(self) -> None:
        """Forget it all."""
        self._day_first.clear()
        self._dates.clear()
        self._codes.clear()

    def see(self, record: Record, plan: Plan) -> bool:
        """Take note of a record, and return whether it holds what only others can tell how to read."""
        doubtful = [self._see_date(field, record[key]) for field in _DATES for key in plan.get(field, ())]
        doubtful += [
            self._see_place(text) for field in _PLACES for key in plan.get(field, ()) for text in _texts(record[key])
        ]
        return any(doubtful)

    def _see_date(self, field: str, value: object) -> bool:
        order = dates.order_of(value)
        if order is not None:
            self._dates[field, order] += 1
            self._day_first.clear()
        return order is None and dates.is_open(value)

    def _see_place(self, text: str) -> bool:
        found = _codes_in(text)
        for code, meant in found:
            if meant is None and countries.country(code):
                self._codes[code, Meant.COUNTRY] += 1
            elif meant in {Meant.STATE, Meant.COUNTRY}:
                self._codes[code, meant] += 1
        return any(meant is Meant.OPEN for _, meant in found)

    def day_first(self, field: str) -> bool | None:
        """Tell whether dates of a field are written with the day first; None if nothing tells.

        Where some are written one way and some the other, the more frequent way counts.
        """
        if field not in self._day_first:
            found = (self._more_often(fields) for fields in ((field,), _DATES))
            self._day_first[field] = next((one for one in found if one is not None), None)
        return self._day_first[field]

    def _more_often(self, fields: Iterable[str]) -> bool | None:
        day, month = (sum(self._dates[field, order] for field in fields) for order in (True, False))
        return None if day == month else day > month

    def is_mixed(self, field: str) -> bool:
        """Tell whether dates of a field are written both ways."""
        return bool(self._dates[field, True] and self._dates[field, False])

    def meaning(self, code: str) -> Meant | None:
        """Return what a code means beside other cities, or else what codes mean altogether."""
        state, country = self._codes[code, Meant.STATE], self._codes[code, Meant.COUNTRY]
        if state or country:
            return _majority(state, country)
        state, country = (
            sum(n for (_, m), n in self._codes.items() if m is one) for one in (Meant.STATE, Meant.COUNTRY)
        )
        return _majority(state, country) if state + country >= _ENOUGH else None


@lru_cache(maxsize=16_384)
def _codes_in(text: str) -> tuple[tuple[str, Meant | None], ...]:
    """Return the codes that stand behind cities, each with what it means there."""
    return tuple((code, countries.meant(code, city.strip())) for city, code in _CODED.findall(text))


def _majority(state: int, country: int) -> Meant | None:
    if state >= _MOST * (state + country):
        return Meant.STATE
    return Meant.COUNTRY if country >= _MOST * (state + country) else None


def _texts(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else (value,):
        if isinstance(one, str) and len(one) <= _LONGEST:
            yield one


def foreseen(items: Iterable[_Item], see: Callable[[_Item], bool]) -> Iterator[_Item]:
    """Yield *items*, once `AHEAD` of them are seen when one is doubtful.

    What was read stays read: an error comes after the items before it.

    Arguments:
        items: in their order.
        see: takes note of one and tells whether it is doubtful; called once for each.
    """
    source, looked = iter(items), False
    for item in source:
        doubtful = see(item)
        if looked or not doubtful:
            yield item
            continue
        looked, ahead, error = True, deque([item]), None
        try:
            while len(ahead) <= AHEAD and (more := next(source, None)) is not None:
                see(more)
                ahead.append(more)
        except Exception as raised:  # whatever it is, it is raised in its place
            error = raised
        yield from ahead
        if error:
            raise error
