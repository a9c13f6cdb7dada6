"""Postings drawn at random, which tell what an index leaves unsaid.

An index over a graph goes from neighbour to neighbour, and now and then stays where the nearest are not; what it
returns looks like any other answer. But of postings drawn at random about a hundredth are among the nearest hundredth,
wherever the index looked. If many more are nearer than what it found, there is more to be found.

They also tell what passes a filter, without a question to the server: of all, if it is not a narrow one; and of those
nearby, which are fewer if the filter has to do with what is asked. Before the index is asked in vain, they are.
"""

from collections.abc import Sequence
from functools import cached_property
from math import inf, sqrt
from random import shuffle
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec
import numpy as np
from attrs import Factory, field, frozen
from cachetools import LRUCache
from numpy.typing import NDArray

from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Rows
from jobmatch.backends.postgres.flags import REMEMBERED, Flagger, Flags, count
from jobmatch.backends.postgres.hits import job
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.vectors import received
from jobmatch.conditions import all_told
from jobmatch.model import Filters, JobSummary

if TYPE_CHECKING:
    from jobmatch.ports import Vector, Vectors

#: Numbers of witnesses.
Numbers: TypeAlias = NDArray[np.intp]

#: Witnesses that have to pass for that to tell how many of all do, give or take a third: the server would say it
#: better, but takes as long as the search. Where there are more postings than so many a search takes longer, and those
#: that pass have to be more likewise, up to as many as tell it to a quarter: with those the better way is plain.
SUFFICIENT, AMONG, PLENTY = 9, 100_000, 20
#: Postings that are so few that to compare each is the best way, however much fewer they are: so many, or among many so
#: many times the root of all. For to find those wanted where *n* of *N* pass, an index reads *N / n* for each of them.
FEW, FEW_ROOTS = 2_000, 6
#: Standard deviations by which more may pass than the witnesses let expect: more do once in twenty times.
ONCE_IN_TWENTY = 1.645
#: Witnesses around a query, or around another, that tell of what is nearby.
NEIGHBOURS = 20
#: Witnesses whose neighbours are made out at once: a megabyte.
SOME_AT_ONCE = 250
#: Witnesses whose neighbours tell whether what passes a filter lies together, at least and at most.
SOME, SEVERAL = 3, 25


class Bond(NamedTuple):
    """How much whether a posting passes a filter has to do with what it is about.

    Arguments:
        strength: how much more often the neighbours of those that pass do so than others, 0 (not at all) to 1 (always):
            the intraclass correlation.
        share: of the witnesses that pass.
    """

    strength: float
    share: float


@frozen(eq=False, kw_only=True)
class Witnesses:
    """Some postings of a table.

    Arguments:
        vectors: of those that a search without filters can find, shape (witnesses, dimensions); of unit length where
            the metric is the cosine.
        jobs: the same postings, in short; none where what passes is for the server alone to say, as in a table of
            somebody else's.
        rate: share of the table's rows that were drawn, those that cannot be found among them.
        findable: share of what was drawn that can be found.
        metric: by which they are compared.
    """

    vectors: "Vectors"
    jobs: Sequence[JobSummary] = ()
    rate: float
    findable: float = 1.0
    metric: Metric
    _flagger: Flagger = field(default=Factory(lambda self: Flagger(self.jobs), takes_self=True), init=False)
    _bonds: LRUCache[Filters, Bond] = field(factory=lambda: LRUCache(REMEMBERED), init=False)

    @classmethod
    def of(cls, rows: Rows, catalog: Catalog, *, rate: float) -> "Witnesses":
        """Read what the server sent: whether a search can find the row, its vector, and the posting if we know it."""
        found = [row[1:] for row in rows if row[0]]
        shuffle(found)  # they come page by page, and those of a page may be alike
        vectors = received([vector for vector, *_ in found], catalog.target.kind)
        if catalog.target.metric is Metric.COSINE:
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        jobs = _short([summary for _, *summaries in found for summary in summaries])
        findable = len(found) / max(len(rows), 1)
        return cls(vectors=vectors, jobs=jobs, rate=rate, findable=findable, metric=catalog.target.metric)

    def share(self, filters: Filters, *, total: int) -> float | None:
        """Return the share of all postings that pass *filters*; None if the server had better be asked.

        Arguments:
            filters: the filters.
            total: postings in the table.
        """
        if all_told(filters) and (share := self._told(filters, total)):
            return share * self.findable
        return None

    def _told(self, filters: Filters, total: int) -> float | None:
        if not self.jobs:
            return None
        passing, asked = count(self.flags(filters)), len(self.jobs)
        if passing >= sufficient(total) or hardly(passing) / asked * total <= few(total):
            # Where none of them passes there may still be others: as if it were half of one.
            return (passing or 0.5) / asked
        return None

    def flags(self, filters: Filters) -> Flags:
        """Tell which of them pass *filters*, as far as short postings tell."""
        return self._flagger.flags(filters)

    def bond(self, filters: Filters) -> Bond:
        """Return how much *filters* have to do with what postings are about, as far as short postings tell."""
        if (bond := self._bonds.get(filters)) is None:
            bond = self._bonds[filters] = self._bond(filters)
        return bond

    def _bond(self, filters: Filters) -> Bond:
        flags = self.flags(filters)
        share = count(flags) / max(len(flags), 1)
        # Of the rarer kind, those that pass or those that do not, the neighbours tell more.
        rarer = flags if share <= 0.5 else ~flags
        rare = min(share, 1 - share)
        members = np.flatnonzero(rarer)[:SEVERAL]
        if len(members) < SOME or len(flags) <= NEIGHBOURS:
            return Bond(0.0, share)
        alike = float(rarer[self._neighbours[members]].mean())
        return Bond(max((alike - rare) / (1 - rare), 0.0), share)

    def acquaint(self) -> None:
        """Make out who is whose neighbour, and who comes after whom: some hundredths of a second; it is remembered."""
        self._flagger.prepare()
        _ = self._neighbours

    @cached_property
    def _neighbours(self) -> Numbers:
        """Of each the nearest others, shape (witnesses, NEIGHBOURS); of a few that were drawn, none."""
        starts = range(0, len(self.vectors) if len(self.vectors) > NEIGHBOURS else 0, SOME_AT_ONCE)
        return np.concatenate([np.empty((0, NEIGHBOURS), dtype=np.intp), *map(self._nearest_from, starts)])

    def _nearest_from(self, start: int) -> Numbers:
        apart = self._apart(self.vectors[start : start + SOME_AT_ONCE])
        apart[np.arange(len(apart)), np.arange(start, start + len(apart))] = inf  # nobody is one's own
        return np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]

    def _apart(self, some: "Vectors") -> "Vectors":
        """Return numbers that ascend with the distance of each witness from each of *some* vectors."""
        products: Vectors = some @ self.vectors.T
        return (self.vectors**2).sum(axis=1) - 2 * products if self.metric is Metric.L2 else -products

    def distances(self, vector: "Vector") -> "Vector":
        """Return the distance of each from a query, shape (witnesses,).

        Arguments:
            vector: of the query, of unit length, shape (dimensions,).
        """
        if not len(self.vectors):  # of what was drawn nothing can be found, as with a rare `JobTable.where`
            return np.empty(0, dtype=np.float32)
        if self.metric is Metric.L2:
            distances: Vector = np.linalg.norm(self.vectors - vector, axis=1)
            return distances
        # Not by BLAS, whose threads wait for one another: on a busy machine longer than the search takes.
        products: Vector = np.einsum("ij,j->i", self.vectors, vector)
        return 1 - products if self.metric is Metric.COSINE else -products


def sufficient(total: int) -> float:
    """Return how many witnesses of *total* postings have to pass for that to tell how many of all do."""
    return min(SUFFICIENT * max(total / AMONG, 1.0), PLENTY)


def few(total: int) -> float:
    """Return of how many among *total* postings it makes no difference how few they are."""
    return max(FEW, FEW_ROOTS * sqrt(total))


def hardly(passing: int) -> float:
    """Return what hardly more than can be expected to pass of as many postings, if *passing* did.

    How many pass is Poisson distributed, and the root of that nearly normally, with a variance of 1/4 (Anscombe).
    """
    return (sqrt(passing + 1) + ONCE_IN_TWENTY / 2) ** 2


def _short(summaries: Sequence[str]) -> list[JobSummary]:
    try:
        return [job(summary) for summary in summaries]
    except msgspec.ValidationError:  # one was written by another release; the server can do without us
        return []
