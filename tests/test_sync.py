"""The engine for code without an event loop."""

import inspect
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import ImportReport, MatchEngine, VectorIndex
from jobmatch.errors import Incompatible, InvalidInput, NotReady, TaskNotFound, TimedOut
from jobmatch.model import Exact, Job, MatchRequest, Profile, TaskState
from jobmatch.settings import Settings
from jobmatch.sync import SyncMatchEngine, SyncVectorIndex
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Embedder, Vectors

JOBS = [Job(id=str(n), title=title) for n, title in enumerate(("Welder", "Nurse", "Baker"))]
WELDER = MatchRequest(profile=Profile(text="a welder"))


def made(embedder: "Embedder | None" = None, jobs: MemoryJobIndex | None = None) -> SyncMatchEngine:
    """Return an engine in memory, closed."""
    engine = MatchEngine(
        jobs=jobs or MemoryJobIndex(),
        tasks=MemoryTaskStore(),
        runner=LocalTaskRunner(grace=0.05),
        embedder=embedder or HashingEmbedder(),
    )
    return SyncMatchEngine(engine)


@pytest.fixture
def engine() -> Iterator[SyncMatchEngine]:
    """An open engine with three postings."""
    with made() as opened:
        opened.import_jobs(JOBS)
        yield opened


def test_every_verb_is_there(engine: SyncMatchEngine) -> None:
    assert engine.import_jobs(JOBS) == ImportReport(unchanged=3)
    assert engine.count() == 3
    engine.index.create(Exact())
    task = engine.submit(WELDER, owner="ada")
    assert engine.wait(task.id, owner="ada", timeout=60).state is TaskState.COMPLETED
    assert engine.status(task.id, owner="ada").total == 3
    assert [event.state for event in engine.events(task.id, owner="ada")] == [TaskState.COMPLETED]
    assert engine.retry(task.id, owner="ada").state is TaskState.COMPLETED
    assert engine.results(task.id, owner="ada", limit=1).matches[0].job.title == "Welder"
    assert engine.cancel(task.id, owner="ada").state is TaskState.COMPLETED
    assert [one.id for one in engine.list(owner="ada")[0]] == [task.id]
    assert engine.match(WELDER).total == 3
    assert engine.explain(WELDER).plan.estimate == 3
    assert engine.index.status().rows == 3
    assert engine.index.recall(count=3).overall.recall == 1.0
    assert engine.purge_jobs() == 0
    assert engine.purge_interactions() == 0
    assert engine.remove_jobs(["0"]) == 1


def test_made_of_settings_it_may_leave_tasks_to_others() -> None:
    settings = Settings.from_environ({"JOBMATCH_BACKEND": "memory"})
    with SyncMatchEngine.from_settings(settings, executes=False) as engine:
        engine.import_jobs(JOBS)
        task = engine.submit(WELDER, owner="ada")
        with pytest.raises(TimedOut):
            engine.wait(task.id, owner="ada", timeout=0.1)
        assert engine.status(task.id, owner="ada").state is TaskState.PENDING
    assert inspect.signature(SyncMatchEngine.from_settings) == inspect.signature(MatchEngine.from_settings)


@pytest.mark.parametrize(
    ("sync", "engine", "other"),
    [
        # For runners; a constructor; what is iterated over with "for" instead of "async for"; verbs of their own.
        (SyncMatchEngine, MatchEngine, {"run", "from_settings", "events", "index"}),
        (SyncVectorIndex, VectorIndex, set()),
    ],
)
def test_verbs_and_defaults_are_those_of_the_engine(sync: type, engine: type, other: set[str]) -> None:
    verbs = {name for name in dir(engine) if not name.startswith("_")} - other
    assert verbs == {name for name in dir(sync) if not name.startswith("_")} - other
    for verb in verbs:
        ours, theirs = getattr(sync, verb), getattr(engine, verb)
        assert inspect.signature(ours) == inspect.signature(theirs)
        assert ours.__doc__ == theirs.__doc__


def test_a_generator_can_be_imported(engine: SyncMatchEngine) -> None:
    report = engine.import_jobs((Job(id=f"g{n}", title="Cook") for n in range(5)), batch_size=2)
    assert report == ImportReport(added=5)


def test_any_thread_may_call(engine: SyncMatchEngine) -> None:
    def ask(number: int) -> int:
        task = engine.submit(WELDER, owner=f"owner {number}")
        engine.wait(task.id, owner=f"owner {number}", timeout=60)
        return engine.results(task.id, owner=f"owner {number}").total

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(40))) == [3] * 40


async def test_a_thread_with_a_loop_of_its_own_may_call_as_well(engine: SyncMatchEngine) -> None:
    """As in a notebook."""
    task = engine.submit(WELDER, owner="ada")
    assert [event.state for event in engine.events(task.id, owner="ada")][-1] is TaskState.COMPLETED
    assert engine.index.status()


def test_errors_come_through_as_they_are(engine: SyncMatchEngine) -> None:
    with pytest.raises(TaskNotFound, match="no task 'x'"):
        engine.status("x", owner="ada")
    with pytest.raises(InvalidInput, match="limit: must be between"):
        engine.list(owner="ada", limit=0)


def test_an_error_of_the_callers_iterable_is_the_very_one(engine: SyncMatchEngine) -> None:
    error = ZeroDivisionError()

    def broken() -> Iterator[Job]:
        yield JOBS[0]
        raise error

    with pytest.raises(ZeroDivisionError) as caught:
        engine.import_jobs(broken())
    assert caught.value is error


class Never(HashingEmbedder):
    """Embeds nothing before the end of days."""

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        import anyio

        await anyio.sleep_forever()
        return await super().embed(texts)


def test_waiting_times_out() -> None:
    with made(Never()) as engine:
        task = engine.submit(WELDER, owner="ada")
        with pytest.raises(TimedOut):
            engine.wait(task.id, owner="ada", timeout=0.05)


CALLS: list[Callable[[SyncMatchEngine], object]] = [
    lambda engine: engine.count(),
    lambda engine: engine.match(WELDER),
    lambda engine: engine.submit(WELDER, owner="ada"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_closed_engine_says_so(call: Callable[[SyncMatchEngine], object]) -> None:
    engine = made()
    with pytest.raises(NotReady, match="closed; open it with 'with'"):
        call(engine)
    with engine:
        call(engine)
    with pytest.raises(NotReady, match="closed; open it with 'with'"):
        call(engine)


def test_it_can_be_opened_again() -> None:
    engine = made()
    for _ in range(2):
        with engine:
            engine.import_jobs(JOBS)
    with engine:
        assert engine.count() == 3


def test_an_open_engine_is_not_opened_again(engine: SyncMatchEngine) -> None:
    with pytest.raises(InvalidInput, match="is open already"), engine:
        pytest.fail("must not open")
    assert engine.count() == 3


PROGRAM = """
import os, sys
from jobmatch import SyncMatchEngine
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.testing import HashingEmbedder

class Index(MemoryJobIndex):
    async def __aexit__(self, *_):
        print("closed by", "parent" if os.getpid() == parent else "child", flush=True)

parent = os.getpid()
engine = SyncMatchEngine(MatchEngine(
    jobs=Index(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=HashingEmbedder()
))
engine.__enter__()
print(engine.count(), flush=True)
"""
FORK = """
pid = os.fork()
if pid == 0:
    for act in (engine.count, engine.__enter__, lambda: engine.index.status()):
        try:
            act()
        except RuntimeError as error:
            print(type(error).__name__, "before this process was forked" in str(error), flush=True)
    sys.exit()
print(os.waitpid(pid, 0)[1], engine.count(), flush=True)
"""


def printed(program: str) -> list[str]:
    """Run a program of its own, which must end by itself and say nothing of errors."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]  # of 3.12, for threads and fork
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_an_engine_that_nobody_closes_is_closed_when_the_interpreter_exits() -> None:
    assert printed(PROGRAM) == ["0", "closed by parent"]


def test_a_fork_is_told_to_open_its_own() -> None:
    assert printed(PROGRAM + FORK) == ["0", *["NotOpen True"] * 3, "0 0", "closed by parent"]


def test_a_fork_leaves_alone_what_it_closes() -> None:
    leave = "if os.fork() == 0: engine.__exit__(None, None, None); sys.exit()\nprint(os.wait()[1], engine.count())"
    assert printed(f"{PROGRAM}\n{leave}") == ["0", "0 0", "closed by parent"]


def left_behind(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that do not end."""
    new = set(threading.enumerate()) - before
    for thread in new:
        thread.join(timeout=60)
    return [thread for thread in new if thread.is_alive()]


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())
    with made() as engine:
        engine.import_jobs(JOBS)
    assert left_behind(before) == []


class Bound(MemoryJobIndex):
    """An index of another embedder."""

    async def bind(self, embedder: str, dimensions: int) -> None:
        raise Incompatible("another embedder")


def test_what_cannot_be_opened_says_why_and_stays_closed() -> None:
    engine, before = made(jobs=Bound()), set(threading.enumerate())
    with pytest.raises(Incompatible, match="another embedder"):
        engine.__enter__()
    with pytest.raises(NotReady):
        engine.count()
    assert left_behind(before) == []


def leave_by(error: Exception) -> None:
    """Open an engine, give it something to do, and leave it by an error."""
    with made() as engine:
        engine.submit(WELDER, owner="ada")
        raise error


def test_an_own_exception_leaves_as_it_is() -> None:
    error = KeyError("own")
    with pytest.raises(KeyError) as caught:
        leave_by(error)
    assert caught.value is error


def test_from_settings() -> None:
    pytest.importorskip("wordllama", reason="needs wordllama")
    with SyncMatchEngine.from_settings(Settings.from_environ({"JOBMATCH_BACKEND": "memory"})) as engine:
        engine.import_jobs(JOBS)
        assert engine.match(WELDER).matches[0].job.title == "Welder"
