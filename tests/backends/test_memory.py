"""The reference backends against the contracts."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from jobmatch.backends.memory import MemoryDeliveries, MemoryJobIndex, MemoryTaskStore, passing
from jobmatch.backends.memory.lexicon import lexemes
from jobmatch.conditions import asked
from jobmatch.model import Filters, Method, Plan
from jobmatch.ports import SearchQuery
from jobmatch.testing import (
    METADATA_FIELDS,
    DeliveriesContract,
    IndexAdminContract,
    JobIndexContract,
    TaskStoreContract,
    VectorSpacesContract,
    axis,
    entry,
)
from jobmatch.testing.snapshots import REQUEST

T = TypeVar("T")
R = TypeVar("R")


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


async def test_a_clock_that_is_put_back_keeps_no_task_waiting() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    store = MemoryTaskStore(clock=lambda: now)
    task = await store.create(REQUEST, owner="ada")
    now -= timedelta(minutes=20)
    assert await store.due(limit=1, idle=60) == await store.due(limit=1) == [task.id]
    assert await store.claim(task.id, lease=60, attempts=1)


class TestMemoryDeliveries(DeliveriesContract):
    @pytest.fixture
    async def store(self) -> MemoryTaskStore:
        return MemoryTaskStore()

    @pytest.fixture
    async def deliveries(self) -> MemoryDeliveries:
        return MemoryDeliveries()


async def test_what_is_asked_is_made_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    index = MemoryJobIndex()
    await index.put([entry(f"j{n}", company="A", description="welding") for n in range(50)])
    calls: Counter[str] = Counter()

    def counted(function: Callable[[T], R]) -> Callable[[T], R]:
        def call(value: T) -> R:
            calls[function.__name__] += 1
            return function(value)

        return call

    for function in (asked, lexemes):
        monkeypatch.setattr(passing, function.__name__, counted(function))
    filters = Filters(companies="a", keywords=["weld"], exclude_keywords="nurse")
    query = SearchQuery(vector=axis(0), filters=filters, keywords=("welds", "nurse", "the"))
    found = await index.search(query, Plan(method=Method.EXACT, fetch=50))
    assert [hit.keywords for hit in found.hits] == [(True, False, False)] * 50
    assert calls == {"asked": 1, "lexemes": 5}
