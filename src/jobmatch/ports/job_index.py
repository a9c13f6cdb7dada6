"""`JobIndex`: holds jobs with vectors and searches them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from jobmatch.model import Filters, Fingerprint, IndexStrategy, InteractionKind, Plan
from jobmatch.ports.index_admin import IndexAdmin, Progress
from jobmatch.ports.resource import Resource
from jobmatch.ports.search import Entry, SearchQuery, SearchResult, Survey
from jobmatch.ports.vector_spaces import VectorSpaces

if TYPE_CHECKING:
    from jobmatch.ports.embedder import Vector


class JobIndex(Resource):
    """Holds jobs with vectors and searches them. Knows nothing of tasks, embedding or ranking."""

    @property
    def scope(self) -> str:
        """What tells this index apart from others whose tasks are in the same store; fixed once it is bound.

        Two that answer alike have the same. What a seeker did with jobs is kept by it, too.
        """
        return ""

    @property
    def identity(self) -> str:
        """What tells the jobs in here apart from those of every other index, of any process; known once it is bound.

        Answers are cached by it, and several may share a cache: two of one identity get each other's. It holds no
        secret, nor anything that must not leave the process. By default what is in here is nobody else's.
        """
        return str(vars(self).setdefault("_identity", uuid4().hex))

    @abstractmethod
    async def bind(self, embedder: str, dimensions: int) -> None:
        """Tie the index to the embedder whose vectors it holds; the first call fixes it.

        After a change of embedder, as long as the old vectors are kept, the old embedder can be bound as well.

        Raises:
            Incompatible: the stored vectors were made by another one; says how to change.
            SchemaOutdated: the tables are not there.
        """

    @abstractmethod
    async def put(self, entries: Sequence[Entry]) -> None:
        """Add or replace jobs, all of *entries* or none. Ids are unique within *entries*.

        Raises:
            Incompatible: the vectors of another embedder serve by now.
        """

    @abstractmethod
    async def remove(self, ids: Sequence[str]) -> int:
        """Remove jobs by id; return how many there were."""

    @abstractmethod
    async def purge(self, *, expired_before: datetime) -> int:
        """Remove jobs that expired at a time or before; return how many there were.

        Searches and imports go on meanwhile; what is being imported just now may be left alone. Whoever is cancelled
        has removed a part.

        Arguments:
            expired_before: the time, in UTC. What has not expired by now is never removed, whatever is given.

        Raises:
            Incompatible: the jobs are not this index's own to remove.
        """

    @abstractmethod
    async def fingerprints(self, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
        """Return the fingerprints of those of *ids* that are in the index."""

    @abstractmethod
    async def count(self) -> int:
        """Return the exact number of jobs."""

    @abstractmethod
    def check(self, filters: Filters) -> None:
        """Refuse filters on something that this index does not know, or that its setup does not allow to ask for.

        Raises:
            InvalidInput: names the filter, and what to do.
        """

    async def crowding(self, vector: "Vector", near: float, rank: int) -> float | None:
        """Return how crowded it is around a query: how many times as many postings are hardly farther away.

        By default nobody knows.

        Arguments:
            vector: of the query, shape (dimensions,).
            near: how near the *rank*-th nearest posting is, as `Hit.near` has it.
            rank: at least 1.
        """
        return None

    async def unsearchable(self, keywords: Sequence[str]) -> frozenset[str]:
        """Return those of *keywords* that this index cannot look for: nothing is left of them where it leaves out words
        that are in every text.

        `check`, `survey` and `search` refuse filters by one of them; of a request it does not count.
        """
        return frozenset()

    @abstractmethod
    async def record(self, job_ids: Sequence[str], kind: InteractionKind, *, owner: str) -> None:
        """Note that somebody has now had to do with jobs, for filters on it. Once more only renews the time.

        Arguments:
            job_ids: the jobs; they need not be in the index now.
            kind: in which way.
            owner: who.
        """

    @abstractmethod
    async def unrecord(self, *, owner: str | None, recorded_before: datetime | None) -> int:
        """Remove what was recorded; return how much that was.

        Arguments:
            owner: of one only; None for everybody's.
            recorded_before: only what was recorded then or before, in UTC; None for all.
        """

    @abstractmethod
    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        """Estimate how many jobs pass *filters*, cheaply, and tell which vector index can serve now.

        What an owner did before is left out of the estimate.

        Arguments:
            filters: what has to pass.
            closely: whether it has to be near even where all would be planned alike, as few or very few would.

        Raises:
            InvalidInput: `check` refuses the filters, or a keyword among them is `unsearchable`.
        """

    @abstractmethod
    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        """Find the jobs nearest to a vector among those that pass the filters.

        Filters take part in the search: fewer than ``plan.fetch`` hits mean that no more jobs pass them.
        Ties are broken by job id. Expired jobs are never found.

        Raises:
            InvalidInput: the vector has the wrong shape, `check` refuses the filters, or a keyword among them is
                `unsearchable`.
            TimedOut: the search took longer than the time allowed for a statement.
            DatabaseUnavailable: the connection failed; trying again may help.
            Incompatible: the embedder was changed, and its vectors are gone.
        """

    @property
    @abstractmethod
    def admin(self) -> IndexAdmin:
        """What tells about the vector index."""

    @property
    @abstractmethod
    def spaces(self) -> VectorSpaces:
        """What changes the embedder.

        Raises:
            Incompatible: the vectors are not this index's own to change.
        """

    @abstractmethod
    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> Sequence[str]:
        """Build the vector index of *strategy* and the supporting indexes, unless they are there already.

        `Exact` removes the vector index. Searches go on meanwhile. Idempotent. Return the vector indexes that were
        removed, each as `IndexStrategy.describe` has it, or by its name if its kind is not installed any more.

        Raises:
            Incompatible: the server cannot build it.
        """
