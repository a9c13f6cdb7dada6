"""What a match costs beyond its statement: ``python benchmarks/overhead.py [--jobs N]``, two minutes with 100,000.

`engine.match` with the vector given, no filters and the cache off, against the statement that it sends and nothing
else: the same text, values and settings of the server, on a psycopg pool of the same size, all rows fetched, none of
them decoded or ranked; and against the same with the rows decoded and ranked and nothing besides, which is as fast as
anything can be that gives this answer with these reasons. All are asked in turns, by 1, 10 and 50 callers at once.
Aimed at: at least 0.8 times the throughput of the statement. The milliseconds are those of this process, the server's
not among them.
"""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
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
from jobmatch.backends.postgres.hits import hits
from jobmatch.backends.postgres.searches import Search, approximate
from jobmatch.planning import plan
from jobmatch.ports import SearchQuery
from jobmatch.ranking import rank

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


async def compared(ways: Mapping[str, Ask], callers: int) -> Row:
    """Ask in turns; the machine may be busier in one round than in another, but hardly within one."""
    rounds = [{name: await throughput(ask, callers) for name, ask in ways.items()} for _ in range(ROUNDS)]
    return {
        "callers": callers,
        **{f"{name}_per_s": round(median(one[name][0] for one in rounds), 1) for name in ways},
        "ratio": round(median(one["match"][0] / one["bare"][0] for one in rounds), 3),
        "most": round(median(one["ranked"][0] / one["bare"][0] for one in rounds), 3),
        **{f"{name}_cpu_ms": round(median(one[name][1] for one in rounds), 3) for name in ways},
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

            async def ranked(number: int) -> object:
                return rank(requests[number], hits(await bare.ask(number)))

            ways = {"match": match, "bare": bare.ask, "ranked": ranked}
            for ask in ways.values():
                await throughput(ask, CALLERS[-1])
            return [await compared(ways, callers) for callers in CALLERS]


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--home", help="folder whose server is used, and filled unless it is already; kept")
    options = parser.parse_args()
    show("overhead", anyio.run(measure, options.jobs, options.home or new_home()))


if __name__ == "__main__":
    main()
