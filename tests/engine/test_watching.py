"""Live searches are checked beside answering: right, bounded, harmless when it fails, closed with the engine."""

import logging
from collections.abc import Callable

import anyio
import pytest
from anyio.lowlevel import checkpoint

from jobmatch import telemetry
from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.engine import MatchEngine
from jobmatch.engine.watching import AT_ONCE, WAITING, RecallWatch
from jobmatch.errors import DatabaseUnavailable
from jobmatch.model import Filters, MatchRequest, Method, Plan, Profile
from jobmatch.ports import SearchQuery, SearchResult
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

QUERY = SearchQuery(vector=axis(0), filters=Filters())
EXACT = Plan(method=Method.EXACT, fetch=20)
APPROXIMATE = Plan(method=Method.APPROXIMATE, fetch=20, effort=40)


class Recorder:
    """Stands in for the instrument."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, dict[str, str]]] = []

    def record(self, value: float, attributes: dict[str, str]) -> None:
        self.seen.append((value, attributes))


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(telemetry, "recall", recorder)
    return recorder


class Slow(MemoryJobIndex):
    """Searches without end, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error
        self.begun = 0

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        self.begun += 1
        if self.error:
            raise self.error
        await anyio.sleep_forever()
        raise AssertionError


async def filled() -> MemoryJobIndex:
    index = MemoryJobIndex()
    await index.bind(EMBEDDER, DIMENSIONS)
    await index.put([entry(f"j{n:02}", axis(0, towards=1, by=0.1 * n)) for n in range(40)])
    return index


async def until(happened: Callable[[], bool]) -> None:
    with anyio.fail_after(60):
        while not happened():
            await checkpoint()


async def test_what_was_found_is_compared_with_what_is_nearest(recorded: Recorder) -> None:
    index = await filled()
    exact = await index.search(QUERY, EXACT)
    # Seven of the ten nearest, and others that are farther.
    poor = SearchResult(hits=exact.hits[3:], complete=False, plan=APPROXIMATE)
    watch = RecallWatch(index, share=1.0)
    async with watch.watching():
        watch.saw(QUERY, poor)
        watch.saw(QUERY, SearchResult(hits=exact.hits, complete=False, plan=APPROXIMATE))
        watch.saw(QUERY, exact)
        await until(lambda: len(recorded.seen) == 3)
    assert recorded.seen == [
        (0.7, {"method": "approximate"}),
        (1.0, {"method": "approximate"}),
        (1.0, {"method": "exact"}),
    ]


async def test_without_a_share_nothing_is_checked(recorded: Recorder) -> None:
    slow = Slow()
    watch = RecallWatch(slow, share=0.0)
    async with watch.watching():
        watch.saw(QUERY, SearchResult(hits=(), complete=False, plan=APPROXIMATE))
        await anyio.sleep(0.05)
    assert (slow.begun, recorded.seen) == (0, [])


async def test_a_share_is_a_share(recorded: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([0.09, 0.1, 0.5, 0.01])
    monkeypatch.setattr("jobmatch.engine.watching.random", lambda: next(drawn))
    index = await filled()
    found = await index.search(QUERY, EXACT)
    watch = RecallWatch(index, share=0.1)
    async with watch.watching():
        for _ in range(4):
            watch.saw(QUERY, found)
        await until(lambda: len(recorded.seen) >= 2)
        await anyio.sleep(0.05)
    assert len(recorded.seen) == 2


async def test_checks_are_bounded_and_end_with_the_engine(recorded: Recorder) -> None:
    slow = Slow()
    watch = RecallWatch(slow, share=1.0)
    with anyio.fail_after(60):
        async with watch.watching():
            for _ in range(10 * WAITING):
                watch.saw(QUERY, SearchResult(hits=(), complete=False, plan=APPROXIMATE))
                await checkpoint()
            await until(lambda: slow.begun == AT_ONCE)
    watch.saw(QUERY, SearchResult(hits=(), complete=False, plan=APPROXIMATE))
    assert (slow.begun, recorded.seen) == (AT_ONCE, [])


@pytest.mark.parametrize("error", [DatabaseUnavailable("gone"), KeyError("odd")])
async def test_a_check_that_fails_is_logged_and_the_next_one_is_made(
    recorded: Recorder, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    slow = Slow(error)
    watch = RecallWatch(slow, share=1.0)
    with caplog.at_level(logging.WARNING, "jobmatch.recall"):
        async with watch.watching():
            for _ in range(2):
                watch.saw(QUERY, SearchResult(hits=(), complete=False, plan=APPROXIMATE))
            await until(lambda: slow.begun == 2)
    assert "a search was not checked" in caplog.text
    assert recorded.seen == []


async def test_an_engine_has_its_searches_checked(recorded: Recorder, make_engine: Callable[..., MatchEngine]) -> None:
    async with make_engine(recall_sample=1.0) as engine:
        await engine.match(MatchRequest(profile=Profile(text="welder")))
        await until(lambda: bool(recorded.seen))
    assert recorded.seen == [(1.0, {"method": "exact"})]
