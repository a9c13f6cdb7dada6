"""What a match costs beyond its statement: ``python benchmarks/overhead.py [--jobs N]``, two minutes with 100,000.

`engine.match` with the vector given, no filters and the cache off, against the statement that it sends and nothing
else: the same text, values and settings of the server, on a psycopg pool of the same size, all rows fetched, none of
them decoded or ranked. Both are asked in turns, by 1, 10 and 50 callers at once. Aimed at: at least 0.8 times the
throughput. The milliseconds are those of this process, the server's not among them.
"""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter, process_time
from typing import Any

import anyio
from attrs import frozen
from material import engine, jobs, new_home, questions
from psycopg import AsyncClientCursor
from psycopg_pool import AsyncConnectionPool
from report import Row, show

from jobmatch import Hnsw, MatchEngine, MatchRequest
from jobmatch.backends.postgres.searches import Search, approximate
from jobmatch.planning import plan
from jobmatch.ports import SearchQuery

K = 50
CALLERS = (1, 10, 50)
#: People who ask; each of them once in a round.
PEOPLE, ROUNDS = 300, 7
Ask = Callable[[int], Awaitable[object]]


@frozen
class Bare:
    """Sends statements on a pool of its own.

    Arguments:
        pool: as large as the engine's.
        searches: one for each question, values and settings included.
    """

    pool: AsyncConnectionPool
    searches: Sequence[Search]

    async def ask(self, number: int) -> list[tuple[Any, ...]]:
        """Send one, settings and search together as one transaction, and fetch all rows."""
        search = self.searches[number]
        settings = ", ".join("set_config(%s, %s, true)" for _ in search.settings)
        async with self.pool.connection() as connection:
            cursor = AsyncClientCursor(connection)
            pairs = [part for setting in search.settings.items() for part in setting]
            prefix = cursor.mogrify(f"SELECT {settings}; ", pairs) if pairs else ""
            await cursor.execute((prefix + cursor.mogrify(search.statement.text, search.parameters)).encode())
            while cursor.nextset():
                pass
            return await cursor.fetchall()


@asynccontextmanager
async def plain_pool(opened: MatchEngine) -> AsyncIterator[AsyncConnectionPool]:
    """Open a pool of psycopg's own, as large as the engine's."""
    database = opened._jobs._database  # type: ignore[attr-defined]
    size = database.settings.pool_max_size
    async with AsyncConnectionPool(
        await database.conninfo(), kwargs={"autocommit": True}, min_size=size, max_size=size
    ) as pool:
        yield pool


async def searches(opened: MatchEngine, requests: Sequence[MatchRequest]) -> list[Search]:
    """Return what the engine sends for each request."""
    index = opened._jobs
    survey, catalog = await index.survey(requests[0].filters), await index._surveyor.catalog()  # type: ignore[attr-defined]
    vectors = [(await opened._answerer._query(request, None)).vector for request in requests]
    return [
        approximate(SearchQuery(vector=vector, filters=request.filters), plan(request, survey), catalog)
        for request, vector in zip(requests, vectors, strict=True)
    ]


async def throughput(ask: Ask, callers: int) -> tuple[float, float]:
    """Ask for all people once; return answers in a second, and milliseconds of this process for each."""
    waiting = iter(range(PEOPLE))

    async def caller() -> None:
        for number in waiting:
            await ask(number)

    start, used = perf_counter(), process_time()
    async with anyio.create_task_group() as group:
        for _ in range(callers):
            group.start_soon(caller)
    return PEOPLE / (perf_counter() - start), (process_time() - used) / PEOPLE * 1_000


async def compared(match: Ask, bare: Ask, callers: int) -> Row:
    """Ask both in turns; the machine may be busier in one round than in another, but hardly within one."""
    rounds = [(await throughput(match, callers), await throughput(bare, callers)) for _ in range(ROUNDS)]
    return {
        "callers": callers,
        "match_per_s": round(median(ours for (ours, _), _ in rounds), 1),
        "bare_per_s": round(median(theirs for _, (theirs, _) in rounds), 1),
        "ratio": round(median(ours / theirs for (ours, _), (theirs, _) in rounds), 3),
        "match_cpu_ms": round(median(used for (_, used), _ in rounds), 3),
        "bare_cpu_ms": round(median(used for _, (_, used) in rounds), 3),
    }


async def measure(count: int, home: str) -> list[Row]:
    """Fill an index and ask."""
    async with engine(JOBMATCH_CACHE_URL="none://", JOBMATCH_HOME=home) as opened:
        if await opened.count() != count:
            await opened.import_jobs(jobs(count))
        await opened.index.create(Hnsw())
        requests = questions(PEOPLE, limit=K)
        async with plain_pool(opened) as pool:
            bare = Bare(pool, await searches(opened, requests))

            async def match(number: int) -> object:
                return await opened.match(requests[number])

            await throughput(match, CALLERS[-1]), await throughput(bare.ask, CALLERS[-1])
            return [await compared(match, bare.ask, callers) for callers in CALLERS]


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--home", help="folder whose server is used, and filled unless it is already; kept")
    options = parser.parse_args()
    show("overhead", anyio.run(measure, options.jobs, options.home or new_home()))


if __name__ == "__main__":
    main()
