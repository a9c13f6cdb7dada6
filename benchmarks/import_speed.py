"""How fast postings get in: ``python benchmarks/import_speed.py [--jobs N] [--file FILE]``.

Into an embedded server without a vector index, which is built after the first import. Promised on 2 cores: 1,000
full-text postings a second with the default embedder, 10,000 when vectors are given. On a machine that others use too,
the seconds of processor time that this process took say more than the clock: the server's come on top, on another core.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter, process_time

import anyio
import attrs
import numpy as np
from material import engine, jobs
from report import Row, show

from jobmatch import Job
from jobmatch.composing import unit
from jobmatch.importing import JobFile

#: Characters of a long text, at least.
LONG = 5_000


async def timed_import(what: str, read: Callable[[], Iterable[Job]], promised: int) -> Row:
    """Import into an empty index, then once more, unchanged."""
    async with engine() as opened:
        start, work = perf_counter(), process_time()
        count = (await opened.import_jobs(read())).total
        first, work = perf_counter() - start, process_time() - work
        start = perf_counter()
        await opened.import_jobs(read())
        again = perf_counter() - start
    return {
        "what": what,
        "postings": count,
        "per_second": round(count / first),
        "per_cpu_second": round(count / work),
        "promised": promised,
        "again_per_second": round(count / again),
    }


def long_jobs(count: int) -> Iterator[Job]:
    """Yield postings whose texts are those of several, joined."""
    plain = jobs(count * 10, seed=1)
    for job, _ in zip(plain, range(count), strict=False):
        texts = [job.description]
        while sum(map(len, texts)) < LONG:
            texts.append(next(plain).description)
        yield attrs.evolve(job, description="\n\n".join(texts))


def with_vectors(postings: list[Job]) -> list[Job]:
    """Return *postings* with vectors of their own."""
    vectors = unit(np.random.default_rng(0).standard_normal((len(postings), 256), dtype=np.float32))
    return [attrs.evolve(job, vector=vector) for job, vector in zip(postings, vectors, strict=True)]


def in_file(path: Path) -> Iterator[Job]:
    """Yield the postings of a file, parsed and cleaned while they are imported."""
    with JobFile(path) as file:
        yield from (item for item in file if isinstance(item, Job))


async def measure(count: int, file: Path | None) -> list[Row]:
    """Import *count* postings to be embedded, short and long, five times as many with vectors, and a file."""
    plain, long = list(jobs(count * 5)), list(long_jobs(count))
    given = with_vectors(plain)
    rows = [
        await timed_import("embedded here", lambda: plain[:count], 1_000),
        await timed_import("embedded here, long texts", lambda: long, 1_000),
        await timed_import("vectors given", lambda: given, 10_000),
    ]
    if file:
        rows.append(await timed_import(f"read from {file.name}", lambda: in_file(file), 1_000))
    return rows


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--file", type=Path, help="of postings, to be imported as well")
    arguments = parser.parse_args()
    show("import_speed", anyio.run(measure, arguments.jobs, arguments.file))


if __name__ == "__main__":
    main()
