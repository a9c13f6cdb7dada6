"""A real server for the session, a fresh database for each test that asks for one."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from uuid import uuid4

import psycopg
import pytest
from psycopg import conninfo, sql

from jobmatch.backends.postgres import embedded
from jobmatch.backends.postgres.migrations import upgrade
from jobmatch.settings import Settings

LeftOpen = Callable[[str, str], list[tuple[str, ...]]]


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
    yield server.get_uri()
    server.cleanup()
    data.parent.rmdir()


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a database with the tables in it, to be copied: much faster than creating them again."""
    name = f"jobmatch_template_{uuid4().hex[:8]}"
    _administer(server_url, "CREATE DATABASE {}", name)
    upgrade(conninfo.make_conninfo(server_url, dbname=name))
    yield name
    _administer(server_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def empty_database_url(server_url: str, left_open: LeftOpen) -> Iterator[str]:
    """The URL of a database without tables."""
    yield from _fresh(server_url, "template0", left_open)


@pytest.fixture
def database_url(server_url: str, template: str, left_open: LeftOpen) -> Iterator[str]:
    """The URL of a database with empty tables."""
    yield from _fresh(server_url, template, left_open)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for the database."""
    return _settings(database_url)


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


def _fresh(server_url: str, template: str, left_open: LeftOpen) -> Iterator[str]:
    name = f"jobmatch_{uuid4().hex[:12]}"
    _administer(server_url, "CREATE DATABASE {} TEMPLATE {}", name, template)
    yield _as_url(server_url, name)
    left = left_open(server_url, name)
    _administer(server_url, "DROP DATABASE {} WITH (FORCE)", name)
    assert left == [], "connections were left open"


def _as_url(server_url: str, name: str) -> str:
    head, _, query = server_url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{'?' + query if query else ''}"


def _administer(server_url: str, statement: str, *names: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
