"""`Looking`: one search by the index, a look or two, and whether what it found can be believed."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING

from attrs import frozen

from jobmatch import telemetry
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Rows
from jobmatch.backends.postgres.hits import hits
from jobmatch.backends.postgres.looks import RANK, beside, farther, handed_out, harder, overlooked, passing, thorough
from jobmatch.backends.postgres.searches import Meanwhile, Search, approximate, from_aside
from jobmatch.backends.postgres.sight import Found, Sight
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.vectors import unfolded
from jobmatch.model import Plan
from jobmatch.model.plan import FEW
from jobmatch.ports import SearchQuery, SearchResult

if TYPE_CHECKING:
    from jobmatch.ports import Vector


@frozen(eq=False, kw_only=True)
class Looking:
    """One search by the index.

    Arguments:
        query: what is searched for.
        catalog: of the table.
        sight: how witnesses lie about the query; None if what is found is not doubted.
        send: carries out a statement; what it is given besides is done while the server is at work.
    """

    query: SearchQuery
    catalog: Catalog
    sight: Sight | None
    send: Callable[[Search, Meanwhile], Awaitable[Rows]]

    async def found(self, first: Plan) -> SearchResult | None:
        """Look at the index as a plan says, and once more if that does not do; None if it was in vain."""
        look: Plan | None = first
        while look:
            search = self._search(look)
            rows = await self.send(search, partial(self.sight.take_in, aside=look.aside) if self.sight else None)
            again = self._again(look, rows)
            if again is first and self._crowded(first, rows):
                again = thorough(first, self.catalog, handed_out(first, rows) if first.near else 0)
            if again is look:
                # More effort would hardly find a way to what was overlooked.
                usual = first if first.allows(look) else look
                return None if await self._overlooked(usual, rows) else self._result(look, rows, search)
            look = again if look is first else None
        return None

    def _search(self, look: Plan) -> Search:
        return approximate(self.query, look, self.catalog, shown=self._shown(look))

    def _shown(self, look: Plan) -> int:
        """Return how many of the nearest are to come with their vectors, which tell of which kind they are."""
        return FEW if look.aside and self.sight and self.catalog.target.metric is Metric.COSINE else 0

    def _result(self, look: Plan, rows: Rows, search: Search) -> SearchResult:
        found = hits(rows, self.catalog.target.metric, shown=bool(self._shown(look)))
        return SearchResult(hits=found, complete=False, plan=look, settings=search.settings)

    def _again(self, look: Plan, rows: Rows) -> Plan | None:
        """Return the plan of the next look; *look* itself if it will do, None for comparing every posting."""
        if len(rows) < look.fetch:
            # Those that pass are farther away, or there are no more, which only an exact search can tell.
            return farther(look, len(rows) or self._told(look), self.catalog)
        if self.sight is None or not self._refuted(self.sight, look, rows):
            return look
        telemetry.astray.add(1)
        return harder(look, self.catalog)

    def _refuted(self, sight: Sight, look: Plan, rows: Rows) -> bool:
        """Tell whether witnesses speak against what was found."""
        filters, distances = self.query.filters, [row[1] for row in rows]
        if look.aside and sight.missed(distances, filters):
            return True
        if filters and not look.near:
            return False  # nobody knows how many it passed over
        # Without filters every witness passes, and no more are nearer than what was found.
        looked_at = handed_out(look, rows) if filters else look.fetch
        return sight.refute(farthest=distances[-1], looked_at=looked_at)

    def _told(self, look: Plan) -> float:
        """Return how many of those that were looked at should have passed, by the witnesses nearby."""
        return passing(self.query, look, self.sight, self.catalog) if self.sight else 0.0

    def _crowded(self, look: Plan, rows: Rows) -> bool:
        """Tell whether so many are nearly as near as what was found that the index may have overlooked some."""
        if look.crowded is None or not self.sight or not rows:
            return False
        few = rows[:FEW]
        # Of those that can be found, which alone are drawn.
        rank = handed_out(look, few) * self.sight.witnesses.findable if self.query.filters else len(few)
        crowding = self.sight.crowding(farthest=few[-1][1], looked_at=rank)
        return crowding is not None and look.asks_twice(crowding, rank)

    async def _overlooked(self, look: Plan, rows: Rows) -> bool:
        """Tell whether nearer postings were overlooked: whether the index finds any when it is asked from other sides.

        If to ask from each would take longer than to compare all that pass, they may have been.
        """
        if not (sides := self._sides(look, rows)):
            return False
        far = handed_out(look, rows)
        side = beside(self.query, look, self.catalog, far)
        if not look.affords(len(sides) * side.near, looked_at=far):
            return True
        seen = await self.send(from_aside(self.query, side, sides, self.catalog, farthest=rows[-1][1]), None)
        if not overlooked(rows, seen):
            return False
        telemetry.astray.add(1)
        return True

    def _sides(self, look: Plan, rows: Rows) -> "Sequence[Vector]":
        if not (self.sight and rows and (shown := self._shown(look))):
            return ()
        few = rows[:shown]
        if not (near := self.sight.kinds_near(few[-1][1])):
            return ()
        # Where there is but one, nobody asks of which kind they are.
        kinds = self._kinds(few, self.sight) if len(near) > 1 else repeat(0)
        found = [Found(row[1], kind) for row, kind in zip(few, kinds, strict=False)]
        return self.sight.sides(found, self.query.filters)

    def _kinds(self, few: Rows, sight: Sight) -> Sequence[int]:
        """Return the numbers of the kinds that rows with their vectors are of."""
        return sight.nearest_kinds(unfolded([row[RANK + 1] for row in few], self.catalog.target.kind))
