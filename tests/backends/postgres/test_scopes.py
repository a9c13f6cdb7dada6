"""Several indexes in one database: each task is answered from its own, and so is what seekers did kept."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import anyio.to_thread
import numpy as np
import psycopg
import pytest
from alembic import command
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Column, Integer, MetaData, NullPool, Table, Text, create_engine

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.postgres import migrations
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.backends.procrastinate import ProcrastinateTaskRunner
from jobmatch.backends.procrastinate.tables import upgrade
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput
from jobmatch.model import Filters, InteractionKind, MatchRequest, Method, Plan, Profile, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.ports import JobIndex, SearchQuery, TaskRunner
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, HashingEmbedder, axis, entry

REQUEST = MatchRequest(profile=Profile(text="a nurse"))
EXACT = Plan(method=Method.EXACT, fetch=10)
#: The second looks often: what it could take from the first, it would.
HASTY = TaskPolicy(poll=0.05, lease=0.5)


def mapped(name: str, schema: str | None = "hr", **more: Any) -> JobTable:
    columns = (Column("id", Integer), Column("title", Text), Column("vector", VECTOR(DIMENSIONS)))
    table = Table(name, MetaData(), *columns, schema=schema)
    return JobTable(table, columns={name: table.c[name] for name in ("id", "title", "vector")}, **more)


@pytest.fixture
def two_tables(database_url: str) -> str:
    """The URL of a database with two tables of postings, one in each; the first is found without its schema."""
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE SCHEMA hr")
        for name in ("jobs", "other_jobs"):
            connection.execute(f"CREATE TABLE hr.{name} (id int, title text, vector vector({DIMENSIONS}))")
            connection.execute(f"INSERT INTO hr.{name} VALUES (1, %s, %s)", [f"from {name}", str([1.0] * DIMENSIONS)])  # noqa: S608
    return database_url


def engine(settings: Settings, table: JobTable | None, **more: Any) -> MatchEngine:
    """Return an engine over a table, or over ours."""
    database = Database(settings)
    jobs: JobIndex = TableJobIndex(database, table) if table else PostgresJobIndex(database)
    parts = {"runner": LocalTaskRunner(), "policy": HASTY, **more}
    return MatchEngine(jobs=jobs, tasks=PostgresTaskStore(database), embedder=HashingEmbedder(DIMENSIONS), **parts)


async def titles(engine: MatchEngine, task_id: str) -> list[str]:
    """Return what a task found."""
    assert (await engine.wait(task_id, owner="ada", timeout=60)).state is TaskState.COMPLETED
    return [match.job.title for match in (await engine.results(task_id, owner="ada")).matches]


async def test_each_answers_the_tasks_of_its_own(two_tables: str, settings: Settings) -> None:
    """Of those that are committed in a transaction, each engine hears, and each looks for them."""
    tables = (mapped("jobs"), mapped("other_jobs"), None)
    engines = [engine(settings, table) for table in tables]
    async with AsyncExitStack() as stack:
        for one in engines:
            await stack.enter_async_context(one)
        submitted = []
        for one in engines * 3:
            async with await psycopg.AsyncConnection.connect(two_tables) as connection:
                submitted.append((one, await one.submit(REQUEST, owner="ada", connection=connection)))
        found = [await titles(one, task.id) for one, task in submitted]
    assert found == [["from jobs"], ["from other_jobs"], []] * 3


async def test_what_was_left_behind_waits_for_its_own(two_tables: str, settings: Settings) -> None:
    async with engine(settings, mapped("jobs"), executes=False) as first:
        left = await first.submit(REQUEST, owner="ada")
        async with engine(settings, mapped("other_jobs")) as other:
            task = await other.submit(REQUEST, owner="ada")
            assert await titles(other, task.id) == ["from other_jobs"]
            await other.run(left.id)
            assert (await other.status(left.id, owner="ada")).state is TaskState.PENDING
            await other.cancel(left.id, owner="ada")
            await other.retry(left.id, owner="ada")
            await other.run(left.id)
    async with engine(settings, mapped("jobs")) as again:
        assert await titles(again, left.id) == ["from jobs"]


async def test_workers_take_the_tasks_of_their_own(two_tables: str, settings: Settings) -> None:
    upgrade(two_tables)

    def queued(table: JobTable | None, **more: Any) -> MatchEngine:
        runner: TaskRunner = ProcrastinateTaskRunner(conninfo=Database(settings).conninfo, grace=60)
        # With a long lease the queue alone brings a task to its worker.
        return engine(settings, table, runner=runner, policy=TaskPolicy(), **more)

    async with (
        queued(mapped("jobs")) as web,
        queued(mapped("other_jobs"), executes=True),
        queued(None, executes=True),
    ):
        tasks = [await web.submit(REQUEST, owner="ada") for _ in range(5)]
        async with queued(mapped("jobs"), executes=True):
            assert [await titles(web, task.id) for task in tasks] == [["from jobs"]] * 5


async def test_a_table_has_one_name_however_it_is_mapped(
    two_tables: str, settings_for: Callable[..., Settings]
) -> None:
    settings = settings_for(f"{two_tables}{'&' if '?' in two_tables else '?'}options=-csearch_path%3Dpublic,hr")
    scopes = []
    for table in (mapped("jobs"), mapped("jobs", schema=None), mapped("jobs", scope="mine")):
        async with TableJobIndex(Database(settings), table) as index:
            await index.bind(EMBEDDER, DIMENSIONS)
            scopes.append(index.scope)
    assert scopes == ["hr.jobs", "hr.jobs", "mine"]
    assert PostgresJobIndex(Database(settings)).scope == ""


@pytest.mark.parametrize("scope", ["", "*", "a\x00b", "x" * 256])
def test_a_strange_scope_is_refused(scope: str) -> None:
    with pytest.raises(InvalidInput, match="scope: must be 1 to 255"):
        mapped("jobs", scope=scope)


@pytest.fixture
async def both(two_tables: str, settings: Settings) -> AsyncIterator[tuple[PostgresJobIndex, TableJobIndex]]:
    """Our index and one over a table, with a job 1 in each."""
    database = Database(settings)
    async with PostgresJobIndex(database) as ours, TableJobIndex(database, mapped("jobs")) as theirs:
        for index in (ours, theirs):
            await index.bind(EMBEDDER, DIMENSIONS)
        await ours.put([entry("1", vector=axis(0))])
        yield ours, theirs


async def left(index: JobIndex) -> list[str]:
    """Return the jobs that I have not dismissed."""
    asked = Filters(exclude_interactions="dismissed")
    vector = np.asarray(axis(0), dtype=np.float32)
    found = await index.search(SearchQuery(vector=vector, filters=asked, owner="me"), EXACT)
    return [hit.job.id for hit in found.hits]


async def test_what_a_seeker_did_with_a_job_concerns_no_other_of_that_id(
    both: tuple[PostgresJobIndex, TableJobIndex],
) -> None:
    ours, theirs = both
    await theirs.record(["1"], InteractionKind.DISMISSED, owner="me")
    assert (await left(ours), await left(theirs)) == (["1"], [])
    await ours.record(["1"], InteractionKind.DISMISSED, owner="me")
    assert await left(ours) == []


async def test_what_was_there_before_there_were_scopes_counts_for_every_index(
    both: tuple[PostgresJobIndex, TableJobIndex], two_tables: str, settings: Settings
) -> None:
    insert_task = (
        "INSERT INTO match_task (id, owner, state, request, lease_until)"
        ' VALUES (gen_random_uuid(), \'ada\', %s, \'{"profile": {"text": "x"}}\', now()) RETURNING id'
    )
    with psycopg.connect(two_tables) as connection:
        connection.execute("INSERT INTO match_interaction (owner, job_id, kind) VALUES ('me', '1', 'dismissed')")
        states = ("pending", "processing")
        tasks = [str(connection.execute(insert_task, [state]).fetchall()[0][0]) for state in states]
    assert [await left(index) for index in both] == [[], []]
    async with PostgresTaskStore(Database(settings)) as store:
        for scope in ("", "hr.jobs"):
            assert list(await store.due(limit=9, scope=scope)) == tasks[:1]
            assert list(await store.lost(limit=9, scope=scope)) == tasks[1:]
        assert await store.claim(tasks[0], lease=9, attempts=9, scope="hr.jobs")
        assert await store.claim(tasks[1], lease=9, attempts=9)


def downgrade(url: str) -> None:
    """Go back to what was before there were scopes."""
    creator = partial(psycopg.connect, url)
    with create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool).begin() as connection:
        config = migrations.configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")


async def test_an_upgrade_leaves_nothing_behind(two_tables: str, settings: Settings) -> None:
    await anyio.to_thread.run_sync(downgrade, two_tables)
    with psycopg.connect(two_tables) as connection:
        connection.execute("INSERT INTO match_interaction (owner, job_id, kind) VALUES ('me', '1', 'dismissed')")
        connection.execute(
            "INSERT INTO match_task (id, owner, state, request)"
            " VALUES (gen_random_uuid(), 'ada', 'pending', '{\"profile\": {\"text\": \"x\"}}')"
        )
    await anyio.to_thread.run_sync(migrations.upgrade, two_tables)
    async with engine(settings, mapped("jobs")) as first:
        (task,), _ = await first.list(owner="ada")
        assert await titles(first, task.id) == ["from jobs"]
        await first.record("1", kind="dismissed", owner="me")
    await anyio.to_thread.run_sync(downgrade, two_tables)
    with psycopg.connect(two_tables) as connection:
        assert connection.execute("SELECT count(*) FROM match_interaction").fetchall() == [(1,)]
