"""Factories for the entry points."""

from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.plugins import Backends


def job_index(backends: Backends) -> MemoryJobIndex:
    """Make an empty index."""
    return MemoryJobIndex()


def task_store(backends: Backends) -> MemoryTaskStore:
    """Make an empty store."""
    return MemoryTaskStore()
