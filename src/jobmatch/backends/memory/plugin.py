"""Factories for the entry points."""

from jobmatch.backends.memory import MemoryDeliveries, MemoryJobIndex, MemoryTaskStore
from jobmatch.errors import InvalidSettings
from jobmatch.plugins import Backends


def job_index(backends: Backends) -> MemoryJobIndex:
    """Make an empty index.

    Raises:
        InvalidSettings: a table is to be searched, and there is none in memory.
    """
    if backends.settings.job_table:
        raise InvalidSettings("JOBMATCH_JOB_TABLE", "needs JOBMATCH_BACKEND=postgres; memory has no tables")
    return MemoryJobIndex(metadata_fields=backends.settings.metadata_fields)


def task_store(backends: Backends) -> MemoryTaskStore:
    """Make an empty store."""
    return MemoryTaskStore()


def deliveries(backends: Backends) -> MemoryDeliveries:
    """Make an empty one."""
    return MemoryDeliveries()
