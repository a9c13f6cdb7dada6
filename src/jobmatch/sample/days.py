"""Days as RFC 3339 text, counted back from a reference day."""

from collections.abc import Callable
from datetime import date, timedelta

SPAN = 120
TIMES = tuple(f"T{hour:02}:{minute:02}:00Z" for hour in range(6, 21) for minute in range(60))
LIFETIMES = (None, None, 30, 45, 60, 60, 90)


class Calendar:
    """The days from SPAN days before `today` to the last possible end of a posting."""

    def __init__(self, today: date) -> None:
        first = today - timedelta(days=SPAN)
        self._days = tuple(str(first + timedelta(days=n)) for n in range(SPAN + 91))

    def posted(self, age: int, draw: Callable[[], float]) -> str:
        return self._days[SPAN - age] + TIMES[int(draw() * len(TIMES))]

    def expires(self, age: int, draw: Callable[[], float]) -> str | None:
        lifetime = LIFETIMES[int(draw() * len(LIFETIMES))]
        return None if lifetime is None else self._days[SPAN - age + lifetime] + "T23:59:59Z"


def age(draw: Callable[[], float]) -> int:
    """An age in days, 1 to SPAN; fresh postings are more frequent than old ones."""
    chance = draw()
    return 1 + int(chance * (0.4 + 0.6 * chance) * SPAN)
