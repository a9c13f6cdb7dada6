"""Our kinds of index, held to the contract that those of others are held to."""

import pytest

from jobmatch.model import Hnsw, IndexStrategy, IvfFlat, Storage
from jobmatch.testing.index_method import IndexMethodContract

STRATEGIES = [kind(storage=storage) for kind in (Hnsw, IvfFlat) for storage in Storage]


class TestOurIndexMethods(IndexMethodContract):
    @pytest.fixture
    def url(self, empty_database_url: str) -> str:
        return empty_database_url

    @pytest.fixture(params=STRATEGIES, ids=IndexStrategy.describe)
    def strategy(self, request: pytest.FixtureRequest) -> IndexStrategy:
        strategy: IndexStrategy = request.param
        return strategy
