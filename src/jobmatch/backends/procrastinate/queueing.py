"""The queue as procrastinate sees it: one kind of job, whose only argument is the id of a task."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b

from attrs import frozen
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job, JobDeferrer
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from jobmatch.backends.procrastinate.failures import OUTDATED, translating
from jobmatch.connections import PlainConnection, SteadyPool
from jobmatch.errors import SchemaOutdated
from jobmatch.ports import Execute

#: Under this name workers find what to do; it must not change while jobs wait.
JOB = "jobmatch.run"
#: Bytes of a queue's name at most: it is part of the name of a channel.
LONGEST = 40
#: Connections of the queue at most, beside those of the engine: a task under way never waits for one of its own kind.
POOL_SIZE = 4
#: Seconds to wait for one, and of failing after which the pool starts its attempts to connect anew.
POOL_TIMEOUT, RECONNECT = 5.0, 3.0


@frozen(kw_only=True)
class Lane:
    """Where jobs wait.

    Arguments:
        queue: its name.
        priority: higher ones are taken first.
    """

    queue: str
    priority: int


class HandBack(BaseRetryStrategy):
    """A job whose worker was told to stop goes back into the queue; any other end is final here."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Decide."""
        return RetryDecision() if isinstance(exception, asyncio.CancelledError) else None


@asynccontextmanager
async def opened(conninfo: str) -> AsyncIterator[App]:
    """Open an app on a small pool of its own.

    Raises:
        SchemaOutdated: its tables are not there.
        DatabaseUnavailable: the server does not answer.
    """
    pool: SteadyPool[PlainConnection] = SteadyPool(
        conninfo,
        connection_class=PlainConnection,
        min_size=1,
        max_size=POOL_SIZE,
        timeout=POOL_TIMEOUT,
        reconnect_timeout=RECONNECT,
        configure=_configure,
        check=AsyncConnectionPool.check_connection,
        name="jobmatch-queue",
        open=False,
    )
    async with pool:
        app = App(connector=PsycopgConnector())
        await app.connector.open_async(pool)
        with translating():
            if not await app.check_connection_async():
                raise SchemaOutdated(OUTDATED)
        yield app


async def _configure(connection: AsyncConnection) -> None:
    # Every statement of the queue is a transaction of its own.
    await connection.set_autocommit(True)
    row = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
    if row != (connection.info.backend_pid,):
        # A pooler is in between. What was prepared in one session is unknown in the next that it lends us.
        connection.prepare_threshold = None


def register(app: App, execute: Execute) -> None:
    """Have the app's worker carry out tasks."""

    @app.task(name=JOB, retry=HandBack())
    async def run(task_id: str) -> None:
        await execute(task_id)


def of_scope(queue: str, scope: str) -> str:
    """Return the queue in which tasks for one index wait; with no name of that, *queue* itself.

    A worker takes whatever is in a queue, so each index has its own. Its name is no longer than one that can be
    listened to.
    """
    if not scope:
        return queue
    digest = blake2b(f"{queue}\n{scope}".encode(), digest_size=4).hexdigest()
    return f"{queue.encode()[: LONGEST - len(digest) - 1].decode(errors='ignore')}:{digest}"


def job(app: App, lane: Lane, task_id: str, *, delay: float, scope: str = "") -> JobDeferrer:
    """Return a job that is ready to be put into its lane. Of those that can be taken one a task is enough."""
    queue = of_scope(lane.queue, scope)
    # One that waits in the wrong queue must not keep it out of the right one.
    lock = f"{task_id} in {queue}" if scope else task_id
    return app.configure_task(
        JOB,
        queue=queue,
        priority=lane.priority,
        queueing_lock=f"{lock}, later" if delay else lock,
        schedule_in={"milliseconds": round(delay * 1_000)} if delay else None,
        task_kwargs={"task_id": task_id},
    )


async def put(deferrer: JobDeferrer) -> None:
    """Put a job into the queue, unless the task waits there already."""
    with suppress(AlreadyEnqueued):
        await deferrer.defer_async()
