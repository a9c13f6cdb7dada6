"""The contracts, on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.settings import Settings
from jobmatch.testing import JobIndexContract, TaskStoreContract


class TestPostgresJobIndex(JobIndexContract):
    @pytest.fixture
    async def index(self, settings: Settings) -> AsyncIterator[PostgresJobIndex]:
        async with PostgresJobIndex(Database(settings)) as index:
            yield index


class TestPostgresTaskStore(TaskStoreContract):
    @pytest.fixture
    async def store(self, settings: Settings) -> AsyncIterator[PostgresTaskStore]:
        async with PostgresTaskStore(Database(settings)) as store:
            yield store
