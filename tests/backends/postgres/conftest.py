"""A real server for the session, a fresh database for each test that asks for one."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from uuid import uuid4

import anyio
import psycopg
import pytest
from psycopg import conninfo, sql
from psycopg.rows import dict_row
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from jobmatch.backends.postgres import embedded, index_build
from jobmatch.backends.postgres.migrations import upgrade
from jobmatch.settings import Settings

Fill = Callable[[str], Awaitable[None]]
Begin = Callable[[str], AbstractAsyncContextManager[object]]
LeftOpen = Callable[[str, str], list[tuple[str, ...]]]


@pytest.fixture(autouse=True)
def _noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else searches here, whom the old index would have to be kept for."""
    monkeypatch.setattr(index_build, "NOTICED", 0.0)


@pytest.fixture
def anyio_backend() -> str:
    """psycopg's pool runs on asyncio only."""
    return "asyncio"


@pytest.fixture(scope="session", params=["embedded", *(["server"] if "DATABASE_URL" in os.environ else [])])
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server: the packaged one, and the one in ``DATABASE_URL`` if that is set."""
    if request.param == "server":
        yield os.environ["DATABASE_URL"]
        return
    data = Path(mkdtemp(prefix="jobmatch-")) / "server"  # not pytest's, see `home`
    server = embedded.package().get_server(data, cleanup_mode="delete")
    # What is killed here is never the machine; without waiting for its disk, a database is made in a tenth of the time.
    # Autovacuum gathers statistics and removes what is dead whenever it likes, also in the midst of a test about those.
    for setting in ("fsync", "full_page_writes", "autovacuum"):
        _administer(server.get_uri(), "ALTER SYSTEM SET {} = off", setting)
    _administer(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    data.parent.rmdir()


@pytest.fixture(scope="session")
def tables(server_url: str) -> Iterator[str]:
    """The name of a database with the tables in it, to be copied: much faster than creating them again."""
    with _database(server_url, "template0") as name:
        upgrade(conninfo.make_conninfo(server_url, dbname=name))
        yield name


@pytest.fixture(scope="session")
def template(tables: str) -> str:
    """The name of the database that tests get copies of; a module may give one with something in it."""
    return tables


@pytest.fixture(scope="session")
def filled_once(server_url: str, tables: str) -> Callable[[Fill], AbstractContextManager[str]]:
    """Make such a template: tables that are filled by a function of their URL."""

    @contextmanager
    def make(fill: Fill) -> Iterator[str]:
        with _database(server_url, tables) as name:
            anyio.run(fill, _as_url(server_url, name))
            yield name

    return make


@pytest.fixture
def empty_database_url(server_url: str, left_open: LeftOpen) -> Iterator[str]:
    """The URL of a database without tables."""
    yield from _fresh(server_url, "template0", left_open)


@pytest.fixture
def database_url(server_url: str, template: str, left_open: LeftOpen) -> Iterator[str]:
    """The URL of a database with empty tables."""
    yield from _fresh(server_url, template, left_open)


@pytest.fixture
def observer(database_url: str) -> Iterator[psycopg.Connection]:
    """Yield a connection beside those under test."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for the database."""
    return _settings(database_url)


@pytest.fixture
def empty_settings(server_url: str, tables: str, left_open: LeftOpen) -> Iterator[Settings]:
    """Settings for a database with empty tables, also where tests get filled ones."""
    for url in _fresh(server_url, tables, left_open):
        yield _settings(url)


def _settings(url: str, **more: str) -> Settings:
    return Settings.from_environ({"DATABASE_URL": url, "DB_POOL_MIN_SIZE": "0", "DB_POOL_TIMEOUT": "60", **more})


@pytest.fixture
def settings_for() -> Callable[..., Settings]:
    """Make settings from a URL and more variables."""
    return _settings


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for a server of its own."""
    # Not below pytest's own: every other session of it shuts that to all but its user, and the server has its own.
    with TemporaryDirectory(prefix="jobmatch-") as folder:
        yield Path(folder)
        embedded.leave(Path(folder))


def _fresh(server_url: str, template: str, left_open: LeftOpen) -> Iterator[str]:
    with _database(server_url, template) as name:
        yield _as_url(server_url, name)
        left = left_open(server_url, name)
    assert left == [], "connections were left open"


@contextmanager
def _database(server_url: str, template: str) -> Iterator[str]:
    name = f"jobmatch_{uuid4().hex[:12]}"
    _administer(server_url, "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
    yield name
    _administer(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def _as_url(server_url: str, name: str) -> str:
    head, _, query = server_url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{'?' + query if query else ''}"


def _administer(server_url: str, statement: str, *names: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


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


@asynccontextmanager
async def scoped_async(url: str) -> AsyncIterator[object]:
    sessions = async_scoped_session(async_sessionmaker(asynchronous(url)), scopefunc=asyncio.current_task)
    async with sessions() as session, session.begin():
        yield sessions


@asynccontextmanager
async def scoped_sync(url: str) -> AsyncIterator[object]:
    sessions = scoped_session(sessionmaker(blocking(url)))
    with sessions() as session, session.begin():
        yield sessions


@asynccontextmanager
async def other_driver(url: str) -> AsyncIterator[object]:
    asyncpg = pytest.importorskip("asyncpg", reason="needs asyncpg")
    connect = partial(asyncpg.connect, url)
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.begin() as connection:
        yield connection


KINDS = [psycopg_async, psycopg_sync, core_async, session_async, core_sync, session_sync]
KINDS += [scoped_async, scoped_sync]


@pytest.fixture(params=KINDS, ids=lambda begin: begin.__name__)
def begin(request: pytest.FixtureRequest) -> Begin:
    """Begin a transaction on a connection of some kind, by psycopg."""
    kind: Begin = request.param
    return kind


@pytest.fixture(params=[*KINDS, other_driver], ids=lambda begin: begin.__name__)
def begin_by_any_driver(request: pytest.FixtureRequest) -> Begin:
    """Begin a transaction on a connection of some kind, by some driver."""
    kind: Begin = request.param
    return kind
