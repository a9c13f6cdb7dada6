"""The OpenTelemetry instruments, in one place. Without an SDK they cost next to nothing."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter
from weakref import WeakSet

from opentelemetry import metrics

_meter = metrics.get_meter("jobmatch")

task_duration = _meter.create_histogram(
    "matching_service.task.duration", unit="s", description="Time from claim to end of a task"
)
query_duration = _meter.create_histogram(
    "matching_service.vector_similarity_query.duration",
    unit="s",
    description="Time of one vector similarity query",
)
match_count = _meter.create_histogram(
    "matching_service.algorithm.match_count", unit="{match}", description="Matches in one answer"
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


@contextmanager
def timed(instrument: metrics.Histogram, **attributes: str) -> Iterator[None]:
    """Record the seconds that the block takes."""
    start = perf_counter()
    try:
        yield
    finally:
        instrument.record(perf_counter() - start, attributes)
