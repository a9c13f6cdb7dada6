"""The ports: what the core asks of its backends.

A port carries the whole contract; `jobmatch.testing` holds the same contract as tests, which any backend can run.
Backends with a lifetime are abstract classes, opened with ``async with``; opening twice is allowed and closing happens
with the last exit, for two of them may share one resource. Callables are protocols.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from attrs import frozen

from jobmatch.model import (
    Claim,
    Filters,
    Fingerprint,
    IndexStrategy,
    Job,
    JobSummary,
    MatchRequest,
    Page,
    Plan,
    Result,
    Task,
    TaskError,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    #: Embeddings: float32, shape (dimensions,) for one, (n, dimensions) for many; unit length.
    Vector = npt.NDArray[np.float32]
    Vectors = npt.NDArray[np.float32]


class Resource(ABC):  # noqa: B024
    """Something with a lifetime. The constructor does no I/O."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class Embedder(Protocol):
    """Texts to unit vectors.

    Attributes:
        name: identity of the model and of everything that shapes its vectors; two embedders of one name give the same
            vectors.
        dimensions: length of a vector.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """Embed *texts*.

        Arguments:
            texts: any number, each of any length; an empty text gives a zero vector.

        Returns:
            float32, shape (len(texts), dimensions); every row has length 1, or 0 for a text without meaning.

        Raises:
            EmbedderUnavailable: the model does not answer now; trying again may help.
        """
        ...


@frozen(kw_only=True)
class Entry:
    """A job with its vector, as an index holds it.

    Arguments:
        job: the posting.
        fingerprint: of the posting.
        vector: unit vector, shape (dimensions,); None keeps the vector that is stored for this id.
    """

    job: Job
    fingerprint: Fingerprint
    vector: "Vector | None"


@frozen(kw_only=True)
class Survey:
    """What a planner needs to know.

    Arguments:
        matching: postings that pass the filters, estimated.
        total: postings in the index, estimated.
        strategy: the vector index that can serve a search now.
    """

    matching: int
    total: int
    strategy: IndexStrategy


@frozen(kw_only=True)
class SearchQuery:
    """What to search for.

    Arguments:
        vector: unit vector, shape (dimensions,).
        filters: what every hit must pass.
        keywords: words or phrases; every hit tells which of them its text has, stemmed.
    """

    vector: "Vector"
    filters: Filters
    keywords: tuple[str, ...] = ()


@frozen(kw_only=True)
class Hit:
    """One posting found.

    Arguments:
        job: the posting, in short.
        similarity: cosine of the two vectors, −1 to 1.
        keywords: per keyword of the query, whether the posting's text has it.
    """

    job: JobSummary
    similarity: float
    keywords: tuple[bool, ...] = ()


@frozen(kw_only=True)
class SearchResult:
    """Hits, nearest first.

    Arguments:
        hits: at most ``plan.fetch``; never fewer than the lesser of that and the number of matching postings.
        complete: whether the hits are certain to be the nearest.
        plan: the plan that was carried out; differs from the one asked for if a search had to fall back.
    """

    hits: tuple[Hit, ...]
    complete: bool
    plan: Plan


#: Told while a long piece of work goes on: the part done, 0 to 1, and a word for the stage.
Progress = Callable[[float, str], None]


class JobIndex(Resource):
    """Holds jobs with vectors and searches them. Knows nothing of tasks, embedding or ranking."""

    @abstractmethod
    async def bind(self, embedder: str, dimensions: int) -> None:
        """Tie the index to the embedder whose vectors it holds; the first call fixes it.

        Raises:
            Incompatible: the stored vectors were made by another one.
            SchemaOutdated: the tables are not there.
        """

    @abstractmethod
    async def put(self, entries: Sequence[Entry]) -> None:
        """Add or replace jobs, all of *entries* or none. Ids are unique within *entries*."""

    @abstractmethod
    async def remove(self, ids: Sequence[str]) -> int:
        """Remove jobs by id; return how many there were."""

    @abstractmethod
    async def fingerprints(self, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
        """Return the fingerprints of those of *ids* that are in the index."""

    @abstractmethod
    async def count(self) -> int:
        """Return the exact number of jobs."""

    @abstractmethod
    async def survey(self, filters: Filters) -> Survey:
        """Estimate how many jobs pass *filters*, cheaply, and tell which vector index can serve now."""

    @abstractmethod
    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        """Find the jobs nearest to a vector among those that pass the filters.

        Filters take part in the search: fewer than ``plan.fetch`` hits mean that no more jobs pass them.
        Ties are broken by job id. Expired jobs are never found.

        Raises:
            InvalidInput: the vector has the wrong shape.
            TimedOut: the search took longer than the time allowed for a statement.
            DatabaseUnavailable: the connection failed; trying again may help.
        """

    @abstractmethod
    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> None:
        """Build the vector index of *strategy* and the supporting indexes, unless they are there already.

        `Exact` removes the vector index. Searches go on meanwhile. Idempotent.

        Raises:
            Incompatible: the server cannot build it.
        """


class TaskStore(Resource):
    """The only truth about a task and its result.

    A task belongs to its owner: asking with another owner's name is asking for nothing. Times are UTC.
    """

    @abstractmethod
    async def create(self, request: MatchRequest, *, owner: str) -> Task:
        """Store a new pending task."""

    @abstractmethod
    async def get(self, task_id: str, *, owner: str) -> Task:
        """Return a task.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """

    @abstractmethod
    async def list(
        self, *, owner: str | None, limit: int, cursor: str | None = None
    ) -> tuple[Sequence[Task], str | None]:
        """Return tasks, newest first, and the cursor of the next page, None at the end.

        Arguments:
            owner: whose; None for everybody's, for operators only.
            limit: at most this many, 1 to 1,000.
            cursor: where the page starts, from the page before.
        """

    @abstractmethod
    async def claim(self, task_id: str, *, lease: float) -> Claim | None:
        """Take up a task that is pending, or processing with a lease that ran out. None if it is not to be had.

        Arguments:
            task_id: the task.
            lease: seconds for which nobody else can claim it.
        """

    @abstractmethod
    async def heartbeat(self, claim: Claim, *, lease: float) -> bool:
        """Renew the lease from now. False if the claim is stale: stop working."""

    @abstractmethod
    async def finish(self, claim: Claim, result: Result) -> bool:
        """Complete the task with its result. False, and nothing changes, if the claim is stale."""

    @abstractmethod
    async def fail(self, claim: Claim, error: TaskError) -> bool:
        """End the task without a result. False, and nothing changes, if the claim is stale."""

    @abstractmethod
    async def release(self, claim: Claim) -> bool:
        """Hand a task back as pending, unfinished. False, and nothing changes, if the claim is stale."""

    @abstractmethod
    async def cancel(self, task_id: str, *, owner: str) -> Task:
        """Cancel a task unless it is final; return it as it then is.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """

    @abstractmethod
    async def due(self, *, limit: int) -> Sequence[str]:
        """Return ids of tasks that can be claimed now, oldest first."""

    @abstractmethod
    async def results(self, task_id: str, *, owner: str, limit: int, cursor: str | None = None) -> Page:
        """Return a page of the stored snapshot of a completed task.

        Arguments:
            task_id: the task.
            owner: whose it is.
            limit: at most this many matches, 1 to 1,000.
            cursor: where the page starts, from the page before.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
            TaskNotCompleted: it is still under way.
            TaskFailed: it ended without a result.
            InvalidInput: the cursor is not one of ours.
        """


#: Carries out one task by id. Never raises: the store is told how it went.
Execute = Callable[[str], Awaitable[None]]


class TaskRunner(ABC):
    """Decides where and when a task is executed. Holds no truth: what it loses can be handed to it again."""

    @abstractmethod
    def serving(self, execute: Execute) -> AbstractAsyncContextManager[None]:
        """Return a context in which tasks that are enqueued get executed.

        Leaving it takes up no new task and lets those under way end within a grace time, then cancels them.
        """

    @abstractmethod
    async def enqueue(self, task_id: str) -> None:
        """Have a task executed soon, at least once unless the process dies.

        Raises:
            Overloaded: too many wait already; nothing was enqueued.
        """


class Notifier(Protocol):
    """Told of every task that a worker has ended."""

    async def __call__(self, task: Task) -> None: ...
