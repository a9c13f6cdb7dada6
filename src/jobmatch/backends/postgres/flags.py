"""Which of some postings pass filters: made out so fast that a search can wait for it.

Each condition is asked of every posting and remembered, for many ask for the same country or level. Those that hardly
anybody asks for twice, days and pay, let pass whatever is late or high enough: so of postings in that order the first
that passes tells.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen
from cachetools import LRUCache
from numpy.typing import NDArray

from jobmatch.conditions import Passes, told
from jobmatch.model import Filters, JobSummary

#: Whether each passes, shape (postings,).
Flags: TypeAlias = NDArray[np.bool_]
#: Numbers of postings, those of one kind in ascending order of something.
Order: TypeAlias = NDArray[np.intp]
#: Returns a kind of posting and a number: of one kind those with the greater numbers pass, if any do.
Key: TypeAlias = Callable[[JobSummary], tuple[str, float]]
#: Conditions, and filters, of which it is remembered what passes: a quarter of a megabyte each.
REMEMBERED = 256


def _day(job: JobSummary) -> tuple[str, float]:
    """Tell for conditions on when it was posted."""
    return ("", 0.0) if job.posted_at is None else ("posted", job.posted_at.timestamp())


def _pay(job: JobSummary) -> tuple[str, float]:
    """Tell for conditions on pay."""
    yearly = job.pay.yearly() if job.pay else None
    return ("", 0.0) if job.pay is None or yearly is None else (f"in {job.pay.currency}", yearly)


_ORDERED: Mapping[str, Key] = {
    "posted_after": _day,
    "max_age_days": _day,
    "salary_min": _pay,
}
#: What a condition goes by besides the field of its name.
_WITH: Mapping[str, Sequence[str]] = {"radius_km": ("latitude", "longitude")}


def _remembering() -> "LRUCache[Any, Flags]":
    return LRUCache(REMEMBERED)


@frozen(eq=False)
class Flagger:
    """Tells which of some postings pass.

    Arguments:
        jobs: the postings, in short.
    """

    jobs: Sequence[JobSummary]
    _known: LRUCache[Filters, Flags] = field(factory=_remembering, init=False)
    _of_conditions: LRUCache[Hashable, Flags] = field(factory=_remembering, init=False)

    def flags(self, filters: Filters) -> Flags:
        """Return which of them pass *filters*, as far as short postings tell."""
        if (flags := self._known.get(filters)) is None:
            flags = self._known[filters] = self._flags(filters)
        return flags

    def _flags(self, filters: Filters) -> Flags:
        flags = np.ones(len(self.jobs), dtype=np.bool_)
        for name, passes in told(filters).items():
            flags &= self._reached(name, passes) if name in _ORDERED else self._asked(name, passes, filters)
        return flags

    def _asked(self, name: str, passes: Passes, filters: Filters) -> Flags:
        fields = (name, *_WITH.get(name, ()))
        condition = (name, *(getattr(filters, one) for one in fields), filters.keeps_unknown(name))
        if (flags := self._of_conditions.get(condition)) is None:
            flags = self._of_conditions[condition] = np.fromiter(map(passes, self.jobs), np.bool_, len(self.jobs))
        return flags

    def _reached(self, name: str, passes: Passes) -> Flags:
        flags = np.zeros(len(self.jobs), dtype=np.bool_)
        for order in self._orders[_ORDERED[name]]:
            first = bisect_left(order, True, key=lambda number: passes(self.jobs[number]))
            flags[order[first:]] = True
        return flags

    def prepare(self) -> None:
        """Put them in order, which takes some thousandths of a second; it is remembered."""
        _ = self._orders

    @cached_property
    def _orders(self) -> Mapping[Key, Sequence[Order]]:
        return {key: list(_ordered(map(key, self.jobs))) for key in {*_ORDERED.values()}}


def _ordered(keys: Iterable[tuple[str, float]]) -> Iterable[Order]:
    """Yield the numbers of the postings of each kind, in ascending order."""
    ranked = sorted((key, number) for number, key in enumerate(keys))
    for _, same in groupby(ranked, key=lambda one: one[0][0]):
        yield np.array([number for _, number in same], dtype=np.intp)


def count(flags: Flags) -> int:
    """Return how many pass."""
    return int(np.count_nonzero(flags))
