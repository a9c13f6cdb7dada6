"""The OpenTelemetry instruments, in one place, and the log of tasks. Without an SDK they cost next to nothing."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter
from weakref import WeakSet

from opentelemetry import metrics

_meter = metrics.get_meter("jobmatch")
_tasks = logging.getLogger("jobmatch.tasks")

task_duration = _meter.create_histogram(
    "matching_service.task.duration", unit="s", description="Time from claim to end of a task"
)
query_duration = _meter.create_histogram(
    "matching_service.vector_similarity_query.duration",
    unit="s",
    description="Time of one vector similarity query",
)
recall = _meter.create_histogram(
    "matching_service.recall",
    unit="1",
    description="Share of the nearest postings that a live search found",
    explicit_bucket_boundaries_advisory=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99],
)
astray = _meter.create_counter(
    "matching_service.vector_similarity_query.astray",
    unit="{query}",
    description="Searches by the vector index that were seen to miss what is nearest, and were repeated",
)
match_count = _meter.create_histogram(
    "matching_service.algorithm.match_count", unit="{match}", description="Matches in one answer"
)

in_flight = _meter.create_up_down_counter(
    "matching_service.task.in_flight", unit="{task}", description="Tasks that this process works on"
)
queue_depth = _meter.create_gauge(
    "matching_service.task.queue_depth", unit="{task}", description="Pending tasks in the store"
)


class PoolGauge:
    """Reports the size of one connection pool while it is open.

    Arguments:
        read: returns the number of connections in the pool.
    """

    def __init__(self, name: str, read: Callable[[], int]) -> None:
        self.name = name
        self.read = read

    def open(self) -> None:
        """Start reporting."""
        _pools.add(self)

    def close(self) -> None:
        """Stop reporting."""
        _pools.discard(self)


_pools: WeakSet[PoolGauge] = WeakSet()


def _pool_sizes(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
    for pool in tuple(_pools):
        with suppress(Exception):  # one that cannot tell must not hide the others
            yield metrics.Observation(pool.read(), {"pool": pool.name})


pool_size = _meter.create_observable_gauge(
    "matching_service.db.connection_pool.size",
    callbacks=[_pool_sizes],
    unit="{connection}",
    description="Connections in the pool",
)


def task_changed(task_id: str, state: str, *, note: str = "") -> None:
    """Log that a task got into another state. Task stores call it, once for each change that they make.

    Arguments:
        task_id: the task.
        state: the state, or ``removed``.
        note: a word on it; nothing of what the task is about.
    """
    _tasks.info("task %s %s%s", task_id, state, note and f", {note}")


@contextmanager
def timed(instrument: metrics.Histogram, **attributes: str) -> Iterator[None]:
    """Record the seconds that the block takes."""
    start = perf_counter()
    try:
        yield
    finally:
        instrument.record(perf_counter() - start, attributes)


@contextmanager
def counted(instrument: metrics.UpDownCounter) -> Iterator[None]:
    """Count one more while the block runs."""
    instrument.add(1)
    try:
        yield
    finally:
        instrument.add(-1)
