"""Rows of a `JobTable` with odd things in them: what cannot be told of them is unknown, and no other row is harmed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from pgvector.sqlalchemy import VECTOR
from psycopg import sql
from sqlalchemy import ARRAY, JSON, TIMESTAMP, Column, Date, Enum, Float, MetaData, Numeric, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.hits import hits
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.errors import Incompatible
from jobmatch.model import Filters, Hnsw, JobSummary, Method, Place, Plan, Storage
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings

EXACT = Plan(method=Method.EXACT, fetch=100)
VECTOR_OF = np.array([1, 0, 0], dtype=np.float32)
OLD = datetime(2000, 1, 1, tzinfo=UTC)
TYPES: dict[str, tuple[str, Any]] = {
    "latitude": ("float8", Float),
    "longitude": ("numeric", Numeric),
    "posted_at": ("timestamptz", TIMESTAMP(timezone=True)),
    "expires_at": ("date", Date),
    "pay": ("numeric", Numeric),
    "workplace": ("text", Text),
    "employment_type": ("text", Text),
    "level": ("text", Text),
}


class Rows:
    """A table with an id of its own for each row, and some columns of these."""

    def __init__(
        self,
        database_url: str,
        settings: Settings,
        *names: str,
        metadata_fields: Sequence[str] = (),
        **others: tuple[str, Any],
    ) -> None:
        self._url, self._settings, self._metadata_fields = database_url, settings, metadata_fields
        self._types = {name: TYPES[name] for name in names} | others
        columns = [Column("id", Text), Column("vector", VECTOR(3))]
        self._table = Table("rows", MetaData(), *columns, *(Column(n, kind) for n, (_, kind) in self._types.items()))

    async def fill(self, rows: dict[str, tuple[Any, ...]]) -> TableJobIndex:
        with psycopg.connect(self._url) as connection:
            kinds = [sql.SQL("{} " + kind).format(sql.Identifier(name)) for name, (kind, _) in self._types.items()]
            connection.execute(
                sql.SQL("CREATE TABLE rows (id text, vector vector(3), {})").format(sql.SQL(",").join(kinds))
            )
            holes = sql.SQL(",").join([sql.Placeholder()] * (2 + len(kinds)))
            with connection.cursor() as cursor:
                statement = sql.SQL("INSERT INTO rows VALUES ({})").format(holes)
                cursor.executemany(statement, [(name, "[1,0,0]", *values) for name, values in rows.items()])
        c = self._table.c
        columns = {"id": c.id, "title": c.id, "vector": c.vector, **{name: c[name] for name in self._types}}
        return TableJobIndex(
            Database(self._settings), JobTable(self._table, columns=columns, metadata_fields=self._metadata_fields)
        )


async def found(index: TableJobIndex, **filters: Any) -> dict[str, JobSummary]:
    result = await index.search(SearchQuery(vector=VECTOR_OF, filters=Filters(**filters)), EXACT)
    return {hit.job.id: hit.job for hit in result.hits}


async def test_a_place_without_both_coordinates_has_none(database_url: str, settings: Settings) -> None:
    odd = {
        "half": (1, None),
        "other half": (None, 1),
        "nan": ("NaN", 0),
        "nan too": (0, "NaN"),
        "infinite": ("Infinity", 0),
        "beyond": (0, 361),
        "too far north": (91, 0),
    }
    rows = {**odd, "pole": (90, -180), "none": (None, None), "whole": (1, 1.5)}
    async with await Rows(database_url, settings, "latitude", "longitude").fill(rows) as index:
        await index.bind("x", 3)
        jobs = await found(index)
        assert jobs.keys() == rows.keys()
        assert {jobs[name].places for name in (*odd, "none")} == {()}
        assert jobs["whole"].places == (Place(latitude=1, longitude=1.5),)
        assert jobs["pole"].places == (Place(latitude=90, longitude=-180),)
        assert (await found(index, latitude=0, longitude=0, radius_km=30_000)).keys() == {"pole", "whole"}
        assert (await found(index, latitude=0, longitude=0, radius_km=300)).keys() == {"whole"}


async def test_one_coordinate_alone_is_left_out(database_url: str, settings: Settings) -> None:
    async with await Rows(database_url, settings, "latitude").fill({"a": (1,)}) as index:
        await index.bind("x", 3)
        assert (await found(index))["a"].places == ()


async def test_a_time_that_no_calendar_knows_is_unknown(database_url: str, settings: Settings) -> None:
    """Also where the zone of the session moves it into another year, or has an offset with seconds."""
    with psycopg.connect(database_url) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Europe/Amsterdam'").format(name))
    odd = {name: (name, None) for name in ("0044-03-15 BC", "12000-01-01", "infinity", "-infinity")}
    rows = {
        **odd,
        "first": ("0001-01-01Z", "infinity"),
        "last": ("9999-12-31 23:59:59.999999Z", "300000-01-01"),
        "old": ("1800-06-01 12:00Z", None),
        "gone": (None, "0044-03-15 BC"),
        "gone too": (None, "-infinity"),
        "none": (None, "4000-01-01"),
    }
    async with await Rows(database_url, settings, "posted_at", "expires_at").fill(rows) as index:
        await index.bind("x", 3)
        times = {name: job.posted_at for name, job in (await found(index)).items()}
        assert times == {
            **dict.fromkeys(odd),
            "none": None,
            "first": datetime(1, 1, 1, tzinfo=UTC),
            "last": datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            "old": datetime(1800, 6, 1, 12, tzinfo=UTC),
        }
        assert (await found(index, posted_after=OLD)).keys() == {"last"}
        assert (await found(index, posted_after=OLD, keep_unknown=True)).keys() == {*odd, "none", "last"}
        assert (await found(index, max_age_days=1, keep_unknown=True)).keys() == {*odd, "none", "last"}


async def test_a_day_that_no_calendar_knows_is_unknown(database_url: str, settings: Settings) -> None:
    rows = {name: (name,) for name in ("0044-03-15 BC", "300000-01-01", "infinity", "2026-01-01")}
    async with await Rows(database_url, settings, posted_at=("date", Date)).fill(rows) as index:
        await index.bind("x", 3)
        times = {name: job.posted_at for name, job in (await found(index)).items()}
        assert times == {**dict.fromkeys(rows), "2026-01-01": datetime(2026, 1, 1, tzinfo=UTC)}
        assert (await found(index, posted_after=OLD)).keys() == {"2026-01-01"}
        assert (await found(index, posted_after=OLD, keep_unknown=True)).keys() == rows.keys()


async def test_pay_that_is_no_amount_is_unknown(database_url: str, settings: Settings) -> None:
    odd: dict[str, tuple[Any, ...]] = {"negative": (-5,), "nan": ("NaN",), "infinite": ("Infinity",)}
    async with await Rows(database_url, settings, "pay").fill({**odd, "paid": (50,), "poor": (1,)}) as index:
        await index.bind("x", 3)
        assert [name for name, job in (await found(index)).items() if job.pay] == ["paid", "poor"]
        assert (await found(index, salary_min=10)).keys() == {"paid"}
        assert (await found(index, salary_min=10, keep_unknown=True)).keys() == {"paid", *odd}


WORDS: dict[str, tuple[Any, ...]] = {
    "ours": ("remote", "full_time", "senior"),
    "like ours": (" REMOTE ", "Full-Time", "SENIOR"),
    "also": ("On-site", "full time", "Mid"),
    "strange": ("weird", "gig", "boss"),
    "none": (None, None, None),
    "blank": ("", " ", "-"),
}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"remote": True}, {"ours", "like ours"}),
        ({"remote": False}, {"also"}),
        ({"remote": False, "keep_unknown": True}, {"also", "strange", "none", "blank"}),
        ({"workplace": "onsite"}, {"also"}),
        ({"workplace": "hybrid", "keep_unknown": True}, {"strange", "none", "blank"}),
        ({"employment_type": "full_time"}, {"ours", "like ours", "also"}),
        ({"employment_type": "contract", "keep_unknown": True}, {"strange", "none", "blank"}),
        ({"experience": ["senior", "lead"]}, {"ours", "like ours"}),
        ({"experience": "mid", "keep_unknown": ["experience"]}, {"also", "strange", "none", "blank"}),
    ],
)
async def test_words_are_ours_however_they_are_written_or_unknown(
    database_url: str, settings: Settings, filters: dict[str, Any], expected: set[str]
) -> None:
    async with await Rows(database_url, settings, "workplace", "employment_type", "level").fill(WORDS) as index:
        await index.bind("x", 3)
        assert (await found(index, **filters)).keys() == expected
        told = {name: (job.workplace, job.employment_type, job.level) for name, job in (await found(index)).items()}
        assert told == {
            **dict.fromkeys(("ours", "like ours"), ("remote", "full_time", "senior")),
            "also": ("onsite", "full_time", "mid"),
            **dict.fromkeys(("strange", "none", "blank"), (None, None, None)),
        }
        unread = (await index.admin.inspect()).unread
        for name, word in (("workplace", "weird"), ("employment_type", "gig"), ("level", "boss")):
            assert word in unread[name]
            assert WORDS["also"][list(unread).index(name)] not in unread[name]


async def test_labels_of_an_enumeration_are_ours_however_they_are_written(
    database_url: str, settings: Settings
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TYPE place AS ENUM ('REMOTE', 'On-Site', 'Moon')")
    kind = Enum("REMOTE", "On-Site", "Moon", name="place")
    rows = {"far": ("REMOTE",), "near": ("On-Site",), "moon": ("Moon",)}
    for declared in (kind, Text):
        async with await Rows(database_url, settings, workplace=("place", declared)).fill(rows) as index:
            await index.bind("x", 3)
            assert (await found(index, remote=True)).keys() == {"far"}
            assert (await found(index, remote=False)).keys() == {"near"}
            assert (await found(index, remote=False, keep_unknown=True)).keys() == {"near", "moon"}
            assert (await index.admin.inspect()).unread == {"workplace": ("Moon",)}
        with psycopg.connect(database_url) as connection:
            connection.execute("DROP TABLE rows")


async def test_how_many_pass_is_told_from_a_sample_where_the_server_has_no_statistics(
    database_url: str, settings: Settings
) -> None:
    """Those that it has are about the words of the table, not ours, and about days, not times."""
    rows = {str(n): ("Senior" if n % 2 else "Junior", n, f"20{n % 50:02}-01-01") for n in range(400)}
    async with await Rows(database_url, settings, "level", "pay", posted_at=("date", Date)).fill(rows) as index:
        await index.bind("x", 3)
        for filters, passing in (
            (Filters(experience="senior"), 200),
            (Filters(salary_min=300), 100),
            (Filters(posted_after=datetime(2025, 1, 1, tzinfo=UTC)), 200),
            (Filters(posted_after=datetime(2025, 1, 1, tzinfo=UTC), salary_min=300), 50),
        ):
            assert (await index.survey(filters)).matching == passing


async def test_of_names_most_postings_may_have_the_same(database_url: str, settings: Settings) -> None:
    """The server takes any that we compare in another way than it is written for one in 200."""
    names: dict[str, Any] = {"country": "US", "city": "Köln", "company": "Acme", "industry": "Steel", "language": "de"}
    names["skills"] = ["SQL"]
    rows: dict[str, tuple[Any, ...]] = {str(n): tuple(names.values()) if n % 4 else (*[""] * 5, []) for n in range(400)}
    kinds: dict[str, tuple[str, Any]] = dict.fromkeys(names, ("text", Text)) | {"skills": ("text[]", ARRAY(Text))}
    async with await Rows(database_url, settings, **kinds).fill(rows) as index:
        await index.bind("x", 3)
        asked = [
            *(Filters(country="US"), Filters(city="koln"), Filters(companies="ACME"), Filters(industries="steel")),
            *(Filters(language="de"), Filters(skills="sql"), Filters(skills_any="sql")),
        ]
        assert [(await index.survey(filters)).matching for filters in asked] == [300] * len(asked)
        assert (await index.survey(Filters(exclude_companies="acme"))).matching == 100
        assert (await index.survey(Filters(country="US", companies="acme"))).matching == 300


async def test_how_many_pass_is_told_by_the_server_where_it_knows(database_url: str, settings: Settings) -> None:
    rows = {str(n): (f"20{n % 50:02}-01-01Z", n) for n in range(400)}
    async with await Rows(database_url, settings, "posted_at", pay=("float8", Float)).fill(rows) as index:
        await index.bind("x", 3)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("ANALYZE rows")
        assert (await index.survey(Filters(salary_min=300))).matching == pytest.approx(100, abs=10)
        asked = Filters(posted_after=datetime(2025, 1, 1, tzinfo=UTC))
        assert (await index.survey(asked)).matching == pytest.approx(200, abs=20)


METADATA: dict[str, Any] = {
    "null": {"visa": None},
    "yes": {"visa": True},
    "nothing": {},
    "column is null": None,
    "json is null": "null",
    "in a list": [{"visa": True}],
    "no object": "visa",
    "list": {"visa": [1, True]},
    "list of null": {"visa": [None]},
    "empty": {"visa": []},
    "nested": {"visa": [[True]]},
}
NONE = {"null", "nothing", "column is null", "json is null", "in a list", "no object"}


@pytest.mark.parametrize("kind", ["json", "jsonb"])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"exists": True}, METADATA.keys() - NONE),
        ({"exists": False}, NONE),
        (True, {"yes", "list"}),
        ({"eq": 1, "in": [True, "x"]}, {"list"}),
        ({"min": 0}, {"list"}),
        ({"exists": False, "eq": True}, set()),
        ({"exists": True, "eq": True}, {"yes", "list"}),
    ],
)
async def test_metadata_that_are_null_or_no_object_are_none(
    database_url: str, settings: Settings, kind: str, asked: Any, expected: set[str]
) -> None:
    written = {name: value if value in (None, "null") else json.dumps(value) for name, value in METADATA.items()}
    rows = {name: (value,) for name, value in written.items()}
    table = Rows(database_url, settings, metadata=(kind, JSONB), metadata_fields=["visa"])
    async with await table.fill(rows) as index:
        await index.bind("x", 3)
        assert (await found(index, metadata={"visa": asked})).keys() == expected


async def test_an_index_of_metadata_helps(database_url: str, settings: Settings) -> None:
    rows = {str(number): (json.dumps({"n": number}),) for number in range(5_000)}
    table = Rows(database_url, settings, metadata=("jsonb", JSONB), metadata_fields=["n"])
    async with await table.fill(rows) as index:
        await index.bind("x", 3)
        (advised,) = (await index.admin.inspect()).advice
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(advised)
            connection.execute("ANALYZE rows")
        query = SearchQuery(vector=VECTOR_OF, filters=Filters(metadata={"n": 7}))
        trace = (await index.admin.explain(query, EXACT)).trace
        assert any("Bitmap Index Scan" in step for step in trace.steps)
        assert (await found(index, metadata={"n": 7})).keys() == {"7"}


@pytest.mark.parametrize("column", ["values", "position", "order", "größe", "a (b) c", 'a"b', "Vector", "v2"])
@pytest.mark.parametrize("storage", Storage)
async def test_an_index_is_known_again_whatever_its_column_is_called(
    database_url: str, settings: Settings, column: str, storage: Storage
) -> None:
    table = Table("rows", MetaData(), Column("id", Text), Column(column, VECTOR(3)))
    with psycopg.connect(database_url) as connection:
        connection.execute(sql.SQL("CREATE TABLE rows (id text, {} vector(3))").format(sql.Identifier(column)))
    columns = {"id": table.c.id, "title": table.c.id, "vector": table.c[column]}
    async with TableJobIndex(Database(settings), JobTable(table, columns=columns)) as index:
        strategy = Hnsw(storage=storage)
        await index.create_index(strategy)
        state = await index.admin.inspect()
        assert (state.index, state.orphaned) == (strategy.describe(), ())
        assert (await index.admin.forecast(strategy)).steps == ()


LONG = " ".join(f"w{number:07}" for number in range(140_000))


async def test_a_text_with_more_words_than_the_server_holds_harms_no_other(
    database_url: str, settings: Settings
) -> None:
    rows = {"a": ("night nurse",), "long": (f"nurse {LONG}",)}
    async with await Rows(database_url, settings, text=("text", Text)).fill(rows) as index:
        await index.bind("x", 3)
        assert (await found(index, keywords="nurse")).keys() == {"a", "long"}
        assert (await found(index, keywords=["nurse", "w0000001"])).keys() == {"long"}
        assert (await found(index, exclude_keywords="night")).keys() == {"long"}
        (advised,) = (await index.admin.inspect()).advice
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(advised)
            connection.execute("INSERT INTO rows SELECT 'more', vector, text FROM rows WHERE id = 'long'")
        assert (await index.admin.inspect()).advice == ()


@pytest.mark.parametrize(
    ("kind", "value", "asked", "told"),
    [
        (("json", JSON), r'{"visa": "\u0000"}', {"metadata": {"visa": True}}, "unsupported Unicode escape sequence"),
        (("numeric", Numeric), "1e400", {"salary_min": 5}, "1000000"),
    ],
)
async def test_a_row_that_the_server_cannot_read_is_told(
    database_url: str, settings: Settings, kind: tuple[str, Any], value: str, asked: dict[str, Any], told: str
) -> None:
    name = "pay" if "salary_min" in asked else "metadata"
    table = Rows(database_url, settings, metadata_fields=["visa"] if name == "metadata" else (), **{name: kind})
    async with await table.fill({"a": (None,), "odd": (value,)}) as index:
        await index.bind("x", 3)
        with pytest.raises(Incompatible, match=rf"a row of 'rows' holds something else .*{told}.*correct it, or map"):
            await found(index, **asked)


def test_a_row_that_cannot_be_read_is_named() -> None:
    good, bad = '{"id": "a", "title": "x"}', '{"id": "b", "title": "x", "places": [{"latitude": 1}]}'
    with pytest.raises(Incompatible, match=r"the posting 'b' cannot be shown .*longitude"):
        hits([(good, 0.1), (bad, 0.2)])
    with pytest.raises(Incompatible, match="the posting 'b' cannot be shown"):
        hits([(bad.replace('"x"', "1"), 0.1)])
