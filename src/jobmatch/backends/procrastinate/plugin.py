"""Factories for the entry points."""

from typing import TYPE_CHECKING

from jobmatch.backends.procrastinate.runner import ProcrastinateTaskRunner
from jobmatch.backends.procrastinate.tables import QueueTables

if TYPE_CHECKING:
    from jobmatch.plugins import Backends


def from_backends(backends: "Backends") -> ProcrastinateTaskRunner:
    """Make the runner as the settings say, on the database of the tasks."""
    settings = backends.settings
    database = backends.with_tasks("database")
    return ProcrastinateTaskRunner(
        conninfo=database.conninfo,
        queue=settings.queue,
        priority=settings.priority,
        concurrency=settings.concurrency,
        queues=settings.worker_queues,
        grace=settings.grace,
        # Only our own server is upgraded without being asked.
        prepare=QueueTables(database.conninfo).upgrade if settings.database_url is None else None,
    )


def tables(backends: "Backends") -> QueueTables:
    """Make what creates and inspects the queue's tables."""
    return QueueTables(backends.with_tasks("database").conninfo)
