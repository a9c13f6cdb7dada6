"""`PostgresDeliveries`: what is owed to callback URLs, in ``match_delivery``.

A trigger on ``match_task`` puts it there with the end of the task itself, so that no kill comes in between.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jobmatch.backends.postgres import delivery_statements as statements
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import InDatabase, Rows
from jobmatch.callbacks import Deliveries, Delivery
from jobmatch.model import Task, TaskState


class PostgresDeliveries(InDatabase, Deliveries):
    """Keeps them in the database.

    Arguments:
        database: may be shared; it is opened and closed with this.
    """

    async def put(self, task: Task) -> None:
        if task.callback_url is None or task.finished_at is None:
            return
        owed = {"task": UUID(task.id), "url": task.callback_url, "task_state": str(task.state)}
        await self._fetch(statements.put(), {**owed, "ended_at": task.finished_at})

    async def claim(self, *, limit: int, lease: float) -> Sequence[Delivery]:
        rows = await self._fetch(statements.claim(), {"limit": limit, "lease": lease})
        return [_delivery(*row) for row in rows]

    async def postpone(self, delivery: Delivery, *, seconds: float) -> bool:
        return await self._change(statements.postpone(), delivery, {"seconds": seconds})

    async def close(self, delivery: Delivery, *, delivered: bool) -> bool:
        return await self._change(statements.close(), delivery, {"end": "delivered" if delivered else "given up"})

    async def _change(self, statement: Compiled, delivery: Delivery, values: Mapping[str, Any]) -> bool:
        held = {"task": UUID(delivery.task_id), "held": UUID(delivery.token), **values}
        return bool(await self._fetch(statement, held))

    async def _fetch(self, statement: Compiled, parameters: Mapping[str, Any]) -> Rows:
        return await self._database.fetch(statement.text, {**parameters, **statement.constants})


def _delivery(task_id: UUID, url: str, state: str, ended_at: Any, attempts: int, token: UUID) -> Delivery:
    return Delivery(
        task_id=str(task_id), url=url, state=TaskState(state), ended_at=ended_at, attempts=attempts, token=str(token)
    )
