"""`Frontier`: where to begin when open tasks are looked for.

While somebody holds a transaction open, the server cannot remove what was changed since, and who looks for the oldest
open task has to pass all that was the oldest once. So a look begins where the last one found the first task.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeAlias

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
#: How much younger than now what is new may never be: it is dated by the begin of the transaction that makes it.
SLACK = timedelta(seconds=5)
#: A look from the beginning is followed by so many times as long without another, but no longer than this in seconds.
SPARING, LONGEST = 50, 10.0
#: The server's time, when the oldest task was created that the look passed, and the ids that were looked for.
Seen: TypeAlias = tuple[datetime, datetime | None, Sequence[Any]]


class Frontier:
    """Where the oldest task of one state is, as far as this process knows.

    What another process makes older, by handing back a task that was created before, is found by the next look from the
    beginning. There is one nearly each time as long as that costs nothing, and a share of the time when it does.
    """

    def __init__(self) -> None:
        self._since = BEGINNING
        self._whole_at = 0.0

    def forget(self) -> None:
        """Begin at the beginning next time."""
        self._since = BEGINNING

    def include(self, moment: datetime) -> None:
        """Begin no later than at *moment*, next time."""
        self._since = min(self._since, moment)

    async def look(self, fetch: Callable[[datetime], Awaitable[Seen]]) -> list[str]:
        """Return the ids that *fetch* finds; it is given when what it looks at was created, at the earliest."""
        begun = monotonic()
        since = BEGINNING if begun >= self._whole_at else self._since
        self._since = datetime.max.replace(tzinfo=UTC)  # so that what is included meanwhile is not lost
        try:
            now, oldest, ids = await fetch(since)
        except BaseException:
            self.include(since)
            raise
        self.include(min(oldest or now, now - SLACK))
        if since == BEGINNING:
            self._whole_at = monotonic() + min(SPARING * (monotonic() - begun), LONGEST)
        return [str(task_id) for task_id in ids]
