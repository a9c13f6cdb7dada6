"""Looking for open tasks without passing again what was open once."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from jobmatch.backends.postgres import frontier, task_statements
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.frontier import BEGINNING, SLACK
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.model import Task, TaskError
from jobmatch.settings import Settings
from jobmatch.testing.snapshots import REQUEST, result, take

#: A task that was created before anything that a look begins at.
AGE = "UPDATE match_task SET created_at = created_at - interval '1 hour', updated_at = updated_at - interval '1 hour'"


@pytest.fixture
async def store(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresTaskStore]:
    """A store that looks from the beginning once, and then never again by itself."""
    monkeypatch.setattr(frontier, "SPARING", 1e9)
    monkeypatch.setattr(frontier, "LONGEST", 1e9)
    async with PostgresTaskStore(Database(settings)) as store:
        assert await store.due(limit=10) == await store.lost(limit=10) == []
        yield store


async def old(store: PostgresTaskStore, url: str) -> Task:
    """Return a task that was created long ago, which nobody has looked for yet."""
    task = await store.create(REQUEST, owner="ada")
    with psycopg.connect(url) as connection:
        connection.execute(AGE)
    return task


async def test_a_look_begins_where_the_last_one_ended(store: PostgresTaskStore, database_url: str) -> None:
    task = await old(store, database_url)
    assert await store.due(limit=10) == []
    new = await store.create(REQUEST, owner="ada")
    assert await store.due(limit=10) == [new.id]
    assert await store.claim(task.id, lease=0, attempts=9)
    assert await store.lost(limit=10) == [task.id]  # whoever claims it here knows when it was created


async def test_what_is_handed_back_here_is_found_however_old(store: PostgresTaskStore, database_url: str) -> None:
    task = await old(store, database_url)
    assert await store.release(await take(store, task))
    assert await store.due(limit=10) == [task.id]
    assert await store.fail(await take(store, task), TaskError(code="x", message="x"), retry_in=0)
    assert await store.due(limit=10) == [task.id]
    await store.cancel(task.id, owner="ada")
    assert await store.due(limit=10) == []
    await store.retry(task.id, owner="ada")
    assert await store.due(limit=10) == [task.id]


async def test_what_another_process_hands_back_is_found_by_a_look_from_the_beginning(
    store: PostgresTaskStore, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await old(store, database_url)
    async with PostgresTaskStore(Database(settings)) as other:
        assert await other.release(await take(other, task))
    monkeypatch.setattr(frontier, "SPARING", 0.0)
    async with PostgresTaskStore(Database(settings)) as third:
        assert await third.due(limit=10) == await third.due(limit=10) == [task.id]


async def test_what_waits_holds_the_next_look_back(
    store: PostgresTaskStore, database_url: str, observer: psycopg.Connection
) -> None:
    """A task that is put off is not passed because others are found after it."""
    waiting, done = await store.create(REQUEST, owner="ada"), await old(store, database_url)
    assert await store.fail(await take(store, waiting), TaskError(code="x", message="x"), retry_in=60)
    assert await store.due(limit=10) == [done.id]
    assert await store.finish(await take(store, done), result(1))
    assert await store.due(limit=10) == []
    observer.execute("UPDATE match_task SET not_before = now()")
    assert await store.due(limit=10) == [waiting.id]


def visited(connection: psycopg.Connection, since: object) -> int:
    """Return how many blocks a look for due tasks visits."""
    statement = task_statements.due()
    values = {"limit": 100, "idle": 0.0, "since": since, "scope": "", **statement.constants}
    text = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}"
    found = psycopg.ClientCursor(connection).execute(text, values).fetchone()
    assert found
    plan = found[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_what_died_while_a_transaction_was_open_is_not_passed_again(
    store: PostgresTaskStore, database_url: str
) -> None:
    fill = """
        INSERT INTO match_task (id, owner, state, request, scope, created_at)
        SELECT gen_random_uuid(), 'ada', 'pending', '{}', '', now() - interval '1 hour' FROM generate_series(1, 5000)
    """
    with psycopg.connect(database_url, autocommit=True) as connection, psycopg.connect(database_url) as forgotten:
        connection.execute(fill)
        forgotten.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        forgotten.execute("SELECT count(*) FROM match_task")
        connection.execute("UPDATE match_task SET state = 'cancelled', finished_at = now()")
        connection.execute("ANALYZE match_task")
        moment = connection.execute("SELECT now()").fetchone()
        assert moment
        visited(connection, BEGINNING)
        whole, short = visited(connection, BEGINNING), visited(connection, moment[0] - SLACK)
        forgotten.rollback()
    assert short < 20
    assert whole > 10 * short


async def test_a_clock_that_is_put_back_keeps_no_task_waiting(settings: Settings, database_url: str) -> None:
    async with PostgresTaskStore(Database(settings)) as store:
        task = await store.create(REQUEST, owner="ada")
        with psycopg.connect(database_url) as connection:
            connection.execute(AGE.replace(" - ", " + "))
        assert await store.due(limit=1, idle=60) == await store.due(limit=1) == [task.id]
        await take(store, task)
