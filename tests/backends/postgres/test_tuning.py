"""Measuring and tuning a real vector index, and what is left of it for the next process."""

from collections.abc import Callable

import numpy as np
import psycopg
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.engine import MatchEngine
from jobmatch.errors import Incompatible
from jobmatch.model import Filters, Hnsw, IndexStrategy, IvfFlat, MatchRequest, Method, Place, Profile
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder, entry

ROWS, DIMENSIONS = 3_000, 32
#: Built so carelessly that little effort finds little.
STRATEGIES = [Hnsw(m=4, ef_construction=8), IvfFlat(lists=50)]
Open = Callable[[], MatchEngine]


@pytest.fixture
async def open_engine(settings: Settings) -> Open:
    """Return a factory of engines, each as another process would have it, on three thousand scattered postings."""

    def make() -> MatchEngine:
        return MatchEngine(
            jobs=PostgresJobIndex(Database(settings)),
            tasks=MemoryTaskStore(),
            runner=LocalTaskRunner(grace=0.05),
            embedder=HashingEmbedder(DIMENSIONS),
        )

    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(HashingEmbedder(DIMENSIONS).name, DIMENSIONS)
        vectors = np.random.default_rng(3).standard_normal((ROWS, DIMENSIONS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        places = [Place(country="DE"), Place(country="DE"), Place(country="FR"), Place(country="NZ")]
        await index.put([entry(f"j{n}", vector, places=[places[n % 4]]) for n, vector in enumerate(vectors)])
    return make


@pytest.mark.parametrize("strategy", STRATEGIES, ids=IndexStrategy.describe)
async def test_more_effort_finds_more_and_the_least_that_is_enough_is_used_from_then_on(
    open_engine: Open, strategy: IndexStrategy
) -> None:
    async with open_engine() as engine:
        await engine.index.create(strategy)
        calibration = await engine.index.tune(target=0.95, count=20)
    assert calibration.index == strategy.describe()
    assert not calibration.rungs[0].reaches(0.95)
    assert calibration.rungs[-1].recall >= 0.95
    # Those to spare find as good as all, each perhaps another one not.
    assert calibration.rungs[-1].recall >= max(rung.recall for rung in calibration.rungs) - 0.001
    rung = calibration.reaching(0.95)
    assert rung is not None
    async with open_engine() as other:
        state = await other.index.status()
        assert state.calibration == calibration
        report = await other.index.recall(count=20)
        assert (await other.index.status()).recall == report
    assert report.overall.recall >= 0.95
    assert report.lowest >= 0.9
    assert {band.share for band in report.bands} >= {0.5}


async def test_an_explanation_shows_what_the_database_would_do(open_engine: Open) -> None:
    request = MatchRequest(profile=Profile(text="nurse of secrets"), filters=Filters(country="FR"), limit=5)
    async with open_engine() as engine:
        await engine.index.create(Hnsw())
        told = await engine.explain(request)
        assert (await engine.explain(MatchRequest(profile=request.profile))).plan.estimate == ROWS
    assert told.plan.method is Method.EXACT
    assert 0 < told.plan.estimate < ROWS
    assert told.trace.statement.startswith("WITH nearest AS")
    assert "secrets" not in told.trace.statement
    assert any("Scan" in line for line in told.trace.steps)


async def test_where_there_are_fewer_postings_than_are_looked_for_the_index_was_not_led_astray(
    open_engine: Open,
) -> None:
    async with open_engine() as engine:
        await engine.remove_jobs([f"j{n}" for n in range(5, ROWS)])
        await engine.index.create(Hnsw())
        calibration = await engine.index.tune(count=5, k=10)
        rung = calibration.reaching(0.99)
    assert rung is not None
    assert (rung.recall, rung.repeated) == (1.0, 0.0)


@pytest.mark.parametrize("countries", [(), ("DE",)], ids=["no filters", "all the same"])
async def test_filters_that_tell_nothing_of_costs_do_not_make_one_way_free(
    open_engine: Open, countries: tuple[str, ...]
) -> None:
    """What is left is the search without filters, whose cost is known as well."""
    filters = Filters(country=countries[0]) if countries else Filters()
    asked = [MatchRequest(profile=Profile(text=f"nurse {number}"), filters=filters) for number in range(20)]
    async with open_engine() as engine:
        await engine.index.create(Hnsw())
        costs = (await engine.index.tune(requests=asked)).costs
        nothing = await engine.explain(MatchRequest(profile=Profile(text="nurse"), filters=Filters(country="XX")))
    assert costs.exact + costs.exact_row * ROWS > 0.1  # 3,000 postings are compared in milliseconds
    assert costs.exact_row > 1e-5
    assert nothing.plan.method is Method.EXACT


RIVAL = "CREATE INDEX rival ON match_job USING ivfflat ((vector::halfvec(32)) halfvec_cosine_ops) WITH (lists = 50)"


async def test_another_index_over_the_same_vectors_is_reckoned_with_and_told(
    open_engine: Open, observer: psycopg.Connection
) -> None:
    async with open_engine() as engine:
        await engine.index.create(Hnsw())
        observer.execute(RIVAL)
        state = await engine.index.status()
        assert {state.name, *state.rivals} == {"match_job_vector", "rival"}
        explained = await engine.explain(MatchRequest(profile=Profile(text="nurse")))
        assert {"hnsw.ef_search", "ivfflat.probes"} <= explained.trace.settings.keys()
        with pytest.raises(Incompatible, match="rival"):
            await engine.index.tune(count=5)
        await engine.index.create(Hnsw())
        assert (await engine.index.status()).rivals == ()


@pytest.mark.parametrize("verb", ["tune", "recall"])
async def test_nothing_is_kept_of_an_index_that_was_replaced_meanwhile(
    open_engine: Open, observer: psycopg.Connection, verb: str
) -> None:
    async with open_engine() as engine:
        await engine.index.create(Hnsw())

        heard: list[str] = []

        def replace(part: float, stage: str) -> None:
            if stage.startswith(("effort", "without filters", "where")):
                observer.execute("DROP INDEX IF EXISTS match_job_vector")
                heard.append(stage)

        with pytest.raises(Incompatible, match="was replaced while it was measured"):
            await getattr(engine.index, verb)(count=5, progress=replace)
        assert len(heard) == 1  # it is not gone on with
        await engine.index.create(Hnsw())
        state = await engine.index.status()
        assert (state.calibration, state.recall) == (None, None)
