"""The ports: what the core asks of its backends.

A port carries the whole contract; `jobmatch.testing` holds the same contract as tests, which any backend can run.
Backends with a lifetime are abstract classes, opened with ``async with``; opening twice is allowed and closing happens
with the last exit, for two of them may share one resource. Callables are protocols.
"""

from typing import TYPE_CHECKING

from jobmatch.ports.embedder import Embedder
from jobmatch.ports.index_admin import IndexAdmin, Progress, Sample, unheard
from jobmatch.ports.job_index import JobIndex
from jobmatch.ports.notifier import Notifier
from jobmatch.ports.resource import Resource
from jobmatch.ports.search import Entry, Hit, SearchQuery, SearchResult, Survey
from jobmatch.ports.task_runner import Execute, TaskRunner
from jobmatch.ports.task_store import Change, Heard, TaskStore
from jobmatch.ports.vector_spaces import EmbedJobs, Filled, Unfilled, VectorSpaces

if TYPE_CHECKING:
    from jobmatch.ports.embedder import Vector as Vector
    from jobmatch.ports.embedder import Vectors as Vectors

__all__ = [
    "Change",
    "EmbedJobs",
    "Embedder",
    "Entry",
    "Execute",
    "Filled",
    "Heard",
    "Hit",
    "IndexAdmin",
    "JobIndex",
    "Notifier",
    "Progress",
    "Resource",
    "Sample",
    "SearchQuery",
    "SearchResult",
    "Survey",
    "TaskRunner",
    "TaskStore",
    "Unfilled",
    "VectorSpaces",
    "unheard",
]
