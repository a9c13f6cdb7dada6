"""Columns of a `JobTable` of all sorts of types: taken for what they mean, or refused when it is opened."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    CHAR,
    JSON,
    Column,
    Enum,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    cast,
    create_engine,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.errors import Incompatible
from jobmatch.model import Filters, Method, Plan
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings

VECTOR_OF = np.array([1, 0, 0], dtype=np.float32)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
EXACT = Plan(method=Method.EXACT, fetch=10)
TABLE = """
CREATE TYPE ladder AS ENUM ('Junior', 'senior', 'lead');
CREATE TABLE jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title varchar(90) NOT NULL, level ladder, levels ladder[],
  country char(2), remote boolean, skills varchar[], listed jsonb, plain json,
  pay numeric(10, 2), since timestamp, made_at int,
  words tsvector, vector vector(3)
);
INSERT INTO jobs (title, level, levels, country, remote, skills, listed, plain, pay, since, made_at, words, vector)
VALUES
  ('One', 'senior', '{senior}', 'DE', true, '{SQL}', '["SQL", null, 7]', '{"shift": "day"}', 5, '2026-06-01',
   1780272000, to_tsvector('english', 'night shifts'), '[1,0,0]'),
  ('Two', 'Junior', NULL, NULL, NULL, NULL, '{"SQL": 1}', NULL, NULL, NULL, NULL, NULL, '[0.9,0.1,0]'),
  ('Three', NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, '[0.8,0.2,0]');
"""
kinds: dict[str, Any] = {
    "id": Text,
    "title": String,
    "level": Enum("Junior", "senior", "lead", name="ladder"),
    "levels": ARRAY(Text),
    "country": CHAR(2),
    "remote": Text,
    "skills": ARRAY(String),
    "listed": JSONB,
    "plain": JSON,
    "pay": Numeric,
    "since": Text,
    "made_at": Integer,
    "words": Text,
    "vector": VECTOR(3),
}
jobs = Table("jobs", MetaData(), *(Column(name, kind) for name, kind in kinds.items()))
c = jobs.c


@pytest.fixture
def opened(database_url: str, settings: Settings) -> Callable[..., TableJobIndex]:
    """Make an index over the table, with some columns more than are needed."""
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLE)

    def make(columns: dict[str, Any], **options: Any) -> TableJobIndex:
        table = JobTable(jobs, columns={"id": c.id, "title": c.title, "vector": c.vector, **columns}, **options)
        return TableJobIndex(Database(settings), table)

    return make


@pytest.mark.parametrize(
    ("columns", "options", "asked", "expected"),
    [
        ({"level": c.level}, {}, {"experience": "senior"}, ["One"]),
        ({"level": c.level}, {}, {"experience": "senior", "keep_unknown": True}, ["One", "Two", "Three"]),
        ({"level": c.level}, {"values": {"level": {"Junior": "entry"}}}, {"experience": "entry"}, ["Two"]),
        ({"level": type_coerce(c.level, Text)}, {}, {"experience": "senior"}, ["One"]),
        ({"company": c.level}, {}, {"companies": "JUNIOR"}, ["Two"]),
        ({"skills": c.skills}, {}, {"skills": "sql"}, ["One"]),
        ({"skills": c.listed}, {}, {"skills": ["sql", "7"]}, ["One"]),
        ({"skills": c.levels}, {}, {"skills_any": "Senior"}, ["One"]),
        ({"skills": func.string_to_array(c.title, "n")}, {}, {"skills_any": "o"}, ["One"]),
        ({"language": c.skills}, {}, {"language": "sql"}, ["One"]),
        ({"metadata": c.plain}, {"metadata_fields": ["shift"]}, {"metadata": {"shift": "day"}}, ["One"]),
        ({"metadata": type_coerce(c.plain, JSONB)}, {"metadata_fields": ["shift"]}, {"metadata": {"shift": 1}}, []),
        ({"country": c.country}, {}, {"country": "DE"}, ["One"]),
        ({"posted_at": c.since}, {}, {"posted_after": NEW_YEAR}, ["One"]),
        ({"posted_at": func.to_timestamp(c.made_at)}, {}, {"posted_after": NEW_YEAR}, ["One"]),
        ({"pay": c.pay}, {}, {"salary_min": 4}, ["One"]),
        ({"text": type_coerce(c.words, TSVECTOR)}, {}, {"keywords": "shift"}, ["One"]),
        ({"text": c.level}, {}, {"keywords": "lead"}, []),
        ({"workplace": c.remote}, {"values": {"workplace": {"true": "remote"}}}, {"remote": True}, ["One"]),
    ],
)
async def test_what_can_be_taken_for_what_it_means_is(
    opened: Callable[..., TableJobIndex], columns: Any, options: Any, asked: Any, expected: list[str]
) -> None:
    async with opened(columns, **options) as index:
        await index.bind("x", 3)
        everything = await index.search(SearchQuery(vector=VECTOR_OF, filters=Filters()), EXACT)
        found = await index.search(SearchQuery(vector=VECTOR_OF, filters=Filters(**asked)), EXACT)
        state = await index.admin.inspect()
    assert [hit.job.title for hit in everything.hits] == ["One", "Two", "Three"]
    assert [hit.job.title for hit in found.hits] == expected
    assert state.rows == 3


MISFITS = [
    ({"workplace": c.remote}, r"column 'jobs\.remote', .* workplace, is of type boolean.*True: \"remote\", False"),
    (
        {"level": c.made_at},
        r"which JobTable has as level, is of type integer, not a text: give cast\(jobs\.c\.made_at, T",
    ),
    ({"company": c.made_at}, r"not a text: give cast\(jobs\.c\.made_at, Text\)"),
    (
        {"skills": c.title},
        r'type character varying, not an array of texts: give func\.string_to_array\(jobs\.c\.title, ","',
    ),
    ({"skills": type_coerce(c.listed, Text)}, r"expression, .* is of type jsonb, .*give type_coerce\(…, JSONB\)"),
    ({"skills": type_coerce(c.title, JSONB)}, "is of type character varying, not an array"),
    (
        {"industry": c.skills},
        r"of type character varying\[\], not a text: give one of the array, as jobs\.c\.skills\[1\]",
    ),
    ({"language": c.listed}, r"as language, is of type jsonb, not a text"),
    ({"metadata": c.title}, r"not jsonb: give cast\(jobs\.c\.title, JSONB\)"),
    (
        {"pay": c.title},
        r"column 'jobs\.title', which JobTable has as pay, .*not a number: give cast\(jobs\.c\.title, Num",
    ),
    ({"latitude": c.title, "longitude": c.title}, r"as latitude, .*; .*as longitude, .*not a number"),
    ({"posted_at": c.title}, r"not a date or a time: give cast\(jobs\.c\.title, TIMESTAMP\(timezone=True\)\)"),
    ({"posted_at": c.made_at}, r"not a date or a time: give func\.to_timestamp\(jobs\.c\.made_at\)"),
    ({"text": c.words}, r"type tsvector, not a text: give type_coerce\(jobs\.c\.words, TSVECTOR\)"),
    ({"text": type_coerce(c.title, TSVECTOR)}, "is of type character varying, not a text"),
    ({"city": literal_column("town")}, "JobTable does not fit the table .*town.* does not exist"),
    ({"pay": cast(c.remote, Numeric)}, "does not fit the table .*cannot cast type boolean to numeric"),
]


@pytest.mark.parametrize(("columns", "message"), MISFITS)
async def test_what_cannot_is_refused_when_it_is_opened(
    opened: Callable[..., TableJobIndex], columns: Any, message: str
) -> None:
    async with opened(columns) as index:
        with pytest.raises(Incompatible, match=message):
            await index.bind("x", 3)


async def test_a_word_that_the_server_does_not_know_is_refused_when_it_is_opened(
    opened: Callable[..., TableJobIndex],
) -> None:
    level = type_coerce(c.level, Enum("Boss", name="ladder"))
    async with opened({"level": level}, values={"level": {"Boss": "lead"}}) as index:
        with pytest.raises(Incompatible, match=r'does not fit the table .*enum ladder: "Boss"'):
            await index.bind("x", 3)


async def test_a_column_that_becomes_another_is_named(opened: Callable[..., TableJobIndex], database_url: str) -> None:
    async with opened({"pay": c.pay, "city": c.title}) as index:
        await index.bind("x", 3)
        await index.survey(Filters())
        with psycopg.connect(database_url) as connection:
            connection.execute("ALTER TABLE jobs ALTER pay TYPE text")
        for _ in range(2):
            with pytest.raises(Incompatible, match="has as pay, is of type text, not a number"):
                await index.search(SearchQuery(vector=VECTOR_OF, filters=Filters(salary_min=1)), EXACT)


async def test_vectors_that_become_others_are_searched_on(
    opened: Callable[..., TableJobIndex], observer: psycopg.Connection
) -> None:
    """Whatever the connection has prepared by then."""
    async with opened({"pay": c.pay}) as index:
        for kind in ("vector(3)", "halfvec(3)", "vector(3)"):
            observer.execute(f"ALTER TABLE jobs ALTER vector TYPE {kind}")
            found = await index.search(SearchQuery(vector=VECTOR_OF, filters=Filters(salary_min=1)), EXACT)
            assert [hit.job.title for hit in found.hits] == ["One"]
            for _ in range(20):
                await index.bind("x", 3)
                await index.survey(Filters(salary_min=1), closely=True)


async def test_what_is_advised_can_be_done(opened: Callable[..., TableJobIndex], database_url: str) -> None:
    columns = {"level": c.level, "company": c.level, "metadata": c.plain, "skills": c.listed, "city": c.title}
    async with opened(columns) as index:
        await index.bind("x", 3)
        advice = (await index.admin.inspect()).advice
        with psycopg.connect(database_url, autocommit=True) as connection:
            for statement in advice:
                connection.execute(statement)
        assert (await index.admin.inspect()).advice == ()
    assert len(advice) == 3  # not for the text of an enumeration


async def test_a_reflected_table_is_searched(database_url: str, settings: Settings) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLE)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database_url))
    found = Table("jobs", MetaData(), autoload_with=engine).c
    engine.dispose()
    renamed = {"posted_at": found.since, "metadata": found.plain}
    same = {name: found[name] for name in ("id", "title", "vector", "level", "skills", "country", "pay")}
    table = JobTable(found.id.table, columns={**same, **renamed})
    async with TableJobIndex(Database(settings), table) as index:
        await index.bind("x", 3)
        (hit,) = (await index.search(SearchQuery(vector=VECTOR_OF, filters=Filters(experience="senior")), EXACT)).hits
    assert (hit.job.title, hit.job.skills, hit.job.places[0].country) == ("One", ("SQL",), "DE")
