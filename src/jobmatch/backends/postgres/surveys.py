"""What a planner needs to know, asked of the server's own statistics and remembered for a while."""

import logging
import re
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING

import anyio
import attrs
import psycopg
from cachetools import TTLCache
from psycopg import AsyncConnection

from jobmatch.backends.postgres import catalog, statements
from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres.catalog import FRESH, Catalog
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.schema import match_job
from jobmatch.backends.postgres.shape import Shape
from jobmatch.backends.postgres.sight import Sight
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.witnessing import Witnessing
from jobmatch.errors import JobmatchError
from jobmatch.model import Filters
from jobmatch.ports import Survey
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Seconds for which an estimate is good, as the server gathers no statistics sooner, and how many are remembered.
ESTIMATED, REMEMBERED = 60.0, 4_096
#: Rows in a sample, and in one that will do if so many of them pass: how many do, give or take a third.
SAMPLE, FEW, ENOUGH = 2_000, 500, 16
#: Rows put, at least and as a share of all, after which the statistics are gathered anew.
MANY, MUCH = 1_000, 0.2
#: Seconds in which they are not gathered again after that has failed: every search would wait for it.
REST = 60.0
#: Whoever builds an index, vacuums or analyzes.
_OCCUPIED = """
SELECT 1 FROM pg_locks WHERE locktype = 'relation' AND mode IN ('ShareUpdateExclusiveLock', 'ShareLock')
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND relation IN (to_regclass('match_job'), to_regclass('match_text'))
"""
_ROWS = re.compile(r"\(cost=[\d.]+ rows=(\d+) width=")
Read = Callable[[AsyncConnection, Settings], Awaitable[Catalog]]
_log = logging.getLogger("jobmatch.postgres")


class _Memory:
    """What is known of a table until it changes. Whoever still reads then fills one that nobody looks at any more."""

    def __init__(self) -> None:
        self.catalog: TTLCache[str, Catalog] = TTLCache(1, FRESH)
        self.estimates: TTLCache[Filters, int] = TTLCache(REMEMBERED, ESTIMATED)
        self.read: anyio.Event | None = None


class Surveyor:
    """Answers from the planner's statistics.

    Arguments:
        database: whose statistics.
        witnessing: what it tells need not be asked of the server.
        read: asks the server's catalog for the table.
    """

    def __init__(self, database: Database, witnessing: Witnessing, *, read: Read = catalog.read) -> None:
        self._read = read
        self._database = database
        self._witnessing = witnessing
        self._memory = _Memory()
        self._changed = 0
        self._rest_until = self._trusted_until = 0.0
        self._analyzing = anyio.Lock()

    def forget(self, changed: int = 0) -> None:
        """Drop what is remembered, for the table has changed.

        Arguments:
            changed: number of rows put.
        """
        self._memory = _Memory()
        self._changed += changed

    async def survey(self, filters: Filters, *, closely: bool) -> Survey:
        """See `JobIndex.survey`."""
        catalog = await self._analyzed()
        matching = min(await self._matching(filters, catalog, closely=closely), catalog.total)
        return Survey(
            matching=matching,
            total=catalog.total,
            strategy=catalog.strategy,
            calibration=catalog.calibration,
            by_cosine=catalog.target.metric is Metric.COSINE,
            as_stored=catalog.strategy.storage in (None, catalog.target.kind),
            excluded=len(filters.exclude_job_ids),
        )

    async def _matching(self, filters: Filters, catalog: Catalog, *, closely: bool) -> int:
        if not filters:
            # Of those that have expired, or that `JobTable.where` leaves out, no search finds any.
            exact = catalog.strategy.exact
            return catalog.total if exact else round(catalog.total * await self._witnessing.findable(catalog))
        if filters.contradictory:
            return 0
        if closely:
            return await self._estimate(filters, catalog)
        memory = self._memory
        matching = memory.estimates.get(filters)
        if matching is None:
            told = None if catalog.strategy.exact else await self._witnessing.share(filters, catalog)
            matching = _without(filters, told, catalog.total) if told else await self._estimate(filters, catalog)
            memory.estimates[filters] = matching
        return matching

    async def _analyzed(self) -> Catalog:
        """Gather statistics anew if so much was put that the old ones mislead; the server itself takes a minute to."""
        catalog = await self.catalog()
        if not self._outdated(catalog) or self._analyzing.locked():
            return catalog  # one search waits for it, not all
        async with self._analyzing:
            await self._analyze()
        return await self.catalog()

    def _outdated(self, catalog: Catalog) -> bool:
        many, now = max(MANY, catalog.total * MUCH), monotonic()
        if now < self._rest_until:
            return False
        # Others may have put rows as well, or a process that has ended since: the table is larger than it was.
        others = 0 if catalog.counted is None or now < self._trusted_until else abs(catalog.total - catalog.counted)
        return max(self._changed, others) >= many

    async def _analyze(self) -> None:
        """Gather statistics, if that can be done; without them a search is but slower."""
        changed = self._changed
        try:
            done = await self._analyzed_now()
        except (JobmatchError, psycopg.Error) as error:
            _log.warning("could not analyze, again in %.0f s: %s", REST, error)
            done = False
        if not done:
            self._rest_until = monotonic() + REST
            return
        self._changed -= changed
        self._trusted_until = monotonic() + REST  # whoever does not own the table gathers nothing
        self._witnessing.forget()
        self.forget()

    async def _analyzed_now(self) -> bool:
        """Gather statistics unless an index is being built, or the table vacuumed; tell whether that was done.

        To wait for a build would take as long as it does. And a build at its end waits in turn for whoever waits for
        it: PostgreSQL would end one of the two.
        """
        if await self._database.fetch(_OCCUPIED, {}):
            return False
        _log.info("gathering statistics")
        await self._database.fetch("ANALYZE (SKIP_LOCKED) match_job, match_text", {})
        return True

    async def catalog(self) -> Catalog:
        """Return size and vector index of the table."""
        memory = self._memory
        if (known := memory.catalog.get("")) is None and memory.read:
            await memory.read.wait()
            known = memory.catalog.get("")
        # If another one's attempt was in vain, each tries for itself: nobody waits for all attempts before.
        return known or await self._remembered(memory)

    async def _remembered(self, memory: _Memory) -> Catalog:
        read = memory.read = anyio.Event()
        try:
            found = memory.catalog[""] = await self._read_catalog()
        finally:
            memory.read = None
            read.set()
        return found

    async def _read_catalog(self) -> Catalog:
        found = await self._database.repeat(lambda connection: self._read(connection, self._database.settings))
        if found.total >= 0:
            return found
        # Never analysed, so it is new and small.
        statement = statements.count(found.layout.whole)
        total = (await self._database.fetch(statement.text, statement.constants, again=True))[0][0]
        return attrs.evolve(found, total=total)

    async def seen_from(self, vector: "Vector", catalog: Catalog) -> Sight:
        """Return how postings drawn at random lie about a query."""
        return await self._witnessing.seen_from(vector, catalog)

    async def _estimate(self, filters: Filters, catalog: Catalog) -> int:
        shape = conditions.shape(filters, catalog.layout)
        if shape.inestimable:
            return await self._sampled(filters, shape, catalog.total)
        statement = statements.matching(shape)
        parameters = {**conditions.values(filters, catalog.layout), **statement.constants}
        # As text, not JSON, and with its values apart, so that it is prepared: both are quicker.
        (line,), *_ = await self._database.fetch(f"EXPLAIN {statement.text}", parameters, again=True)
        rows = _ROWS.search(line)
        return int(rows[1]) if rows else 0

    async def _sampled(self, filters: Filters, shape: Shape, total: int) -> int:
        """Count in a sample: the server takes one size of area for any other, and knows little of metadata."""
        statement = statements.sampled(shape)
        parameters = {**conditions.values(filters, shape.layout), **statement.constants}
        passing, share = 0, 1.0
        # Names of tables of somebody else's take long to compare, and most filters there are by names.
        for size in (SAMPLE,) if shape.layout.table is match_job else (FEW, SAMPLE):
            share = min(1.0, size / max(total, 1))
            [(passing,)] = await self._database.fetch(
                statement.text, {**parameters, "percent": 100 * share}, again=True
            )
            if passing >= ENOUGH or share == 1:
                break
        return int(max(passing, 1) / share)


def _without(filters: Filters, share: float, total: int) -> int:
    """Return how many a *share* is, but for those that are left out by id, which may be the very nearest."""
    return round(share * max(total - len(filters.exclude_job_ids), 0))
