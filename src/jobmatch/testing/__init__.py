"""Contract suites: what a backend must do, as tests that any backend can run.

A backend's own test is a fixture and a subclass::

    class TestMyIndex(JobIndexContract):
        @pytest.fixture
        async def index(self):
            async with MyIndex() as index:
                yield index

The suites need pytest with the plugin of anyio in its mode ``auto``. They name no implementation and touch nothing
private.
"""

from jobmatch.testing.embedder import EmbedderContract
from jobmatch.testing.job_index import JobIndexContract
from jobmatch.testing.material import DIMENSIONS, EMBEDDER, HashingEmbedder, axis, entry
from jobmatch.testing.task_runner import TaskRunnerContract
from jobmatch.testing.task_store import TaskStoreContract

__all__ = [
    "DIMENSIONS",
    "EMBEDDER",
    "EmbedderContract",
    "HashingEmbedder",
    "JobIndexContract",
    "TaskRunnerContract",
    "TaskStoreContract",
    "axis",
    "entry",
]
