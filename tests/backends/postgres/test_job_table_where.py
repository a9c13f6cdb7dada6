"""`JobTable(where=…)`: rows that no search finds, which an index holds nevertheless."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import attrs
import numpy as np
import psycopg
import pytest
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Column, ColumnElement, Integer, MetaData, Table, Text, TextClause, cast, func, text

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.model import Filters, Hnsw, IndexStrategy, IvfFlat, Method, Plan, Storage
from jobmatch.planning import plan_search
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings

ROWS = 4_000
#: Of every hundred there is one without a number for a year, and one that was not embedded.
TABLE = """
CREATE TABLE posts (id int PRIMARY KEY, year text, v halfvec(3));
INSERT INTO posts SELECT n, CASE WHEN n % 100 = 1 THEN 'n/a' ELSE '2026' END,
  CASE WHEN n % 100 <> 3 THEN ARRAY[cos(n), sin(n), n % 7 / 10.0]::real[]::vector(3)::halfvec(3) END
  FROM generate_series(1, 4000) n;
ANALYZE posts;
"""
posts = Table("posts", MetaData(), Column("id", Integer), Column("year", Text), Column("v", HALFVEC(3)))
HALF, FEW = posts.c.id % 2 == 0, posts.c.id % 50 == 0
#: The server takes what it knows nothing of for one in 200.
ALL = func.abs(posts.c.id) == posts.c.id
EXACT = Plan(method=Method.EXACT, fetch=10)


@pytest.fixture
async def table(database_url: str, settings: Settings) -> AsyncIterator[Database]:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLE)
    yield Database(settings)
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP TABLE posts")


def mapped(database: Database, where: ColumnElement[bool] | TextClause, **columns: Any) -> TableJobIndex:
    own: dict[str, Any] = {"id": posts.c.id, "title": posts.c.year, "vector": posts.c.v}
    return TableJobIndex(database, JobTable(posts, columns=own | columns, where=where))


def asked(turn: float, **filters: Any) -> SearchQuery:
    vector = np.array([np.cos(turn), np.sin(turn), 0], dtype=np.float32)
    return SearchQuery(vector=vector, filters=Filters(**filters))


def ids(hits: Sequence[Any]) -> list[str]:
    return [hit.job.id for hit in hits]


@pytest.mark.parametrize(("where", "share"), [(FEW, 0.02), (HALF, 0.5), (ALL, 1.0)], ids=["few", "half", "all"])
async def test_plans_go_by_how_many_can_be_found(table: Database, where: ColumnElement[bool], share: float) -> None:
    async with mapped(table, where) as index:
        await index.bind("x", 3)
        await index.create_index(Hnsw())
        survey = await index.survey(Filters())
        assert survey.matching == pytest.approx(ROWS * share, rel=0.3)
        assert plan_search(survey, fetch=10).method is (Method.EXACT if share < 0.1 else Method.APPROXIMATE)


async def test_a_text_that_says_or_leaves_out_what_it_leaves_out_and_what_has_no_id(table: Database) -> None:
    where, without = text("id % 2 = 1 OR id = 4"), func.nullif(posts.c.id, 4)
    async with mapped(table, where, id=without) as index:
        await index.bind("x", 3)
        hits = (await index.search(asked(4.0), attrs.evolve(EXACT, fetch=ROWS))).hits
    assert len(hits) > ROWS / 2 - 50
    assert all(int(number) % 2 for number in ids(hits))


@pytest.mark.parametrize("where", [FEW, HALF, ALL], ids=["few", "half", "all"])
@pytest.mark.parametrize(
    "strategy",
    [Hnsw(), Hnsw(storage=Storage.VECTOR), Hnsw(storage=Storage.BIT), IvfFlat(lists=5)],
    ids=IndexStrategy.describe,
)
async def test_the_index_is_used_however_few_the_server_takes_them_for(
    table: Database, where: ColumnElement[bool], strategy: IndexStrategy
) -> None:
    async with mapped(table, where) as index:
        await index.bind("x", 3)
        await index.create_index(strategy)
        assert (await index.admin.inspect()).used
        # As plans that are measured are, and as those are that are made for what can be found.
        plain = Plan(method=Method.APPROXIMATE, fetch=10, effort=5 if isinstance(strategy, IvfFlat) else 100)
        for plan in (plain, attrs.evolve(plain, near=40, reach=ROWS, visits=ROWS, estimate=ROWS // 2)):
            steps = (await index.admin.explain(asked(1), plan)).trace.steps
            assert any("Index Scan" in step and "posts" in step for step in steps)


@pytest.mark.parametrize("near", [0, 60])
async def test_the_index_finds_the_nearest_of_those_that_can_be_found(table: Database, near: int) -> None:
    async with mapped(table, HALF) as index:
        await index.bind("x", 3)
        await index.create_index(Hnsw(storage=Storage.VECTOR))
        look = Plan(method=Method.APPROXIMATE, fetch=10, effort=200, near=near, reach=ROWS * bool(near), doubted=True)
        for turn in range(10):
            found = await index.search(asked(turn), look)
            assert found.plan == look
            nearest = [hit.near for hit in (await index.search(asked(turn), EXACT)).hits]
            assert [hit.near for hit in found.hits] == pytest.approx(nearest, abs=1e-3)
            assert all(int(number) % 2 == 0 for number in ids(found.hits))


async def test_what_is_short_is_searched_exactly(table: Database) -> None:
    async with mapped(table, FEW) as index:
        await index.bind("x", 3)
        await index.create_index(Hnsw())
        look = Plan(method=Method.APPROXIMATE, fetch=50, effort=60, near=60, reach=100, visits=60, doubted=True)
        found = await index.search(asked(1), look)
        assert (found.complete, found.plan.method, len(found.hits)) == (True, Method.EXACT, 50)


async def test_nothing_is_made_of_what_cannot_be_found(table: Database) -> None:
    """Of what is left out an expression may have no value, and be left out for just that."""
    async with mapped(table, posts.c.year != "n/a", title=cast(cast(posts.c.year, Integer), Text)) as index:
        await index.bind("x", 3)
        await index.create_index(Hnsw())
        assert await index.count() == ROWS * 99 // 100
        for near in (0, 100):
            look = Plan(method=Method.APPROXIMATE, fetch=50, effort=100, near=near, reach=ROWS * bool(near))
            assert {hit.job.title for hit in (await index.search(asked(1), look)).hits} == {"2026"}
