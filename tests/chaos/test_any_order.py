"""Whatever is done to tasks in whatever order, both stores are what a model of them is."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import parts
import psycopg
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.ports import TaskStore
from jobmatch.testing import TaskStoreMachine

Amount = Callable[[int, int], int]


class MemoryMachine(TaskStoreMachine):
    def opened(self) -> AbstractAsyncContextManager[TaskStore]:
        return MemoryTaskStore()


def test_in_memory(amount: Amount) -> None:
    thorough = settings(max_examples=amount(30, 1_000), stateful_step_count=40)
    run_state_machine_as_test(MemoryMachine, settings=thorough)


def test_in_postgresql(url: str, amount: Amount) -> None:
    class PostgresMachine(TaskStoreMachine):
        @asynccontextmanager
        async def opened(self) -> AsyncIterator[TaskStore]:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute("TRUNCATE match_task CASCADE")
            async with PostgresTaskStore(Database(parts.settings(url))) as store:
                yield store

    thorough = settings(max_examples=amount(8, 300), stateful_step_count=40)
    run_state_machine_as_test(PostgresMachine, settings=thorough)
