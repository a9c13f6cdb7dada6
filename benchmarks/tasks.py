"""Measure tasks that are executed in this process: ``python benchmarks/tasks.py``.

Submitting with many callers at once; from submit to completed, one task after the other; many tasks whose answers are
cached; and claims beside few and very many finished tasks. The machine is otherwise idle. ``cpu_ms`` is what one of
each costs this process, ``server_ms`` what it costs the server, ``statements`` how many it executes, searches aside,
those that several tasks share counted once; these say something on a busy machine, too. Promised on 2 idle cores:
submit p99 below 50 ms, submit to completed p50 below 30 ms, 400 cached matches per second, claims that cost the same
beside a thousand and a million.
"""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import anyio
from material import engine, jobs, questions
from report import Row, show, spread

from jobmatch import Hnsw, MatchEngine, MatchRequest, Settings
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.model import Claim

CALLERS, SUBMITS = 50, 40
QUESTIONS, CACHED, CLAIMS = 300, 2_000, 2_000
WARM = 20
OWNER = "benchmark"
FINISHED = """
INSERT INTO match_task (id, owner, state, request, attempts, created_at, finished_at)
SELECT gen_random_uuid(), 'past', 'completed', '{}', 1, now() - interval '1 hour', now()
FROM generate_series(1, %s)
"""


class Traffic:
    """What the databases of this process are asked."""

    statements = 0


def counted() -> None:
    """Have every database count."""
    fetch = Database.fetch

    async def one(self: Database, statement: str, parameters: Any, *, again: bool = False) -> Rows:
        Traffic.statements += 1
        return await fetch(self, statement, parameters, again=again)

    setattr(Database, "fetch", one)  # noqa: B010, mypy forbids to assign to a method


class Meter:
    """Measures from where it is made.

    Arguments:
        home: of the server.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self._started = perf_counter()
        self._cpu, self._server = process_time(), server_time(home)
        self._statements = Traffic.statements

    def row(self, what: str, milliseconds: list[float], *, warm: int = 0) -> Row:
        """Return one row: how long each took but the first *warm*, how many in a second, and what each cost."""
        each = len(milliseconds)
        costs = {"cpu_ms": process_time() - self._cpu, "server_ms": server_time(self._home) - self._server}
        rate = {"per_second": round(each / (perf_counter() - self._started))}
        asked = {"statements": Traffic.statements - self._statements}
        made = {**rate, **{name: round(1_000 * seconds / each, 2) for name, seconds in costs.items()}}
        made |= {name: round(count / each, 2) for name, count in asked.items()}
        print(f"{what}: {made}", file=sys.stderr, flush=True)
        return {"what": what, **spread(milliseconds[warm:]), **made}


def server_time(home: str) -> float:
    """Return the seconds of CPU that a server and its processes have used so far; 0 where ``/proc`` does not tell."""
    try:
        postmaster = int((Path(home) / "postgres" / "postmaster.pid").read_text().split()[0])
    except OSError:
        return 0.0
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, fields = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
            if postmaster in {pid, int(fields[1])}:
                ticks += sum(map(int, fields[11 : 15 if pid == postmaster else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


async def timed_submit(opened: MatchEngine, request: MatchRequest, took: list[float]) -> str:
    """Submit, note how long that took, and return the id."""
    start = perf_counter()
    task = await opened.submit(request, owner=OWNER)
    took.append((perf_counter() - start) * 1_000)
    return task.id


async def submitting(opened: MatchEngine, home: str) -> Row:
    """Submit with many callers at once, none of whom executes anything; answers come from elsewhere, later."""
    took: list[float] = []
    request = questions(1)[0]

    async def call() -> None:
        for _ in range(SUBMITS):
            await timed_submit(opened, request, took)

    meter = Meter(home)
    async with anyio.create_task_group() as group:
        for _ in range(CALLERS):
            group.start_soon(call)
    return meter.row(f"submit, {CALLERS} callers", took)


async def completing(opened: MatchEngine, home: str) -> Row:
    """Submit and wait, one task after the other, none of them answered before."""
    took: list[float] = []
    asked, meter = questions(QUESTIONS), Meter(home)
    for request in asked:
        start = perf_counter()
        task = await opened.submit(request, owner=OWNER)
        await opened.wait(task.id, owner=OWNER, timeout=30)
        took.append((perf_counter() - start) * 1_000)
    return meter.row("submit to completed", took, warm=WARM)


async def flowing(opened: MatchEngine, home: str) -> Row:
    """Submit and wait with many callers at once, always for the same answer."""
    took: list[float] = []
    request = questions(1)[0]

    async def call() -> None:
        for _ in range(CACHED // CALLERS):
            start = perf_counter()
            task = await opened.submit(request, owner=OWNER)
            await opened.wait(task.id, owner=OWNER, timeout=60)
            took.append((perf_counter() - start) * 1_000)

    meter = Meter(home)
    async with anyio.create_task_group() as group:
        for _ in range(CALLERS):
            group.start_soon(call)
    return meter.row(f"cached matches, {CALLERS} callers", took)


async def claiming(database: Database, store: PostgresTaskStore, finished: int, home: str) -> Row:
    """Claim pending tasks beside finished ones."""
    await database.fetch("TRUNCATE match_task CASCADE", {})
    for _ in range(0, finished, 50_000):
        await database.fetch(FINISHED, [min(finished, 50_000)])
    # Or the server writes out what was just put there while it is measured.
    for chore in ("VACUUM ANALYZE match_task", "CHECKPOINT"):
        await database.fetch(chore, {})
    request, took = questions(1)[0], list[float]()
    tasks = [await store.create(request, owner=OWNER) for _ in range(CLAIMS)]
    meter = Meter(home)
    for task in tasks:
        start = perf_counter()
        claim = await store.claim(task.id, lease=60, attempts=5, lost=False)
        took.append((perf_counter() - start) * 1_000)
        assert isinstance(claim, Claim)
    return meter.row(f"claim, {finished:,} finished", took, warm=WARM)


@asynccontextmanager
async def stored(home: str) -> AsyncIterator[tuple[Database, PostgresTaskStore]]:
    """Open the store of an engine's server without an engine."""
    settings = Settings.from_environ({"JOBMATCH_HOME": home, "DB_STATEMENT_TIMEOUT": "600000"})
    database = Database(settings)
    async with database, PostgresTaskStore(database) as store:
        yield database, store


async def measure(count: int, finished: int) -> list[Row]:
    """Fill an index and measure all of it."""
    folder = Path(tempfile.mkdtemp(prefix="jobmatch-benchmark-"))
    # Registered before the server starts, so that it runs after the server's own clean-up, which stops it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = str(folder / "home")
    async with engine(JOBMATCH_HOME=home, JOBMATCH_CACHE_URL="none://") as opened:
        await opened.import_jobs(jobs(count))
        await opened.index.create(Hnsw())
        rows = [await completing(opened, home)]
    handing_over = MatchEngine.from_settings(Settings.from_environ({"JOBMATCH_HOME": home}), executes=False)
    async with handing_over:
        rows.insert(0, await submitting(handing_over, home))
    async with stored(home) as (database, store):
        await database.fetch("TRUNCATE match_task CASCADE", {})
        async with engine(JOBMATCH_HOME=home) as opened:
            rows.append(await flowing(opened, home))
        rows += [await claiming(database, store, number, home) for number in (1_000, finished)]
    return rows


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--finished", type=int, default=1_000_000)
    options = parser.parse_args()
    counted()
    show("tasks", anyio.run(measure, options.jobs, options.finished))


if __name__ == "__main__":
    main()
