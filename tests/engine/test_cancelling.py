"""What awaits something that somebody else cancelled looks cancelled itself, but is not."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.cancelling import unless_asked
from jobmatch.engine import MatchEngine
from jobmatch.errors import EmbedderUnavailable, NotOpen, Stopped, Unavailable
from jobmatch.model import Filters, Job, MatchRequest, Profile, Task, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import Entry, Execute, Survey
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]
HASTY = TaskPolicy(attempts=2, backoff=0.01, poll=0.02)


@pytest.fixture
def anyio_backend() -> str:
    """On trio nobody can await what is cancelled."""
    return "asyncio"


async def stray(*_: object) -> None:
    """Await a task that somebody else cancels."""
    shared = asyncio.ensure_future(asyncio.sleep(3_600))
    shared.cancel()
    await shared


class Strays:
    """Goes astray, a number of times, and then works."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def perhaps(self) -> None:
        if self.times > 0:
            self.times -= 1
            await stray()


class StrayEmbedder(HashingEmbedder):
    def __init__(self, times: int) -> None:
        super().__init__()
        self.strays = Strays(times)

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        await self.strays.perhaps()
        return await super().embed(texts)


class StrayIndex(MemoryJobIndex):
    def __init__(self, *, surveys: int = 0, puts: int = 0) -> None:
        super().__init__()
        self.surveys, self.puts = Strays(surveys), Strays(puts)

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        await self.surveys.perhaps()
        return await super().survey(filters, closely=closely)

    async def put(self, entries: Sequence[Entry]) -> None:
        await self.puts.perhaps()
        await super().put(entries)


class StrayStore(MemoryTaskStore):
    """Goes astray once in each of the ways that an engine uses beside requests."""

    def __init__(self) -> None:
        super().__init__()
        self.left = {"listen", "due", "lost", "purge", "counts", "heartbeat", "finish"}
        self.only_finish_left = anyio.Event()
        for name in self.left:
            setattr(self, name, self._once_astray(name, getattr(self, name)))

    def _once_astray(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        async def once_astray(*arguments: Any, **named: Any) -> Any:
            if name in self.left:
                self.left.discard(name)
                if self.left == {"finish"}:
                    self.only_finish_left.set()
                await stray()
            return await act(*arguments, **named)

        return once_astray


async def ended(engine: MatchEngine, request: MatchRequest) -> Task:
    """Submit, and return the task as it ended."""
    task = await engine.submit(request, owner="ada")
    return await engine.wait(task.id, owner="ada", timeout=60)


async def test_an_embedder_that_goes_astray_is_tried_again(
    make_engine: Make, welder: MatchRequest, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = StrayEmbedder(1)
    async with make_engine(embedder=embedder, policy=HASTY, runner=LocalTaskRunner(concurrency=1, grace=60)) as engine:
        task = await ended(engine, welder)
        assert (task.state, task.attempts) == (TaskState.COMPLETED, 2)
        embedder.strays.times = 2
        failed = await ended(engine, welder)
        assert (failed.state, failed.attempts) == (TaskState.FAILED, 2)
        assert failed.error is not None
        assert failed.error.code == "embedder_unavailable"
        assert (await ended(engine, welder)).state is TaskState.COMPLETED
    assert f"task {task.id}: EmbedderUnavailable: the embedder waited for something" in caplog.text


async def test_whoever_shares_a_call_with_one_that_gives_up_is_told(make_engine: Make, welder: MatchRequest) -> None:
    """An embedder that asks once for those who ask for the same at once is cancelled for all of them."""

    class Shared(HashingEmbedder):
        def __init__(self) -> None:
            super().__init__()
            self.asked, self.both = 0, asyncio.Event()
            self.call = asyncio.ensure_future(asyncio.sleep(3_600))

        async def embed(self, texts: Sequence[str]) -> "Vectors":
            self.asked += 1
            if self.asked == 2:
                self.both.set()
            await self.call
            raise AssertionError

    embedder = Shared()
    async with make_engine(embedder=embedder) as engine:
        first, second = (asyncio.ensure_future(engine.match(welder)) for _ in range(2))
        await asyncio.wait_for(embedder.both.wait(), 60)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(EmbedderUnavailable):
            await second
        await engine.check()


async def test_an_index_that_goes_astray_fails_what_it_was_asked_for(make_engine: Make, postings: list[Job]) -> None:
    index = StrayIndex(puts=1)
    request = MatchRequest(profile=Profile(text="pipe welder"), keywords=("night", "pipe"))
    async with make_engine(jobs=index) as engine:
        with pytest.raises(Unavailable, match="the index waited"):
            await engine.import_jobs(postings)
        assert (await engine.import_jobs(postings)).added == len(postings)
        for surveys in (1, 2):
            index.surveys.times = surveys
            with pytest.raises(Unavailable):
                await engine.match(request)
            index.surveys.times = 0
        assert (await engine.match(request)).total == len(postings)


async def test_postings_that_go_astray_fail_the_import(make_engine: Make, postings: list[Job]) -> None:
    async def astray() -> AsyncIterator[Job]:
        yield postings[0]
        await stray()

    async with make_engine() as engine:
        with pytest.raises(Unavailable, match="an import waited"):
            await engine.import_jobs(astray())


async def test_a_notifier_that_goes_astray_changes_nothing(make_engine: Make, welder: MatchRequest) -> None:
    told: list[str] = []

    async def tell(task: Task) -> None:
        told.append(task.id)

    runner = LocalTaskRunner(concurrency=1, grace=60)
    async with make_engine(notifiers=[stray, tell], runner=runner) as engine:
        tasks = [await ended(engine, welder) for _ in range(3)]
    assert {task.state for task in tasks} == {TaskState.COMPLETED}
    assert told == [task.id for task in tasks]


async def test_a_store_that_goes_astray_ends_nothing(make_engine: Make, welder: MatchRequest) -> None:
    go_on = anyio.Event()

    class Waiting(HashingEmbedder):
        async def embed(self, texts: Sequence[str]) -> "Vectors":
            await go_on.wait()
            return await super().embed(texts)

    store = StrayStore()
    policy = TaskPolicy(lease=60, beats=1_200, poll=0.02)
    async with make_engine(tasks=store, embedder=Waiting(), policy=policy) as engine:
        task = await engine.submit(welder, owner="ada")
        with anyio.fail_after(60):
            await store.only_finish_left.wait()
            go_on.set()
        assert (await engine.wait(task.id, owner="ada", timeout=60)).state is TaskState.COMPLETED
        assert not store.left


async def test_a_runner_that_does_not_take_a_task_again_ends_nothing(make_engine: Make, welder: MatchRequest) -> None:
    class Once(LocalTaskRunner):
        failing = True

        async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
            if delay and self.failing:
                self.failing = False
                raise OSError("no broker")
            await super().enqueue(task_id, connection=connection, delay=delay)

    runner = Once(concurrency=1, grace=60)
    async with make_engine(embedder=StrayEmbedder(1), runner=runner, policy=HASTY) as engine:
        assert (await ended(engine, welder)).state is TaskState.COMPLETED
    assert not runner.failing


async def test_who_was_asked_to_end_does() -> None:
    async def guarded() -> None:
        with unless_asked("the test"):
            await asyncio.sleep(3_600)

    asked = asyncio.ensure_future(guarded())
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    with anyio.move_on_after(0) as limit:
        await guarded()
    assert limit.cancelled_caught


class Ending(LocalTaskRunner):
    """Does something beside the engine, which goes astray."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = asyncio.Event()

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        async with super().serving(execute, scope=scope), anyio.create_task_group() as group:
            group.start_soon(self._end)
            yield
            group.cancel_scope.cancel()

    async def _end(self) -> None:
        await self.ends.wait()
        await stray()


async def of(engine: MatchEngine) -> Stopped:
    """Return what an engine says that has ended, as soon as it has."""
    while True:
        try:
            await engine.check()
        except Stopped as error:
            return error
        except NotOpen:  # a moment before it knows why
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(0)


async def stopped(engine: MatchEngine, runner: Ending) -> None:
    """Have an engine end by itself, and see that it says so."""
    async with engine:
        runner.ends.set()
        with anyio.fail_after(60):
            assert "open it again" in str(await of(engine))


async def test_an_engine_that_ends_by_itself_says_so(make_engine: Make, caplog: pytest.LogCaptureFixture) -> None:
    runner = Ending()
    engine = make_engine(runner=runner)
    with caplog.at_level(logging.CRITICAL), pytest.raises(Stopped, match="in the background was cancelled"):
        await stopped(engine, runner)
    assert "the engine has stopped: Stopped" in caplog.text
    with pytest.raises(NotOpen, match="is not open"):
        await engine.count()
    runner.ends.clear()
    async with engine:
        assert await engine.count() == 0
