"""The whole contract, against this kind of index; and its whole life, as its users lead it."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import anyio
import psycopg
import pytest
from click.testing import CliRunner
from jobmatch_constellation import Constellation

from jobmatch import MatchEngine, MatchRequest, Profile, Settings
from jobmatch.adapters.cli.root import cli
from jobmatch.backends.postgres import embedded
from jobmatch.backends.postgres.migrations import upgrade
from jobmatch.errors import Incompatible
from jobmatch.importing import jobs_from_records, read_requests
from jobmatch.model import Hnsw, IndexStrategy, Method, Storage
from jobmatch.sample import postings
from jobmatch.testing.index_method import IndexMethodContract

EXTENSION = files("jobmatch_constellation").joinpath("constellation.sql").read_bytes()
#: Other searches look from aside as well, among postings drawn at random, and now and then compare all after that.
REQUEST = MatchRequest(profile=Profile(text="night nurse, surgical ward"), limit=20, recall="fast")
STRATEGIES = [Constellation(), Constellation(links=8, storage=Storage.VECTOR)]
QUESTIONS = Path(__file__).with_name("questions.jsonl")


@pytest.fixture
def anyio_backend() -> str:
    """psycopg's pool runs on asyncio only."""
    return "asyncio"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of a database with postings, on a server without the extension."""
    data = Path(mkdtemp(prefix="jobmatch-")) / "server"
    server = embedded.package().get_server(data, cleanup_mode="delete")
    upgrade(server.get_uri())
    anyio.run(fill, server.get_uri())
    yield server.get_uri()
    server.cleanup()
    data.parent.rmdir()


async def fill(url: str) -> None:
    """Import postings."""
    async with MatchEngine.from_settings(Settings.from_environ({"DATABASE_URL": url})) as engine:
        await engine.import_jobs(jobs_from_records(postings(8_000, today=date.today())))


@pytest.fixture
def lacking(database: str) -> str:
    """The same, after DROP EXTENSION."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP ACCESS METHOD IF EXISTS constellation CASCADE")
    return database


@pytest.fixture
def extended(lacking: str) -> str:
    """The same, after CREATE EXTENSION."""
    with psycopg.connect(lacking, autocommit=True) as connection:
        connection.execute(EXTENSION)
    return lacking


@pytest.fixture
async def engine(database: str) -> AsyncIterator[MatchEngine]:
    settings = Settings.from_environ({"DATABASE_URL": database, "JOBMATCH_CACHE_TTL": "0"})
    async with MatchEngine.from_settings(settings) as engine:
        yield engine


@pytest.fixture
def tell(database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command of the index; return what it tells programs."""
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", database)

    def run(*arguments: object) -> Any:
        done = CliRunner().invoke(cli, ["index", *map(str, arguments), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return run


# --8<-- [start:contract]
class TestConstellationMethod(IndexMethodContract):
    @pytest.fixture
    def url(self, extended: str) -> str:
        return extended

    @pytest.fixture(params=STRATEGIES, ids=IndexStrategy.describe)
    def strategy(self, request: pytest.FixtureRequest) -> IndexStrategy:
        strategy: IndexStrategy = request.param
        return strategy


# --8<-- [end:contract]


async def test_its_life_in_the_library(extended: str, engine: MatchEngine) -> None:
    strategy = Constellation(links=20, look=90)
    forecast = await engine.index.plan(strategy)
    assert forecast.steps[-1] == "build the vector index: constellation links=20 storage=halfvec"
    await engine.index.create(strategy)
    assert (await engine.index.plan(Constellation(links=20, look=10))).steps == ()

    state = await engine.index.status()
    assert (state.index, state.used) == ("constellation links=20 storage=halfvec", True)
    assert state.bloat is not None
    assert 0.5 < state.bloat < 2

    asked = read_requests(str(QUESTIONS))
    calibration = await engine.index.tune(requests=asked)
    assert calibration.index == state.index
    assert calibration.reaching(0.99)
    report = await engine.index.recall(requests=asked)
    assert report.index == state.index
    assert report.overall.recall >= 0.9
    state = await engine.index.status()
    assert state.calibration == calibration
    assert state.recall == report

    await engine.index.reindex()
    assert (await engine.index.status()).index == calibration.index
    await engine.index.drop()
    assert (await engine.index.status()).name is None


async def test_matches_are_found_by_it(extended: str, engine: MatchEngine) -> None:
    await engine.index.create(Constellation())
    explained = await engine.explain(REQUEST)
    assert explained.plan.method is Method.APPROXIMATE
    assert int(explained.trace.settings["hnsw.ef_search"]) == explained.plan.effort
    assert any("using match_job_vector" in step for step in explained.trace.steps)

    page = await engine.match(REQUEST)
    assert page.diagnostics.plan.method is Method.APPROXIMATE
    await engine.index.drop()
    exactly = await engine.match(REQUEST)
    assert exactly.diagnostics.plan.method is Method.EXACT
    found, nearest = ({match.job.id for match in one.matches} for one in (page, exactly))
    assert len(found & nearest) >= 18


async def test_it_replaces_another_and_is_replaced(extended: str, engine: MatchEngine) -> None:
    for strategy in (Hnsw(m=8), Constellation(), Constellation(links=8), Hnsw(m=8)):
        await engine.index.create(strategy)
        state = await engine.index.status()
        assert (state.index, state.name) == (strategy.describe(), "match_job_vector")


async def test_a_server_that_lacks_the_extension_is_told_so(lacking: str, engine: MatchEngine) -> None:
    for refused in (engine.index.plan, engine.index.create):
        with pytest.raises(Incompatible, match="no access method 'constellation': run CREATE EXTENSION constellation"):
            await refused(Constellation())


async def test_what_it_cannot_hold_is_refused(extended: str, engine: MatchEngine) -> None:
    with pytest.raises(Incompatible, match="use --storage halfvec"):
        await engine.index.create(Constellation(storage=Storage.BIT))


def test_its_life_on_the_command_line(extended: str, tell: Callable[..., Any]) -> None:
    planned = tell("plan", "--type", "constellation", "--storage", "vector")
    assert planned["index"] == "constellation links=24 storage=vector"
    made = tell("create", "--type", "constellation")
    assert (made["strategy"], made["links"], made["postings"]) == ("constellation", 24, 8_000)
    assert tell("create", "--type", "constellation")["forecast"]["steps"] == []
    index = "constellation links=24 storage=halfvec"
    assert tell("tune", "--requests", QUESTIONS)["calibration"]["index"] == index
    assert tell("recall", "--requests", QUESTIONS, "--min", 0.5)["overall"]["queries"] == 2
    state = tell("status")
    assert (state["index"], state["used"], state["broken"]) == (index, True, [])
    assert tell("reindex")["index"] == index
    assert tell("drop") == {"dropped": index}


def test_the_options_of_others_are_refused(tell: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError, match="--m goes with --type hnsw"):
        tell("plan", "--type", "constellation", "--m", 8)
