"""What is known of a table: asked for once, forgotten when it changes, and done without where it cannot be had."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import anyio
import anyio.lowlevel
import psycopg
import pytest
from psycopg import AsyncConnection

from jobmatch.backends.postgres import catalog, surveys
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Database, Parameters, Rows
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.schema import VECTOR
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.witnessing import Witnessing
from jobmatch.errors import TimedOut
from jobmatch.model import Filters, Hnsw, IvfFlat, Storage
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, entry

ROWS = 1_500


@asynccontextmanager
async def filled(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    """Open an index with many new rows."""
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry(f"j{n:04}") for n in range(ROWS)])
        yield index


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    async with filled(settings) as index:
        yield index


@contextmanager
def nobody_analyzes(url: str) -> Iterator[None]:
    """Hold a lock that nothing waits for but ANALYZE."""
    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE match_text IN SHARE UPDATE EXCLUSIVE MODE")
        yield


def attempts(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.messages.count("gathering statistics")


def analyzed(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT reltuples FROM pg_class WHERE relname = 'match_text'").fetchone() == (ROWS,)


async def test_an_index_that_holds_other_vectors_than_the_table_is_known(settings: Settings) -> None:
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry(f"j{n:02}") for n in range(20)])
        assert (await index.survey(Filters())).as_stored  # there is none
        for storage, as_stored in ((Storage.HALFVEC, True), (Storage.VECTOR, False), (Storage.BIT, False)):
            await index.create_index(Hnsw(m=4, ef_construction=8, storage=storage))
            assert (await index.survey(Filters())).as_stored is as_stored


async def test_a_search_does_not_wait_for_whoever_builds_an_index(
    index: PostgresJobIndex, database_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "jobmatch.postgres")
    with nobody_analyzes(database_url):
        for _ in range(3):
            assert (await index.survey(Filters())).total == ROWS
        assert attempts(caplog) == 0
    await index.survey(Filters())
    assert not analyzed(database_url)
    monkeypatch.setattr(surveys, "monotonic", lambda: float("inf"))  # when the rest is over
    await index.survey(Filters())
    assert attempts(caplog) == 1
    assert analyzed(database_url)


async def test_what_others_have_put_since_is_counted(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The process that puts them may have ended; an index that was built before left word that there are none."""
    caplog.set_level("INFO", "jobmatch.postgres")
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.create_index(IvfFlat(lists=3))
        await index.put([entry(f"j{n:04}") for n in range(10)])
        assert (await index.survey(Filters())).total == 10
    async with filled(settings):
        assert not analyzed(database_url)
    async with PostgresJobIndex(Database(settings)) as index:
        with nobody_analyzes(database_url):
            assert (await index.survey(Filters())).total == ROWS
        monkeypatch.setattr(surveys, "monotonic", lambda: float("inf"))  # when the rest is over
        for _ in range(3):
            assert (await index.survey(Filters())).total == ROWS
        assert attempts(caplog) == 1


@pytest.mark.usefixtures("index")
async def test_of_a_table_that_grows_the_size_tells_how_much(settings: Settings, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ANALYZE match_job, match_text")
    async with PostgresJobIndex(Database(settings)) as other:
        await other.bind(EMBEDDER, DIMENSIONS)
        await other.put([entry(f"k{n:04}") for n in range(ROWS // 2)])
    with nobody_analyzes(database_url):
        async with PostgresJobIndex(Database(settings)) as index:
            assert (await index.survey(Filters())).total == pytest.approx(1.5 * ROWS, rel=0.1)


async def test_who_may_not_gather_statistics_does_not_try_at_every_search(
    settings: Settings, database_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "jobmatch.postgres")
    async with filled(settings):
        pass
    async with Database(settings) as database:
        surveyor, fetch = Surveyor(database, Witnessing(database)), database.fetch

        async def passing_over(statement: str, parameters: Parameters, *, again: bool = False) -> Rows:
            return [] if statement.startswith("ANALYZE") else await fetch(statement, parameters, again=again)

        monkeypatch.setattr(database, "fetch", passing_over)  # with a warning, as the server has it
        for _ in range(3):
            await surveyor.survey(Filters(), closely=False)
        assert attempts(caplog) == 1


class Analyzing:
    """Stands between a surveyor and its database: gathering statistics fails, or never ends."""

    def __init__(self, database: Database, *, failure: Exception | None = None) -> None:
        self._fetch, self._failure = database.fetch, failure
        self.begun = anyio.Event()

    async def fetch(self, statement: str, parameters: Parameters, *, again: bool = False) -> Rows:
        """Fetch anything else."""
        if statement.startswith("ANALYZE"):
            self.begun.set()
            if self._failure:
                raise self._failure
            await anyio.sleep_forever()
        return await self._fetch(statement, parameters, again=again)


@pytest.mark.usefixtures("index")
async def test_statistics_that_cannot_be_gathered_are_done_without(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "jobmatch.postgres")
    async with Database(settings) as database:
        surveyor = Surveyor(database, Witnessing(database))
        surveyor.forget(ROWS)
        with monkeypatch.context() as patch:
            patch.setattr(database, "fetch", Analyzing(database, failure=TimedOut("too long")).fetch)
            for _ in range(3):
                assert (await surveyor.survey(Filters(), closely=False)).total == ROWS
        assert attempts(caplog) == 1
        assert "could not analyze" in caplog.text
        monkeypatch.setattr(surveys, "monotonic", lambda: float("inf"))  # when the rest is over
        await surveyor.survey(Filters(), closely=False)
        assert attempts(caplog) == 2
        assert analyzed(await database.url())


@pytest.mark.usefixtures("index")
async def test_who_is_cancelled_while_statistics_are_gathered_leaves_that_to_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database(settings) as database:
        surveyor, analyzing = Surveyor(database, Witnessing(database)), Analyzing(database)
        surveyor.forget(ROWS)
        with monkeypatch.context() as patch:
            patch.setattr(database, "fetch", analyzing.fetch)
            async with anyio.create_task_group() as group:
                group.start_soon(partial(surveyor.survey, Filters(), closely=False))
                await analyzing.begun.wait()
                # Meanwhile the others go on.
                assert (await surveyor.survey(Filters(), closely=False)).total == ROWS
                group.cancel_scope.cancel()
        assert not analyzed(await database.url())
        await surveyor.survey(Filters(), closely=False)
        assert analyzed(await database.url())


class Reader:
    """Reads the catalog when it is let go; the first attempts are in vain, if there are to be such."""

    def __init__(self, *, in_vain: int = 0) -> None:
        self.go, self.reading = anyio.Event(), anyio.Event()
        self.reads = 0
        self._in_vain = in_vain

    async def __call__(self, connection: AsyncConnection, settings: Settings) -> Catalog:
        self.reads += 1
        number = self.reads
        found = await catalog.read(connection, settings, VECTOR)
        self.reading.set()
        await self.go.wait()
        if number <= self._in_vain:
            raise TimedOut("in vain")
        return found


async def test_many_at_once_ask_for_the_catalog_once(settings: Settings) -> None:
    async with Database(settings) as database:
        surveyor = Surveyor(database, Witnessing(database), read=(reader := Reader()))
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(surveyor.catalog)
            await anyio.wait_all_tasks_blocked()
            reader.go.set()
    assert reader.reads == 1


async def test_a_catalog_read_before_the_table_changed_is_not_remembered(settings: Settings) -> None:
    async with Database(settings) as database:
        surveyor = Surveyor(database, Witnessing(database), read=(reader := Reader()))
        async with anyio.create_task_group() as group:
            group.start_soon(surveyor.catalog)
            await reader.reading.wait()
            surveyor.forget()
            reader.go.set()
        assert reader.reads == 1
        await surveyor.catalog()
        assert reader.reads == 2


async def test_who_waited_in_vain_asks_for_themselves(settings: Settings) -> None:
    failures: list[TimedOut] = []
    async with Database(settings) as database:
        surveyor = Surveyor(database, Witnessing(database), read=(reader := Reader(in_vain=1)))

        async def ask() -> None:
            try:
                assert (await surveyor.catalog()).target.dimensions
            except TimedOut as error:
                failures.append(error)

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask)
            await reader.reading.wait()
            reader.go.set()
    assert len(failures) == 1


async def test_an_estimate_made_before_the_table_changed_is_not_remembered(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await index.survey(Filters())
    fetch, estimates = Database.fetch, 0

    async def changed_meanwhile(database: Database, statement: str, parameters: Parameters, *, again: bool) -> Rows:
        nonlocal estimates
        rows = await fetch(database, statement, parameters, again=again)
        if statement.startswith("EXPLAIN"):
            estimates += 1
            if estimates == 1:
                await index.remove(["j0001"])
        return rows

    monkeypatch.setattr(Database, "fetch", changed_meanwhile)
    for _ in range(3):
        await index.survey(Filters(companies="a"))
    assert estimates == 2
