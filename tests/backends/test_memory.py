"""The reference backends against the contracts."""

import pytest

from jobmatch.backends.memory import MemoryDeliveries, MemoryJobIndex, MemoryTaskStore
from jobmatch.testing import (
    METADATA_FIELDS,
    DeliveriesContract,
    IndexAdminContract,
    JobIndexContract,
    TaskStoreContract,
    VectorSpacesContract,
)


class TestMemoryJobIndex(JobIndexContract):
    @pytest.fixture
    async def index(self) -> MemoryJobIndex:
        return MemoryJobIndex(metadata_fields=METADATA_FIELDS)


class TestMemoryIndexAdmin(IndexAdminContract):
    @pytest.fixture
    async def index(self) -> MemoryJobIndex:
        return MemoryJobIndex()


class TestMemoryVectorSpaces(VectorSpacesContract):
    @pytest.fixture
    async def index(self) -> MemoryJobIndex:
        return MemoryJobIndex()


class TestMemoryTaskStore(TaskStoreContract):
    @pytest.fixture
    async def store(self) -> MemoryTaskStore:
        return MemoryTaskStore()


class TestMemoryDeliveries(DeliveriesContract):
    @pytest.fixture
    async def store(self) -> MemoryTaskStore:
        return MemoryTaskStore()

    @pytest.fixture
    async def deliveries(self) -> MemoryDeliveries:
        return MemoryDeliveries()
