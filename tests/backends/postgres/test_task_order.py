"""Which tasks are taken up and removed first, wherever they lie in the table."""

from collections.abc import AsyncIterator

import anyio
import psycopg
import pytest

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.schema import ANY_SCOPE
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.model import TaskState
from jobmatch.settings import Settings
from jobmatch.testing.snapshots import REQUEST, take

#: Tasks of all ages, for one index and, every third, for any.
FILL = """
INSERT INTO match_task (id, owner, state, request, scope, created_at, updated_at, finished_at, lease_until)
SELECT gen_random_uuid(), 'ada', %(state)s, '{}', CASE WHEN n %% 3 = 0 THEN %(any)s ELSE '' END,
       moment, moment, CASE WHEN %(state)s = 'cancelled' THEN moment END,
       CASE WHEN %(state)s = 'processing' THEN moment END
FROM generate_series(1, 60) n, LATERAL (SELECT now() - interval '1 hour' * (n * 37 %% 61) AS moment)
"""
OLDEST = "SELECT id::text FROM match_task ORDER BY created_at LIMIT 10"


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[PostgresTaskStore]:
    async with PostgresTaskStore(Database(settings)) as store:
        yield store


def oldest(observer: psycopg.Connection, state: str) -> list[str]:
    """Make tasks in a state, and return the ids of the oldest."""
    observer.execute(FILL, {"state": state, "any": ANY_SCOPE})
    observer.execute("ANALYZE match_task")  # that it is read as it lies, where no order is asked for
    return [task_id for (task_id,) in observer.execute(OLDEST)]


async def test_the_oldest_are_taken_up_first(store: PostgresTaskStore, observer: psycopg.Connection) -> None:
    first = oldest(observer, "pending")
    assert await store.due(limit=10) == first


async def test_the_oldest_are_taken_over_first(store: PostgresTaskStore, observer: psycopg.Connection) -> None:
    first = oldest(observer, "processing")
    assert await store.lost(limit=10) == first


async def test_the_oldest_are_removed_first(store: PostgresTaskStore, observer: psycopg.Connection) -> None:
    gone = oldest(observer, "cancelled")
    assert await store.purge(age=0, limit=10) == 10
    assert observer.execute("SELECT count(*) FROM match_task WHERE id = ANY(%s::uuid[])", [gone]).fetchone() == (0,)


async def test_who_removes_passes_over_what_another_holds(store: PostgresTaskStore, database_url: str) -> None:
    held, free = [await store.create(REQUEST, owner="ada") for _ in range(2)]
    for task in (held, free):
        await take(store, task)
        await store.cancel(task.id, owner="ada")
    with psycopg.connect(database_url) as another:
        another.execute("SELECT FROM match_task WHERE id = %s FOR UPDATE", [held.id])
        with anyio.fail_after(60):
            assert await store.purge(age=0, limit=1) == 1
    assert (await store.get(held.id, owner="ada")).state is TaskState.CANCELLED
