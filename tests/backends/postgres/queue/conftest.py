"""A database with the queue's tables, and runners for it."""

from collections.abc import Callable

import pytest

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.procrastinate import ProcrastinateTaskRunner
from jobmatch.backends.procrastinate.tables import upgrade
from jobmatch.settings import Settings


@pytest.fixture
def queue_url(database_url: str) -> str:
    """The URL of a database with all tables."""
    upgrade(database_url)
    return database_url


@pytest.fixture
def make_runner(queue_url: str, settings: Settings) -> Callable[..., ProcrastinateTaskRunner]:
    """Make a runner, as each process has one of its own."""

    def make(**options: object) -> ProcrastinateTaskRunner:
        return ProcrastinateTaskRunner(conninfo=Database(settings).conninfo, **{"grace": 60.0, **options})  # type: ignore[arg-type]

    return make
