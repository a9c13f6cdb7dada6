"""What is PostgreSQL's own about the index of jobs."""

from collections.abc import AsyncIterator, Callable
from math import ceil
from typing import Any

import anyio
import anyio.lowlevel
import attrs
import numpy as np
import psycopg
import pytest
from psycopg import sql

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.composing import unit
from jobmatch.errors import Incompatible, InvalidInput, TimedOut
from jobmatch.model import Exact, Filters, Hnsw, Job, Method, Place, Plan, Storage
from jobmatch.ports import Entry, SearchQuery, SearchResult
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

EXACT = Plan(method=Method.EXACT, fetch=1_000)
APPROXIMATE = Plan(method=Method.APPROXIMATE, fetch=10, effort=40)
HOSTILE = "x'); DROP TABLE match_job; -- \\ %s %(id)s {} \" $$ :y"


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        yield index


def crowd(count: int, **fields: Any) -> list[Entry]:
    """Return entries with vectors in all directions."""
    vectors = np.random.default_rng(1).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return [entry(f"j{n:05}", vector / np.linalg.norm(vector), **fields) for n, vector in enumerate(vectors)]


async def find(index: PostgresJobIndex, plan: Plan = EXACT, **filters: Any) -> SearchResult:
    return await index.search(SearchQuery(vector=axis(0), filters=Filters(**filters)), plan)


async def test_put_is_all_or_nothing(index: PostgresJobIndex, database_url: str) -> None:
    await index.put([entry("a", title="before")])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE match_text ADD CONSTRAINT no_b CHECK (job_id <> 'b')")
    with pytest.raises(InvalidInput, match="no_b"):
        await index.put([entry("a", title="after"), entry("b"), entry("c")])
    assert await index.count() == 1
    assert [hit.job.title for hit in (await find(index)).hits] == ["before"]


class Once(Database):
    """Tries everything once."""

    async def repeat(self, work: Callable[[psycopg.AsyncConnection], Any]) -> Any:
        return await self._with_connection(work)


async def test_where_transactions_are_serializable_who_puts_waits_for_others(
    index: PostgresJobIndex, settings: Settings, database_url: str
) -> None:
    await index.put([entry("a", title="before")])
    with psycopg.connect(database_url, autocommit=True) as connection:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'").format(database)
        )
    async with PostgresJobIndex(Once(settings)) as strict, anyio.create_task_group() as group:
        await strict.bind(EMBEDDER, DIMENSIONS)
        with psycopg.connect(database_url) as other, psycopg.connect(database_url, autocommit=True) as observer:
            other.execute("UPDATE match_job SET posted_at = now() WHERE id = 'a'")
            group.start_soon(strict.put, [entry("a", title="after")])
            await waiting(observer, 1)
            other.commit()
    assert [hit.job.title for hit in (await find(index)).hits] == ["after"]


async def test_puts_of_the_same_jobs_at_once_do_not_lock_one_another_out(index: PostgresJobIndex) -> None:
    entries = crowd(300)
    async with anyio.create_task_group() as group:
        for batch in (entries, entries[::-1], entries[100:], entries[::2]):
            group.start_soon(index.put, batch)
    assert await index.count() == 300


async def test_a_cancelled_put_leaves_nothing(index: PostgresJobIndex) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await index.put(crowd(50))
    assert await index.count() == 0
    await index.put(crowd(50))
    assert await index.count() == 50


async def test_a_huge_text_is_kept_and_can_be_searched(index: PostgresJobIndex) -> None:
    text = " ".join(f"word{n:07}" for n in range(200_000))
    strange = "😀-焊工-" * 200_000
    await index.put([entry("big", description=text), entry("odd", title="t" * 50_000, description=strange)])
    assert [hit.job.id for hit in (await find(index, keywords="word0000007")).hits] == ["big"]
    await index.create_index(Exact())
    assert [hit.job.id for hit in (await find(index, keywords="word0000007")).hits] == ["big"]


async def test_slashes_and_dots_part_words(index: PostgresJobIndex) -> None:
    await index.put([entry("a", description="Java/Python, node.js; TCP/IP. Crème brûlée, C++ full-time")])
    for keyword in ("python", "node js", "ip", "creme brulee", "C++", "full time", "Full-Time"):
        assert (await find(index, keywords=keyword)).hits, keyword


@pytest.mark.parametrize("indexed", [False, True], ids=["bulk", "indexed"])
async def test_words_are_found_before_and_after_there_is_an_index(
    index: PostgresJobIndex, indexed: bool, database_url: str
) -> None:
    if indexed:
        await index.create_index(Exact())
    await index.put([entry("a", description="welding"), entry("b", description="nursing")])
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT search IS NULL, words IS NULL FROM match_text").fetchall()
    assert rows == [(not indexed, indexed)] * 2
    query = SearchQuery(vector=axis(0), filters=Filters(keywords="weld"), keywords=("welder", "nurse", "weld"))
    found = await index.search(query, EXACT)
    assert [(hit.job.id, hit.keywords) for hit in found.hits] == [("a", (False, False, True))]


async def test_create_index_stems_what_waits(index: PostgresJobIndex, database_url: str) -> None:
    await index.put(crowd(4_500, description="welding"))
    told: list[tuple[float, str]] = []
    await index.create_index(Exact(), progress=lambda part, stage: told.append((part, stage)))
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM match_text WHERE search IS NULL").fetchone() == (0,)
    assert [part for part, _ in told] == sorted(part for part, _ in told)
    assert "words" in {stage for _, stage in told}
    assert len((await find(index, keywords="weld")).hits) == 1_000


async def test_metadata_that_no_database_can_hold_does_no_harm(index: PostgresJobIndex, database_url: str) -> None:
    await index.put([entry("a", metadata={"odd": "\ud800", "nul": "\x00", "number": 1.5})])
    with psycopg.connect(database_url) as connection:
        [(stored,)] = connection.execute("SELECT metadata FROM match_text").fetchall()
    assert stored["number"] == 1.5


@pytest.mark.parametrize("field", ["city", "companies", "exclude_companies", "skills", "keywords", "exclude_job_ids"])
async def test_hostile_text_is_but_text(index: PostgresJobIndex, field: str) -> None:
    await index.put([entry(HOSTILE, title=HOSTILE, company=HOSTILE, skills=(HOSTILE,), places=(Place(city=HOSTILE),))])
    filters: dict[str, Any] = {field: HOSTILE}
    found = await find(index, **filters)
    assert [hit.job.id for hit in found.hits] == ([] if field.startswith("exclude") else [HOSTILE])
    assert await index.survey(Filters(**filters))
    query = SearchQuery(vector=axis(0), filters=Filters(), keywords=(HOSTILE,))
    assert (await index.search(query, EXACT)).hits[0].keywords == (True,)
    assert await index.fingerprints([HOSTILE])
    assert await index.remove([HOSTILE]) == 1


async def test_a_vector_without_direction_is_searched_exactly(index: PostgresJobIndex) -> None:
    zero = np.zeros(DIMENSIONS, dtype=np.float32)
    await index.put([entry("zero", zero), entry("near"), entry("against", -axis(0))])
    await index.create_index(Hnsw())
    nowhere = await index.search(SearchQuery(vector=zero, filters=Filters()), APPROXIMATE)
    assert [(hit.job.id, hit.similarity) for hit in nowhere.hits] == [("against", 0), ("near", 0), ("zero", 0)]


@pytest.mark.parametrize("value", [np.nan, np.inf])
async def test_numbers_that_are_none_are_refused(index: PostgresJobIndex, value: float) -> None:
    vector = axis(0).copy()
    vector[3] = value
    with pytest.raises(InvalidInput, match="finite"):
        await index.put([entry("a", vector)])


async def test_a_search_that_takes_too_long_is_stopped(
    database_url: str, settings_for: Callable[..., Settings]
) -> None:
    async with PostgresJobIndex(Database(settings_for(database_url, DB_STATEMENT_TIMEOUT="1000"))) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry("a", description="x")])
        with psycopg.connect(database_url) as other:
            other.execute("LOCK TABLE match_job")
            with pytest.raises(TimedOut):
                await find(index)
        assert len((await find(index)).hits) == 1


async def test_another_embedder_may_have_an_index_without_vectors(index: PostgresJobIndex) -> None:
    await index.bind("larger", 3_000)
    long = np.zeros(3_000, dtype=np.float32)
    long[0] = 1
    await index.put([entry("a", long)])
    await index.create_index(Hnsw())
    found = await index.search(SearchQuery(vector=long, filters=Filters()), attrs.evolve(APPROXIMATE, fetch=1))
    assert [hit.job.id for hit in found.hits] == ["a"]


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def waiting(observer: psycopg.Connection, count: int) -> None:
    """Wait until so many wait for a lock."""
    with anyio.fail_after(60):
        while True:
            if observer.execute(WAITING).fetchone() == (count,):
                return
            await anyio.sleep(0.01)


async def test_another_embedder_waits_for_the_vectors_that_are_being_put(
    index: PostgresJobIndex, settings: Settings, database_url: str, observer: psycopg.Connection
) -> None:
    """Another session holds the import back, until the other embedder waits for it."""
    refused: list[Incompatible] = []

    async def bind(other: PostgresJobIndex) -> None:
        with pytest.raises(Incompatible) as caught:
            await other.bind("another", DIMENSIONS + 1)
        refused.append(caught.value)

    async with PostgresJobIndex(Database(settings)) as other, anyio.create_task_group() as group:
        with psycopg.connect(database_url) as holder:
            holder.execute("LOCK TABLE match_text")
            group.start_soon(index.put, [entry("a")])
            await waiting(observer, 1)
            group.start_soon(bind, other)
            await waiting(observer, 2)
    assert len(refused) == 1
    assert [hit.job.id for hit in (await find(index)).hits] == ["a"]


async def test_who_bound_before_cannot_put_after_another_has_bound(index: PostgresJobIndex, settings: Settings) -> None:
    async with PostgresJobIndex(Database(settings)) as other:
        await other.bind("other", DIMENSIONS)
        with pytest.raises(Incompatible, match="other"):
            await index.put([entry("a")])
        await other.put([entry("b")])
    assert await index.count() == 1


async def test_too_many_dimensions_are_refused(index: PostgresJobIndex) -> None:
    with pytest.raises(Incompatible, match="16,000"):
        await index.bind("x", 16_001)


@pytest.mark.parametrize(("dimensions", "storage"), [(3_000, Storage.HALFVEC), (5_000, Storage.BIT)])
async def test_long_vectors_are_indexed_by_what_can_hold_them(
    index: PostgresJobIndex, dimensions: int, storage: Storage
) -> None:
    await index.bind("long", dimensions)
    vectors = unit(np.random.default_rng(3).standard_normal((40, dimensions), dtype=np.float32))
    await index.put([entry(f"j{n:02}", vector) for n, vector in enumerate(vectors)])
    with pytest.raises(Incompatible, match=f"use --storage {storage}"):
        await index.create_index(Hnsw(storage=Storage.VECTOR if storage is Storage.HALFVEC else Storage.HALFVEC))
    await index.create_index(Hnsw(storage=storage))
    plan = Plan(method=Method.APPROXIMATE, fetch=5, effort=40)
    found = await index.search(SearchQuery(vector=vectors[7], filters=Filters()), plan)
    assert (found.hits[0].job.id, found.plan.method) == ("j07", Method.APPROXIMATE)


async def test_an_approximate_search_that_comes_short_is_repeated_exactly(index: PostgresJobIndex) -> None:
    rare = [entry(f"r{n}", -axis(0), company="Rare") for n in range(3)]
    await index.put([*crowd(2_000), *rare])
    await index.create_index(Hnsw())
    found = await find(index, APPROXIMATE, companies="rare")
    assert [hit.job.id for hit in found.hits] == ["r0", "r1", "r2"]
    assert (found.plan.method, found.plan.effort, found.complete) == (Method.EXACT, 0, True)
    full = await find(index, APPROXIMATE)
    assert (full.plan, full.complete, len(full.hits)) == (APPROXIMATE, False, 10)
    assert (full.settings["hnsw.ef_search"], found.settings) == ("40", {})


async def test_an_approximate_search_that_comes_short_takes_a_second_look_where_that_is_worth_it(
    index: PostgresJobIndex,
) -> None:
    entries = [
        attrs.evolve(one, job=attrs.evolve(one.job, company="Rare" if n % 10 == 0 else "Other"))
        for n, one in enumerate(crowd(2_000))
    ]
    await index.put(entries)
    await index.create_index(Hnsw(ef_construction=200))
    exactly = await find(index, attrs.evolve(EXACT, fetch=10), companies="rare")
    first = attrs.evolve(APPROXIMATE, near=40, reach=1_000, visits=2_000)
    found = await find(index, first, companies="rare")
    assert (found.plan.method, found.complete, len(found.hits)) == (Method.APPROXIMATE, False, 10)
    assert len(set(found.hits) & set(exactly.hits)) >= 9
    assert 40 < found.plan.near == found.plan.effort <= 960
    assert found.plan.visits == first.visits * ceil(found.plan.near / 40)
    for hopeless in (attrs.evolve(first, reach=100), attrs.evolve(first, near=1)):
        found = await find(index, hopeless, companies="rare")
        assert (found.plan.method, found.plan.reach, found.hits) == (Method.EXACT, 0, exactly.hits)


async def test_settings_of_a_search_do_not_outlive_it(database_url: str, settings_for: Callable[..., Settings]) -> None:
    database = Database(settings_for(database_url, DB_POOL_MAX_SIZE="1"))
    async with PostgresJobIndex(database) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put(crowd(100))
        await index.create_index(Hnsw())
        await find(index, attrs.evolve(APPROXIMATE, effort=777))
        assert await database.fetch("SELECT current_setting('hnsw.ef_search')", {}) == [("40",)]


async def test_a_survey_follows_the_data(index: PostgresJobIndex) -> None:
    assert (await index.survey(Filters())).total == 0
    await index.put(crowd(1_500, company="A", places=(Place(country="DE"),)))
    survey = await index.survey(Filters(country="DE"))
    assert (survey.total, survey.strategy) == (1_500, Exact())
    assert survey.matching == pytest.approx(1_500, rel=0.05)
    assert (await index.survey(Filters(country="FR"))).matching < 30
    await index.create_index(Hnsw(m=8, ef_construction=32))
    assert (await index.survey(Filters())).strategy == Hnsw(m=8, ef_construction=32, ef_search=40)


async def test_a_survey_knows_places_by_their_distance(index: PostgresJobIndex) -> None:
    berlin, boston = Place(latitude=52.5, longitude=13.4), Place(latitude=42.4, longitude=-71.1)
    entries = crowd(4_000)
    jobs = [attrs.evolve(one.job, places=(berlin if n % 4 else boston,)) for n, one in enumerate(entries)]
    await index.put([attrs.evolve(one, job=job) for one, job in zip(entries, jobs, strict=True)])
    near = await index.survey(Filters(latitude=52, longitude=13, radius_km=100))
    assert near.matching == pytest.approx(3_000, rel=0.3)
    nowhere = await index.survey(Filters(latitude=0, longitude=0, radius_km=100))
    assert nowhere.matching < 100


async def test_many_excluded_jobs_are_one_parameter(index: PostgresJobIndex) -> None:
    await index.put(crowd(500))
    await index.create_index(Hnsw())
    excluded = [f"j{n:05}" for n in range(490)] + [f"x{n}" for n in range(9_510)]
    for plan in (EXACT, APPROXIMATE):
        found = await find(index, plan, exclude_job_ids=excluded)
        assert sorted(hit.job.id for hit in found.hits) == [f"j{n:05}" for n in range(490, 500)]


@pytest.mark.parametrize(
    ("place", "centre", "radius", "inside"),
    [
        ((0.0, 179.9), (0.0, -179.9), 30, True),
        ((0.0, 179.9), (0.0, -179.9), 20, False),
        ((0.0, 180.0), (0.0, -180.0), 0.001, True),
        ((89.99, 90.0), (89.99, -90.0), 5, True),
        ((-90.0, 0.0), (-89.9, 123.0), 12, True),
        ((-90.0, 0.0), (90.0, 0.0), 20_100, True),
        ((60.0, 10.0), (60.0, 10.9), 51, True),
        ((60.0, 10.0), (60.0, 10.9), 49, False),
        ((10.0, 0.0), (-10.0, 180.0), 20_014, False),
        ((10.0, 0.0), (-10.0, 180.0), 20_016, True),
    ],
)
async def test_a_radius_is_one_on_a_globe(
    index: PostgresJobIndex, place: tuple[float, float], centre: tuple[float, float], radius: float, inside: bool
) -> None:
    await index.put([entry("a", places=(Place(latitude=place[0], longitude=place[1]),))])
    await index.create_index(Exact())
    found = await find(index, latitude=centre[0], longitude=centre[1], radius_km=radius)
    assert bool(found.hits) is inside


async def test_a_job_comes_back_as_it_went_in(index: PostgresJobIndex) -> None:
    job = Job(id="a", title="Łódź \u2028 ünïcode", places=(Place(city="Łódź", country="PL"),), posted_at=None)
    await index.put([Entry(job=job, fingerprint=job.fingerprint(), vector=axis(0))])
    assert (await find(index)).hits[0].job == job.summary()
    assert (await find(index, city="ŁÓDŹ")).hits == (await find(index)).hits


def ids(found: SearchResult) -> list[str]:
    return [hit.job.id for hit in found.hits]


async def test_a_filter_that_contradicts_itself_asks_nobody(index: PostgresJobIndex, database_url: str) -> None:
    await index.put([entry("a", workplace="remote")])
    await index.survey(Filters())  # learns the number of rows
    with psycopg.connect(database_url) as other:
        other.execute("ANALYZE match_job")  # a table that was never analysed is counted
        other.commit()
        other.execute("LOCK TABLE match_job")
        with anyio.fail_after(30):
            found = await find(index, remote=True, workplace="onsite")
            survey = await index.survey(Filters(remote=True, workplace="onsite"))
    assert (found.hits, found.complete, survey.matching) == ((), True, 0)


async def test_estimates_of_metadata_come_from_the_rows(
    database_url: str, settings_for: Callable[..., Settings]
) -> None:
    allowed = settings_for(database_url, JOBMATCH_METADATA_FIELDS="visa,team")
    async with PostgresJobIndex(Database(allowed)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        entries = [attrs.evolve(e, job=attrs.evolve(e.job, metadata={"visa": n % 4 == 0, "team": n % 500}))
                   for n, e in enumerate(crowd(4_000))]  # fmt: skip
        await index.put(entries)
        await index.create_index(Exact())
        assert (await index.survey(Filters(metadata={"visa": True}))).matching == pytest.approx(1_000, rel=0.4)
        assert (await index.survey(Filters(metadata={"team": 17}))).matching < 100
