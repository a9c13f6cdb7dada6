"""What a planner needs to know, asked of the server's own statistics and remembered for a few seconds."""

import logging
from collections.abc import Mapping
from typing import Any

import anyio
from attrs import frozen
from cachetools import TTLCache
from psycopg import AsyncClientCursor, sql

from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres import statements, strategies
from jobmatch.backends.postgres.database import Database
from jobmatch.model import Exact, Filters, IndexStrategy
from jobmatch.ports import Survey

#: Seconds for which an estimate is good, and how many are remembered.
FRESH, REMEMBERED = 5.0, 1_024
#: Rows in a sample.
SAMPLE = 2_000
#: Rows put, at least and as a share of all, after which the statistics are gathered anew.
MANY, MUCH = 1_000, 0.2
#: Index and statistics of the table, and whether they were ever gathered.
_EXPLAIN = sql.SQL("EXPLAIN (FORMAT JSON) ")
_CATALOG = """
SELECT c.reltuples::bigint, am.amname, i.reloptions,
       EXISTS (SELECT FROM pg_index t WHERE t.indexrelid = to_regclass('match_text_search') AND t.indisvalid)
FROM pg_class c
LEFT JOIN (pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam)
  ON x.indrelid = c.oid AND x.indisvalid AND x.indisready AND am.amname IN ('hnsw', 'ivfflat')
WHERE c.oid = to_regclass('match_job')
ORDER BY i.oid DESC
LIMIT 1
"""
logger = logging.getLogger("jobmatch.postgres")


@frozen
class Catalog:
    """What the catalog tells.

    Arguments:
        total: rows, estimated.
        strategy: the vector index that can serve now.
        text_index: whether there is an index over the stemmed words.
    """

    total: int
    strategy: IndexStrategy
    text_index: bool


class Surveyor:
    """Answers from the planner's statistics.

    Arguments:
        database: whose statistics.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._catalog: TTLCache[str, Catalog] = TTLCache(1, FRESH)
        self._estimates: TTLCache[Filters, int] = TTLCache(REMEMBERED, FRESH)
        self._changed = 0
        self._analyzing = anyio.Lock()

    def forget(self, changed: int = 0) -> None:
        """Drop what is remembered, for the table has changed.

        Arguments:
            changed: number of rows put.
        """
        self._catalog.clear()
        self._estimates.clear()
        self._changed += changed

    async def survey(self, filters: Filters) -> Survey:
        """See `JobIndex.survey`."""
        catalog = await self._analyzed()
        if not filters:
            return Survey(matching=catalog.total, total=catalog.total, strategy=catalog.strategy)
        matching = self._estimates.get(filters)
        if matching is None:
            matching = self._estimates[filters] = await self._estimate(filters, catalog.total)
        return Survey(matching=min(matching, catalog.total), total=catalog.total, strategy=catalog.strategy)

    async def _analyzed(self) -> Catalog:
        """Gather statistics anew if so much was put that the old ones mislead; the server itself takes a minute to."""
        catalog = await self.catalog()
        if self._changed < max(MANY, catalog.total * MUCH):
            return catalog
        async with self._analyzing:
            if self._changed:
                changed, self._changed = self._changed, 0
                logger.info("analyzing after %d rows", changed)
                await self._database.fetch("ANALYZE match_job, match_text", {})
                self.forget()
        return await self.catalog()

    async def catalog(self) -> Catalog:
        """Return size and vector index of the table."""
        if (known := self._catalog.get("")) is None:
            known = self._catalog[""] = await self._read_catalog()
        return known

    async def _read_catalog(self) -> Catalog:
        rows = await self._database.fetch(_CATALOG, {}, again=True)
        total, method, options, text_index = rows[0] if rows else (-1, None, None, False)
        if total < 0:  # never analysed, so it is new and small
            total = (await self._database.fetch(statements.count().text, {}, again=True))[0][0]
        strategy = strategies.from_catalog(method, options, self._database.settings) if method else Exact()
        return Catalog(total=total, strategy=strategy, text_index=text_index)

    async def _estimate(self, filters: Filters, total: int) -> int:
        shape = conditions.shape(filters)
        if shape.boxes:
            return await self._sampled(filters, shape, total)
        statement = statements.matching(shape)
        parameters = {**conditions.values(filters), **statement.constants}
        return await self._database.repeat(lambda connection: _explained(connection, statement.text, parameters))

    async def _sampled(self, filters: Filters, shape: conditions.Shape, total: int) -> int:
        """Count in a sample: the server has no statistics about boxes and takes one size of area for any other."""
        share = min(1.0, SAMPLE / max(total, 1))
        statement = statements.sampled(shape)
        parameters = {**conditions.values(filters), **statement.constants, "percent": 100 * share}
        rows = await self._database.fetch(statement.text, parameters, again=True)
        return int(max(rows[0][0], 1) / share)


async def _explained(connection: Any, statement: str, parameters: Mapping[str, Any]) -> int:
    cursor = AsyncClientCursor(connection)
    await cursor.execute(sql.Composed([_EXPLAIN, sql.SQL(statement)]), parameters)
    row = await cursor.fetchone()
    rows: int = row[0][0]["Plan"]["Plan Rows"] if row else 0
    return rows
