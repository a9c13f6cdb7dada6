"""The reference backends: everything in this process, everything exact. The oracle that others are held to."""

from jobmatch.backends.memory.deliveries import MemoryDeliveries
from jobmatch.backends.memory.job_index import MemoryJobIndex
from jobmatch.backends.memory.task_store import MemoryTaskStore

__all__ = ["MemoryDeliveries", "MemoryJobIndex", "MemoryTaskStore"]
