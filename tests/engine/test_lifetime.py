"""Making, opening and closing an engine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, closing
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.errors import Incompatible, InvalidInput, InvalidSettings, NotOpen
from jobmatch.model import Job, MatchRequest, Task, TaskState
from jobmatch.ports import Execute
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]


class Own(Exception):
    """Raised by the user of an engine."""


async def leave_by(error: Exception, engine: MatchEngine, request: MatchRequest) -> None:
    """Open an engine, give it something to do, and leave it by an error."""
    async with engine:
        await engine.submit(request, owner="ada")
        raise error


async def test_an_own_exception_leaves_as_it_is(make_engine: Make, welder: MatchRequest) -> None:
    error = Own()
    with pytest.raises(Own) as caught:
        await leave_by(error, make_engine(), welder)
    assert caught.value is error
    assert caught.value.__cause__ is None


async def test_an_engine_can_be_opened_again(make_engine: Make, postings: list[Job], welder: MatchRequest) -> None:
    engine = make_engine()
    async with engine:
        await engine.import_jobs(postings)
    async with engine:
        task = await engine.submit(welder, owner="ada")
        assert (await engine.wait(task.id, owner="ada", timeout=60)).total == len(postings)


class TracedIndex(MemoryJobIndex):
    """Writes down when it is opened and closed."""

    def __init__(self, trace: list[str]) -> None:
        super().__init__()
        self.trace = trace

    async def __aenter__(self) -> Self:
        self.trace.append("opened")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.trace.append("closed")


async def test_opening_opens_the_parts_and_leaving_closes_them(make_engine: Make) -> None:
    trace: list[str] = []
    engine = make_engine(jobs=TracedIndex(trace))
    assert trace == []
    async with engine:
        assert trace == ["opened"]
    assert trace == ["opened", "closed"]


async def test_what_was_opened_is_closed_when_opening_fails(make_engine: Make) -> None:
    trace: list[str] = []
    index = TracedIndex(trace)
    await index.bind("another-embedder", 64)
    with pytest.raises(Incompatible, match="import into a new index"):
        async with make_engine(jobs=index):
            pytest.fail("must not open")
    assert trace == ["opened", "closed"]


class OpenEmbedder(HashingEmbedder):
    """An embedder with a lifetime, as one behind HTTP has."""

    opened = False

    async def __aenter__(self) -> Self:
        self.opened = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.opened = False


class SlowIndex(TracedIndex):
    """Opens and closes when it is let."""

    def __init__(self, trace: list[str]) -> None:
        super().__init__(trace)
        self.entered, self.may_open, self.leaving, self.may_close = (anyio.Event() for _ in range(4))

    async def __aenter__(self) -> Self:
        self.entered.set()
        await self.may_open.wait()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leaving.set()
        await self.may_close.wait()
        await super().__aexit__(kind, error, trace)


async def refused(engine: MatchEngine) -> None:
    """Hold *engine* to be open already."""
    with pytest.raises(InvalidInput, match="is open already"):
        async with engine:
            pytest.fail("must not open")


async def test_an_engine_is_opened_once_from_the_first_step_to_the_last(make_engine: Make) -> None:
    trace: list[str] = []
    index = SlowIndex(trace)
    engine = make_engine(jobs=index)

    async def use() -> None:
        async with engine:
            pass

    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(use)
            await index.entered.wait()
            await refused(engine)
            index.may_open.set()
            await index.leaving.wait()
            await refused(engine)
            index.may_close.set()
        await use()
    assert trace == ["opened", "closed"] * 2


async def test_an_engine_that_did_not_open_can_be_opened_later(make_engine: Make) -> None:
    class Recovering(OpenEmbedder):
        async def __aenter__(self) -> Self:
            if not self.opened:
                self.opened = True
                raise Own
            return self

    engine = make_engine(embedder=Recovering())
    with pytest.raises(Own):
        async with engine:
            pytest.fail("must not open")
    async with engine:
        assert await engine.count() == 0


async def test_a_runner_that_does_not_open_is_told_of_as_it_is(make_engine: Make) -> None:
    class Broken(LocalTaskRunner):
        @asynccontextmanager
        async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
            raise Own
            yield

    with pytest.raises(Own):
        async with make_engine(runner=Broken()):
            pytest.fail("must not open")


async def test_parts_are_closed_when_the_user_fails(make_engine: Make) -> None:
    trace: list[str] = []
    with pytest.raises(Own):
        async with make_engine(jobs=TracedIndex(trace)):
            raise Own
    assert trace == ["opened", "closed"]


async def test_an_embedder_with_a_lifetime_is_opened_too(make_engine: Make) -> None:
    embedder = OpenEmbedder()
    async with make_engine(embedder=embedder):
        assert embedder.opened
    assert not embedder.opened


def test_making_an_engine_does_no_io(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    environment = {"JOBMATCH_BACKEND": "memory", "JOBMATCH_CACHE_URL": "redis://localhost:1/0"}
    MatchEngine.from_settings(Settings.from_environ(environment))
    MatchEngine(jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=HashingEmbedder())


async def test_from_settings_makes_a_working_engine(postings: list[Job], welder: MatchRequest) -> None:
    pytest.importorskip("wordllama", reason="needs wordllama")
    settings = Settings.from_environ({"JOBMATCH_BACKEND": "memory"})
    async with MatchEngine.from_settings(settings) as engine:
        await engine.import_jobs(postings)
        task = await engine.submit(welder, owner="ada")
        ended = await engine.wait(task.id, owner="ada", timeout=60)
        assert ended.state is TaskState.COMPLETED
        page = await engine.results(task.id, owner="ada", limit=2)
    assert {match.job.title for match in page.matches} == {"Welder", "Pipe welder"}


@pytest.mark.parametrize("variable", ["JOBMATCH_BACKEND", "JOBMATCH_RUNNER", "JOBMATCH_EMBEDDER"])
def test_an_unknown_backend_is_refused(variable: str) -> None:
    settings = Settings.from_environ({"JOBMATCH_BACKEND": "memory"} | {variable: "nonsense"})
    with pytest.raises(InvalidInput, match=rf"{variable}: 'nonsense' is not allowed; use \w+"):
        MatchEngine.from_settings(settings)


def test_an_unknown_cache_is_refused() -> None:
    settings = Settings.from_environ({"JOBMATCH_BACKEND": "memory", "JOBMATCH_CACHE_URL": "memcached://:pw@host"})
    with pytest.raises(InvalidSettings, match="JOBMATCH_CACHE_URL: must start with memory://") as caught:
        MatchEngine.from_settings(settings)
    assert "pw" not in str(caught.value)


def of_one_loop(engine: MatchEngine, *acts: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Open the engine, act, and close it, each in a task of its own, as fixtures and hooks of frameworks do."""
    with closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(engine.__aenter__())
        for act in acts:
            loop.run_until_complete(act())
        loop.run_until_complete(engine.__aexit__(None, None, None))
        assert asyncio.all_tasks(loop) == set()


def test_one_task_may_open_an_engine_and_another_close_it(
    make_engine: Make, postings: list[Job], welder: MatchRequest
) -> None:
    engine = make_engine(recall_sample=1.0)

    async def use() -> None:
        await engine.import_jobs(postings)
        task = await engine.submit(welder, owner="ada")
        assert (await engine.wait(task.id, owner="ada", timeout=60)).total == len(postings)

    for _ in range(2):
        of_one_loop(engine, use)


class StuckEmbedder(HashingEmbedder):
    """Embeds nothing before the end of days."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = anyio.Event()

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self.begun.set()
        await anyio.sleep_forever()
        raise AssertionError


async def begun(engine: MatchEngine, embedder: StuckEmbedder, request: MatchRequest) -> Task:
    """Return a task that is worked on."""
    task = await engine.submit(request, owner="ada")
    await embedder.begun.wait()
    return task


async def test_who_is_cancelled_while_an_engine_closes_does_not_wait(make_engine: Make, welder: MatchRequest) -> None:
    store, embedder, left = MemoryTaskStore(), StuckEmbedder(), anyio.Event()
    engine = make_engine(tasks=store, embedder=embedder, runner=LocalTaskRunner(grace=3_600))

    async def use() -> None:
        async with engine:
            tasks.append(await begun(engine, embedder, welder))
            left.set()

    tasks: list[Task] = []
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(use)
            await left.wait()
            group.cancel_scope.cancel()
    handed_back = await store.get(tasks[0].id, owner="ada")
    assert (handed_back.state, handed_back.attempts) == (TaskState.PENDING, 0)


async def test_who_is_cancelled_while_an_engine_opens_leaves_nothing_open(make_engine: Make) -> None:
    trace: list[str] = []
    embedder = Waiting()
    engine = make_engine(jobs=TracedIndex(trace), embedder=embedder)
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(engine.__aenter__)
            await embedder.entered.wait()
            group.cancel_scope.cancel()
    assert trace == ["opened", "closed"]
    embedder.may_open.set()
    async with engine:
        assert await engine.count() == 0


async def test_who_is_cancelled_before_an_engine_opens_can_open_it_later(make_engine: Make) -> None:
    engine = make_engine()
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with engine:
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    async with engine:
        assert await engine.count() == 0


class Waiting(OpenEmbedder):
    """Opens when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.may_open = anyio.Event(), anyio.Event()

    async def __aenter__(self) -> Self:
        self.entered.set()
        await self.may_open.wait()
        return await super().__aenter__()


class Failing(LocalTaskRunner):
    """Breaks down beside whatever the engine does."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = asyncio.Event()

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        async with super().serving(execute, scope=scope), anyio.create_task_group() as group:
            group.start_soon(self._fail)
            yield
            group.cancel_scope.cancel()

    async def _fail(self) -> None:
        await self.fails.wait()
        raise Own


class Closing(MemoryJobIndex):
    """Tells when it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = asyncio.Event()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()


def test_what_fails_beside_the_block_is_logged_and_raised(make_engine: Make, caplog: pytest.LogCaptureFixture) -> None:
    runner, index = Failing(), Closing()

    async def fail() -> None:
        runner.fails.set()
        await asyncio.wait_for(index.closed.wait(), 60)

    with pytest.raises(ExceptionGroup) as caught:
        of_one_loop(make_engine(runner=runner, jobs=index), fail)
    assert caught.value.subgroup(Own)
    assert "the engine has stopped: Own" in caplog.text


async def cancelled_twice(make_engine: Make, request: MatchRequest) -> None:
    """Cancel, by asyncio, whoever closes an engine with work under way, and again at once."""

    embedder, left = StuckEmbedder(), asyncio.Event()
    engine = make_engine(embedder=embedder, runner=LocalTaskRunner(grace=3_600))

    async def use() -> None:
        async with engine:
            await begun(engine, embedder, request)
            left.set()

    using = asyncio.create_task(use())
    await left.wait()
    await asyncio.sleep(0)
    using.cancel()
    await asyncio.sleep(0)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using


def test_asyncio_may_cancel_whoever_closes_an_engine(make_engine: Make, welder: MatchRequest) -> None:
    asyncio.run(asyncio.wait_for(cancelled_twice(make_engine, welder), 60))


VERBS: list[Callable[[MatchEngine, MatchRequest], Any]] = [
    lambda engine, request: engine.import_jobs([]),
    lambda engine, request: engine.remove_jobs(["1"]),
    lambda engine, request: engine.purge_jobs(),
    lambda engine, request: engine.forget(),
    lambda engine, request: engine.record("1", kind="saved", owner="ada"),
    lambda engine, request: engine.purge_interactions(),
    lambda engine, request: engine.count(),
    lambda engine, request: engine.index.status(),
    lambda engine, request: engine.check(),
    lambda engine, request: engine.explain(request),
    lambda engine, request: engine.match(request),
    lambda engine, request: engine.submit(request, owner="ada"),
    lambda engine, request: engine.status("1", owner="ada"),
    lambda engine, request: engine.wait("1", owner="ada", timeout=0),
    lambda engine, request: anext(engine.events("1", owner="ada")),
    lambda engine, request: engine.results("1", owner="ada"),
    lambda engine, request: engine.cancel("1", owner="ada"),
    lambda engine, request: engine.retry("1", owner="ada"),
    lambda engine, request: engine.purge(),
    lambda engine, request: engine.list(owner="ada"),
]


@pytest.mark.parametrize("verb", VERBS)
async def test_an_engine_that_is_not_open_says_so(
    make_engine: Make, welder: MatchRequest, verb: Callable[[MatchEngine, MatchRequest], Any]
) -> None:
    engine = make_engine()
    with pytest.raises(NotOpen, match="within 'async with engine'"):
        await verb(engine, welder)
    async with engine:
        await engine.count()
    with pytest.raises(NotOpen, match="within 'async with engine'"):
        await verb(engine, welder)


@pytest.mark.parametrize("verb", VERBS)
async def test_an_engine_says_in_another_loop_that_it_is_not_open_there(
    make_engine: Make, welder: MatchRequest, verb: Callable[[MatchEngine, MatchRequest], Any]
) -> None:
    async with make_engine() as engine:

        async def ask() -> None:
            await verb(engine, welder)

        with pytest.raises(NotOpen, match=r"another event loop.* use SyncMatchEngine"):
            await anyio.to_thread.run_sync(anyio.run, ask)
        assert await engine.count() == 0


def test_every_verb_is_among_them() -> None:
    verbs = {name for name in vars(MatchEngine) if not name.startswith("_")} - {"from_settings", "run"}
    named = {name for verb in VERBS for name in verb.__code__.co_names}
    assert verbs <= named
