"""What ten times the postings cost: ``python benchmarks/growth.py [--jobs N] [--times T] [--every-storage]``.

First a table of what indexes take to build and to keep, with N postings (100,000) and with T times as many (10):
hnsw over `vector`, `halfvec` and `bit` (with many postings over `halfvec` alone, unless ``--every-storage``), and
ivfflat with as many lists as the root of the postings. Then matches with N and with T × N postings by hnsw and by
ivfflat, over `halfvec` and tuned each time: the vector given, the cache off, one caller, without filters and with one
that one in ten pass. Aimed at: a median that grows by less than 2 times from 100,000 to 1,000,000.

With the defaults it takes about half an hour on 2 idle cores, and 5 GB of disk.
"""

import argparse
from collections.abc import Iterator, Sequence
from math import isqrt
from time import perf_counter

import anyio
import attrs
from board import Board, people
from match_latency import timed
from material import engine, questions
from report import Row, show, spread

from jobmatch import Hnsw, IvfFlat, Job, MatchEngine, MatchRequest, Profile
from jobmatch.model import IndexStrategy, Storage

#: People whose questions the index is tuned by; others than those who then ask.
TUNED_BY, PEOPLE = 100, 210
SHARES = {"no filters": 1.0, "one in ten pass": 0.1}


def short(board: Board) -> Iterator[Job]:
    """Yield the postings with their titles for texts: nobody searches words here, only vectors."""
    return (attrs.evolve(job, description=job.title) for job in board.postings())


async def built(opened: MatchEngine, strategy: IndexStrategy) -> Row:
    """Build an index, with nothing of the kind there before."""
    await opened.index.drop()
    start = perf_counter()
    await opened.index.create(strategy)
    seconds = perf_counter() - start
    size = (await opened.index.status()).index_bytes
    return {
        "postings": await opened.count(),
        "index": strategy.describe(),
        "build_s": round(seconds, 1),
        "mb": round(size / 1e6, 1),
    }


async def asked(opened: MatchEngine, board: Board) -> list[Row]:
    """Tune the index and time matches."""
    await opened.index.tune(
        requests=[MatchRequest(profile=Profile(vector=vector.tolist())) for vector in people(TUNED_BY, seed=10)]
    )
    rows: list[Row] = []
    for name, share in SHARES.items():
        requests = [
            attrs.evolve(request, filters=board.uncorrelated(share, number))
            for number, request in enumerate(questions(PEOPLE))
        ]
        await timed(opened.match, requests)  # so that memory is as warm with many postings as with few
        index = (await opened.index.status()).index.partition(" ")[0]
        rows.append(
            {"postings": board.count, "index": index, "what": name, **spread(await timed(opened.match, requests))}
        )
    return rows


async def stage(count: int, storages: Sequence[Storage]) -> tuple[list[Row], list[Row]]:
    """Fill a server, build indexes, and ask those over `halfvec`."""
    board = Board(count)
    strategies = (*(Hnsw(storage=storage) for storage in storages), IvfFlat(lists=isqrt(count)))
    builds: list[Row] = []
    matches: list[Row] = []
    async with engine(JOBMATCH_CACHE_URL="none://") as opened:
        await opened.import_jobs(short(board), batch_size=2_000)
        for strategy in strategies:
            builds.append(await built(opened, strategy))
            print(builds[-1], flush=True)
            if strategy.storage is Storage.HALFVEC:
                matches += await asked(opened, board)
    return builds, matches


def with_growth(few: Sequence[Row], many: Sequence[Row]) -> list[Row]:
    """Put the rows together, and say by how much the median grew."""
    times = [round(more["p50_ms"] / less["p50_ms"], 2) for less, more in zip(few, many, strict=True)]
    return [
        *({**row, "growth": 1.0} for row in few),
        *({**row, "growth": t} for row, t in zip(many, times, strict=True)),
    ]


def main() -> None:
    """Print two tables and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--every-storage", action="store_true")
    given = parser.parse_args()
    every = (Storage.VECTOR, Storage.BIT, Storage.HALFVEC)
    few_builds, few = anyio.run(stage, given.jobs, every)
    storages = every if given.every_storage else every[-1:]
    many_builds, many = anyio.run(stage, given.jobs * given.times, storages)
    show("growth_build", [*few_builds, *many_builds])
    show("growth", with_growth(few, many))


if __name__ == "__main__":
    main()
