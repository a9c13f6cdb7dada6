"""`Witnesses`: postings drawn at random, whose distances tell when an index was led astray.

A search through a graph goes from neighbour to neighbour, and now and then stays where the nearest are not; what it
returns looks like any other answer. But of postings drawn at random about a hundredth are among the nearest hundredth,
wherever the index looked. If many more are nearer than what it found, there is more to be found.
"""

from math import sqrt
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
from attrs import frozen
from cachetools import TTLCache

from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres import index_statements as statements
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.vectors import received
from jobmatch.model import Filters, Plan
from jobmatch.ports import SearchQuery

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


@frozen(eq=False, kw_only=True)
class Witnesses:
    """Some postings of a table.

    Arguments:
        vectors: of those that a search without filters can find, shape (witnesses, dimensions); of unit length where
            the metric is the cosine.
        drawn: rows that they are from, those that cannot be found among them.
        metric: by which they are compared.
    """

    vectors: "Vectors"
    drawn: int
    metric: Metric

    @classmethod
    def of(cls, rows: Rows, catalog: Catalog) -> "Witnesses":
        """Read what the server sent: whether a search can find the row, and its vector."""
        vectors = received([vector for passes, vector in rows if passes], catalog.target.kind)
        if catalog.target.metric is Metric.COSINE:
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return cls(vectors=vectors, drawn=len(rows), metric=catalog.target.metric)

    def refute(self, vector: "Vector", *, farthest: float, looked_at: int, total: int) -> bool:
        """Tell whether more of them are nearer than *farthest* than can be among the nearest of all.

        How many of the *n* nearest are drawn is about Poisson distributed, with the mean ``n × drawn / total``.

        Arguments:
            vector: of the query, of unit length, shape (dimensions,).
            farthest: distance of the farthest that was found.
            looked_at: postings that are at least as near, had the index found the nearest.
            total: postings in the table.
        """
        if not len(self.vectors):  # of what was drawn nothing can be found, as with a rare `JobTable.where`
            return False
        expected = looked_at * self.drawn / max(total, 1)
        nearer = np.count_nonzero(self._distances(vector) < farthest - ROUNDING * abs(farthest))
        return bool(nearer > expected + DEVIATIONS * sqrt(expected) + MORE)

    def _distances(self, vector: "Vector") -> "Vector":
        if self.metric is Metric.L2:
            distances: Vector = np.linalg.norm(self.vectors - vector, axis=1)
            return distances
        # Not by BLAS, whose threads wait for one another: on a busy machine longer than the search takes.
        products: Vector = np.einsum("ij,j->i", self.vectors, vector)
        return 1 - products if self.metric is Metric.COSINE else -products


class Witnessing:
    """Draws witnesses from a table, and asks them about searches.

    Arguments:
        database: with the table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._drawn: TTLCache[Any, Witnesses] = TTLCache(1, FRESH)
        self._drawing = anyio.Lock()

    async def refute(self, query: SearchQuery, look: Plan, rows: Rows, catalog: Catalog) -> bool:
        """Tell whether a search by the index missed what is nearest.

        Arguments:
            query: what was asked.
            look: how the index was searched.
            rows: what it found: ``look.fetch`` rows, the farthest last.
            catalog: of the table.
        """
        if query.filters and not look.near:  # nobody knows how many it passed over
            return False
        witnesses = await self._witnesses(catalog)
        looked_at = max(look.near, look.fetch)
        return witnesses.refute(query.vector, farthest=rows[-1][1], looked_at=looked_at, total=catalog.total)

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
