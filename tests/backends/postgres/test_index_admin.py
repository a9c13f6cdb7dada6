"""What is told about the vector index."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager

import attrs
import numpy as np
import psycopg
import pytest

from jobmatch.backends.postgres import index_build
from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres import index_statements as statements
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.filters import shape
from jobmatch.backends.postgres.index_state import alive
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.errors import Incompatible, InvalidInput
from jobmatch.model import Exact, Filters, Hnsw, IndexStrategy, IvfFlat, Method, Plan, Storage
from jobmatch.ports import Entry, SearchQuery
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

ROWS = 3_000
APPROXIMATE = Plan(method=Method.APPROXIMATE, fetch=10, effort=77, visits=500)


async def fill(url: str) -> None:
    async with PostgresJobIndex(Database(Settings.from_environ({"DATABASE_URL": url}))) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put(entries())


@pytest.fixture(scope="module")
def template(filled_once: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """A database with three thousand jobs."""
    with filled_once(fill) as name:
        yield name


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        yield index


def entries(*, seed: int = 1) -> list[Entry]:
    vectors = np.random.default_rng(seed).normal(size=(ROWS, DIMENSIONS)).astype(np.float32)
    return [entry(f"j{n:04}", vector / np.linalg.norm(vector)) for n, vector in enumerate(vectors)]


async def test_before_anything_was_built_everything_is_missing(index: PostgresJobIndex) -> None:
    state = await index.admin.inspect()
    assert (state.index, state.name, state.used, state.bloat) == ("exact", None, False, None)
    assert state.missing == ddl.ALL_SUPPORTING
    assert state.buffers is not None
    assert state.buffers >= 2**27  # what PostgreSQL keeps by itself
    assert state.table_bytes > 0


async def test_the_state_of_an_index(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    await index.create_index(Hnsw())
    state = await index.admin.inspect()
    assert (state.index, state.name, state.rows) == (Hnsw().describe(), ddl.VECTOR, ROWS)
    assert state.used
    assert (state.missing, state.broken, state.building) == ((), (), None)
    sizes = observer.execute(
        "SELECT pg_relation_size('match_job_vector'), pg_indexes_size('match_job') + pg_indexes_size('match_text')"
    ).fetchone()
    assert sizes == (state.index_bytes, state.index_bytes + state.supporting_bytes)


async def test_what_is_broken_or_missing_is_named(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    await index.create_index(Hnsw())
    observer.execute("DROP INDEX match_job_countries")
    observer.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'match_job_vector'::regclass")
    state = await index.admin.inspect()
    assert (state.broken, state.missing, state.foreign) == ((ddl.VECTOR,), ("match_job_countries",), ())
    assert (state.index, state.name, state.used) == ("exact", None, False)
    assert (await index.admin.forecast(Hnsw())).steps == (
        "drop the broken index match_job_vector",
        "build the index match_job_countries on countries",
        "build the vector index: hnsw m=32 ef_construction=256 storage=halfvec",
    )


@pytest.mark.parametrize(
    ("total", "counted", "dead", "rows"),
    [
        (9_000, 3_000, 6_000, 3_000),  # all of them replaced, twice
        (3_000, 3_000, 3_000, 3_000),  # and counted then
        (5_000, 1_000, 0, 5_000),  # more came
        (2_000, 3_000, 0, 2_000),  # the table was cut off
        (-1, -1, 0, -1),
    ],
)
def test_the_dead_are_no_rows(total: int, counted: int, dead: int, rows: int) -> None:
    assert alive(total, counted, dead) == rows


async def test_rows_that_were_replaced_bloat_an_index_until_it_is_built_anew(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    await index.create_index(Hnsw())
    fresh = await index.admin.inspect()
    await index.put(entries(seed=2))
    await index.put(entries(seed=3))
    observer.execute("SELECT pg_stat_force_next_flush()")
    bloated = await index.admin.inspect()
    assert bloated.dead_rows >= ROWS
    assert fresh.bloat is not None
    assert bloated.bloat is not None
    assert bloated.bloat > 2 * fresh.bloat
    await index.admin.reindex()
    assert (await index.admin.inspect()).bloat == pytest.approx(fresh.bloat, rel=0.2)


@pytest.mark.parametrize("dimensions", [64, 700])
async def test_a_forecast_of_the_size_comes_near(empty_settings: Settings, dimensions: int) -> None:
    async with PostgresJobIndex(Database(empty_settings)) as index:
        await index.bind(EMBEDDER, dimensions)
        vectors = np.random.default_rng(1).normal(size=(1_000, dimensions)).astype(np.float32)
        await index.put([entry(f"j{n:04}", vector) for n, vector in enumerate(vectors)])
        for storage in Storage:
            # So many lists that where in its pages each of them ends does not matter: they are drawn at random.
            for strategy in (Hnsw(m=6, storage=storage), IvfFlat(lists=100, storage=storage)):
                forecast = await index.admin.forecast(strategy)
                await index.create_index(strategy)
                state = await index.admin.inspect()
                assert state.index_bytes == pytest.approx(forecast.bytes, rel=0.25), strategy
                assert state.bloat == pytest.approx(1.0, rel=0.25)


async def test_a_forecast_follows_what_is_there(index: PostgresJobIndex) -> None:
    first = await index.admin.forecast(Hnsw())
    assert first.steps[0] == f"make the words of {ROWS:,} postings searchable"
    assert len(first.steps) == 2 + len(ddl.ALL_SUPPORTING)
    await index.create_index(Hnsw())
    assert (await index.admin.forecast(Hnsw(ef_search=99))).steps == ()
    assert (await index.admin.forecast(Hnsw(m=8))).steps == (
        "build the vector index: hnsw m=8 ef_construction=256 storage=halfvec",
        "drop the vector index match_job_vector",
    )
    assert (await index.admin.forecast(Exact())).steps == ("drop the vector index match_job_vector",)


async def test_a_forecast_counts_the_wait_until_all_know_the_new_index(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = (Hnsw(), Hnsw(m=8), Exact())

    async def seconds() -> list[float | None]:
        return [(await index.admin.forecast(strategy)).seconds for strategy in wanted]

    await index.create_index(wanted[0])
    there, other, none = await seconds()
    assert other is not None
    monkeypatch.setattr(index_build, "NOTICED", 7.0)
    assert await seconds() == [
        there,
        pytest.approx(other + 7.0),
        none,
    ]  # what is there serves, and nothing waits for none


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Hnsw(), Hnsw(m=48)),
        (Hnsw(), Hnsw(ef_construction=400)),
        (IvfFlat(lists=10), Hnsw()),
        (IvfFlat(lists=10), IvfFlat(lists=1_000)),
        (Exact(), IvfFlat(lists=10)),
    ],
)
async def test_what_is_more_work_takes_longer(
    index: PostgresJobIndex, one: IndexStrategy, other: IndexStrategy
) -> None:
    quick, slow = [await index.admin.forecast(strategy) for strategy in (one, other)]
    assert quick.seconds is not None
    assert slow.seconds is not None
    assert quick.seconds < slow.seconds


async def test_a_forecast_of_the_impossible(empty_settings: Settings) -> None:
    async with PostgresJobIndex(Database(empty_settings)) as index:
        await index.bind(EMBEDDER, 3_000)
        with pytest.raises(Incompatible, match="--storage halfvec"):
            await index.admin.forecast(Hnsw(storage=Storage.VECTOR))


async def test_a_trace_tells_statement_settings_and_plan(index: PostgresJobIndex) -> None:
    await index.create_index(Hnsw(m=8))  # with more links the server takes it for dearer than comparing so few
    filters = Filters(country="DE", companies="x'; DROP TABLE match_job; --")
    trace = (await index.admin.explain(SearchQuery(vector=axis(0), filters=filters), APPROXIMATE)).trace
    assert "%(country)s" in trace.statement
    assert "DROP" not in trace.statement
    assert trace.settings["hnsw.ef_search"] == "77"
    assert trace.settings["hnsw.max_scan_tuples"] == "500"
    assert trace.settings["ivfflat.probes"] == "10"  # one may just have been built
    plain = (await index.admin.explain(SearchQuery(vector=axis(0), filters=Filters()), APPROXIMATE)).trace
    assert any("using match_job_vector" in line for line in plain.steps)
    exact = (
        await index.admin.explain(
            SearchQuery(vector=axis(0), filters=Filters()), attrs.evolve(APPROXIMATE, method=Method.EXACT)
        )
    ).trace
    assert not any("match_job_vector" in line for line in exact.steps)
    assert exact.settings == {}


async def test_a_trace_shows_long_constants_in_part(empty_settings: Settings) -> None:
    async with PostgresJobIndex(Database(empty_settings)) as index:
        await index.bind(EMBEDDER, 256)
        vector = np.random.default_rng(1).normal(size=256).astype(np.float32)
        filters = Filters(companies="it's " + "long " * 100, city="Berlin")
        trace = (await index.admin.explain(SearchQuery(vector=vector, filters=filters), APPROXIMATE)).trace
    assert "…'" in "\n".join(trace.steps)
    assert max(map(len, trace.steps)) < 1_000


async def test_a_vector_of_the_wrong_shape_is_not_explained(index: PostgresJobIndex) -> None:
    query = SearchQuery(vector=np.ones(3, dtype=np.float32), filters=Filters())
    with pytest.raises(InvalidInput):
        await index.admin.explain(query, APPROXIMATE)


async def test_a_sample_reads_a_part_of_the_table(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    statement = statements.sample(shape(Filters()))
    cursor = psycopg.ClientCursor(observer)
    parameters = {"count": 20, "percent": 5.0, **statement.constants}
    lines = [line for (line,) in cursor.execute(f"EXPLAIN {statement.text}", parameters)]
    plan = "\n".join(lines)
    assert "Sample Scan on match_job sample" in plan
    assert "Tid Scan on match_job" in plan
    assert "Seq Scan" not in plan
