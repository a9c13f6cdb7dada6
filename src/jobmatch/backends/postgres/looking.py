"""`Looking`: one search by the index, a look or two, and whether what it found can be believed."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import frozen

from jobmatch import telemetry
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Rows
from jobmatch.backends.postgres.hits import hits
from jobmatch.backends.postgres.searches import Search, approximate, beside, farther, from_aside, harder, overlooked
from jobmatch.backends.postgres.sight import Found, Sight
from jobmatch.model import Plan
from jobmatch.ports import SearchQuery, SearchResult

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Of those found, how many are held against witnesses: among many some witnesses are, whatever was overlooked.
FEW = 10


@frozen(eq=False, kw_only=True)
class Looking:
    """One search by the index.

    Arguments:
        query: what is searched for.
        catalog: of the table.
        sight: how witnesses lie about the query; None if what is found is not doubted.
        send: carries out a statement.
    """

    query: SearchQuery
    catalog: Catalog
    sight: Sight | None
    send: Callable[[Search], Awaitable[Rows]]

    async def found(self, first: Plan) -> SearchResult | None:
        """Look at the index as a plan says, and once more if that does not do; None if it was in vain."""
        look: Plan | None = first
        while look:
            apart = self._apart(look)
            rows = await self.send(approximate(self.query, look, self.catalog, apart))
            again = self._again(look, rows)
            if again is look:
                # More effort would hardly find a way to what was overlooked.
                return None if await self._overlooked(look, rows, apart) else self._result(look, rows, apart)
            look = again if look is first else None
        return None

    def _result(self, look: Plan, rows: Rows, apart: Sequence[str]) -> SearchResult:
        found = hits(rows, self.catalog.target.metric, kinds=len(apart))
        return SearchResult(hits=found, complete=False, plan=look)

    def _again(self, look: Plan, rows: Rows) -> Plan | None:
        """Return the plan of the next look; *look* itself if it will do, None for comparing every posting."""
        filters = self.query.filters
        if len(rows) < look.fetch:
            # Those that pass are farther away, or there are no more, which only an exact search can tell.
            return farther(look, len(rows), self.catalog)
        if self.sight is None or (filters and not look.near):  # or else nobody knows how many it passed over
            return look
        # Without filters every witness passes, and no more are nearer than what was found.
        looked_at = max(look.near, look.fetch) if filters else look.fetch
        if not self.sight.refute(farthest=rows[-1][1], looked_at=looked_at):
            return look
        telemetry.astray.add(1)
        return harder(look, self.catalog)

    @cached_property
    def _kinds(self) -> Sequence[int]:
        return self.sight.kinds if self.sight else ()

    def _apart(self, look: Plan) -> Sequence[str]:
        """Return a vector of each kind, if there are several: what is found is to tell of which it is."""
        if not (look.aside and self.sight and len(self._kinds) > 1):
            return ()
        return [self.sight.witnesses.literal(kind, self.catalog.target.kind) for kind in self._kinds]

    async def _overlooked(self, look: Plan, rows: Rows, apart: Sequence[str]) -> bool:
        """Tell whether nearer postings were overlooked: whether the index finds any when it is asked from other sides.

        If to ask from each would take longer than to compare all that pass, they may have been.
        """
        if not (sides := self._sides(look, rows, apart)):
            return False
        side = beside(self.query, look, self.catalog)
        if not look.affords(len(sides) * side.near):
            return True
        seen = await self.send(from_aside(self.query, side, sides, self.catalog, farthest=rows[-1][1]))
        if not overlooked(rows, seen):
            return False
        telemetry.astray.add(1)
        return True

    def _sides(self, look: Plan, rows: Rows, apart: Sequence[str]) -> "Sequence[Vector]":
        if not (look.aside and self.sight and rows):
            return ()
        few = [Found(row[1], row[2] if apart else 0) for row in rows[:FEW]]
        return self.sight.sides(self._kinds, few, self.query.filters)
