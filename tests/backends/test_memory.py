"""The reference backends against the contracts."""

import pytest

from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.testing import JobIndexContract, TaskStoreContract


class TestMemoryJobIndex(JobIndexContract):
    @pytest.fixture
    async def index(self) -> MemoryJobIndex:
        return MemoryJobIndex()


class TestMemoryTaskStore(TaskStoreContract):
    @pytest.fixture
    async def store(self) -> MemoryTaskStore:
        return MemoryTaskStore()
