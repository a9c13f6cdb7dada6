"""How fast postings get in: ``python benchmarks/import_speed.py [--jobs N]``.

Into an embedded server without a vector index, which is built after the first import. Promised on 2 cores: 1,000
full-text postings a second with the default embedder, 10,000 when vectors are given.
"""

import argparse
from time import perf_counter

import anyio
import attrs
import numpy as np
from material import engine, jobs
from report import Row, show

from jobmatch import Job
from jobmatch.composing import unit


async def timed_import(what: str, postings: list[Job], promised: int) -> Row:
    """Import into an empty index, then once more, unchanged."""
    async with engine() as opened:
        start = perf_counter()
        await opened.import_jobs(postings)
        first = perf_counter() - start
        start = perf_counter()
        await opened.import_jobs(postings)
        again = perf_counter() - start
    return {
        "what": what,
        "postings": len(postings),
        "per_second": round(len(postings) / first),
        "promised": promised,
        "again_per_second": round(len(postings) / again),
    }


async def measure(count: int) -> list[Row]:
    """Import *count* postings to be embedded, and five times as many with vectors."""
    plain = list(jobs(count * 5))
    rng = np.random.default_rng(0)
    vectors = unit(rng.standard_normal((len(plain), 256), dtype=np.float32))
    given = [attrs.evolve(job, vector=vector) for job, vector in zip(plain, vectors, strict=True)]
    return [
        await timed_import("embedded here", plain[:count], 1_000),
        await timed_import("vectors given", given, 10_000),
    ]


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    show("import_speed", anyio.run(measure, parser.parse_args().jobs))


if __name__ == "__main__":
    main()
