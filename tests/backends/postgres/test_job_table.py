"""Searching tables of somebody else's, with their own names and types."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import attrs
import numpy as np
import psycopg
import pytest
from msgspec.structs import replace
from pgvector.sqlalchemy import HALFVEC, VECTOR
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    UUID,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
)
from sqlalchemy.dialects.postgresql import JSONB

from jobmatch.backends.postgres import index_build
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.index_builder import BUILD_LOCK
from jobmatch.backends.postgres.mapped import JobTable, Metric, TableJobIndex
from jobmatch.engine.index import VectorIndex
from jobmatch.errors import Incompatible, InvalidInput, NotFound, SchemaOutdated
from jobmatch.model import (
    Band,
    Exact,
    Filters,
    Hnsw,
    IndexStrategy,
    InteractionKind,
    IvfFlat,
    Method,
    Pay,
    Plan,
    Recall,
    RecallReport,
    Storage,
)
from jobmatch.ports import SearchQuery, SearchResult
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder, entry
from jobmatch.testing.index_admin import CALIBRATION

EXACT = Plan(method=Method.EXACT, fetch=10)
APPROXIMATE = Plan(method=Method.APPROXIMATE, fetch=5, effort=100)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
QUERY = np.array([1, 0, 0], dtype=np.float32)
TABLES = """
CREATE SCHEMA "Work";
CREATE TABLE "Companies" ("Id" int PRIMARY KEY, "Legal Name" text, "Trade" text);
CREATE TABLE "Work"."Jobs" (
  "Id" int PRIMARY KEY, "Name (en)" text NOT NULL, "Firm" int, "Town" text, "Land" text, "Lat" real, "Lon" real,
  "Remote?" boolean, "Skills" text[], "Yearly" numeric, "Since" timestamptz, "Open" boolean, "Body" text,
  "Extra" jsonb, "Embedding" {type}(3)
);
INSERT INTO "Companies" VALUES (1, 'Größe  & "Co"', 'Métal'), (2, NULL, NULL);
INSERT INTO "Work"."Jobs" VALUES
  (1, 'Welder', 1, 'BONN', 'de', 50.73, 7.1, false, '{{MIG  Welding}}', 50000, '2026-06-01Z', true,
   'Night shifts', '{{"visa": true}}', '[1,0,0]'),
  (2, 'Nurse', 2, 'Köln', 'de', 50.94, 6.96, true, NULL, NULL, NULL, true, NULL, NULL, '[0.8,0.6,0]'),
  (3, 'Smith', NULL, NULL, NULL, NULL, NULL, NULL, '{{}}', 90000, '2020-01-01Z', true, 'forge', '{{}}', '[0,1,0]'),
  (4, 'Gone', 1, 'Bonn', 'de', NULL, NULL, false, NULL, NULL, NULL, false, NULL, NULL, '[1,0,0]'),
  (5, 'Unembedded', 1, 'Bonn', 'de', NULL, NULL, false, NULL, NULL, NULL, true, NULL, NULL, NULL);
"""
metadata = MetaData()
companies = Table("Companies", metadata, Column("Id", Integer), Column("Legal Name", Text), Column("Trade", Text))


def jobs_of(kind: Any) -> Table:
    names = {"Id": Integer, "Name (en)": Text, "Firm": Integer, "Town": Text, "Land": Text, "Lat": Float, "Lon": Float}
    more = {"Remote?": Boolean, "Skills": ARRAY(Text), "Yearly": Float, "Open": Boolean, "Body": Text, "Extra": JSONB}
    types = {**names, **more, "Since": TIMESTAMP(timezone=True), "Embedding": kind}
    return Table("Jobs", MetaData(), *(Column(name, type_) for name, type_ in types.items()), schema="Work")


def mapped(kind: Any = None, metric: Metric = Metric.COSINE) -> JobTable:
    jobs = jobs_of(kind or HALFVEC(3))
    return JobTable(
        jobs.outerjoin(companies, companies.c["Id"] == jobs.c["Firm"]),
        columns={
            "id": jobs.c["Id"],
            "title": jobs.c["Name (en)"],
            "vector": jobs.c["Embedding"],
            "company": companies.c["Legal Name"],
            "industry": companies.c["Trade"],
            "city": jobs.c["Town"],
            "country": jobs.c["Land"],
            "latitude": jobs.c["Lat"],
            "longitude": jobs.c["Lon"],
            "workplace": case((jobs.c["Remote?"], "remote"), (~jobs.c["Remote?"], "onsite")),
            "skills": jobs.c["Skills"],
            "pay": jobs.c["Yearly"],
            "posted_at": jobs.c["Since"],
            "text": jobs.c["Name (en)"] + " " + jobs.c["Body"],
            "metadata": jobs.c["Extra"],
        },
        where=jobs.c["Open"] & jobs.c["Id"].not_in([7, 8]),
        metric=metric,
        metadata_fields=("visa",),
    )


@pytest.fixture(params=["halfvec", "vector"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def index(database_url: str, settings: Settings, kind: str) -> AsyncIterator[TableJobIndex]:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLES.format(type=kind))
    async with TableJobIndex(Database(settings), mapped({"halfvec": HALFVEC, "vector": VECTOR}[kind](3))) as index:
        await index.bind("x", 3)
        yield index


async def find(index: TableJobIndex, plan: Plan = EXACT, **filters: Any) -> SearchResult:
    return await index.search(SearchQuery(vector=QUERY, filters=Filters(**filters)), plan)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["1", "2", "3"]),
        ({"country": "DE"}, ["1", "2"]),
        ({"city": "bonn"}, ["1", "2"]),
        ({"city": "koln", "remote": False}, []),
        ({"remote": True}, ["2"]),
        ({"workplace": "onsite", "keep_unknown": True}, ["1", "3"]),
        ({"latitude": 50.9, "longitude": 7.0, "radius_km": 10}, ["2"]),
        ({"latitude": 0, "longitude": 0, "radius_km": 30_000}, ["1", "2"]),
        ({"companies": 'GRÖSSE & "co"'}, ["1"]),
        ({"exclude_companies": 'grosse & "co"'}, ["2", "3"]),
        ({"industries": "metal"}, ["1"]),
        ({"skills": "mig welding"}, ["1"]),
        ({"skills_any": ["x", "MIG WELDING"]}, ["1"]),
        ({"salary_min": 60_000}, ["3"]),
        ({"salary_min": 60_000, "keep_unknown": True}, ["2", "3"]),
        ({"posted_after": NOW}, ["1"]),
        ({"keywords": "night shift"}, ["1"]),
        ({"exclude_keywords": ["night"]}, ["2", "3"]),
        ({"metadata": {"visa": True}}, ["1"]),
        ({"exclude_job_ids": ["1", 'x\'; DROP TABLE "Work"."Jobs"; --']}, ["2", "3"]),
        ({"companies": 'x\'; DROP TABLE "Work"."Jobs"; --'}, []),
    ],
)
async def test_filters(index: TableJobIndex, filters: dict[str, Any], expected: list[str]) -> None:
    found = await find(index, **filters)
    assert [hit.job.id for hit in found.hits] == expected
    assert found.complete
    assert (await index.survey(Filters(**filters))).matching <= 5


async def test_a_hit_tells_what_the_table_tells(index: TableJobIndex) -> None:
    query = SearchQuery(vector=QUERY, filters=Filters(), keywords=("welders", "forge"))
    first, second, third = (await index.search(query, EXACT)).hits
    assert replace(first.job, places=()) == replace(
        entry("1", title="Welder", company='Größe  & "Co"', industry="Métal", workplace="onsite",
              skills=["MIG  Welding"], pay=Pay(maximum=50_000, currency=None), posted_at=NOW).job.summary(),
        id="1",
    )  # fmt: skip
    assert first.job.places[0].city == "BONN"
    assert third.job.places == ()  # of a town that is not told, and coordinates of which one is missing
    assert [hit.keywords for hit in (first, second, third)] == [(True, False), (False, False), (False, True)]
    assert [hit.similarity for hit in (first, second, third)] == pytest.approx([1, 0.8, 0], abs=1e-3)
    assert await index.count() == 4


async def test_what_a_table_may_hold_instead_is_taken_for_what_it_means(database_url: str, settings: Settings) -> None:
    with psycopg.connect(database_url) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Tokyo'").format(name))
        connection.execute(
            "CREATE TABLE loose (id uuid, title text, since date, until timestamp, skills text[], v vector(3))"
        )
        connection.execute(
            "INSERT INTO loose VALUES (gen_random_uuid(), NULL, '2026-06-01', '2999-01-01', '{NULL,Forge}', '[1,0,0]'),"
            " (gen_random_uuid(), 'Gone', NULL, '2020-01-01', NULL, '[1,0,0]')"
        )
    types: dict[str, Any] = {
        "id": UUID,
        "title": Text,
        "since": Date,
        "until": TIMESTAMP,
        "skills": ARRAY(Text),
        "v": VECTOR(3),
    }
    loose = Table("loose", MetaData(), *(Column(name, type_) for name, type_ in types.items()))
    renamed = {"vector": loose.c["v"], "posted_at": loose.c["since"], "expires_at": loose.c["until"]}
    table = JobTable(loose, columns={name: loose.c[name] for name in ("id", "title", "skills")} | renamed)
    async with TableJobIndex(Database(settings), table) as index:
        await index.bind("x", 3)
        (hit,) = (await find(index, posted_after=NOW, skills="forge")).hits
    assert (hit.job.title, hit.job.posted_at, hit.job.skills) == ("", NOW, ("Forge",))


async def test_odd_rows_harm_no_others(database_url: str, settings: Settings) -> None:
    """A posting without an id, times without an end, and pay that is no number."""
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE odd (id text, since timestamptz, pay numeric, vector vector(3))")
        connection.execute(
            "INSERT INTO odd VALUES ('a', 'infinity', 'NaN', '[1,0,0]'), (NULL, now(), 1, '[1,0,0]'),"
            " ('b', '-infinity', 'Infinity', '[1,0.1,0]'), ('c', '2026-05-01Z', 50000, '[1,0.2,0]')"
        )
    types: dict[str, Any] = {"id": Text, "since": TIMESTAMP(timezone=True), "pay": Float, "vector": VECTOR(3)}
    odd = Table("odd", MetaData(), *(Column(name, type_) for name, type_ in types.items()))
    columns = {"title": odd.c["id"], **{name: odd.c[name] for name in ("id", "pay", "vector")}}
    table = JobTable(odd, columns={**columns, "posted_at": odd.c["since"]})
    async with TableJobIndex(Database(settings), table) as index:
        found = await index.search(SearchQuery(vector=QUERY, filters=Filters()), EXACT)
        asked: Any = ({"salary_min": 40_000}, {"salary_min": 40_000, "keep_unknown": True}, {"salary_min": 60_000})
        paid = [[hit.job.id for hit in (await find(index, **filters)).hits] for filters in asked]
    assert paid == [["c"], ["a", "b", "c"], []]
    assert [(hit.job.id, hit.job.pay and hit.job.pay.maximum, hit.job.posted_at) for hit in found.hits] == [
        ("a", None, None),
        ("b", None, None),
        ("c", 50_000, datetime(2026, 5, 1, tzinfo=UTC)),
    ]


async def test_what_was_dismissed_can_be_left_out(index: TableJobIndex) -> None:
    await index.record(["1"], InteractionKind.DISMISSED, owner="me")
    query = SearchQuery(vector=QUERY, filters=Filters(exclude_interactions="dismissed"), owner="me")
    assert [hit.job.id for hit in (await index.search(query, EXACT)).hits] == ["2", "3"]


@pytest.mark.parametrize("metric", Metric)
async def test_every_metric_and_index_finds_the_same(
    database_url: str, settings: Settings, kind: str, metric: Metric
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLES.format(type=kind))
        connection.execute(
            'INSERT INTO "Work"."Jobs" ("Id", "Name (en)", "Open", "Embedding")'
            " SELECT n, 'filler', true, format('[%s,%s,0]', cos(n), sin(n))::vector FROM generate_series(10, 300) n"
        )
    async with TableJobIndex(Database(settings), mapped(metric=metric)) as index:
        await index.bind("x", 3)
        expected = [(hit.job.id, hit.similarity) for hit in (await find(index)).hits][:5]
        bit = [Hnsw(storage="bit")] if metric is Metric.COSINE else []
        for strategy in (Hnsw(storage=Storage.HALFVEC), IvfFlat(lists=1, storage=Storage.VECTOR), *bit):
            assert (await index.admin.forecast(strategy)).steps
            await index.create_index(strategy)
            await index.create_index(strategy)
            assert (await index.survey(Filters())).strategy.describe() == strategy.describe()
            found = await find(index, APPROXIMATE)
            assert found.plan.method is Method.APPROXIMATE
            if strategy.storage is not Storage.BIT:  # all the fillers have but four different signs
                assert [hit.job.id for hit in found.hits] == [job_id for job_id, _ in expected]
            state = await index.admin.inspect()
            trace = (await index.admin.explain(SearchQuery(vector=QUERY, filters=Filters()), APPROXIMATE)).trace
            assert state.name is not None
            assert trace.steps
        await index.admin.reindex()
        await index.create_index(Exact())
        assert (await index.admin.inspect()).name is None
        with pytest.raises(NotFound):
            await index.admin.reindex()
        assert len(await index.admin.sample(20)) == 20
    assert expected[0][0] == "1"
    assert expected[0][1] == pytest.approx(1.0, abs=1e-3)


async def test_the_index_serves_through_a_join(index: TableJobIndex, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            'INSERT INTO "Work"."Jobs" ("Id", "Name (en)", "Open", "Firm", "Embedding")'
            " SELECT n, 'x', true, 1, format('[%s,%s,0]', cos(n), sin(n))::vector FROM generate_series(10, 20000) n"
        )
        connection.execute('ANALYZE "Work"."Jobs"')
    await index.create_index(IvfFlat(lists=100, storage=Storage.HALFVEC))
    name = (await index.admin.inspect()).name
    query, plan = SearchQuery(vector=QUERY, filters=Filters()), attrs.evolve(APPROXIMATE, effort=1)
    trace = (await index.admin.explain(query, plan)).trace
    assert any(f"using {name} on" in step for step in trace.steps)


async def test_what_the_table_lacks_is_reported(index: TableJobIndex) -> None:
    table = mapped()
    assert table.missing == ("region", "employment_type", "level", "pay_currency", "expires_at", "language", "url")
    for name, filters in {
        "region": Filters(region="x"),
        "experience": Filters(experience="mid"),
        "salary_currency": Filters(salary_min=1, salary_currency="EUR"),
        "language": Filters(language="de"),
    }.items():
        with pytest.raises(InvalidInput, match=rf"filters\.{name}.*JobTable"):
            index.check(filters)
        with pytest.raises(InvalidInput, match=name):
            await index.survey(filters)
    with pytest.raises(InvalidInput, match=r"about visa; JobTable\(metadata_fields=…\) allows more"):
        index.check(Filters(metadata={"secret": 1}))


async def test_the_table_is_only_read(index: TableJobIndex) -> None:
    with pytest.raises(Incompatible, match=r"'Work\.Jobs' is yours"):
        await index.put([entry("a")])
    with pytest.raises(Incompatible, match=r"'Work\.Jobs' is yours"):
        await index.remove(["1"])
    with pytest.raises(Incompatible, match=r"'Work\.Jobs' is yours"):
        await index.purge(expired_before=datetime.now(UTC))
    with pytest.raises(Incompatible, match=r"vectors of the table 'Work\.Jobs' are yours"):
        _ = index.spaces
    assert await index.fingerprints(["1"]) == {}


async def test_tables_of_another_release_say_what_to_do(index: TableJobIndex, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE match_schema_version SET version_num = '0000'")
    with pytest.raises(SchemaOutdated, match="jobmatch db upgrade"):
        await index.bind("x", 3)


async def test_vectors_of_another_length_are_refused(index: TableJobIndex) -> None:
    with pytest.raises(Incompatible, match="3 dimensions, y makes vectors of 8"):
        await index.bind("y", 8)
    with pytest.raises(InvalidInput):
        await index.search(SearchQuery(vector=np.ones(2, dtype=np.float32), filters=Filters()), EXACT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('DROP TABLE "Work"."Jobs"', r"no table 'Work\.Jobs'"),
        ('ALTER TABLE "Work"."Jobs" DROP COLUMN "Embedding"', "no column 'Embedding'"),
        ('ALTER TABLE "Work"."Jobs" ALTER "Embedding" TYPE text USING NULL', "holds text, not vectors"),
        ('ALTER TABLE "Work"."Jobs" ALTER "Embedding" TYPE vector', "give its type a length"),
    ],
)
async def test_a_table_that_cannot_serve_says_why(
    database_url: str, settings_for: Callable[..., Settings], change: str, message: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLES.format(type="halfvec"))
        connection.execute(change)
    async with TableJobIndex(Database(settings_for(database_url)), mapped()) as index:
        with pytest.raises(Incompatible, match=message):
            await index.bind("x", 3)


def test_columns_are_checked() -> None:
    jobs = jobs_of(HALFVEC(3))
    needed = {"id": jobs.c["Id"], "title": jobs.c["Name (en)"], "vector": jobs.c["Embedding"]}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "id and title and vector"),
        ({**needed, "salery": jobs.c["Yearly"]}, "'salery' is not one of"),
        ({**needed, "vector": func.now()}, "plain column"),
    ]
    for columns, message in wrong:
        with pytest.raises(InvalidInput, match=message):
            JobTable(jobs, columns=columns)
    assert JobTable(jobs, columns=needed).missing[0] == "company"


async def test_the_state_is_told_in_full(index: TableJobIndex, observer: psycopg.Connection) -> None:
    observer.execute(
        'INSERT INTO "Work"."Jobs" ("Id", "Name (en)", "Open", "Embedding")'
        " SELECT n, 'x', true, format('[%s,%s,0]', cos(n), sin(n))::vector FROM generate_series(10, 3000) n"
    )
    observer.execute('ANALYZE "Work"."Jobs"')
    await index.create_index(Hnsw())
    fresh = await index.admin.inspect()
    assert (fresh.used, fresh.building, fresh.broken, fresh.recall) == (True, None, (), None)
    assert fresh.bloat == pytest.approx(1.0, rel=0.3)
    band = Band(share=1.0, queries=1, recall=1.0, worst=1.0, milliseconds=1.0, exact=0.0)
    report = RecallReport(index=fresh.index, k=1, wanted=Recall.BALANCED, overall=band, measured_at=NOW)
    await index.admin.note(report=report)
    assert (await index.admin.inspect()).recall == report
    observer.execute('UPDATE "Work"."Jobs" SET "Open" = true')
    observer.execute('UPDATE "Work"."Jobs" SET "Open" = true')
    observer.execute("SELECT pg_stat_force_next_flush()")
    replaced = await index.admin.inspect()
    assert replaced.rows == pytest.approx(fresh.rows, rel=0.1)
    assert replaced.bloat is not None
    assert replaced.bloat > 1.5
    await index.admin.reindex()
    assert (await index.admin.inspect()).bloat == pytest.approx(fresh.bloat, rel=0.3)


async def test_an_index_that_cannot_serve_is_not_taken_for_one_that_does(
    index: TableJobIndex, observer: psycopg.Connection, kind: str
) -> None:
    column = '"Embedding"'
    for over in (
        f"(({column}::{kind}(3))::vector(3)) vector_l2_ops",
        f"(subvector({column}, 1, 2)::{kind}(2)) {kind}_cosine_ops",
        f'({column}) {kind}_cosine_ops) WHERE ("Id" > 2',
    ):
        observer.execute(f'CREATE INDEX foreign_one ON "Work"."Jobs" USING hnsw ({over})')
        state = await index.admin.inspect()
        assert (state.index, state.name, state.broken) == ("exact", None, ())
        assert (await index.admin.forecast(Hnsw())).steps == (f"build the vector index: {Hnsw().describe()}",)
        observer.execute('DROP INDEX "Work".foreign_one')
    observer.execute(f'CREATE INDEX "Their ""own""" ON "Work"."Jobs" USING hnsw ({column} {kind}_cosine_ops)')
    assert (await index.admin.inspect()).name == 'Their "own"'
    await index.admin.reindex()
    with pytest.raises(Incompatible, match='Their "own" is not of'):
        await VectorIndex(index, HashingEmbedder(3)).drop()
    assert (await index.admin.inspect()).name == 'Their "own"'
    await index.create_index(IvfFlat(lists=2, storage=Storage(kind)))
    assert (await index.admin.inspect()).rivals == ('Their "own"',)
    plan = (await index.admin.explain(SearchQuery(vector=QUERY, filters=Filters()), APPROXIMATE)).trace.settings
    assert {"hnsw.ef_search", "ivfflat.probes"} <= plan.keys()


async def built(index: TableJobIndex) -> str:
    """Build our index, and return its name."""
    await index.create_index(Hnsw())
    name = (await index.admin.inspect()).name
    assert name
    return name


@pytest.mark.parametrize("strategy", [Hnsw(), Exact()], ids=IndexStrategy.describe)
async def test_one_with_our_name_that_no_search_can_use_is_named_and_replaced(
    index: TableJobIndex, observer: psycopg.Connection, kind: str, strategy: IndexStrategy
) -> None:
    name = await built(index)
    observer.execute(sql.SQL('DROP INDEX "Work".{}').format(sql.Identifier(name)))
    create = sql.SQL('CREATE INDEX {} ON "Work"."Jobs" USING hnsw ("Embedding" {})')
    observer.execute(create.format(sql.Identifier(name), sql.Identifier(f"{kind}_l2_ops")))
    state = await index.admin.inspect()
    assert (state.name, state.orphaned, state.rivals, state.foreign) == (None, (name,), (), ())
    assert (await index.admin.forecast(strategy)).steps[-1] == f"drop the vector index {name}"
    await index.create_index(strategy)
    state = await index.admin.inspect()
    assert (state.index, state.orphaned) == (strategy.describe(), ())


async def test_what_an_index_is_good_for_its_operators_tell_and_not_their_name(
    index: TableJobIndex, observer: psycopg.Connection, kind: str
) -> None:
    for name, operator in (("l2_cosine_ops", "<->"), ("by_angle", "<=>")):
        support = ", FUNCTION 3 hnsw_halfvec_support(internal)" if kind == "halfvec" else ""
        observer.execute(
            f"CREATE OPERATOR CLASS {name} FOR TYPE {kind} USING hnsw AS OPERATOR 1 {operator} ({kind}, {kind})"
            f" FOR ORDER BY float_ops, FUNCTION 1 {kind}_l2_squared_distance({kind}, {kind}){support}"
        )
        observer.execute(f'CREATE INDEX {name} ON "Work"."Jobs" USING hnsw ("Embedding" {name})')
    state = await index.admin.inspect()
    default = Hnsw(m=16, ef_construction=64, storage=Storage(kind))  # pgvector's own
    assert (state.index, state.name) == (default.describe(), "by_angle")
    observer.execute('DROP INDEX "Work".by_angle')
    assert (await index.admin.inspect()).name is None


async def test_a_forecast_counts_the_wait_until_all_know_the_new_index(
    index: TableJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def seconds(strategy: IndexStrategy) -> float:
        return (await index.admin.forecast(strategy)).seconds or 0.0

    monkeypatch.setattr(index_build, "NOTICED", 0.0)
    await index.create_index(Hnsw())
    before = await seconds(Hnsw(m=8))
    monkeypatch.setattr(index_build, "NOTICED", 7.0)
    assert await seconds(Hnsw(m=8)) == pytest.approx(before + 7.0)
    assert await seconds(Hnsw()) == await seconds(Exact()) == 0.0


async def test_what_a_build_left_behind_is_named_and_goes(index: TableJobIndex, observer: psycopg.Connection) -> None:
    name = await built(index)
    for left in (f"{name}_new", f"{name}_ccnew", "theirs_ccnew"):
        observer.execute(f'CREATE INDEX {left} ON "Work"."Jobs" USING hnsw (("Embedding"::vector(3)) vector_l2_ops)')
        observer.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [f'"Work".{left}'])
    state = await index.admin.inspect()
    assert (state.name, set(state.broken)) == (name, {f"{name}_new", f"{name}_ccnew"})
    assert state.foreign == ("theirs_ccnew",)
    wanted = Hnsw(m=8)
    forecast = await index.admin.forecast(wanted)
    assert forecast.foreign == (await index.admin.forecast(Exact())).foreign == state.foreign
    assert set(forecast.steps) == {
        f"drop the broken index {name}_new",
        f"drop the broken index {name}_ccnew",
        f"build the vector index: {wanted.describe()}",
        f"drop the vector index {name}",
    }
    await index.create_index(wanted)
    state = await index.admin.inspect()
    assert (state.index, state.name, state.broken) == (wanted.describe(), f"{name}_new", ())
    assert state.foreign == ("theirs_ccnew",)


async def test_what_was_measured_with_far_more_postings_does_not_count(index: TableJobIndex) -> None:
    for rows, outdated in ((4, False), (5_000, True)):
        calibration = attrs.evolve(CALIBRATION, rows=rows)
        await index.admin.note(calibration=calibration)
        state = await index.admin.inspect()
        assert (state.calibration, state.outdated) == (calibration, outdated)
        assert (await index.survey(Filters())).calibration == (None if outdated else calibration)


async def test_what_was_measured_counts_for_a_table_that_takes_the_place_of_the_other(
    index: TableJobIndex, observer: psycopg.Connection
) -> None:
    """Whoever fills a table anew every night and renames it does not measure every night."""
    await index.admin.note(calibration=attrs.evolve(CALIBRATION, rows=5))
    copy = 'CREATE TABLE "Work"."New" (LIKE "Work"."Jobs" INCLUDING ALL)'
    rename = 'ALTER TABLE "Work"."New" RENAME TO "Jobs"'
    fill = """
    INSERT INTO "Work"."New" ("Id", "Name (en)", "Embedding") SELECT n, n, '[0,0,1]' FROM generate_series(1, %s) n
    """
    for rows, outdated in ((6, False), (600, True)):
        observer.execute(copy)
        observer.execute(fill, [rows])
        observer.execute('DROP TABLE "Work"."Jobs"')
        observer.execute(rename)
        observer.execute('ANALYZE "Work"."Jobs"')
        state = await index.admin.inspect()
        assert (state.rows, state.outdated, state.calibration is None) == (rows, outdated, False)
        assert ((await index.survey(Filters())).calibration is None) is outdated


async def test_what_was_measured_counts_for_vectors_of_one_kind(
    index: TableJobIndex, observer: psycopg.Connection, settings: Settings, kind: str
) -> None:
    type_ = {"halfvec": HALFVEC, "vector": VECTOR}[kind](3)
    report = RecallReport(
        index="exact",
        k=10,
        wanted=Recall.BALANCED,
        overall=Band(share=1.0, queries=1, recall=1.0, worst=1.0, milliseconds=1.0, exact=1.0),
        measured_at=NOW,
    )
    await index.admin.note(calibration=attrs.evolve(CALIBRATION, index="exact", rows=5), report=report)
    observer.execute(sql.SQL('ALTER TABLE "Work"."Jobs" ADD "Other" {}(3)').format(sql.SQL(kind)))
    plain = Table("Jobs", MetaData(), *(Column(n, t) for n, t in (("Id", Integer), ("Other", type_))), schema="Work")
    columns = {"id": plain.c["Id"], "title": literal("x"), "vector": plain.c["Other"]}
    for table in (JobTable(plain, columns=columns), mapped(type_, Metric.L2)):
        async with TableJobIndex(Database(settings), table) as other:
            await other.bind("x", 3)
            state = await other.admin.inspect()
            assert (state.calibration, state.recall) == (None, None)
    state = await index.admin.inspect()
    assert (state.calibration is None, state.recall) == (False, report)
    longer = sql.SQL("""ALTER TABLE "Work"."Jobs" ALTER "Embedding" TYPE {}(4) USING '[1,0,0,1]'""")
    observer.execute(longer.format(sql.SQL(kind)))
    state = await index.admin.inspect()
    assert (state.calibration, state.recall) == (None, None)


async def test_what_is_dropped_is_what_is_there_when_another_build_has_ended(
    index: TableJobIndex, observer: psycopg.Connection
) -> None:
    """Another session holds the lock of builders, and removes the old index as soon as it is said to be waited for."""
    await index.create_index(Hnsw(m=8))
    name, waits = (await index.admin.inspect()).name, anyio.Event()
    removed: list[str] = []

    def tell(part: float, stage: str) -> None:
        if stage == "waiting for another build":
            waits.set()

    async def drop() -> None:
        removed.extend(await VectorIndex(index, HashingEmbedder(3)).drop(progress=tell))

    observer.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
    async with anyio.create_task_group() as group:
        group.start_soon(drop)
        with anyio.fail_after(60):
            await waits.wait()
        observer.execute(f'ALTER INDEX "Work".{name} SET (m = 9)')
        observer.execute("SELECT pg_advisory_unlock(%s)", [BUILD_LOCK])
    assert removed == [Hnsw(m=9).describe()]
    assert (await index.admin.inspect()).name is None


async def test_an_index_of_ours_for_another_metric_is_replaced(
    index: TableJobIndex, settings: Settings, observer: psycopg.Connection, kind: str
) -> None:
    await index.create_index(Hnsw())
    async with TableJobIndex(Database(settings), mapped(metric=Metric.L2)) as other:
        await other.bind("x", 3)
        assert (await other.admin.inspect()).name is None
        await other.create_index(Hnsw())
        with pytest.raises(Incompatible, match=f"directions, not l2 distances: use --storage {kind}"):
            await other.create_index(Hnsw(storage=Storage.BIT))
        assert (await other.admin.inspect()).index == Hnsw().describe()
    found = observer.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'jobmatch%'").fetchone()
    assert found == (1,)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ('CREATE VIEW "Work"."Jobs" AS SELECT * FROM "Work"."Old"', "is a view, .*map the table beneath"),
        ('CREATE TABLE "Work"."Jobs" (LIKE "Work"."Old") PARTITION BY LIST ("Land")', "is partitioned"),
        (
            'CREATE TABLE "Work"."Jobs" (LIKE "Work"."Old"); CREATE TABLE part () INHERITS ("Work"."Jobs")',
            "is inherited by other tables, .*in no index of it",
        ),
    ],
)
async def test_what_is_no_plain_table_is_refused(
    database_url: str, settings: Settings, made: str, message: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLES.format(type="vector"))
        connection.execute('ALTER TABLE "Work"."Jobs" RENAME TO "Old"')
        connection.execute(made)
    async with TableJobIndex(Database(settings), mapped()) as index:
        with pytest.raises(Incompatible, match=message):
            await index.bind("x", 3)


@pytest.mark.parametrize("metric", [Metric.L2, Metric.INNER_PRODUCT])
async def test_similarity_is_the_cosine_while_the_metric_orders(
    database_url: str, settings: Settings, kind: str, metric: Metric
) -> None:
    vectors = {"1": (4, 3, 0), "2": (0.5, 0, 0), "3": (2, 0.5, 0), "4": (0, 0, 0), "5": (-1, 0, 0)}
    with psycopg.connect(database_url) as connection:
        connection.execute(f"CREATE TABLE jobs (id text PRIMARY KEY, title text, v {kind}(3))")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO jobs VALUES (%s, 'x', %s)", [(n, str([*v])) for n, v in vectors.items()])
    jobs = Table("jobs", MetaData(), Column("id", Text), Column("title", Text), Column("v", VECTOR(3)))
    columns = {"id": jobs.c.id, "title": jobs.c.title, "vector": jobs.c.v}
    expected = {Metric.L2: ["2", "4", "3", "5", "1"], Metric.INNER_PRODUCT: ["1", "3", "2", "4", "5"]}[metric]
    cosines = {"1": 0.8, "2": 1.0, "3": 2 / 4.25**0.5, "4": 0.0, "5": -1.0}
    async with TableJobIndex(Database(settings), JobTable(jobs, columns=columns, metric=metric)) as index:
        await index.bind("x", 3)
        found = await find(index)
        assert [hit.job.id for hit in found.hits] == expected
        for storage in (Storage.VECTOR, Storage.HALFVEC):
            await index.create_index(Hnsw(storage=storage))
            for plan in (APPROXIMATE, attrs.evolve(APPROXIMATE, near=5)):
                by_index = await find(index, plan)
                assert by_index.plan.method is Method.APPROXIMATE
                assert by_index.hits == found.hits
    assert {hit.job.id: hit.similarity for hit in found.hits} == pytest.approx(cosines, abs=1e-3)
    nearness = [hit.near for hit in found.hits]
    assert nearness == sorted(nearness, reverse=True)


async def test_the_words_of_a_table_are_translated(database_url: str, settings: Settings) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE jobs (id int, title text, kind text, far bool, pay int, v vector(3))")
        connection.execute(
            "INSERT INTO jobs VALUES (1, 'a', 'O''Brien''s %', true, 5, '[1,0,0]'),"
            " (2, 'b', 'Sr.', false, 7, '[1,1,0]'), (3, 'c', '?', NULL, NULL, '[0,1,0]')"
        )
    kinds: dict[str, Any] = {"id": Integer, "title": Text, "kind": Text, "far": Boolean, "pay": Integer}
    jobs = Table("jobs", MetaData(), *(Column(name, kind) for name, kind in kinds.items()), Column("v", VECTOR(3)))
    columns: dict[str, Any] = {"id": jobs.c.id, "title": jobs.c.title, "vector": jobs.c.v, "pay": jobs.c.pay}
    more: dict[str, Any] = {"level": jobs.c.kind, "workplace": jobs.c.far, "pay_currency": literal("eur")}
    table = JobTable(
        jobs,
        columns=columns | more,
        values={"level": {"O'Brien's %": "lead", "Sr.": "senior"}, "workplace": {True: "remote", False: "onsite"}},
    )
    async with TableJobIndex(Database(settings), table) as index:
        await index.bind("x", 3)
        told = [(hit.job.level, hit.job.workplace, hit.job.pay) for hit in (await find(index)).hits]
        asked: list[tuple[dict[str, Any], list[str]]] = [
            ({"experience": "lead"}, ["1"]),
            ({"experience": "senior", "keep_unknown": True}, ["2", "3"]),
            ({"remote": True}, ["1"]),
            ({"workplace": "onsite"}, ["2"]),
            ({"salary_min": 6, "salary_currency": "EUR"}, ["2"]),
            ({"salary_min": 6, "salary_currency": "USD"}, []),
        ]
        for filters, ids in asked:
            assert [hit.job.id for hit in (await find(index, **filters)).hits] == ids
        state = await index.admin.inspect()
    assert state.unread == {"level": ("?",)}
    assert {"company", "skills", "text"} < set(state.unmapped)
    assert {"pay", "level"}.isdisjoint(state.unmapped)
    assert told == [
        ("lead", "remote", Pay(maximum=5, currency="EUR")),
        ("senior", "onsite", Pay(maximum=7, currency="EUR")),
        (None, None, None),
    ]


def test_words_that_are_not_ours_are_refused() -> None:
    jobs = jobs_of(HALFVEC(3))
    columns = {"id": jobs.c["Id"], "title": jobs.c["Name (en)"], "vector": jobs.c["Embedding"], "level": jobs.c["Land"]}
    with pytest.raises(InvalidInput, match=r"values\.level: 'Boss' is not one of intern, "):
        JobTable(jobs, columns=columns, values={"level": {"B": "Boss"}})
    for name in ("workplace", "city"):
        with pytest.raises(InvalidInput, match=f"values: .*not '{name}'"):
            JobTable(jobs, columns=columns, values={name: {}})


async def test_the_words_that_are_not_ours_are_told_the_most_frequent_first(
    database_url: str, settings: Settings
) -> None:
    words = [*["'); DROP TABLE jobs; --"] * 3, "Boss\n%s :x", "Boss\n%s :x", *map(str, range(9)), "senior", "", None]
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE jobs (id serial, title text, level text, v vector(3))")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO jobs (level, v) VALUES (%s, '[1,0,0]')", [(word,) for word in words])
    kinds: dict[str, Any] = {"id": Integer, "title": Text, "level": Text, "v": VECTOR(3)}
    jobs = Table("jobs", MetaData(), *(Column(name, kind) for name, kind in kinds.items()))
    columns = {"id": jobs.c.id, "title": jobs.c.title, "vector": jobs.c.v, "level": jobs.c.level}
    async with TableJobIndex(Database(settings), JobTable(jobs, columns=columns, where=jobs.c.level != "0")) as index:
        await index.bind("x", 3)
        state = await index.admin.inspect()
    assert state.unread == {"level": ("'); DROP TABLE jobs; --", "Boss\n%s :x", "1", "2", "3")}


async def test_countries_that_are_no_codes_are_told(database_url: str, settings: Settings) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE jobs (id serial, country text, vector vector(3))")
        with connection.cursor() as cursor:
            rows = [(name,) for name in ("Germany", "DE", "de", "DEU", "Germany", None, "", "ÄÖ")]
            cursor.executemany("INSERT INTO jobs (country, vector) VALUES (%s, '[1,0,0]')", rows)
    jobs = Table("jobs", MetaData(), Column("id", Integer), Column("country", Text), Column("vector", VECTOR(3)))
    columns = {"id": jobs.c.id, "title": literal("x"), "vector": jobs.c.vector, "language": jobs.c.country}
    translated = case((jobs.c.country.in_(["Germany", "DEU"]), "DE"), else_=jobs.c.country)
    for country, told, found in ((jobs.c.country, ("Germany", "DEU", "ÄÖ"), 2), (translated, ("ÄÖ",), 5)):
        async with TableJobIndex(Database(settings), JobTable(jobs, columns=columns | {"country": country})) as index:
            await index.bind("x", 3)
            unread = (await index.admin.inspect()).unread
            assert unread == {"country": told, "language": ("Germany", "ÄÖ")}
            assert len((await find(index, country="DE")).hits) == found


GONE = """
CREATE ACCESS METHOD gone TYPE INDEX HANDLER hnswhandler;
CREATE OPERATOR CLASS gone_ops FOR TYPE {type} USING gone AS
    OPERATOR 1 <=> ({type}, {type}) FOR ORDER BY float_ops, FUNCTION 1 {type}_negative_inner_product({type}, {type}),
    FUNCTION 2 {norm}({type}){support};
CREATE INDEX {name} ON "Work"."Jobs" USING gone ("Embedding" gone_ops);
CREATE INDEX theirs ON "Work"."Jobs" USING gone ("Embedding" gone_ops);
"""


@pytest.mark.parametrize("strategy", [IvfFlat(lists=1), Exact()], ids=IndexStrategy.describe)
async def test_our_index_whose_kind_was_uninstalled_is_replaced(
    index: TableJobIndex, observer: psycopg.Connection, kind: str, strategy: IndexStrategy
) -> None:
    name = await built(index)
    await index.create_index(Exact())
    norm, support = (
        ("l2_norm", ", FUNCTION 3 hnsw_halfvec_support(internal)") if kind == "halfvec" else ("vector_norm", "")
    )
    observer.execute(GONE.format(type=kind, name=name, norm=norm, support=support))
    state = await index.admin.inspect()
    assert (state.index, state.name, state.orphaned, state.rivals) == ("exact", None, (name,), ())
    assert (await index.admin.forecast(strategy)).steps[-1] == f"drop the vector index {name}"
    await index.create_index(strategy)
    state = await index.admin.inspect()
    assert (state.index, state.orphaned) == (strategy.describe(), ())
    gone = "SELECT i.relname FROM pg_class i JOIN pg_am a ON a.oid = i.relam WHERE a.amname = 'gone'"
    assert observer.execute(gone).fetchall() == [("theirs",)]


async def test_filters_that_no_index_helps_are_told_with_the_statement(
    index: TableJobIndex, observer: psycopg.Connection
) -> None:
    told = (await index.admin.inspect()).advice
    helped = [statement.split(" ON ")[1].split()[0] for statement in told]
    assert helped.count('"Companies"') == 2
    assert helped.count('"Work"."Jobs"') == len(told) - 2
    assert len([statement for statement in told if "USING gist (" in statement]) == 1
    (facts,) = (statement for statement in told if "jsonb_path_ops" in statement)
    name = r'CREATE INDEX CONCURRENTLY "jobmatch_[0-9a-f]{12}_metadata"'
    over = ' ON "Work"."Jobs" USING gin ((CAST("Extra" AS JSONB)) jsonb_path_ops)'
    assert re.fullmatch(name + re.escape(over), facts)
    observer.execute(told[0])
    assert (await index.admin.inspect()).advice == told[1:]
    for statement in told[1:]:
        observer.execute(statement)
    assert (await index.admin.inspect()).advice == ()


async def test_a_table_that_goes_while_it_is_searched_is_named_and_may_come_back(
    index: TableJobIndex, observer: psycopg.Connection
) -> None:
    assert len((await find(index)).hits) == 3
    observer.execute('ALTER TABLE "Work"."Jobs" RENAME TO "Away"')
    for _ in range(2):
        with pytest.raises(Incompatible, match=r"no table 'Work\.Jobs'"):
            await find(index)
    with pytest.raises(Incompatible, match=r"no table 'Work\.Jobs'"):
        await index.survey(Filters(country="DE"))
    observer.execute('ALTER TABLE "Work"."Away" RENAME TO "Jobs"')
    assert len((await find(index)).hits) == 3


PAID = """
CREATE TABLE paid (id int PRIMARY KEY, title text, pay text, open boolean, v halfvec(3));
INSERT INTO paid SELECT n, 'x', CASE n % 20 WHEN 1 THEN 'n/a' ELSE '50000' END, n % 20 < 2,
  CASE n % 20 WHEN 1 THEN NULL ELSE ARRAY[cos(n), sin(n), 0.1]::real[]::vector(3)::halfvec(3) END
  FROM generate_series(1, 2000) n;
"""


async def test_what_no_search_finds_is_not_looked_into_either(
    database_url: str, settings: Settings, observer: psycopg.Connection
) -> None:
    observer.execute(PAID)
    types: dict[str, Any] = {"id": Integer, "title": Text, "pay": Text, "open": Boolean, "v": HALFVEC(3)}
    paid = Table("paid", MetaData(), *(Column(name, type_) for name, type_ in types.items()))
    columns = {"id": paid.c.id, "title": paid.c.title, "vector": paid.c.v, "pay": cast(paid.c.pay, Float)}
    async with TableJobIndex(Database(settings), JobTable(paid, columns=columns, where=paid.c.open)) as index:
        await index.bind("x", 3)
        await index.create_index(IvfFlat(lists=5))
        look = Plan(method=Method.APPROXIMATE, fetch=50, effort=5, doubted=True)
        assert (await index.survey(Filters(exclude_job_ids=["1"]))).matching > 0
        # Those that `where` leaves out are drawn, too: so few that pass do not speak against what was found.
        for turn in range(10):
            query = np.array([np.cos(turn), np.sin(turn), 0], dtype=np.float32)
            found = await index.search(SearchQuery(vector=query, filters=Filters()), look)
            assert (found.plan, len(found.hits)) == (look, 50)
