"""The cells of one record: taken by field, remembered when used, named when they cannot be read."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from jobmatch.importing import shifts
from jobmatch.importing.mapping import Plan
from jobmatch.importing.rows import Record
from jobmatch.importing.text import is_missing, one_line

T = TypeVar("T")


class Cells:
    """One record, read field by field.

    Arguments:
        record: as the file has it.
        plan: which cell may hold which field.
        warnings: counts what could not be read, per field and reason.
    """

    def __init__(self, record: Record, plan: Plan, warnings: Counter[str]) -> None:
        self._record = record
        self._plan = plan
        self._warnings = warnings
        self._used: set[str] = set()
        self.odd: list[str] = []

    def take(self, field: str, read: Callable[[Any], T | None]) -> T | None:
        """Return the first cell for *field* that *read* understands."""
        unread = None
        for key in self._plan.get(field, ()):
            value = self._record[key]
            if value is None or value == "":
                continue
            found = read(value)
            if found is not None:
                self._used.add(key)
                return found
            unread = value if unread is None else unread
        if unread is not None:
            self._complain(field, unread)
        return None

    def glimpse(self, field: str, read: Callable[[Any], T | None]) -> T | None:
        """Return what `take` would, without taking it and without a warning."""
        found = (read(value) for key in self._plan.get(field, ()) if (value := self._record[key]) not in (None, ""))
        return next((one for one in found if one is not None), None)

    def take_all(self, field: str, read: Callable[[Any], T | None]) -> list[T]:
        """Return all cells for *field* that *read* understands."""
        found = [(key, read(self._record[key])) for key in self._plan.get(field, ())]
        self._used.update(key for key, value in found if value is not None)
        return [value for _, value in found if value is not None]

    def tells(self, *fields: str) -> bool:
        """Tell whether any cell for *fields* holds something, understood or not."""
        return any(_says(self._record[key]) for field in fields for key in self._plan.get(field, ()))

    def release(self, *fields: str) -> None:
        """Leave the cells of *fields* to the metadata after all."""
        self._used.difference_update(*(self._plan.get(field, ()) for field in fields))

    def warn(self, field: str, reason: str) -> None:
        """Count that a field was dropped."""
        self._warnings[f"{field}: {reason}"] += 1

    def rest(self) -> dict[str, Any]:
        """Return the cells that nobody used and that hold something."""
        return {
            key: value
            for key, value in self._record.items()
            if key not in self._used and value is not None and value not in ("", [], {})
        }

    def _complain(self, field: str, value: object) -> None:
        if not _says(value):
            return
        if kind := shifts.oddity(field, value):
            self.odd.append(field)
            self.warn(field, f"holds a {kind}")
        else:
            self.warn(field, "not understood")


def _says(value: object) -> bool:
    if isinstance(value, str):
        return not is_missing(one_line(value))
    return value is not None and value not in ([], {})
