"""Words and names in a table of somebody else's: found as in one of ours, whatever the database knows of letters."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from urllib.parse import urlsplit

import psycopg
import pytest
from pgvector.sqlalchemy import VECTOR
from psycopg import sql
from sqlalchemy import Column, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from jobmatch.backends.postgres.administration import Schema
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.errors import Incompatible, InvalidInput
from jobmatch.model import Filters
from jobmatch.ports import Entry, JobIndex
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, WordingContract, entry
from jobmatch.testing.job_search import EXACT, Hold, find, ids
from jobmatch.testing.wording import told

POSTINGS = Table(
    "postings",
    MetaData(),
    *(Column(name, Text) for name in ("id", "title", "body", "town")),
    Column("words", TSVECTOR),
    Column("vector", VECTOR(DIMENSIONS)),
)
BY_TEXT = {**{name: POSTINGS.c[name] for name in ("id", "title", "vector")}, "text": POSTINGS.c.body}
BY_WORDS = {**BY_TEXT, "text": POSTINGS.c.words}
BY_TOWN = {**BY_TEXT, "city": POSTINGS.c.town, "company": POSTINGS.c.town, "industry": POSTINGS.c.town}
TABLE = "CREATE TABLE postings (id text, title text, body text, town text, words tsvector, vector vector({}))"
ROW = "INSERT INTO postings VALUES (%s, %s, %s, %s, to_tsvector(%s::regconfig, %s), %s)"
GENERATED = """
CREATE TABLE generated (id text, title text, body text, vector vector({}),
words tsvector GENERATED ALWAYS AS (to_tsvector('ours', title) || to_tsvector('ours', body)) STORED)
"""
TOWNS = ["Évry", "Москва", "ÖREBRO", "Ναύπακτος", "ΝΑΎΠΑΚΤΟΣ", "İstanbul", "Straße", "Łódź", "ŒUVRE", "Izmir", "Ґанок"]
Search = Callable[..., Hold]


@pytest.fixture
async def search(database_url: str, settings_for: Callable[..., Settings]) -> AsyncIterator[Search]:
    """Return a way to hold entries in a table, and to search it as it is mapped."""
    async with Database(settings_for(database_url)) as database:

        def mapped(table: JobTable, config: str = "english") -> Hold:
            async def hold(entries: Sequence[Entry]) -> JobIndex:
                fill(database_url, entries, config)
                index = TableJobIndex(database, table)
                await index.bind(EMBEDDER, DIMENSIONS)
                return index

            return hold

        yield mapped


def fill(url: str, entries: Sequence[Entry], config: str = "english") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(TABLE).format(sql.Literal(DIMENSIONS)))
        for one in entries:
            assert one.vector is not None
            job, vector = one.job, str(one.vector.tolist())
            row = [job.id, job.title, job.description, job.company, config, job.description, vector]
            connection.execute(ROW, row)


class TestTableWording(WordingContract):
    @pytest.fixture
    def hold(self, search: Search) -> Hold:
        return search(JobTable(POSTINGS, columns=BY_TEXT))


NURSES = "Wir suchen Krankenpflegerinnen und Ärzte für Häuser"


@pytest.mark.parametrize("columns", [BY_TEXT, BY_WORDS])
async def test_words_go_by_the_configuration_that_is_told(search: Search, columns: dict[str, Column[str]]) -> None:
    hold = search(JobTable(POSTINGS, columns=columns, text_config="german"), "german")
    index = await hold([entry("a", description=NURSES), entry("b", description="nursing")])
    found = ("Krankenpflegerinnen", "krankenpfleger", "suchen", "Ärzte", "Haus", "Häuser")
    for keyword in found:
        assert ids(await find(index, keywords=keyword)) == ["a"], keyword
    assert await told(index, *found, "nurse") == {"a": (*(True for _ in found), False), "b": (False,) * 7}
    assert await index.unsearchable(["und", "the", "Haus"]) == {"und"}
    assert await index.unsearchable(["und", "wir", "Haus"]) == {"und", "wir"}
    with pytest.raises(InvalidInput, match=r"filters\.keywords: 'und' has no word"):
        await index.survey(Filters(keywords="und"))
    with pytest.raises(InvalidInput, match=r"filters\.exclude_keywords: 'und' has no word"):
        await find(index, exclude_keywords=["Haus", "und"])


async def test_a_keyword_goes_to_a_tsvector_as_it_was_written(search: Search) -> None:
    simple = search(JobTable(POSTINGS, columns=BY_WORDS, text_config="pg_catalog.simple"), "simple")
    index = await simple([entry("a", description="Nurses at IT, café, node.js"), entry("b", description="nurse")])
    for keyword in ("nurses", "IT", "at it", "Café", "node.js"):
        assert ids(await find(index, keywords=keyword)) == ["a"], keyword
    assert ids(await find(index, keywords="nurse")) == ["b"]
    assert await index.unsearchable(["IT", "the", "&"]) == {"&"}


async def test_a_tsvector_in_english_has_no_stop_words(search: Search) -> None:
    index = await search(JobTable(POSTINGS, columns=BY_WORDS))([entry("a", description="the IT nurses")])
    assert ids(await find(index, keywords=["nursing"])) == ["a"]
    assert await index.unsearchable(["IT", "the", "nurse"]) == {"IT", "the"}
    with pytest.raises(InvalidInput, match="'IT' has no word"):
        await find(index, keywords=["IT", "nurse"])


async def test_a_configuration_that_is_not_there_is_refused(search: Search) -> None:
    table = JobTable(POSTINGS, columns=BY_TEXT, text_config="klin'gon")
    with pytest.raises(Incompatible, match=r'"klin\'gon" for text_config.*english.*simple'):
        await search(table)([])


async def test_a_column_that_is_made_by_another_configuration_is_refused(search: Search, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TEXT SEARCH CONFIGURATION ours (COPY = german)")
        connection.execute(sql.SQL(GENERATED).format(sql.Literal(DIMENSIONS)))
        connection.execute("INSERT INTO generated VALUES ('a', 'T', 'die Häuser', '[1,0,0,0,0,0,0,0]')")
    generated = Table("generated", MetaData(), *(Column(c.name, c.type) for c in POSTINGS.c if c.name != "town"))
    columns = {**{name: generated.c[name] for name in ("id", "title", "vector")}, "text": generated.c.words}
    with pytest.raises(Incompatible, match=r"'generated.words'.* is made by ours, .* by english: .*text_config='ours'"):
        await search(JobTable(generated, columns=columns))([])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE postings")
    for config in ("ours", "public.ours"):
        index = await search(JobTable(generated, columns=columns, text_config=config))([])
        assert ids(await find(index, keywords="Haus")) == ["a"]
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("DROP TABLE postings")


@pytest.mark.parametrize("config", ["", None, 5, "ger\nman"])
def test_what_is_no_name_of_a_configuration_is_refused(config: str) -> None:
    with pytest.raises(InvalidInput, match="text_config: must be the name"):
        JobTable(POSTINGS, columns=BY_TEXT, text_config=config)


def test_a_configuration_is_for_a_text() -> None:
    with pytest.raises(InvalidInput, match="text_config: needs to know text"):
        JobTable(POSTINGS, columns={n: POSTINGS.c[n] for n in ("id", "title", "vector")}, text_config="german")


@pytest.fixture
def unlettered_url(database_url: str) -> Iterator[str]:
    """The URL of a database that knows no letters but those of ASCII."""
    name = sql.Identifier("unlettered")
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        connection.execute(create.format(name))
        yield urlsplit(database_url)._replace(path="/unlettered").geturl()
        connection.execute(sql.SQL("DROP DATABASE {}").format(name))


async def test_names_are_folded_whatever_the_database_knows_of_letters(
    database_url: str, unlettered_url: str, settings_for: Callable[..., Settings]
) -> None:
    for url in (database_url, unlettered_url):
        await find_towns(url, settings_for(url))


async def find_towns(url: str, settings: Settings) -> None:
    await Schema(settings).upgrade()
    entries = [entry(str(number), company=town, description=f"in {town}!") for number, town in enumerate(TOWNS)]
    fill(url, entries)
    async with TableJobIndex(Database(settings), JobTable(POSTINGS, columns=BY_TOWN)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        for number, town in enumerate(TOWNS):
            for spelled in (town, town.lower(), town.upper()):
                wanted = {str(number), *({"3", "4"} if number in {3, 4} else ())}
                for name in ("city", "companies", "industries"):
                    assert set(ids(await find(index, EXACT, **{name: spelled}))) == wanted, spelled
            assert str(number) in ids(await find(index, keywords=town))


async def test_an_index_can_serve_what_words_are_made_of(search: Search, database_url: str) -> None:
    index = await search(JobTable(POSTINGS, columns=BY_TEXT))([entry("a", description="node.js and café")])
    advised = [one for one in (await index.admin.inspect()).advice if "tsvector" in one]
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in advised:
            connection.execute(statement.encode())
    assert len(advised) == 1
    assert not [one for one in (await index.admin.inspect()).advice if "tsvector" in one]
