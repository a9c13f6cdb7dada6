"""The whole contract, against this embedder: a fixture and a subclass."""

import pytest
from jobmatch_hashing import HashingEmbedder

from jobmatch.testing import EmbedderContract


class TestHashingEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> HashingEmbedder:
        return HashingEmbedder()
