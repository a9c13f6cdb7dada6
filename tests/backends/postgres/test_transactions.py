"""Tasks that are created in a transaction of the caller's."""

import inspect
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import scoped_session, sessionmaker

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput, KeyReused, SchemaOutdated
from jobmatch.model import MatchRequest, Profile
from jobmatch.settings import Settings
from jobmatch.sync import SyncMatchEngine
from jobmatch.testing import HashingEmbedder

DIVISION = text("SELECT 1 / 0")
REQUEST = MatchRequest(profile=Profile(text="a welder"))


class Back(Exception):
    """Leaves a transaction, which is then rolled back."""


Begin = Callable[[str], AbstractAsyncContextManager[object]]


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[PostgresTaskStore]:
    async with PostgresTaskStore(Database(settings)) as store:
        yield store


async def test_a_commit_makes_the_task(store: PostgresTaskStore, database_url: str, begin_by_any_driver: Begin) -> None:
    async with begin_by_any_driver(database_url) as connection:
        task = await store.create(REQUEST, owner="ada", connection=connection)
        assert await store.due(limit=10) == []
    assert await store.due(limit=10) == [task.id]
    assert await store.get(task.id, owner="ada") == task


async def test_a_rollback_leaves_nothing(
    store: PostgresTaskStore, database_url: str, begin_by_any_driver: Begin
) -> None:
    async def give_up() -> None:
        async with begin_by_any_driver(database_url) as connection:
            await store.create(REQUEST, owner="ada", key="k", connection=connection)
            raise Back

    with pytest.raises(Back):
        await give_up()
    assert await store.list(owner=None, limit=10) == ([], None)
    again = await store.create(REQUEST, owner="ada", key="k")
    assert await store.due(limit=10) == [again.id]


async def test_a_key_counts_within_a_transaction_too(
    store: PostgresTaskStore, database_url: str, begin_by_any_driver: Begin
) -> None:
    known = await store.create(REQUEST, owner="ada", key="k")
    async with begin_by_any_driver(database_url) as connection:
        assert await store.create(REQUEST, owner="ada", key="k", connection=connection) == known
        with pytest.raises(KeyReused):
            await store.create(MatchRequest(keywords="x"), owner="ada", key="k", connection=connection)


async def test_a_transaction_that_has_failed_is_refused(
    store: PostgresTaskStore, database_url: str, begin_by_any_driver: Begin
) -> None:
    async def submit_to_failed() -> None:
        async with begin_by_any_driver(database_url) as connection:
            await fail(connection)
            with pytest.raises(InvalidInput, match=r"connection: .*roll"):
                await store.create(REQUEST, owner="ada", connection=connection)
            raise Back

    with pytest.raises(Back):
        await submit_to_failed()
    assert await store.list(owner=None, limit=10) == ([], None)


async def test_a_transaction_that_may_only_read_is_refused(
    store: PostgresTaskStore, database_url: str, begin_by_any_driver: Begin
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))

    async def submit() -> None:
        async with begin_by_any_driver(database_url) as connection:
            await store.create(REQUEST, owner="ada", connection=connection)

    with pytest.raises(InvalidInput, match="connection: its transaction is read-only"):
        await submit()


async def fail(connection: Any) -> None:
    """Have a transaction fail."""
    statement = "SELECT 1 / 0" if isinstance(connection, psycopg.AsyncConnection | psycopg.Connection) else DIVISION
    with suppress(psycopg.Error, DBAPIError):
        if inspect.isawaitable(executed := connection.execute(statement)):
            await executed


async def test_an_error_tells_nothing_of_the_request(
    store: PostgresTaskStore, database_url: str, begin_by_any_driver: Begin
) -> None:
    """SQLAlchemy's quote all parameters."""
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE match_task RENAME TO away")

    async def submit() -> None:
        async with begin_by_any_driver(database_url) as connection:
            await store.create(REQUEST, owner="ada", connection=connection)

    with pytest.raises(SchemaOutdated) as caught:
        await submit()
    assert "welder" not in "".join(traceback.format_exception(caught.value))


def test_a_blocking_engine_takes_part_in_what_the_callers_thread_does(
    settings: Settings, observer: psycopg.Connection
) -> None:
    """A registry has another session for the thread that the engine lives in."""
    connect = partial(psycopg.connect, settings.database_url or "")
    sessions = scoped_session(sessionmaker(create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)))
    tasks, embedder = PostgresTaskStore(Database(settings)), HashingEmbedder()
    engine = MatchEngine(jobs=MemoryJobIndex(), tasks=tasks, runner=LocalTaskRunner(), embedder=embedder)
    with SyncMatchEngine(engine) as blocking:
        blocking.submit(REQUEST, owner="ada", connection=sessions)
        sessions.rollback()
        kept = blocking.submit(REQUEST, owner="ada", connection=sessions)
        assert observer.execute("SELECT count(*) FROM match_task").fetchone() == (0,)
        sessions.commit()
        assert [task.id for task in blocking.list(owner="ada")[0]] == [kept.id]
        blocking.wait(kept.id, owner="ada", timeout=60)
    sessions.remove()


async def test_anything_else_is_refused(store: PostgresTaskStore) -> None:
    with pytest.raises(InvalidInput, match="connection: must be one of psycopg or SQLAlchemy, not str"):
        await store.create(REQUEST, owner="ada", connection="postgresql://")
