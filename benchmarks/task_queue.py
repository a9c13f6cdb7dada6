"""How fast a task is that a worker in another process carries out: ``python benchmarks/task_queue.py [--jobs N]``.

Submitted here, handed over by way of the database, executed there, waited for here; beside it the same in one process.
Generated postings with an hnsw index, one caller, the vector given, the cache off. Promised on 2 idle cores with
100,000 postings: median from submit to completed below 80 ms by a worker, below 30 ms in this process.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

import anyio
from material import engine, jobs, new_home, questions
from report import Row, show, spread

from jobmatch import Hnsw, MatchEngine, TaskState

QUESTIONS = 300
OWNER = "benchmark"


@contextmanager
def worker(environment: Mapping[str, str]) -> Iterator[None]:
    """Run ``jobmatch worker`` while the block runs."""
    command = [sys.executable, "-m", "jobmatch", "worker", "--quiet"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={**os.environ, **environment}, stderr=pipe, text=True) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("Working")
            yield
            process.terminate()
            process.wait(timeout=60)
        finally:
            process.kill()  # or leaving the block would wait for it


async def one_by_one(opened: MatchEngine, where: str) -> list[Row]:
    """Submit and wait, one task after the other, the first ten left out."""
    submitted, completed = [], []
    for request in questions(QUESTIONS):
        start = perf_counter()
        task = await opened.submit(request, owner=OWNER)
        submitted.append((perf_counter() - start) * 1_000)
        ended = await opened.wait(task.id, owner=OWNER, timeout=30)
        completed.append((perf_counter() - start) * 1_000)
        assert ended.state is TaskState.COMPLETED
    return [
        {"what": f"submit, executed by {where}", **spread(submitted[10:])},
        {"what": f"submit to completed by {where}", **spread(completed[10:])},
    ]


async def measure(count: int) -> list[Row]:
    """Fill an index and ask, first with tasks executed here, then by a worker elsewhere."""
    environment = {"JOBMATCH_HOME": new_home(), "JOBMATCH_CACHE_URL": "none://"}
    elsewhere = {**environment, "JOBMATCH_RUNNER": "procrastinate"}
    async with engine(**environment) as opened:
        await opened.import_jobs(jobs(count))
        await opened.index.create(Hnsw())
        rows = await one_by_one(opened, "this process")
    async with engine(**elsewhere) as opened:
        with worker(elsewhere):
            return [*rows, *await one_by_one(opened, "a worker")]


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    show("task_queue", anyio.run(measure, parser.parse_args().jobs))


if __name__ == "__main__":
    main()
