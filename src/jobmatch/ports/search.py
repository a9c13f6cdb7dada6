"""What goes into a `JobIndex` and what comes out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import Factory, frozen
from msgspec import Struct

from jobmatch.model import Calibration, Filters, Fingerprint, IndexStrategy, Job, JobSummary, Plan

if TYPE_CHECKING:
    from jobmatch.ports.embedder import Vector


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
        calibration: what that index was measured to do; None if nobody has measured it with about as many postings.
        by_cosine: whether the nearest are those of the greatest cosine, by which ranking goes.
        as_stored: whether the index holds vectors as the table does, so that it hands out the nearest first.
        excluded: postings that the filters leave out by id, wherever they are.
    """

    matching: int
    total: int
    strategy: IndexStrategy
    calibration: Calibration | None = None
    by_cosine: bool = True
    as_stored: bool = True
    excluded: int = 0


@frozen(kw_only=True)
class SearchQuery:
    """What to search for.

    Arguments:
        vector: unit vector, shape (dimensions,).
        filters: what every hit must pass.
        owner: whose question it is, for filters about what its owner did before; None for nobody's.
        keywords: words or phrases; every hit tells which of them its text has, stemmed.
    """

    vector: "Vector"
    filters: Filters
    keywords: tuple[str, ...] = ()
    owner: str | None = None


class Hit(Struct, frozen=True, gc=False):
    """One posting found.

    Arguments:
        job: the posting, in short.
        similarity: cosine of the two vectors, −1 to 1.
        keywords: per keyword of the query, whether the posting's text has it.
        nearness: by what the index compares, where that is not the cosine: of two hits the nearer has more.
    """

    job: JobSummary
    similarity: float
    keywords: tuple[bool, ...] = ()
    nearness: float | None = None

    @property
    def near(self) -> float:
        """How near it is, by what the index compares."""
        return self.similarity if self.nearness is None else self.nearness


@frozen(kw_only=True)
class SearchResult:
    """Hits, nearest first.

    Arguments:
        hits: at most ``plan.fetch``; never fewer than the lesser of that and the number of matching postings.
        complete: whether the hits are certain to be the nearest.
        plan: the plan that was carried out; differs from the one asked for if a search had to fall back.
        settings: of the server, for this search alone, by name; none if there is no server.
    """

    hits: tuple[Hit, ...]
    complete: bool
    plan: Plan
    settings: Mapping[str, str] = Factory(dict)
