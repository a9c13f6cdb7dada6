"""The cache of answers: one computation for many, nothing private in it, and never a reason to fail."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import anyio.to_thread
import attrs
import pytest
import redis
from dogpile.cache import make_region, register_backend
from dogpile.cache.api import NO_VALUE, CacheBackend

from jobmatch import caching
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.caching import ResultCache, cache_from_url, cache_key, memory_region
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidSettings, MissingExtra
from jobmatch.model import (
    Criterion,
    Diagnostics,
    Explanation,
    Filters,
    Job,
    Match,
    MatchRequest,
    Method,
    Pay,
    Place,
    Plan,
    Profile,
    Result,
)
from jobmatch.testing import HashingEmbedder

Networked: TypeAlias = Callable[..., ResultCache]
MARKER = "Xanthippe-Zebrowski"
REQUEST = MatchRequest(profile=Profile(text=MARKER), filters=Filters(country="US"), keywords=("welder",))


def answer(rank: int = 1) -> Result:
    """Return an answer of one match, with a bit of everything."""
    job = Job(
        id="j",
        title="Schweißer 焊工",
        places=[Place(city="Bonn", country="DE", latitude=50.7, longitude=7.1)],
        pay=Pay(minimum=1.5),
        level="mid",
        skills=("MIG",),
        posted_at=datetime(2026, 1, 1, 1, 2, 3, 456, tzinfo=UTC),
    )
    explanation = Explanation((Criterion(name="skills", score=None, weight=1.0, found=("MIG",)),))
    return Result(
        matches=(Match(rank=rank, score=0.25, job=job.summary(), explanation=explanation),),
        diagnostics=Diagnostics(plan=Plan(method=Method.EXACT, fetch=100), milliseconds={"rank": 0.1}),
    )


class Work:
    """Computes answers, and counts."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done = 0
        self.error = error

    async def __call__(self) -> Result:
        self.done += 1
        await anyio.sleep(0.01)
        if self.error:
            raise self.error
        return answer(self.done)


@pytest.fixture
def cache() -> ResultCache:
    """A cache in memory."""
    return ResultCache(memory_region(60))


async def test_the_second_time_it_is_cached(cache: ResultCache) -> None:
    work = Work()
    assert await cache.get_or_compute("key", work) == (answer(1), False)
    assert await cache.get_or_compute("key", work) == (answer(1), True)
    assert await cache.get_or_compute("other", work) == (answer(2), False)


async def test_those_who_ask_at_once_compute_once(cache: ResultCache) -> None:
    work, cached = Work(), list[bool]()

    async def ask() -> None:
        cached.append((await cache.get_or_compute("key", work))[1])

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(ask)
    assert work.done == 1
    assert sorted(cached) == [False] + [True] * 49


async def test_others_do_not_wait_for_them(cache: ResultCache) -> None:
    async def never() -> Result:
        await anyio.sleep_forever()
        raise AssertionError

    async with anyio.create_task_group() as group:
        group.start_soon(cache.get_or_compute, "endless", never)
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(60):
            await cache.get_or_compute("key", Work())
        group.cancel_scope.cancel()


async def test_who_gives_up_leaves_it_to_the_next(cache: ResultCache) -> None:
    async def never() -> Result:
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.move_on_after(0.01):
        await cache.get_or_compute("key", never)
    with anyio.fail_after(60):
        assert not (await cache.get_or_compute("key", Work()))[1]


async def test_an_error_is_not_cached(cache: ResultCache) -> None:
    with pytest.raises(KeyError):
        await cache.get_or_compute("key", Work(KeyError()))
    assert await cache.get_or_compute("key", Work()) == (answer(1), False)


async def test_answers_expire() -> None:
    cache, work = ResultCache(memory_region(0.05)), Work()
    await cache.get_or_compute("key", work)
    await anyio.sleep(0.1)
    assert not (await cache.get_or_compute("key", work))[1]


async def test_clear_forgets_all(cache: ResultCache) -> None:
    work = Work()
    await cache.get_or_compute("key", work)
    await cache.clear()
    assert not (await cache.get_or_compute("key", work))[1]
    assert (await cache.get_or_compute("key", work))[1]


async def test_what_was_computed_across_a_clear_is_not_kept(cache: ResultCache) -> None:
    async def clear_meanwhile() -> Result:
        await cache.clear()
        return answer()

    assert await cache.get_or_compute("key", clear_meanwhile) == (answer(), False)
    assert not (await cache.get_or_compute("key", Work()))[1]


def test_memory_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "ENTRIES", 3)
    region = memory_region(60)
    for number in range(5):
        region.set(str(number), answer())
    assert [region.get(str(number)) is NO_VALUE for number in range(5)] == [True, True, False, False, False]


class TestKey:
    def test_is_a_digest_without_text(self) -> None:
        key = cache_key(REQUEST, MARKER, MARKER, "jobs")
        assert MARKER not in key
        assert len(key) == 40
        assert int(key, 16)

    def test_is_the_same_for_the_same_question(self) -> None:
        again = MatchRequest(profile=Profile(text=MARKER), filters=Filters(country=["us"]), keywords="welder")
        assert cache_key(again, "ada", "e", "jobs") == cache_key(REQUEST, "ada", "e", "jobs")

    @pytest.mark.parametrize(
        "change",
        [
            {"profile": Profile(text="other")},
            {"profile": Profile(text=MARKER, vector=[0.1])},
            {"filters": Filters(country="DE")},
            {"filters": Filters(latitude=1, longitude=2, radius_km=3)},
            {"keywords": ("nurse",)},
            {"sort": "date"},
            {"limit": 26},
            {"offset": 1},
        ],
    )
    def test_is_another_for_another_question(self, change: dict[str, Any]) -> None:
        assert cache_key(attrs.evolve(REQUEST, **change), "ada", "e", "jobs") != cache_key(REQUEST, "ada", "e", "jobs")

    def test_is_the_same_whoever_is_called_back(self) -> None:
        told = attrs.evolve(REQUEST, callback_url="https://ada.example/jobs")
        assert cache_key(told, "ada", "e", "jobs") == cache_key(REQUEST, "ada", "e", "jobs")

    def test_is_another_for_another_edition_of_the_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = cache_key(REQUEST, "ada", "e", "jobs")
        monkeypatch.setattr(caching, "EDITION", caching.EDITION + 1)
        assert cache_key(REQUEST, "ada", "e", "jobs") != before

    def test_is_another_for_another_owner_and_another_embedder(self) -> None:
        owners = [None, "", "None", "null", "ada", "bob"]
        assert len({cache_key(REQUEST, owner, name, "jobs") for owner in owners for name in ("e", "f")}) == 12


@pytest.mark.parametrize(("url", "ttl"), [("none://", 60), ("memory://", 0), ("redis://h", 0)])
def test_no_cache_at_all(url: str, ttl: float) -> None:
    assert cache_from_url(url, ttl) is None


@pytest.mark.parametrize("url", ["memcached://:hunter2@h", "", "hunter2"])
def test_unknown_caches_are_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^JOBMATCH_CACHE_URL: must start with") as caught:
        cache_from_url(url, 60)
    assert "hunter2" not in str(caught.value)


def test_a_missing_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(MissingExtra, match=r"jobmatch\[redis\]"):
        cache_from_url("redis://h", 60)


class Troubled(CacheBackend):
    """A dogpile backend that calls a function before it does anything."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.trouble: Callable[[], None] = arguments["trouble"]
        self.values: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        self.trouble()
        return self.values.get(key, NO_VALUE)

    def set(self, key: str, value: Any) -> None:
        self.trouble()
        self.values[key] = value

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


#: That one cache holds, at most.
THREADS = 8


class Trouble:
    """Raises or hangs until it is over, and counts."""

    def __init__(self, *, hangs: bool) -> None:
        self.calls, self.hangs = 0, hangs
        self.full, self.over = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.calls += 1
        if self.calls >= THREADS:
            self.full.set()
        if self.over.is_set():
            return
        if not self.hangs:
            raise ConnectionError(MARKER)
        self.over.wait(600)


@pytest.fixture(params=[False, True], ids=["raises", "hangs"])
def trouble(request: pytest.FixtureRequest) -> Iterator[Trouble]:
    """What ails the cache."""
    made = Trouble(hangs=request.param)
    yield made
    made.over.set()


@pytest.fixture
def troubled(trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> ResultCache:
    """A cache behind a network that is in trouble, given up soon and for long."""
    monkeypatch.setattr(caching, "DEADLINE", 0.05)
    monkeypatch.setattr(caching, "COOL_DOWN", 600.0)
    register_backend("tests.troubled", __name__, "Troubled")  # type: ignore[no-untyped-call]
    region = make_region().configure("tests.troubled", arguments={"trouble": trouble})
    return ResultCache(region, networked=True)


async def test_a_cache_in_trouble_is_asked_once_and_then_left_alone(
    troubled: ResultCache, trouble: Trouble, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "DEADLINE", 2.0)  # within which a thread begins on the busiest machine
    work = Work()
    for number in range(1, 4):
        assert await troubled.get_or_compute("key", work) == (answer(number), False)
    assert trouble.calls == 1
    assert caplog.text.count("cache skipped for 600 s") == 1
    assert MARKER not in caplog.text


async def test_a_cache_in_this_process_is_no_reason_to_fail_either(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(caching, "COOL_DOWN", 600.0)
    register_backend("tests.broken", __name__, "Troubled")  # type: ignore[no-untyped-call]
    trouble, work = Trouble(hangs=False), Work()
    cache = ResultCache(make_region().configure("tests.broken", arguments={"trouble": trouble}))
    for number in range(1, 4):
        assert await cache.get_or_compute("key", work) == (answer(number), False)
    assert trouble.calls == 1
    assert "cache skipped for 600 s: ConnectionError" in caplog.text


async def test_after_the_cool_down_it_is_used_again(
    troubled: ResultCache, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "COOL_DOWN", 0.0)
    assert not (await troubled.get_or_compute("key", Work()))[1]
    trouble.over.set()
    monkeypatch.setattr(caching, "DEADLINE", 60.0)
    await troubled.get_or_compute("key", Work())
    assert (await troubled.get_or_compute("key", Work()))[1]


async def test_many_who_ask_a_cache_in_trouble_are_all_answered(troubled: ResultCache) -> None:
    answered: list[Result] = []

    async def ask(key: str) -> None:
        answered.append((await troubled.get_or_compute(key, Work()))[0])

    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            for number in range(30):
                group.start_soon(ask, str(number))
    assert answered == [answer()] * 30


@pytest.mark.parametrize("trouble", [True], ids=["hangs"], indirect=True)
async def test_a_cache_that_hangs_holds_few_threads(
    troubled: ResultCache, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "DEADLINE", 60.0)
    async with anyio.create_task_group() as group:
        for number in range(30):
            group.start_soon(troubled.get_or_compute, str(number), Work())
        assert await anyio.to_thread.run_sync(trouble.full.wait, 60)
        await anyio.wait_all_tasks_blocked()
        held = trouble.calls
        trouble.over.set()
    assert held == THREADS


async def test_a_cache_waits_for_no_thread_that_others_hold(
    troubled: ResultCache, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble.over.set()
    monkeypatch.setattr(caching, "DEADLINE", 60.0)
    threads = anyio.to_thread.current_default_thread_limiter()
    others = [object() for _ in range(int(threads.available_tokens))]
    for other in others:
        threads.acquire_on_behalf_of_nowait(other)
    await troubled.get_or_compute("key", Work())
    assert (await troubled.get_or_compute("key", Work()))[1]
    for other in others:
        threads.release_on_behalf_of(other)


async def test_an_error_of_the_work_is_not_taken_for_one_of_the_cache(
    troubled: ResultCache, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble.over.set()
    monkeypatch.setattr(caching, "DEADLINE", 60.0)
    with pytest.raises(TimeoutError, match="work"):
        await troubled.get_or_compute("key", Work(TimeoutError("work")))
    await troubled.get_or_compute("key", Work())
    assert (await troubled.get_or_compute("key", Work()))[1]


def redis_command() -> str:
    """Return the path of the server; without one, the tests that need it are skipped."""
    if command := shutil.which("redis-server"):
        return command
    pytest.skip("needs redis-server: apt-get install redis-server")


@contextmanager
def serving(port: int, folder: Path) -> Iterator[None]:
    """Run a Redis."""
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen([redis_command(), *options], stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield
        finally:
            server.kill()  # it keeps nothing, and may not listen to less


def wait_for(port: int) -> None:
    """Return as soon as the port can be connected to."""
    for _ in range(1_200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("redis-server does not start")


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[str]:
    """The address of a Redis."""
    port = free_port()
    with serving(port, tmp_path_factory.mktemp("redis")):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of that Redis, which is empty."""
    with redis.Redis.from_url(redis_url) as made:
        made.flushall()
        yield made


@pytest.fixture
def networked() -> Iterator[Networked]:
    """Make caches in Redis, which are disconnected afterwards."""
    with ExitStack() as stack:

        def make(url: str, ttl: float = 60) -> ResultCache:
            made = cache_from_url(url, ttl)
            assert made is not None
            stack.callback(made.disconnect)
            return made

        yield make


def connected(client: redis.Redis, *, until: int | None = None) -> int:
    """Return how many are connected beside the one who asks; *until* it is so many, if Redis still has to notice."""
    for _ in range(1_200):
        others = len(client.client_list()) - 1
        if until in {None, others}:
            break
        time.sleep(0.05)
    return others


# dogpile calls what redis-py would rather not have called any more.
@pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")
class TestRedis:
    @pytest.fixture(autouse=True)
    def patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """However busy the machine is, a Redis that answers is not given up."""
        monkeypatch.setattr(caching, "DEADLINE", 60.0)

    async def test_an_answer_survives_and_is_shared(
        self, client: redis.Redis, redis_url: str, networked: Networked
    ) -> None:
        key = cache_key(REQUEST, "ada", "e", "jobs")
        assert await networked(redis_url).get_or_compute(key, Work()) == (answer(), False)
        assert await networked(redis_url).get_or_compute(key, Work()) == (answer(), True)

    async def test_no_resume_no_pickle_nothing_for_ever(
        self, client: redis.Redis, redis_url: str, networked: Networked
    ) -> None:
        await networked(redis_url, ttl=3_600).get_or_compute(cache_key(REQUEST, "ada", "e", "jobs"), Work())
        (key,) = client.keys()
        stored = client.get(key)
        assert isinstance(key, bytes)
        assert isinstance(stored, bytes)
        assert key.startswith(b"jobmatch:")
        assert MARKER.encode() not in key + stored
        assert b'"rank":1' in stored
        assert 3_000 < client.ttl(key) <= 3_600

    async def test_not_even_a_moment_is_for_ever(
        self, client: redis.Redis, redis_url: str, networked: Networked
    ) -> None:
        await networked(redis_url, ttl=0.5).get_or_compute("key", Work())
        assert client.ttl("jobmatch::key") != -1  # so Redis says that it keeps something for ever

    @pytest.mark.parametrize("damage", [b"", b"nonsense", b'{}|{"matches": 5}', b"\x80\x04."])
    async def test_what_is_damaged_is_computed_anew(
        self, client: redis.Redis, redis_url: str, networked: Networked, damage: bytes
    ) -> None:
        cache = networked(redis_url)
        await cache.get_or_compute("key", Work())
        client.set("jobmatch::key", damage)
        assert await cache.get_or_compute("key", Work()) == (answer(), False)

    async def test_an_answer_of_another_release_is_a_miss_and_no_trouble(
        self, client: redis.Redis, redis_url: str, networked: Networked, caplog: pytest.LogCaptureFixture
    ) -> None:
        cache = networked(redis_url)
        await cache.get_or_compute("key", Work())
        stored = client.get("jobmatch::key")
        assert isinstance(stored, bytes)
        client.set("jobmatch::key", stored.replace(b'"matches"', b'"hits"'))
        assert not (await cache.get_or_compute("key", Work()))[1]
        assert (await cache.get_or_compute("key", Work()))[1]
        assert "skipped" not in caplog.text

    async def test_a_redis_that_dies_costs_no_answer(
        self, tmp_path: Path, free_port: Callable[[], int], networked: Networked
    ) -> None:
        port, work = free_port(), Work()
        with serving(port, tmp_path):
            cache = networked(f"redis://127.0.0.1:{port}/0")
            await cache.get_or_compute("key", work)
            assert (await cache.get_or_compute("key", work))[1]
        assert await cache.get_or_compute("key", work) == (answer(2), False)

    async def test_a_redis_that_was_never_there_costs_no_answer(
        self, free_port: Callable[[], int], networked: Networked
    ) -> None:
        cache = networked(f"redis://127.0.0.1:{free_port()}/0")
        assert await cache.get_or_compute("key", Work()) == (answer(), False)

    async def test_leaving_an_engine_leaves_no_connection_behind(
        self, client: redis.Redis, redis_url: str, networked: Networked
    ) -> None:
        engine = MatchEngine(
            jobs=MemoryJobIndex(),
            tasks=MemoryTaskStore(),
            runner=LocalTaskRunner(),
            embedder=HashingEmbedder(),
            cache=networked(redis_url),
        )
        for again in (False, True):
            async with engine:
                assert (await engine.match(REQUEST)).diagnostics.cached == again
                assert connected(client) == 1
            assert connected(client, until=0) == 0
