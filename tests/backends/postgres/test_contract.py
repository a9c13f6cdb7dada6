"""The contracts, on PostgreSQL."""

from collections.abc import AsyncIterator, Callable

import pytest

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.deliveries import PostgresDeliveries
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.settings import Settings
from jobmatch.testing import (
    METADATA_FIELDS,
    DeliveriesContract,
    IndexAdminContract,
    JobIndexContract,
    TaskStoreContract,
    VectorSpacesContract,
)


class TestPostgresJobIndex(JobIndexContract):
    @pytest.fixture
    async def index(self, database_url: str, settings_for: Callable[..., Settings]) -> AsyncIterator[PostgresJobIndex]:
        settings = settings_for(database_url, JOBMATCH_METADATA_FIELDS=",".join(METADATA_FIELDS))
        async with PostgresJobIndex(Database(settings)) as index:
            yield index


class TestPostgresIndexAdmin(IndexAdminContract):
    @pytest.fixture
    async def index(self, settings: Settings) -> AsyncIterator[PostgresJobIndex]:
        async with PostgresJobIndex(Database(settings)) as index:
            yield index


class TestPostgresVectorSpaces(VectorSpacesContract):
    @pytest.fixture
    async def index(self, settings: Settings) -> AsyncIterator[PostgresJobIndex]:
        async with PostgresJobIndex(Database(settings)) as index:
            yield index


class TestPostgresTaskStore(TaskStoreContract):
    @pytest.fixture
    async def store(self, settings: Settings) -> AsyncIterator[PostgresTaskStore]:
        async with PostgresTaskStore(Database(settings)) as store:
            yield store


class TestPostgresDeliveries(DeliveriesContract):
    @pytest.fixture
    async def store(self, settings: Settings) -> AsyncIterator[PostgresTaskStore]:
        async with PostgresTaskStore(Database(settings)) as store:
            yield store

    @pytest.fixture
    async def deliveries(self, settings: Settings) -> AsyncIterator[PostgresDeliveries]:
        async with PostgresDeliveries(Database(settings)) as deliveries:
            yield deliveries
