"""A change of embedder on PostgreSQL, from the default one to another, while everything goes on."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import psycopg
import pytest
from alembic import command
from psycopg import sql
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.postgres import migrations
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.strategies.target import LIMITS
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.composing import embed_jobs
from jobmatch.engine import EmbedderChange, MatchEngine
from jobmatch.errors import Incompatible
from jobmatch.model import Hnsw, IvfFlat, Job, MatchRequest, Profile, Storage, Weights
from jobmatch.ports import Embedder, Filled
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, HashingEmbedder, axis, entry

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

OLD, NEW = WordLlamaEmbedder(), HashingEmbedder(64)
TITLES = ("night nurse", "welder of pipes", "pastry baker", "tax lawyer", "bus driver")
JOBS = [Job(id=f"j{n:03}", title=f"{TITLES[n % 5]} {n}") for n in range(60)]
NURSE = MatchRequest(profile=Profile(text="night nurse on a ward"), weights=Weights(), recall="exact")
WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
#: Changes the embedder in batches of one, and stops for good where it is told to.
CHANGER = """
import asyncio, sys, time
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.engine import EmbedderChange
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, HashingEmbedder, axis, entry

def tell(part, stage):
    if stage.startswith(sys.argv[2]) and part >= float(sys.argv[3]):
        print("reached", flush=True)
        time.sleep(3600)

async def main():
    jobs = PostgresJobIndex(Database(Settings.from_environ({"DATABASE_URL": sys.argv[1]})))
    async with EmbedderChange(jobs=jobs, embedder=HashingEmbedder(64)) as change:
        await change.run(batch_size=1, progress=tell)

asyncio.run(main())
"""


def engine_of(settings: Settings, embedder: Embedder) -> MatchEngine:
    database = Database(settings)
    tasks = PostgresTaskStore(database)
    return MatchEngine(
        jobs=PostgresJobIndex(database), tasks=tasks, runner=LocalTaskRunner(grace=0.05), embedder=embedder
    )


def change_of(settings: Settings, embedder: Embedder = NEW) -> EmbedderChange:
    return EmbedderChange(jobs=PostgresJobIndex(Database(settings)), embedder=embedder)


async def answer(engine: MatchEngine) -> list[tuple[str, float]]:
    return [(match.job.id, round(match.score, 3)) for match in (await engine.match(NURSE)).matches]


class Slow(HashingEmbedder):
    """Lets others go on in between."""

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        await anyio.sleep(0.005)
        return await super().embed(texts)


@pytest.fixture
async def filled(settings: Settings) -> Settings:
    """A database with postings and an index, by the old embedder."""
    async with engine_of(settings, OLD) as engine:
        await engine.import_jobs(JOBS)
        await engine.index.create(Hnsw())
    return settings


async def test_searches_give_the_answers_of_one_model_all_the_while(filled: Settings) -> None:
    seen, done = list[list[tuple[str, float]]](), anyio.Event()

    async def search(engine: MatchEngine) -> None:
        while not done.is_set():
            seen.append(await answer(engine))

    async with engine_of(filled, OLD) as engine, change_of(filled, Slow(64)) as change:
        truth = await answer(engine)
        async with anyio.create_task_group() as group:
            group.start_soon(search, engine)
            await change.run(batch_size=5)
            count = len(seen)
            while len(seen) < count + 2:  # noqa: ASYNC110
                await anyio.sleep(0.01)
            done.set()
        assert [found for found in seen if found != truth] == []
        async with engine_of(filled, NEW) as renewed:
            assert (await answer(renewed))[0][0] in {job.id for job in JOBS if "nurse" in job.title}
            await renewed.import_jobs([Job(id="late", title="night nurse on a ward")])
            assert (await answer(renewed))[0][0] == "late"
            with pytest.raises(Incompatible, match="JOBMATCH_EMBEDDER"):
                await engine.import_jobs([Job(id="later", title="nurse")])
            assert await answer(engine) == truth
            await change.finish()
            assert (await answer(renewed))[0][0] == "late"
            with pytest.raises(Incompatible, match="JOBMATCH_EMBEDDER"):
                await answer(engine)


async def test_what_is_imported_meanwhile_is_there_after_it(filled: Settings) -> None:
    """New, changed and removed postings, while vectors are made of the texts as they were."""
    done = anyio.Event()

    async def edit(engine: MatchEngine) -> None:
        number = 0
        while not done.is_set():
            changed = [Job(id=f"j{number % 40:03}", title=f"plumber {number}"), Job(id=f"n{number}", title="cook")]
            await engine.import_jobs(changed)
            await engine.remove_jobs([f"j{40 + number % 20:03}"])
            number += 1
        await engine.import_jobs([Job(id="never", title="nobody")])

    async with engine_of(filled, OLD) as engine, change_of(filled, Slow(64)) as change:
        async with anyio.create_task_group() as group:

            async def run() -> None:
                await change.run(batch_size=5)
                done.set()

            group.start_soon(run)
            with pytest.raises(Incompatible, match=NEW.name):
                await edit(engine)
        status = await change.status()
        assert (status.filled, status.jobs) == (await engine.count(), await engine.count())
    await check_vectors(filled)


async def test_a_slow_embedder_is_waited_for_however_short_a_transaction_may_idle(
    filled: Settings, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET idle_in_transaction_session_timeout = 2000").format(database))

    async def embed(jobs: Sequence[Job]) -> "Vectors":
        await anyio.sleep(2.5)
        return await embed_jobs(NEW, jobs)

    async with PostgresJobIndex(Database(filled)) as index:
        await index.spaces.begin(NEW.name, NEW.dimensions)
        await index.spaces.create_index(NEW.name)
        await index.spaces.switch(NEW.name, embed)
        status = await index.spaces.status()
    assert status.serving is not None
    assert (status.serving.embedder, status.filled) == (NEW.name, len(JOBS))


async def check_vectors(settings: Settings) -> None:
    """Every vector is that of the text which is stored."""
    async with engine_of(settings, NEW) as engine:
        index = PostgresJobIndex(Database(settings))
        async with index:
            await index.bind(NEW.name, NEW.dimensions)
            samples = await index.admin.sample(1_000)
        assert len(samples) == await engine.count()
        titles = await NEW.embed([sample.job.title for sample in samples])
        for sample, vector in zip(samples, titles, strict=True):
            assert float(sample.vector @ vector) == pytest.approx(1.0, abs=1e-2)


@pytest.mark.parametrize(("stage", "part"), [("vectors", 0.2), ("looking", 0.7), ("hnsw", 0.0), ("switch", 0.0)])
async def test_a_killed_change_is_gone_on_with(filled: Settings, stage: str, part: float) -> None:
    url = filled.database_url or ""
    arguments = [sys.executable, "-c", CHANGER, url, stage, str(part)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        try:
            assert process.stdout
            assert await anyio.to_thread.run_sync(process.stdout.readline) == "reached\n"
        finally:
            process.kill()
    async with change_of(filled) as change:
        before = await change.status()
        assert before.filling
        assert before.filled > 0
        async with engine_of(filled, OLD) as engine:
            assert len(await answer(engine)) > 0
        after = await change.run()
        assert after.filled == len(JOBS)
    await check_vectors(filled)


async def test_an_index_that_could_not_hold_the_new_vectors_holds_less_of_each(
    filled: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond 2,000 dimensions halves, which is what the table has of them anyway; beyond 4,000 signs."""
    old: Embedder = OLD
    async with engine_of(filled, OLD) as engine:
        await engine.index.create(IvfFlat(lists=2, storage=Storage.VECTOR))
    for dimensions, storage in ((2_001, Storage.HALFVEC), (4_001, Storage.BIT)):
        new, planned = HashingEmbedder(dimensions), IvfFlat(lists=2, storage=storage).describe()
        caplog.clear()
        async with PostgresJobIndex(Database(filled)) as index:
            await index.spaces.begin(new.name, new.dimensions)
            assert (await index.spaces.status()).planned == planned
        assert f"{dimensions:,} dimensions are too many" in caplog.text
        assert planned in caplog.text
        async with change_of(filled, new) as change:
            await change.run()
            async with engine_of(filled, new) as engine:
                assert (await engine.index.status()).index == planned
            await change.finish()
        old = new
    async with engine_of(filled, old) as engine:
        assert len(await answer(engine)) > 0


async def test_vectors_that_no_index_of_the_kind_could_hold_are_refused_before_they_are_made(
    filled: Settings, observer: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for storage in LIMITS:
        monkeypatch.setitem(LIMITS, storage, NEW.dimensions - 1)
    async with change_of(filled) as change:
        with pytest.raises(Incompatible, match=r"the index that serves is hnsw .* drop it before the change"):
            await change.run()
        assert (await change.status()).filling is None
    async with engine_of(filled, OLD) as engine:
        await engine.index.drop()
    async with change_of(filled) as change:
        await change.run()
    async with engine_of(filled, NEW) as engine:
        assert len(await answer(engine)) > 0


async def test_what_was_measured_of_one_embedder_is_not_used_for_another(
    filled: Settings, observer: psycopg.Connection
) -> None:
    async with engine_of(filled, OLD) as engine:
        measured = await engine.index.tune(count=20)
    async with change_of(filled) as change:
        await change.run()
        async with engine_of(filled, NEW) as renewed:
            state = await renewed.index.status()
            assert (state.index, state.calibration) == (measured.index, None)
            await renewed.index.tune(count=20)
            assert (await renewed.index.status()).calibration is not None
        async with engine_of(filled, OLD) as engine:
            assert (await engine.index.status()).calibration == measured
        kept = "SELECT count(DISTINCT relation) FROM match_index"
        assert observer.execute(kept).fetchone() == (2,)
        await change.finish()
        assert observer.execute(kept).fetchone() == (1,)


async def waiting(observer: psycopg.Connection) -> None:
    """Wait until somebody waits for a lock."""
    with anyio.fail_after(60):
        while True:
            if observer.execute(WAITING).fetchone() is not None:
                return
            await anyio.sleep(0.01)


async def test_vectors_are_filled_in_in_the_order_in_which_imports_lock(
    settings: Settings, database_url: str, observer: psycopg.Connection
) -> None:
    """Another session changes two postings, the second of which comes first in the table and among those filled in."""
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("old", DIMENSIONS)
        for job_id in ("b", "a"):
            await index.put([entry(job_id)])
        await index.spaces.begin("new", DIMENSIONS)
        missing = await index.spaces.missing("new", limit=10)
        filled = [Filled(job_id=one.job.id, text=one.text, vector=axis(0)) for one in reversed(missing)]
        async with anyio.create_task_group() as group:
            with psycopg.connect(database_url) as other:
                other.execute("SET deadlock_timeout = '10ms'")
                other.execute("SELECT FROM match_job WHERE id = 'a' FOR UPDATE")
                group.start_soon(index.spaces.fill, "new", filled)
                await waiting(observer)
                other.execute("SELECT FROM match_job WHERE id = 'b' FOR UPDATE")
        assert await index.spaces.missing("new", limit=10) == []


async def test_two_changes_at_once_make_one(filled: Settings) -> None:
    async with change_of(filled) as one, change_of(filled) as another:
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            group.start_soon(another.run)
        status = await one.status()
        assert one.serves(status)
        assert status.filling is None
    await check_vectors(filled)


async def test_tables_go_back_to_an_older_release_unless_a_change_is_under_way(filled: Settings) -> None:
    url = filled.database_url or ""
    async with change_of(filled) as change:
        await change.run()
        with pytest.raises(DBAPIError, match="jobmatch embedder finish"):
            migrate(url, command.downgrade, "0009")
        await change.finish()
    migrate(url, command.downgrade, "0009")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT embedder, dimensions, single FROM match_space").fetchone()
        assert row == (NEW.name, NEW.dimensions, True)
        assert connection.execute("SELECT count(vector) FROM match_job").fetchone() == (len(JOBS),)
        names = connection.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%hnsw%'").fetchall()
        assert names == [("match_job_vector",)]
    migrate(url, command.upgrade, "head")
    await check_vectors(filled)


def migrate(url: str, act: Callable[..., None], revision: str) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.begin() as connection:
        config = migrations.configuration()
        config.attributes["connection"] = connection
        act(config, revision)
