"""Draws witnesses from a table, and keeps them for a while."""

from functools import partial
from math import log
from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple

import anyio
import anyio.to_thread

from jobmatch.backends.postgres import index_statements as statements
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.backends.postgres.filters import shape
from jobmatch.backends.postgres.schema import match_job
from jobmatch.backends.postgres.sight import Sight
from jobmatch.backends.postgres.witnesses import Witnesses
from jobmatch.model import Filters

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Witnesses drawn, about, and the seconds after which others are, for postings come and go. Half as many see half as
#: much: they overlooked one in a hundred people whom an index over 100,000 postings had led astray. To ask takes a few
#: tenths of a millisecond.
COUNT, FRESH = 1_000, 60.0
#: Seconds for which those of one table are the same, in every process, as long as the postings are: so that the pages
#: of an answer agree, whoever is asked for the next one.
SAME = 3_600.0
#: Times the postings from which on others are drawn, too.
GROWN = 1.2


class Drawn(NamedTuple):
    """Witnesses in use.

    Arguments:
        witnesses: the witnesses.
        catalog: of the table that they were drawn from.
        until: when others should be, seconds of the steady clock.
    """

    witnesses: Witnesses
    catalog: Catalog
    until: float

    @property
    def new(self) -> bool:
        """Whether they need not be drawn anew."""
        return monotonic() < self.until

    def are_of(self, catalog: Catalog) -> bool:
        """Tell whether they are of this table, and it has not grown much since."""
        return self.catalog is catalog or _of(self.catalog) == _of(catalog)


class Witnessing:
    """Draws witnesses from a table.

    Arguments:
        database: with the table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._drawn: Drawn | None = None
        self._drawing = anyio.Lock()

    def forget(self) -> None:
        """Draw others next time."""
        self._drawn = None

    async def share(self, filters: Filters, catalog: Catalog) -> float | None:
        """See `Witnesses.share`."""
        if not _known(catalog):
            return None
        return (await self._witnesses(catalog)).share(filters, total=catalog.total)

    async def findable(self, catalog: Catalog) -> float:
        """Return the share of the table's rows that a search without filters can find."""
        return (await self._witnesses(catalog)).findable

    async def seen_from(self, vector: "Vector", catalog: Catalog) -> Sight:
        """Return how the witnesses of a table lie about a query.

        Arguments:
            vector: of the query.
            catalog: of the table.
        """
        return Sight(witnesses=await self._witnesses(catalog), query=vector)

    async def _witnesses(self, catalog: Catalog) -> Witnesses:
        drawn = self._drawn
        if drawn and drawn.are_of(catalog) and (drawn.new or self._drawing.locked()):
            return drawn.witnesses  # while one draws anew, the others go on with the old ones
        async with self._drawing:
            drawn = self._drawn
            if not (drawn and drawn.are_of(catalog) and drawn.new):
                drawn = self._drawn = await self._draw(catalog)
        return drawn.witnesses

    async def _draw(self, catalog: Catalog) -> Drawn:
        everything = shape(Filters(), catalog.layout.whole)
        statement = statements.witnesses(everything, catalog.target.kind, short=_known(catalog))
        rate = min(COUNT / max(catalog.total, 1), 1.0)
        parameters = {**statement.constants, "percent": 100 * rate, "count": 2 * COUNT, "seed": seed()}
        rows = await self._database.fetch(statement.text, parameters, again=True)
        witnesses = await anyio.to_thread.run_sync(partial(_acquainted, rows, catalog, rate))
        return Drawn(witnesses, catalog, until=monotonic() + FRESH)


def _acquainted(rows: Rows, catalog: Catalog, rate: float) -> Witnesses:
    """Read them, and have them acquainted if anybody asks what lies together."""
    witnesses = Witnesses.of(rows, catalog, rate=rate)
    if witnesses.jobs:
        witnesses.acquaint()
    return witnesses


def seed() -> int:
    """Return what those are drawn by just now."""
    return int(time() // SAME)


def _of(catalog: Catalog) -> object:
    """Return what tells a table from another, and from itself when it has grown much."""
    return catalog.target, round(log(max(catalog.total, 1), GROWN))


def _known(catalog: Catalog) -> bool:
    """Tell whether we know what is in the table; what passes of somebody else's is for the server alone to say."""
    return catalog.layout.table is match_job
