"""`IndexAdmin`: looks after the vector index of a `JobIndex`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from jobmatch.model import Calibration, Explained, Forecast, IndexState, IndexStrategy, JobSummary, Plan, RecallReport
from jobmatch.ports.search import SearchQuery

if TYPE_CHECKING:
    from jobmatch.ports.embedder import Vector

#: Told while a long piece of work goes on: the part done, 0 to 1, and a word for the stage.
Progress = Callable[[float, str], None]


def unheard(part: float, stage: str) -> None:
    """Be the `Progress` that nobody gave."""


@frozen(kw_only=True)
class Sample:
    """A posting with its vector, as it is stored.

    Arguments:
        job: the posting, in short.
        vector: shape (dimensions,).
    """

    job: JobSummary
    vector: "Vector"


class IndexAdmin(ABC):
    """Tells about the vector index of a `JobIndex`, keeps what was measured of it, and builds it anew."""

    @abstractmethod
    async def inspect(self) -> IndexState:
        """Tell what there is now."""

    @abstractmethod
    async def forecast(self, strategy: IndexStrategy) -> Forecast:
        """Tell what `JobIndex.create_index` would do and what it would take, without doing anything.

        Raises:
            Incompatible: the server cannot build it.
        """

    @abstractmethod
    async def reindex(self, *, progress: Progress | None = None) -> None:
        """Build the vector index and the supporting ones anew, those that are there; searches go on meanwhile.

        Raises:
            NotFound: there is none of them.
        """

    @abstractmethod
    async def sample(self, count: int) -> Sequence[Sample]:
        """Return some postings that have not expired, drawn at random; all of them if there are no more."""

    @abstractmethod
    async def note(self, *, calibration: Calibration | None = None, report: RecallReport | None = None) -> None:
        """Keep what was measured of the index that it names; plans go by it from then on."""

    @abstractmethod
    async def explain(self, query: SearchQuery, plan: Plan) -> Explained:
        """Tell how a search by *plan* would begin, without doing it; it may go by another one, as the search would."""
