"""The default embedder, with its real weights."""

import subprocess
import sys

import numpy as np
import pytest

from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder, common_part, embed, pool
from jobmatch.testing import EmbedderContract, HashingEmbedder


class TestWordLlamaEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> WordLlamaEmbedder:
        return WordLlamaEmbedder()


class TestHashingEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> HashingEmbedder:
        return HashingEmbedder()


async def test_meaning_is_near() -> None:
    nurse, ward, welder = await WordLlamaEmbedder().embed(["nurse", "patient care on a hospital ward", "welding steel"])
    assert nurse @ ward > nurse @ welder


def test_unrelated_postings_share_less_without_the_common_part() -> None:
    texts = ["We seek an experienced welder for our team.", "We seek an experienced nurse for our team."]
    pooled, centred = pool(texts), embed(texts)
    assert centred[0] @ centred[1] < pooled[0] @ pooled[1]
    assert 0 < np.linalg.norm(common_part()) < 1


def test_the_package_below_leaves_logging_alone() -> None:
    """It configures the root logger when it is imported, which is for the application to do; not even for a moment."""
    program = (
        "import logging; levels = []; logging.root.setLevel = levels.append;"
        "import jobmatch.backends.embedders.wordllama as w; w.pool(['a']); print(levels, logging.root.handlers)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[] []"
