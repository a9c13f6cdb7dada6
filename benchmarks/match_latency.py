"""How fast a match is: ``python benchmarks/match_latency.py [--jobs N]``.

Generated postings with an hnsw index, one caller, the vector given, the cache off; then cached answers, and submit to
completed. Promised on 2 cores with 100,000 postings: median of a match at most 5 ms, of a cached answer below 1 ms.
"""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

import anyio
from material import engine, jobs, questions
from report import Row, show, spread

from jobmatch import Filters, Hnsw, MatchEngine, MatchRequest

QUESTIONS = 300
FILTERS = {
    "no filters": Filters(),
    "country US": Filters(country="US"),
    "remote": Filters(remote=True),
    "rare country": Filters(country="NZ"),
    "radius 50 km": Filters(latitude=51.5, longitude=-0.12, radius_km=50),
}


async def timed(ask: Callable[[MatchRequest], Awaitable[object]], requests: Sequence[MatchRequest]) -> list[float]:
    """Return the milliseconds of each question, the first ten left out."""
    times = []
    for request in requests:
        start = perf_counter()
        await ask(request)
        times.append((perf_counter() - start) * 1_000)
    return times[10:]


async def in_background(opened: MatchEngine, request: MatchRequest) -> None:
    """Submit and wait until completed."""
    task = await opened.submit(request, owner="benchmark")
    await opened.wait(task.id, owner="benchmark", timeout=30)


async def measure(count: int) -> list[Row]:
    """Fill an index and ask."""
    async with engine(JOBMATCH_CACHE_URL="none://") as opened:
        await opened.import_jobs(jobs(count))
        await opened.index.create(Hnsw())
        rows: list[Row] = [
            {"what": f"match, {name}", **spread(await timed(opened.match, questions(QUESTIONS, filters)))}
            for name, filters in FILTERS.items()
        ]
        submitted = await timed(lambda request: in_background(opened, request), questions(QUESTIONS))
        return [*rows, {"what": "submit to completed", **spread(submitted)}]


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    show("match_latency", anyio.run(measure, parser.parse_args().jobs))


if __name__ == "__main__":
    main()
