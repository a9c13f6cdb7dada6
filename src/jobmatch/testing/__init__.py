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

from jobmatch.testing.deliveries import DeliveriesContract
from jobmatch.testing.embedder import EmbedderContract
from jobmatch.testing.filtering import METADATA_FIELDS
from jobmatch.testing.index_admin import IndexAdminContract
from jobmatch.testing.job_index import JobIndexContract
from jobmatch.testing.job_search import JobSearchContract
from jobmatch.testing.material import DIMENSIONS, EMBEDDER, HashingEmbedder, axis, entry
from jobmatch.testing.task_machine import TaskStoreMachine
from jobmatch.testing.task_runner import DurableTaskRunnerContract, TaskRunnerContract
from jobmatch.testing.task_store import TaskStoreContract
from jobmatch.testing.vector_spaces import VectorSpacesContract
from jobmatch.testing.wording import WordingContract

__all__ = [
    "DIMENSIONS",
    "EMBEDDER",
    "METADATA_FIELDS",
    "DeliveriesContract",
    "DurableTaskRunnerContract",
    "EmbedderContract",
    "HashingEmbedder",
    "IndexAdminContract",
    "JobIndexContract",
    "JobSearchContract",
    "TaskRunnerContract",
    "TaskStoreContract",
    "TaskStoreMachine",
    "VectorSpacesContract",
    "WordingContract",
    "axis",
    "entry",
]
