"""A server that restarts, freezes, goes deaf, and callers that change their mind."""

import asyncio
import os
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import parts
import psycopg
import pytest
from anyio.to_thread import run_sync
from cluster import Cluster
from proxy import Proxy

from jobmatch.backends.postgres import listening
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.errors import DatabaseUnavailable, Overloaded, TimedOut
from jobmatch.model import TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import Heard

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Amount = Callable[[int, int], int]
LISTENING = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND query LIKE 'LISTEN%%'"
IDLE = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
#: A look so rare that whoever is woken was told.
TOLD = TaskPolicy(poll=600)


async def test_restarts_of_the_server_lose_nothing_that_was_acknowledged(
    url: str, cluster: Cluster, runner: str, amount: Amount
) -> None:
    """Fast and immediate ones during submits, every other of which shares round trips: every acknowledged id ends."""
    acknowledged: list[str] = []
    wanted, restarts = amount(150, 1_000), amount(2, 8)

    async def submit(engine: MatchEngine, number: int) -> None:
        while True:
            with suppress(DatabaseUnavailable, Overloaded):
                key = str(number) if number % 2 else None
                task = await engine.submit(parts.request(f"welder {number}"), owner=parts.OWNER, key=key)
                acknowledged.append(task.id)
                return
            await anyio.sleep(0.2)

    async def callers(engine: MatchEngine, first: int) -> None:
        for number in range(first, wanted, 10):
            await submit(engine, number)
            await anyio.sleep(0.05)

    async with parts.engine(url, nap=0.02, runner=parts.runner(runner, url), executes=True) as engine:
        with anyio.fail_after(240):
            async with anyio.create_task_group() as group:
                for first in range(10):
                    group.start_soon(callers, engine, first)
                for number in range(restarts):
                    await anyio.sleep(1)
                    await run_sync(cluster.stop, ("immediate", "fast")[number % 2])
                    await run_sync(cluster.start)
            done = [await patiently(engine, task_id) for task_id in acknowledged]
    assert len(set(acknowledged)) == wanted
    assert set(done) == {TaskState.COMPLETED}


async def patiently(engine: MatchEngine, task_id: str) -> TaskState:
    """Return how a task ended, whether the server is just away or not."""
    while True:
        with suppress(DatabaseUnavailable, Overloaded):
            return (await engine.wait(task_id, owner=parts.OWNER, timeout=120)).state


async def listener(cluster: Cluster, url: str, *, but: int | None = None) -> int:
    """Return the process on the server that serves the one who listens, once there is another than *but*."""
    name = url.rsplit("/", 1)[1]
    with anyio.fail_after(60), psycopg.connect(cluster.url(), autocommit=True) as connection:
        while True:
            found = [pid for (pid,) in connection.execute(LISTENING, [name]) if pid != but]
            if found:
                return int(found[0])
            await anyio.sleep(0.05)


class DeafStore(PostgresTaskStore):
    """Never hears of anything."""

    async def listen(self, heard: Heard) -> None:
        await anyio.sleep_forever()


#: Sends what workers are told by of what is in their queue.
TELLS = "DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs"


async def test_without_any_notification_looks_are_enough(url: str, runner: str) -> None:
    """Neither who waits nor who works hears of anything."""
    with psycopg.connect(url) as connection:
        connection.execute(TELLS)

    def deaf(*, executes: bool) -> MatchEngine:
        store = DeafStore(Database(parts.settings(url)))
        return parts.engine(url, tasks=store, runner=parts.runner(runner, url), executes=executes)

    async with deaf(executes=False) as waiting, deaf(executes=True):
        task = await waiting.submit(parts.request(), owner=parts.OWNER)
        ended = await waiting.wait(task.id, owner=parts.OWNER, timeout=60)
    assert ended.state is TaskState.COMPLETED


async def told(url: str, waiting: MatchEngine, runner: str) -> None:
    """Have a task executed elsewhere, and wait for it where only a notification can wake in time."""
    async with parts.engine(url, runner=parts.runner(runner, url), executes=True) as working:
        task = await waiting.submit(parts.request(), owner=parts.OWNER)
        assert (await waiting.wait(task.id, owner=parts.OWNER, timeout=60)).state is TaskState.COMPLETED
        await working.status(task.id, owner=parts.OWNER)


async def test_a_listener_that_was_thrown_out_listens_again(url: str, cluster: Cluster, runner: str) -> None:
    handing_over = parts.runner(runner, url)
    async with parts.engine(url, runner=handing_over, executes=False, policy=TOLD) as waiting:
        await told(url, waiting, runner)
        pid = await listener(cluster, url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        await listener(cluster, url, but=pid)
        await told(url, waiting, runner)


async def test_a_listener_notices_that_nothing_comes_through_any_more(
    url: str,
    cluster: Cluster,
    database: str,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A half-open socket: the other end is silent for good. Who waits was told, as soon as there is another."""
    monkeypatch.setattr(listening, "SILENCE", 0.3)
    heard: list[object] = []

    async def until(happened: Callable[[], bool]) -> None:
        with anyio.fail_after(60):
            while not happened():  # noqa: ASYNC110, a log tells nobody
                await anyio.sleep(0.01)

    async with anyio.create_task_group() as group:
        through = parts.settings(cluster.url(database, port=proxy.port))
        group.start_soon(listening.listen, str(through.database_url), through, heard.append)
        await until(lambda: None in heard)
        proxy.go_deaf()
        caplog.clear()
        async with PostgresTaskStore(Database(parts.settings(url))) as store:
            await store.create(parts.request(), owner=parts.OWNER)
        await until(lambda: "not listening for changes of tasks" in caplog.text)
        missed = list(heard)
        proxy.hear_again()
        await until(lambda: heard[len(missed) :].count(None) > 0)
        group.cancel_scope.cancel()
    assert set(missed) == {None}


class Held(parts.Labour):
    """Works until it is let go."""

    def __init__(self) -> None:
        super().__init__(nap=0)
        self.begun, self.let_go = anyio.Event(), anyio.Event()

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self.begun.set()
        await self.let_go.wait()
        return await super().embed(texts)


async def test_a_worker_that_is_cut_off_is_replaced_and_comes_back_too_late(
    url: str, cluster: Cluster, database: str, proxy: Proxy, runner: str
) -> None:
    """All its connections go deaf. Another takes over when the lease has run out; what the first writes is too late."""
    behind, held = cluster.url(database, port=proxy.port), Held()
    working = parts.engine(behind, runner=parts.runner(runner, behind), embedder=held, executes=True)
    async with parts.engine(url, runner=parts.runner(runner, url), executes=False) as waiting, working:
        with anyio.fail_after(60):
            task = await waiting.submit(parts.request(), owner=parts.OWNER)
            await held.begun.wait()
        proxy.go_deaf()
        try:
            async with parts.engine(url, runner=parts.runner(runner, url), executes=True, policy=parts.SAFE):
                ended = await waiting.wait(task.id, owner=parts.OWNER, timeout=60)
        finally:
            held.let_go.set()
            proxy.hear_again()
    async with parts.engine(url, executes=False) as asking:
        assert await asking.status(task.id, owner=parts.OWNER) == ended
    assert (ended.state, ended.attempts) == (TaskState.COMPLETED, 2)


async def test_callers_that_change_their_mind_leave_nothing_open(url: str, runner: str, amount: Amount) -> None:
    """Submits and waits cancelled at random awaits: no connection is lost, none left in a transaction.

    By anyio, which cancels again at every step until a scope is left, and by asyncio, which cancels once and knows no
    shield.
    """
    rng = random.Random(5)
    database = Database(parts.settings(url, DB_POOL_MAX_SIZE="4"))

    async def submit(engine: MatchEngine) -> None:
        with suppress(Overloaded):
            task = await engine.submit(parts.request(), owner=parts.OWNER)
            await engine.wait(task.id, owner=parts.OWNER, timeout=60)

    async def change_of_mind(engine: MatchEngine, number: int) -> None:
        if number % 2:
            with anyio.move_on_after(rng.uniform(0, 0.05)):
                await submit(engine)
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(rng.uniform(0, 0.05)):
                    await submit(engine)

    handing_over = parts.runner(runner, url)
    async with parts.engine(url, tasks=PostgresTaskStore(database), runner=handing_over, executes=True) as engine:
        for _ in range(amount(10, 50)):
            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(change_of_mind, engine, number)
        async with anyio.create_task_group() as group:  # all connections can be had at once
            together = Together(4)
            for _ in range(4):
                group.start_soon(together.hold, database)
        # Tasks go on meanwhile, each in transactions of its own: one that was left open is there whenever it is looked.
        with anyio.fail_after(60), psycopg.connect(url, autocommit=True) as connection:
            while connection.execute(IDLE).fetchone() != (0,):  # noqa: ASYNC110, a database tells nobody
                await anyio.sleep(0.01)
        task = await engine.submit(parts.request(), owner=parts.OWNER)
        assert (await engine.wait(task.id, owner=parts.OWNER, timeout=60)).state is TaskState.COMPLETED


class Together:
    """Holds connections until there are so many."""

    def __init__(self, wanted: int) -> None:
        self._missing, self._all = wanted, anyio.Event()

    async def hold(self, database: Database) -> None:
        with anyio.fail_after(60):
            async with database.connection():
                self._missing -= 1
                if not self._missing:
                    self._all.set()
                await self._all.wait()


@pytest.fixture
def thaw() -> Iterator[list[int]]:
    """Processes that are let go on in the end."""
    frozen: list[int] = []
    yield frozen
    for pid in frozen:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


async def test_a_server_that_freezes_holds_nobody_longer_than_a_moment(url: str, thaw: list[int]) -> None:
    """The caller is let go soon after its deadline, and the connection is not used again."""
    async with Database(parts.settings(url, DB_POOL_MAX_SIZE="1")) as database:
        [(pid,)] = await database.fetch("SELECT pg_backend_pid()", {})
        thaw.append(pid)
        os.kill(pid, signal.SIGSTOP)
        begun = anyio.current_time()
        with anyio.move_on_after(0.5) as deadline:
            await database.fetch("SELECT 1", {})
        assert deadline.cancelled_caught
        assert anyio.current_time() - begun < 0.5 + 30  # far less than the minute that a statement may take
        [(another,)] = await database.fetch("SELECT pg_backend_pid()", {})
        assert another != pid
        os.kill(pid, signal.SIGCONT)


async def test_a_server_that_freezes_holds_nobody_who_set_no_deadline(url: str, thaw: list[int]) -> None:
    """The time that a statement may take is the deadline then, whether the server keeps it or not."""
    settings = parts.settings(url, DB_POOL_MAX_SIZE="1", DB_STATEMENT_TIMEOUT="3000")
    async with Database(settings) as database:
        [(pid,)] = await database.fetch("SELECT pg_backend_pid()", {})
        thaw.append(pid)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(TimedOut), anyio.fail_after(60):
            await database.fetch("SELECT 1", {})
        [(another,)] = await database.fetch("SELECT pg_backend_pid()", {})
        assert another != pid
        os.kill(pid, signal.SIGCONT)


async def test_ten_times_more_callers_than_connections_get_on_or_are_told(url: str) -> None:
    database = Database(parts.settings(url, DB_POOL_MAX_SIZE="3", DB_POOL_TIMEOUT="2"))
    states: list[TaskState | None] = []

    async def call(engine: MatchEngine) -> None:
        try:
            task = await engine.submit(parts.request(), owner=parts.OWNER)
            states.append((await engine.wait(task.id, owner=parts.OWNER, timeout=60)).state)
        except Overloaded:
            states.append(None)

    async with parts.engine(url, tasks=PostgresTaskStore(database), concurrency=30) as engine:
        with anyio.fail_after(120):
            for _ in range(5):
                async with anyio.create_task_group() as group:
                    for _ in range(30):
                        group.start_soon(call, engine)
    assert len(states) == 150
    assert set(states) <= {TaskState.COMPLETED, None}
    assert TaskState.COMPLETED in states


async def test_one_key_from_everywhere_starts_one_task(url: str) -> None:
    ids: list[str] = []

    async def submit(engine: MatchEngine) -> None:
        ids.append((await engine.submit(parts.request(), owner=parts.OWNER, key="once")).id)

    patient = TaskPolicy()  # or a busy machine might lose a short lease, and the other take over
    async with parts.engine(url, policy=patient) as one, parts.engine(url, policy=patient) as other:
        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(submit, one)
                group.start_soon(submit, other)
        ended = await one.wait(ids[0], owner=parts.OWNER, timeout=60)
    assert (len(ids), len(set(ids))) == (100, 1)
    assert (ended.state, ended.attempts) == (TaskState.COMPLETED, 1)


async def test_a_task_of_a_transaction_runs_when_that_is_committed(url: str) -> None:
    async with parts.engine(url, policy=TOLD) as engine:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            task = await engine.submit(parts.request(), owner=parts.OWNER, connection=connection)
        ended = await engine.wait(task.id, owner=parts.OWNER, timeout=60)
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await engine.submit(parts.request(), owner=parts.OWNER, connection=connection)
            await connection.rollback()
        tasks, _ = await engine.list(owner=parts.OWNER)
    assert ended.state is TaskState.COMPLETED
    assert [one.id for one in tasks] == [task.id]


async def test_what_cannot_be_read_fails_and_its_neighbours_go_on(url: str) -> None:
    async with parts.engine(url, policy=TaskPolicy(attempts=3, backoff=0.05, poll=0.1)) as engine:
        neighbours = [await engine.submit(parts.request(), owner=parts.OWNER) for _ in range(5)]
        async with await psycopg.AsyncConnection.connect(url) as connection:
            task = await engine.submit(parts.request(), owner=parts.OWNER, connection=connection)
            garbled = """UPDATE match_task SET request = '{"profile": 7}' WHERE id = %s"""
            await connection.execute(garbled, [task.id])
        failed = await engine.wait(task.id, owner=parts.OWNER, timeout=60)
        done = [await engine.wait(one.id, owner=parts.OWNER, timeout=60) for one in neighbours]
    assert failed.error is not None
    assert (failed.state, failed.error.code, failed.attempts) == (TaskState.FAILED, "unreadable_request", 3)
    assert {one.state for one in done} == {TaskState.COMPLETED}
