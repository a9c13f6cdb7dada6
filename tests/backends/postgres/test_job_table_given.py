"""What can be given to a `JobTable`, and what is refused before anything is searched."""

import enum
from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
import pytest
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Enum,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped import JobTable, Metric, TableJobIndex
from jobmatch.errors import InvalidInput
from jobmatch.model import Filters, Method, Plan
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings

QUERY = SearchQuery(vector=np.array([1, 0, 0], dtype=np.float32), filters=Filters())
EXACT = Plan(method=Method.EXACT, fetch=10)
TABLES = """
CREATE TABLE firms (id int, name text);
CREATE TABLE tags (job int, tag text);
CREATE TYPE ladder AS ENUM ('JUNIOR', 'Sr.');
CREATE TABLE jobs (id int, title text, firm int, open boolean, level ladder, vector vector(3));
INSERT INTO firms VALUES (1, 'Acme'), (2, 'Initech');
INSERT INTO tags VALUES (1, 'a'), (1, 'b');
INSERT INTO jobs VALUES (1, 'One', 1, true, 'JUNIOR', '[1,0,0]'), (2, 'Two', 2, false, 'Sr.', '[0,1,0]');
"""


class Ladder(enum.Enum):
    JUNIOR = 1
    SENIOR = "Sr."


tables = MetaData()
firms = Table("firms", tables, Column("id", Integer), Column("name", Text))
tags = Table("tags", tables, Column("job", Integer), Column("tag", Text))
kinds: dict[str, Any] = {"id": Integer, "title": Text, "firm": Integer, "open": Boolean, "vector": VECTOR(3)}
by_value = Enum("JUNIOR", "Sr.", name="ladder")
jobs = Table("jobs", tables, *(Column(name, kind) for name, kind in kinds.items()), Column("level", by_value))
NEEDED = {"id": jobs.c.id, "title": jobs.c.title, "vector": jobs.c.vector}


class Base(DeclarativeBase):
    pass


class Firm(Base):
    __tablename__ = "firms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Posting(Base):
    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    firm: Mapped[int]
    open: Mapped[bool]
    level: Mapped[Ladder] = mapped_column(Enum(Ladder, name="ladder", values_callable=lambda _: ["JUNIOR", "Sr."]))
    embedding: Mapped[object] = mapped_column("vector", VECTOR(3))


@pytest.fixture
def found(database_url: str, settings: Settings) -> Callable[..., Any]:
    """Return what a search finds."""
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLES)

    async def find(table: JobTable) -> list[tuple[Any, ...]]:
        async with TableJobIndex(Database(settings), table) as index:
            await index.bind("x", 3)
            hits = (await index.search(QUERY, EXACT)).hits
        return [(hit.job.id, hit.job.title, hit.job.company, hit.job.level) for hit in hits]

    return find


async def test_a_mapped_class_and_its_attributes_will_do(found: Callable[..., Any]) -> None:
    table = JobTable(
        Posting,
        columns={
            "id": Posting.id,
            "title": func.upper(Posting.title),
            "vector": Posting.embedding,
            "company": select(Firm.name).where(Firm.id == Posting.firm).scalar_subquery(),
            "level": Posting.level,
        },
        values={"level": {Ladder.JUNIOR: "entry", "Sr.": "senior"}},
        where=Posting.open | (Posting.id == 2),
    )
    assert table.name == ("jobs",)
    assert await found(table) == [("1", "ONE", "Acme", "entry"), ("2", "TWO", "Initech", "senior")]


async def test_a_mapped_class_can_be_joined(found: Callable[..., Any]) -> None:
    joined = Posting.__table__.join(Firm.__table__, Firm.id == Posting.firm)
    columns = {"id": Posting.id, "title": Posting.title, "vector": Posting.embedding, "company": Firm.name}
    assert await found(JobTable(joined, columns=columns)) == [
        ("1", "One", "Acme", None),
        ("2", "Two", "Initech", None),
    ]


async def test_what_a_subquery_brings_along_is_its_own(found: Callable[..., Any]) -> None:
    firm = select(firms.c.name).where(firms.c.id == jobs.c.firm).scalar_subquery()
    shown = case((firm.is_(None), literal_column("'?'")), else_=firm)
    columns = {**NEEDED, "company": shown}
    every = select(func.array_agg(tags.c.tag, type_=ARRAY(Text))).where(tags.c.job == jobs.c.id).scalar_subquery()
    where = select(firms.c.id).where(firms.c.id == jobs.c.firm).exists() & text("open")
    assert await found(JobTable(jobs, columns={**columns, "skills": every}, where=where)) == [
        ("1", "One", "Acme", None)
    ]


async def test_a_text_may_have_parameters_with_values(found: Callable[..., Any]) -> None:
    where = text(r"open = :flag AND title <> '\:x'").bindparams(flag=True)
    columns = {**NEEDED, "company": func.concat(bindparam("none", None, Text), literal(":y"))}
    assert await found(JobTable(jobs, columns=columns, where=where)) == [("1", "One", ":y", None)]


other = Table("jobs", MetaData(), *(Column(name, kind) for name, kind in kinds.items()))
active = select(jobs).where(jobs.c.open).subquery("active")


@pytest.mark.parametrize(
    ("table", "columns", "options", "message"),
    [
        (jobs, {"id": "id"}, {}, r"columns\.id: must be a column or an expression of SQLAlchemy, not 'id'"),
        (jobs, {"vector": "vector"}, {}, r"columns\.vector: .*give table\.c"),
        (jobs, {"pay_currency": "EUR"}, {}, r"columns\.pay_currency: .*literal\(…\) for a value"),
        (jobs, {"country": text("country")}, {}, r"columns\.country: .*not 'country'.*literal_column"),
        (jobs, {"company": None}, {}, r"columns\.company: .*not a NoneType"),
        (jobs, {"vector": aliased(Posting).embedding}, {}, "plain column of a table"),
        (jobs, {"company": firms.c.name}, {}, "table: does not have firms, .*join it"),
        (jobs, {"company": func.lower(firms.c.name)}, {}, "table: does not have firms"),
        (jobs, {"company": Firm.name, "city": tags.c.tag}, {}, "does not have firms and tags"),
        (jobs, {}, {"where": firms.c.name == "x"}, "does not have firms"),
        (active, {}, {}, "table: does not have jobs, .*to leave postings out, give where"),
        (jobs, {"city": select(tags).subquery().c.tag}, {}, "table: does not have a subquery"),
        (jobs.alias("a"), {}, {}, "table: does not have jobs"),
        (other, {}, {}, "table: does not have jobs, .*give columns of the very object"),
        (jobs, {}, {"where": "open"}, "where: must be a column or an expression of SQLAlchemy, not 'open'"),
        (
            jobs,
            {},
            {"where": text("open = :flag")},
            r"where: has no value for the parameter 'flag': give it, as .*bindparams\(flag=…\)",
        ),
        (jobs, {}, {"where": jobs.c.open & text("id = :n")}, "where: has no value for the parameter 'n'"),
        (jobs, {}, {"where": jobs.c.open == bindparam("flag")}, "where: has no value for the parameter 'flag'"),
        (
            jobs,
            {"city": select(tags.c.tag).where(tags.c.job == jobs.c.id, text("tag > :tag")).scalar_subquery()},
            {},
            r"columns\.city: has no value for the parameter 'tag'",
        ),
        (select(jobs).where(text("open = :x")).subquery(), {}, {}, "table: has no value for the parameter 'x'"),
        (jobs, {}, {"metric": "inner_product"}, "metric: 'inner_product' is not one of cosine, l2, ip"),
        (jobs, {}, {"metadata_fields": ["visa"]}, "metadata_fields: needs to know metadata: give columns"),
        ("jobs", {}, {}, "table: must be a table of SQLAlchemy, a join of some, or a mapped class, not str"),
        (NEEDED, {}, {}, "table: must be a table .*not dict"),
        (jobs, {"level": jobs.c.level}, {"values": {"level": {"Boss": "lead"}}}, "values: 'Boss' is no value of"),
        (jobs, {"level": jobs.c.level}, {"values": {"level": {Ladder.SENIOR: "lead"}}}, "'Ladder.SENIOR' is no value"),
        (jobs, {"level": jobs.c.open}, {"values": {"level": {"yes": "lead"}}}, "'yes' is no value of a column of type"),
        (jobs, {"level": jobs.c.title}, {"values": {"level": {1: "lead"}}}, "'1' is no value of a column of type"),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(table: Any, columns: Any, options: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        JobTable(table, columns={**NEEDED, **columns}, **options)


def test_a_metric_can_be_given_by_name() -> None:
    assert JobTable(jobs, columns=NEEDED, metric="ip").metric is Metric.INNER_PRODUCT
