"""`MemoryIndexAdmin`: there is no vector index to look after, only what was measured of searching without one."""

import random
from collections.abc import Callable, Iterable, Sequence

from jobmatch.errors import NotFound
from jobmatch.model import (
    Calibration,
    Exact,
    Explained,
    Forecast,
    IndexState,
    IndexStrategy,
    Plan,
    RecallReport,
    SearchTrace,
)
from jobmatch.model.index import applies
from jobmatch.ports import IndexAdmin, Progress, Sample, SearchQuery

NAME = Exact().describe()


class MemoryIndexAdmin(IndexAdmin):
    """Keeps its notes as long as the index lives.

    Arguments:
        samples: returns all postings that have not expired, as samples.
        count: returns the number of postings.
    """

    def __init__(self, samples: Callable[[], Iterable[Sample]], count: Callable[[], int]) -> None:
        self._samples = samples
        self._count = count
        self._calibrations: dict[str, Calibration] = {}
        self._reports: dict[str, RecallReport] = {}

    @property
    def calibration(self) -> Calibration | None:
        """What comparing everything was measured to do, if that was with about as many postings."""
        measured = self._calibrations.get(NAME)
        return measured if measured and applies(measured, self._count()) else None

    async def inspect(self) -> IndexState:
        measured = self._calibrations.get(NAME)
        return IndexState(index=NAME, rows=self._count(), calibration=measured, recall=self._reports.get(NAME))

    async def forecast(self, strategy: IndexStrategy) -> Forecast:
        """Nothing is built, whatever the strategy."""
        return Forecast(index=strategy.describe(), rows=self._count(), bytes=0, memory=0, memory_allowed=0, seconds=0.0)

    async def reindex(self, *, progress: Progress | None = None) -> None:
        """There never is an index."""
        raise NotFound("there is no vector index: postings in memory are compared one by one")

    async def sample(self, count: int) -> Sequence[Sample]:
        samples = list(self._samples())
        return random.sample(samples, min(count, len(samples)))

    async def note(self, *, calibration: Calibration | None = None, report: RecallReport | None = None) -> None:
        if calibration:
            self._calibrations[calibration.index] = calibration
        if report:
            self._reports[report.index] = report

    async def explain(self, query: SearchQuery, plan: Plan) -> Explained:
        trace = SearchTrace(statement="", steps=("Compare every posting that passes the filters", "Sort"))
        return Explained(plan=plan, trace=trace)
