"""`VectorSpaces`: from the vectors of one embedder to those of another, while searches and imports go on."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from jobmatch.model import Job, SpacesStatus
from jobmatch.ports.index_admin import Progress

if TYPE_CHECKING:
    from jobmatch.ports.embedder import Vector, Vectors

#: Embeds postings: unit vectors, shape (len(jobs), dimensions).
EmbedJobs = Callable[[Sequence[Job]], Awaitable["Vectors"]]


@frozen(kw_only=True)
class Unfilled:
    """A posting that lacks a vector of the new embedder.

    Arguments:
        job: its id, title and description, nothing else.
        text: `Fingerprint.text` of the posting as it is stored.
    """

    job: Job
    text: str


@frozen(kw_only=True)
class Filled:
    """A vector of the new embedder.

    Arguments:
        job_id: whose it is.
        text: `Fingerprint.text` of the text that it was made of.
        vector: unit vector, shape (dimensions,).
    """

    job_id: str
    text: str
    vector: "Vector"


class VectorSpaces(ABC):
    """The vectors of a `JobIndex`, by embedder.

    At most two embedders have vectors at once. A change goes ``begin``, ``missing`` and ``fill`` in turns,
    ``create_index``, ``switch``, ``finish``; it may be cut off anywhere and gone on with by another process. Until the
    switch nothing of it can be seen in a search. After it, an index that is bound to the old embedder goes on to
    search the old vectors, which no import keeps up to date any more, until ``finish``; it cannot put.
    """

    @abstractmethod
    async def status(self) -> SpacesStatus:
        """Tell how far a change is."""

    @abstractmethod
    async def begin(self, embedder: str, dimensions: int) -> None:
        """Make room for vectors of another embedder, beside those that serve. Again for the same one does nothing.

        Arguments:
            embedder: its name.
            dimensions: of its vectors.

        Raises:
            NotFound: there is nothing to change: no embedder has vectors yet, or this one's serve already.
            Incompatible: vectors of a third embedder are there, or they cannot be stored, or not be indexed as those
                that serve are.
        """

    @abstractmethod
    async def missing(self, embedder: str, *, after: str = "", limit: int) -> Sequence[Unfilled]:
        """Return postings that lack a vector of the new embedder, by id.

        Arguments:
            embedder: the name with which the change was begun; by now it may have been given up, and another begun.
            after: only those with a greater id.
            limit: at most so many.

        Raises:
            NotFound: no change to this embedder is under way.
        """

    @abstractmethod
    async def fill(self, embedder: str, filled: Sequence[Filled]) -> int:
        """Store vectors of the new embedder; return how many.

        A vector is left out whose posting is gone, has another text by now, or has a vector already.

        Arguments:
            embedder: as for `missing`.
            filled: its vectors.

        Raises:
            NotFound: no change to this embedder is under way.
            InvalidInput: a vector has another shape.
        """

    @abstractmethod
    async def create_index(self, embedder: str, *, progress: Progress | None = None) -> None:
        """Build over the new vectors such an index as the old ones have; searches and imports go on meanwhile.

        It is the one that `SpacesStatus.planned` tells.

        Arguments:
            embedder: as for `missing`.
            progress: told.

        Raises:
            NotFound: no change to this embedder is under way.
            Incompatible: the server cannot build it.
        """

    @abstractmethod
    async def switch(self, embedder: str, embed: EmbedJobs) -> None:
        """Have the new vectors serve, in one step. The old ones retire.

        What imports have left without a new vector is made up for in the same step, while imports wait.

        Arguments:
            embedder: as for `missing`.
            embed: embeds by it.

        Raises:
            NotFound: no change to this embedder is under way.
            NotReady: too many postings lack a vector, or the index is not built.
        """

    @abstractmethod
    async def finish(self) -> None:
        """Drop the vectors that have retired.

        Raises:
            NotFound: there are none.
        """

    @abstractmethod
    async def abandon(self) -> None:
        """Give up a change before the switch, and drop the vectors made so far.

        Raises:
            NotFound: no change is under way.
        """
