"""Postings drawn at random, which tell what an index leaves unsaid.

An index over a graph goes from neighbour to neighbour, and now and then stays where the nearest are not; what it
returns looks like any other answer. But of postings drawn at random about a hundredth are among the nearest hundredth,
wherever the index looked. If many more are nearer than what it found, there is more to be found.

And if a filter has to do with what is asked, fewer of those nearby pass it than of all. Before the index is asked in
vain, a few witnesses nearby are.
"""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
import numpy as np
from attrs import frozen
from cachetools import TTLCache

from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres import index_statements as statements
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.backends.postgres.hits import job
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.vectors import received
from jobmatch.conditions import UNTOLD, asked
from jobmatch.model import Filters, JobSummary

if TYPE_CHECKING:
    from jobmatch.ports import Vector, Vectors

#: Witnesses drawn, about, and the seconds after which others are. Half as many see half as much: they overlooked one in
#: a hundred people whom an index over 100,000 postings had led astray. To ask takes a few tenths of a millisecond.
COUNT, FRESH = 1_000, 600.0
#: Standard deviations of luck, and besides how many too many, that make no difference. Postings of one page of the
#: table, which are drawn together, may be alike; a false alarm costs one more search.
DEVIATIONS, MORE = 3.0, 2
#: Share of a distance that rounding may make up.
ROUNDING = 1e-3
#: Witnesses nearby that should pass a filter, if it has nothing to do with what is asked: so many are asked whether
#: they do, and how many at most. Of eight expected there are two or fewer once in seventy times.
EXPECTED, MOST_ASKED = 8, 400
#: Standard deviations that there may be fewer of them.
FEWER = 2.0


@frozen(eq=False, kw_only=True)
class Witnesses:
    """Some postings of a table.

    Arguments:
        vectors: of those that a search without filters can find, shape (witnesses, dimensions); of unit length where
            the metric is the cosine.
        jobs: the same postings, in short; None for one that cannot be shown.
        drawn: rows that they are from, those that cannot be found among them.
        metric: by which they are compared.
    """

    vectors: "Vectors"
    jobs: Sequence[JobSummary | None] = ()
    drawn: int
    metric: Metric

    @classmethod
    def of(cls, rows: Rows, catalog: Catalog) -> "Witnesses":
        """Read what the server sent: whether a search can find the row, its vector, and its posting."""
        found = [row for row in rows if row[0]]
        vectors = received([vector for _, vector, _ in found], catalog.target.kind)
        if catalog.target.metric is Metric.COSINE:
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        jobs = [_shown(summary) for *_, summary in found]
        return cls(vectors=vectors, jobs=jobs, drawn=len(rows), metric=catalog.target.metric)

    def seen_from(self, vector: "Vector") -> "Sight":
        """Return how they lie about a query.

        Arguments:
            vector: of the query, of unit length, shape (dimensions,).
        """
        # Of what was drawn nothing can be found, as with a rare `JobTable.where`.
        distances = self._distances(vector) if len(self.vectors) else np.empty(0, dtype=np.float32)
        return Sight(witnesses=self, distances=distances)

    def _distances(self, vector: "Vector") -> "Vector":
        if self.metric is Metric.L2:
            distances: Vector = np.linalg.norm(self.vectors - vector, axis=1)
            return distances
        # Not by BLAS, whose threads wait for one another: on a busy machine longer than the search takes.
        products: Vector = np.einsum("ij,j->i", self.vectors, vector)
        return 1 - products if self.metric is Metric.COSINE else -products


def _shown(summary: str) -> JobSummary | None:
    try:
        return job(summary)
    except msgspec.ValidationError:
        return None


@frozen(eq=False, kw_only=True)
class Sight:
    """Witnesses as they lie about one query.

    Arguments:
        witnesses: the witnesses.
        distances: of each from the query.
    """

    witnesses: Witnesses
    distances: "Vector"

    def refute(self, *, farthest: float, looked_at: int, total: int) -> bool:
        """Tell whether more of them are nearer than *farthest* than can be among the nearest of all.

        How many of the *n* nearest are drawn is about Poisson distributed, with the mean ``n × drawn / total``.

        Arguments:
            farthest: distance of the farthest that was found.
            looked_at: postings that are at least as near, had the index found the nearest.
            total: postings in the table.
        """
        if not len(self.distances):
            return False
        expected = looked_at * self.witnesses.drawn / max(total, 1)
        nearer = np.count_nonzero(self.distances < farthest - ROUNDING * abs(farthest))
        return bool(nearer > expected + DEVIATIONS * sqrt(expected) + MORE)

    def share(self, filters: Filters, *, usual: float) -> float:
        """Return the share of those nearby that pass *filters*, as far as a short posting tells.

        Arguments:
            filters: the filters.
            usual: the share of all that pass, which is returned if there are not clearly fewer nearby.
        """
        told = [condition for name, condition in asked(filters).items() if name not in UNTOLD]
        count = ceil(EXPECTED / usual)
        if not told or count > min(MOST_ASKED, len(self.distances)):
            return usual
        jobs = [self.witnesses.jobs[number] for number in np.argpartition(self.distances, count - 1)[:count]]
        passing = sum(all(condition(job, filters) for condition in told) for job in jobs if job)
        # Of none that passes among so many there may be half of one.
        return usual if passing >= EXPECTED - FEWER * sqrt(EXPECTED) else max(passing, 0.5) / count


class Witnessing:
    """Draws witnesses from a table.

    Arguments:
        database: with the table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._drawn: TTLCache[Any, Witnesses] = TTLCache(1, FRESH)
        self._drawing = anyio.Lock()

    async def seen_from(self, vector: "Vector", catalog: Catalog) -> Sight:
        """Return how the witnesses of a table lie about a query.

        Arguments:
            vector: of the query.
            catalog: of the table.
        """
        return (await self._witnesses(catalog)).seen_from(vector)

    async def _witnesses(self, catalog: Catalog) -> Witnesses:
        key = catalog.target
        if (known := self._drawn.get(key)) is None:
            async with self._drawing:  # many may want them at once
                if (known := self._drawn.get(key)) is None:
                    known = self._drawn[key] = Witnesses.of(await self._draw(catalog), catalog)
        return known

    async def _draw(self, catalog: Catalog) -> Rows:
        statement = statements.witnesses(conditions.shape(Filters(), catalog.layout), catalog.target.kind)
        percent = min(100 * COUNT / max(catalog.total, 1), 100.0)
        parameters = {**statement.constants, "percent": percent, "count": 2 * COUNT}
        return await self._database.fetch(statement.text, parameters, again=True)
