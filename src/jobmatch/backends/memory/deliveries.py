"""`MemoryDeliveries`: what is owed to callback URLs, in a dictionary. It is gone with the process."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import attrs

from jobmatch.callbacks import Deliveries, Delivery
from jobmatch.model import Task


@attrs.define
class _Row:
    delivery: Delivery
    due_at: datetime
    open: bool = True


class MemoryDeliveries(Deliveries):
    """The reference for what has to be kept.

    Arguments:
        clock: returns the time in UTC; tests hand in their own.
    """

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._rows: dict[str, _Row] = {}
        self._clock = clock

    async def put(self, task: Task) -> None:
        if task.callback_url is None or task.finished_at is None:
            return
        known = self._rows.get(task.id)
        if known is None or known.delivery.ended_at < task.finished_at:
            owed = Delivery(
                task_id=task.id,
                url=task.callback_url,
                state=task.state,
                ended_at=task.finished_at,
                attempts=0,
                token="",
            )
            self._rows[task.id] = _Row(owed, due_at=self._clock())

    async def claim(self, *, limit: int, lease: float) -> Sequence[Delivery]:
        now = self._clock()
        due = sorted((row for row in self._rows.values() if row.open and row.due_at <= now), key=lambda r: r.due_at)
        for row in due[:limit]:
            row.delivery = attrs.evolve(row.delivery, attempts=row.delivery.attempts + 1, token=str(uuid4()))
            row.due_at = now + timedelta(seconds=lease)
        return [row.delivery for row in due[:limit]]

    async def postpone(self, delivery: Delivery, *, seconds: float) -> bool:
        if (row := self._held(delivery)) is None:
            return False
        row.delivery = attrs.evolve(row.delivery, token="")
        row.due_at = self._clock() + timedelta(seconds=seconds)
        return True

    async def close(self, delivery: Delivery, *, delivered: bool) -> bool:
        if (row := self._held(delivery)) is None:
            return False
        row.open = False
        return True

    def _held(self, delivery: Delivery) -> _Row | None:
        row = self._rows.get(delivery.task_id)
        return row if row and row.open and row.delivery.token == delivery.token else None
