"""The runner whose tasks other processes execute, against the contract, and in what only it has."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio
import psycopg
import pytest
from sqlalchemy import create_engine

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.procrastinate import ProcrastinateTaskRunner, queueing
from jobmatch.errors import DatabaseUnavailable, Incompatible, InvalidInput, Overloaded, SchemaOutdated
from jobmatch.settings import Settings
from jobmatch.testing import DurableTaskRunnerContract
from jobmatch.testing.task_runner import Transaction, executed_by

Make = Callable[..., ProcrastinateTaskRunner]


class TestProcrastinateTaskRunner(DurableTaskRunnerContract):
    @pytest.fixture
    def runner(self, make_runner: Make) -> ProcrastinateTaskRunner:
        return make_runner()

    @pytest.fixture
    def impatient(self, make_runner: Make) -> ProcrastinateTaskRunner:
        return make_runner(grace=0.5)

    @pytest.fixture
    def other(self, make_runner: Make) -> ProcrastinateTaskRunner:
        return make_runner()

    @pytest.fixture
    def transaction(self, begin: Callable[[str], AbstractAsyncContextManager[object]], queue_url: str) -> Transaction:
        return lambda: begin(queue_url)


def waiting(url: str) -> list[tuple[object, ...]]:
    """Return what is in the queue."""
    with psycopg.connect(url) as connection:
        query = "SELECT status::text, queue_name, priority, args->>'task_id' FROM procrastinate_jobs ORDER BY id"
        return connection.execute(query).fetchall()


async def test_a_task_waits_once_however_often_it_is_handed_over(make_runner: Make, queue_url: str) -> None:
    runner = make_runner(queue="slow", priority=-3)
    async with runner.serving(None):
        for _ in range(3):
            await runner.enqueue("task")
            await runner.enqueue("task", delay=60)
    assert waiting(queue_url) == [("todo", "slow", -3, "task")] * 2


async def test_a_user_with_few_rights(queue_url: str, settings_for: Callable[..., Settings]) -> None:
    rights = (Path(__file__).parents[4] / "examples" / "rights.sql").read_text(encoding="utf-8")
    tables, sequences = rights.replace(" app;", " jobmatch_app;").splitlines()
    runner = ProcrastinateTaskRunner(
        conninfo=Database(settings_for(queue_url.replace("postgres:@", "jobmatch_app:app@"))).conninfo, grace=60.0
    )
    with psycopg.connect(queue_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS jobmatch_app")
        connection.execute("CREATE ROLE jobmatch_app LOGIN PASSWORD 'app'")
        connection.execute(tables.encode())
        async with runner.serving(None):
            with pytest.raises(Incompatible, match="lacks a right: permission denied for sequence"):
                await runner.enqueue("task")
            connection.execute(sequences.encode())
            await runner.enqueue("task")
    await executed_by(runner, "task")
    assert waiting(queue_url) == []


async def test_what_fails_is_not_executed_again(make_runner: Make, queue_url: str) -> None:
    """The store decides whether a task is tried once more."""
    runner, executed = make_runner(), list[str]()
    async with runner.serving(None):
        await runner.enqueue("one")
        await runner.enqueue("two")
    done = anyio.Event()

    async def execute(task_id: str) -> None:
        executed.append(task_id)
        if task_id == "two":
            done.set()
        raise ValueError

    async with runner.serving(execute):
        with anyio.fail_after(60):
            await done.wait()
    assert executed == ["one", "two"]
    assert ("todo",) not in {row[:1] for row in waiting(queue_url)}


async def test_nothing_is_left_of_what_was_executed(make_runner: Make, queue_url: str) -> None:
    runner = make_runner()
    async with runner.serving(None):
        await runner.enqueue("task")
    await executed_by(runner, "task")
    assert waiting(queue_url) == []


async def test_higher_priorities_are_taken_first(make_runner: Make) -> None:
    for number, priority in enumerate((0, -5, 5)):
        runner = make_runner(priority=priority)
        async with runner.serving(None):
            await runner.enqueue(f"{number}, {priority}")
    assert await executed_by(make_runner(concurrency=1), "1, -5") == ["2, 5", "0, 0", "1, -5"]


async def test_only_the_queues_asked_for_are_worked_on(make_runner: Make, queue_url: str) -> None:
    for queue in ("a", "b", "c"):
        runner = make_runner(queue=queue)
        async with runner.serving(None):
            await runner.enqueue(f"in {queue}")
    assert await executed_by(make_runner(queues=["c", "b"], concurrency=1), "in c") == ["in b", "in c"]
    assert [row[1] for row in waiting(queue_url)] == ["a"]


async def test_jobs_of_a_dead_worker_are_put_back(make_runner: Make, queue_url: str) -> None:
    runner = make_runner()
    async with runner.serving(None):
        for task_id in ("pruned", "stale", "again"):
            await runner.enqueue(task_id)
    with psycopg.connect(queue_url) as connection:
        connection.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
        connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        connection.execute(
            "UPDATE procrastinate_jobs SET worker_id = (SELECT id FROM procrastinate_workers)"
            " WHERE args->>'task_id' = 'stale'"
        )
    executed: list[str] = []

    async def execute(task_id: str) -> None:
        executed.append(task_id)

    async with runner.serving(None):
        await runner.enqueue("again")
    async with runner.serving(execute):
        with anyio.fail_after(60):
            # "again" is there twice, and whether both are executed is up to the moment: all is done when nothing waits.
            while waiting(queue_url):  # noqa: ASYNC110, another process would have to tell
                await anyio.sleep(0.05)
    assert set(executed) == {"pruned", "stale", "again"}


async def test_a_job_of_a_living_worker_is_left_alone(make_runner: Make, queue_url: str) -> None:
    runner = make_runner()
    async with runner.serving(None):
        await runner.enqueue("held")
    with psycopg.connect(queue_url) as connection:
        connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)"
        )
    async with runner.serving(None):
        await runner.enqueue("last")
    assert await executed_by(make_runner(), "last") == ["last"]
    assert waiting(queue_url) == [("doing", "jobmatch", 0, "held")]


async def test_a_lost_notification_delays_and_no_more(make_runner: Make, queue_url: str) -> None:
    """The trigger that notifies is gone, as notifications are behind a pooler: polling finds what waits."""
    with psycopg.connect(queue_url) as connection:
        connection.execute("DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs")
    executed: list[str] = []
    done = anyio.Event()

    async def execute(task_id: str) -> None:
        executed.append(task_id)
        done.set()

    runner = make_runner()
    async with runner.serving(execute):
        await anyio.sleep(0.2)
        await runner.enqueue("task")
        with anyio.fail_after(60):
            await done.wait()
    assert executed == ["task"]


async def test_a_worker_survives_losing_all_its_connections(
    make_runner: Make, queue_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "jobmatch")
    executed: set[str] = set()
    done = anyio.Event()

    async def execute(task_id: str) -> None:
        executed.add(task_id)
        if task_id == "2":
            done.set()

    runner = make_runner()
    with anyio.fail_after(60):
        async with runner.serving(execute):
            for number in range(3):
                with psycopg.connect(queue_url) as connection:
                    # And waits for their end, or else a task might be handed over on one that is about to end.
                    connection.execute(
                        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                        " WHERE application_name = 'jobmatch' AND datname = current_database()"
                    )
                await runner.enqueue(str(number))
                await anyio.sleep(0.05)
            await done.wait()
    assert "2" in executed


async def test_missing_tables_say_what_to_do(database_url: str, make_runner: Make) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP TABLE procrastinate_jobs CASCADE")
    with pytest.raises(SchemaOutdated, match="jobmatch db upgrade"):
        async with make_runner().serving(None):
            pass


async def test_a_server_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "POOL_TIMEOUT", 1.0)

    async def nowhere() -> str:
        return "postgresql://127.0.0.1:1/none?connect_timeout=1"

    with pytest.raises(DatabaseUnavailable, match="try again"):
        async with ProcrastinateTaskRunner(conninfo=nowhere).serving(None):
            pass


async def test_a_closed_runner_refuses(make_runner: Make) -> None:
    with pytest.raises(Overloaded, match="closed"):
        await make_runner().enqueue("task")


async def test_another_driver_is_refused(make_runner: Make) -> None:
    runner = make_runner()
    other = create_engine("sqlite://")
    with other.connect() as connection:
        async with runner.serving(None):
            with pytest.raises(InvalidInput, match=r"not sqlite3.Connection"):
                await runner.enqueue("task", connection=connection)
    other.dispose()
