import asyncio
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.procrastinate import queueing, worker
from jobmatch.backends.procrastinate.queueing import POOL_SIZE, opened, register
from jobmatch.backends.procrastinate.worker import CANCELLATIONS, Worker, over, working
from jobmatch.settings import Settings


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancel again soon."""
    monkeypatch.setattr(worker, "AGAIN", 0.05)


async def losing(cancellations: int) -> None:
    """Lose so many, as a wait of the pool can in Python 3.11."""
    for _ in range(cancellations):
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(600)


async def failing() -> None:
    raise ValueError


@pytest.mark.usefixtures("impatient")
async def test_a_cancellation_that_gets_lost_is_repeated() -> None:
    task = asyncio.create_task(losing(2))
    await over(task, within=0.01)
    assert task.cancelled()


async def test_what_ends_by_itself_is_not_cancelled() -> None:
    task = asyncio.create_task(asyncio.sleep(0.01))
    await over(task, within=60)
    assert not task.cancelled()


async def test_an_error_at_the_end_is_told(caplog: pytest.LogCaptureFixture) -> None:
    await over(asyncio.create_task(failing()), within=60)
    assert caplog.messages == ["the worker stopped with an error: ValueError"]


@pytest.mark.usefixtures("impatient")
async def test_what_never_ends_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    task = asyncio.create_task(losing(CANCELLATIONS))
    await over(task, within=0.01)
    assert not task.done()
    assert caplog.messages == ["the worker does not stop, and is left behind"]
    task.cancel()


async def begin_and_stop(app: Any, *, steps: int) -> None:
    """Stop a worker so many steps of the loop after the pool had a connection for it."""
    pool = app.connector.pool
    held = [await pool.getconn() for _ in range(POOL_SIZE)]
    async with working(app, Worker(concurrency=2, queues=["jobmatch"], grace=0.5)):
        while pool.get_stats()["requests_waiting"] < 2:  # noqa: ASYNC110, the pool tells nobody
            await asyncio.sleep(0.001)
        for connection in held:
            await pool.putconn(connection)
        for _ in range(steps):
            await asyncio.sleep(0)


async def test_a_cancelled_submit_does_not_cost_the_queue_a_connection(
    queue_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, reached, go_on = AsyncConnectionPool.putconn, asyncio.Event(), asyncio.Event()

    async def slowly(pool: AsyncConnectionPool, connection: psycopg.AsyncConnection) -> None:
        reached.set()
        await go_on.wait()
        await put(pool, connection)

    async with opened(await Database(settings).conninfo()) as app:
        register(app, nothing)
        with monkeypatch.context() as patched:
            patched.setattr(AsyncConnectionPool, "putconn", slowly)
            submitting = asyncio.create_task(put_job(app))
            await reached.wait()
            submitting.cancel()
            await asyncio.wait([submitting], timeout=60)
            assert submitting.cancelled()
            go_on.set()
        connector: Any = app.connector
        for connection in [await connector.pool.getconn(60) for _ in range(POOL_SIZE)]:
            await connector.pool.putconn(connection)


async def nothing(task_id: str) -> None:
    """Carry out nothing."""


async def put_job(app: Any) -> None:
    await queueing.put(queueing.job(app, queueing.Lane(queue="jobmatch", priority=0), "task", delay=0))


@pytest.mark.parametrize("steps", range(8))
async def test_it_stops_in_the_moment_it_is_lent_a_connection(queue_url: str, settings: Settings, steps: int) -> None:
    async with opened(await Database(settings).conninfo()) as app:
        stopping = asyncio.create_task(begin_and_stop(app, steps=steps))
        # Not by a cancellation, for stopping is shielded from one.
        done, _ = await asyncio.wait([stopping], timeout=60)
    assert done == {stopping}
    await stopping
