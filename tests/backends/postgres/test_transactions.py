"""Tasks that are created in a transaction of the caller's."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.errors import InvalidInput, KeyReused
from jobmatch.model import MatchRequest, Profile
from jobmatch.settings import Settings

REQUEST = MatchRequest(profile=Profile(text="a welder"))


class Back(Exception):
    """Leaves a transaction, which is then rolled back."""


def asynchronous(url: str) -> AsyncEngine:
    """Return an engine that closes each connection after use."""
    connect = partial(psycopg.AsyncConnection.connect, url)
    return create_async_engine("postgresql+psycopg://", async_creator=connect, poolclass=NullPool)


def blocking(url: str) -> Engine:
    """Return an engine that closes each connection after use."""
    return create_engine("postgresql+psycopg://", creator=partial(psycopg.connect, url), poolclass=NullPool)


@asynccontextmanager
async def psycopg_async(url: str) -> AsyncIterator[object]:
    async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as connection:
        yield connection


@asynccontextmanager
async def psycopg_sync(url: str) -> AsyncIterator[object]:
    with psycopg.connect(url) as connection:
        yield connection


@asynccontextmanager
async def core_async(url: str) -> AsyncIterator[object]:
    async with asynchronous(url).begin() as connection:
        yield connection


@asynccontextmanager
async def session_async(url: str) -> AsyncIterator[object]:
    async with AsyncSession(asynchronous(url)) as session, session.begin():
        yield session


@asynccontextmanager
async def core_sync(url: str) -> AsyncIterator[object]:
    with blocking(url).begin() as connection:
        yield connection


@asynccontextmanager
async def session_sync(url: str) -> AsyncIterator[object]:
    with Session(blocking(url)) as session, session.begin():
        yield session


KINDS = [psycopg_async, psycopg_sync, core_async, session_async, core_sync, session_sync]
Begin = Callable[[str], AbstractAsyncContextManager[object]]


@pytest.fixture(params=KINDS, ids=lambda begin: begin.__name__)
def begin(request: pytest.FixtureRequest) -> Begin:
    """Begin a transaction on a connection of some kind."""
    kind: Begin = request.param
    return kind


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[PostgresTaskStore]:
    async with PostgresTaskStore(Database(settings)) as store:
        yield store


async def test_a_commit_makes_the_task(store: PostgresTaskStore, database_url: str, begin: Begin) -> None:
    async with begin(database_url) as connection:
        task = await store.create(REQUEST, owner="ada", connection=connection)
        assert await store.due(limit=10) == []
    assert await store.due(limit=10) == [task.id]
    assert await store.get(task.id, owner="ada") == task


async def test_a_rollback_leaves_nothing(store: PostgresTaskStore, database_url: str, begin: Begin) -> None:
    async def give_up() -> None:
        async with begin(database_url) as connection:
            await store.create(REQUEST, owner="ada", key="k", connection=connection)
            raise Back

    with pytest.raises(Back):
        await give_up()
    assert await store.list(owner=None, limit=10) == ([], None)
    again = await store.create(REQUEST, owner="ada", key="k")
    assert await store.due(limit=10) == [again.id]


async def test_a_key_counts_within_a_transaction_too(store: PostgresTaskStore, database_url: str, begin: Begin) -> None:
    known = await store.create(REQUEST, owner="ada", key="k")
    async with begin(database_url) as connection:
        assert await store.create(REQUEST, owner="ada", key="k", connection=connection) == known
        with pytest.raises(KeyReused):
            await store.create(MatchRequest(keywords="x"), owner="ada", key="k", connection=connection)


async def test_anything_else_is_refused(store: PostgresTaskStore) -> None:
    with pytest.raises(InvalidInput, match="connection: must be one of psycopg or SQLAlchemy, not str"):
        await store.create(REQUEST, owner="ada", connection="postgresql://")
