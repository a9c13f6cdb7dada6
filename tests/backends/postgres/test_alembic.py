"""An application's own migrations beside our tables: Alembic proposes nothing about what is ours."""

import importlib
import shutil
import warnings
from collections.abc import Mapping
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from pgvector.sqlalchemy import HALFVEC
from psycopg import sql
from sqlalchemy import ARRAY, Column, Engine, Float, Index, Integer, MetaData, NullPool, Table, Text, create_engine

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.backends.procrastinate.tables import upgrade
from jobmatch.model import Hnsw
from jobmatch.settings import Settings
from jobmatch.tables import TABLES, include_name, include_object

EXAMPLES = Path(__file__).parents[3] / "examples"
HOOKS: list[Mapping[str, Any]] = [{"include_name": include_name}, {"include_object": include_object}]


def models() -> MetaData:
    """Return what the application knows of."""
    metadata = MetaData()
    texts = [Column(name, Text) for name in ("title", "city", "country", "body")]
    numbers = [Column(name, Float) for name in ("latitude", "longitude", "pay")]
    more: tuple[Column[Any], ...] = (Column("skills", ARRAY(Text)), Column("vector", HALFVEC(3)))
    Table("jobs", metadata, Column("id", Integer, primary_key=True), *texts, *numbers, *more)
    return metadata


@pytest.fixture
async def advised(database_url: str, settings: Settings) -> list[str]:
    """Have a table of the application's, with our index and those that we advise to make; tell the latter's names."""
    upgrade(database_url)
    metadata = models()
    with engine(database_url).begin() as connection:
        metadata.create_all(connection)
    jobs = metadata.tables["jobs"]
    names = ("id", "title", "vector", "city", "country", "latitude", "longitude", "pay", "skills")
    table = JobTable(jobs, columns={**{name: jobs.c[name] for name in names}, "text": jobs.c.body})
    async with TableJobIndex(Database(settings), table) as index:
        await index.create_index(Hnsw())
        statements = (await index.admin.inspect()).advice
    with psycopg.connect(database_url, autocommit=True) as raw:
        for statement in statements:
            raw.execute(sql.SQL(statement))
        return [name for (name,) in raw.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'jobs'")]


def engine(url: str) -> Engine:
    """Return an engine that closes each connection after use."""
    return create_engine("postgresql+psycopg://", creator=partial(psycopg.connect, url), poolclass=NullPool)


def proposed(url: str, metadata: MetaData, hooks: Mapping[str, Any]) -> list[Any]:
    """Return what Alembic would do."""
    with engine(url).connect() as connection, warnings.catch_warnings():
        # Of types, and of expressions in indexes, that it does not know.
        warnings.simplefilter("ignore")
        return list(compare_metadata(MigrationContext.configure(connection, opts=dict(hooks)), metadata))


@pytest.mark.parametrize("hooks", HOOKS, ids=lambda hooks: str(next(iter(hooks))))
async def test_nothing_of_ours_is_dropped(database_url: str, advised: list[str], hooks: Mapping[str, Any]) -> None:
    assert proposed(database_url, models(), hooks) == []


async def test_everything_of_ours_would_be_dropped_without(database_url: str, advised: list[str]) -> None:
    changes = proposed(database_url, models(), {})
    assert {change[1].name for change in changes if change[0] == "remove_table"} == set(TABLES)
    dropped = {change[1].name for change in changes if change[0] == "remove_index" and change[1].table.name == "jobs"}
    assert dropped == set(advised) - {"jobs_pkey"}
    assert len(dropped) > 5


@pytest.mark.parametrize("hooks", HOOKS, ids=lambda hooks: str(next(iter(hooks))))
async def test_what_is_the_applications_is_compared(
    database_url: str, advised: list[str], hooks: Mapping[str, Any]
) -> None:
    metadata = models()
    Table("more", metadata, Column("id", Integer))
    metadata.remove(metadata.tables["jobs"])
    assert {(change[0], change[1].name) for change in proposed(database_url, metadata, hooks)} >= {
        ("add_table", "more"),
        ("remove_table", "jobs"),
    }


async def test_an_index_that_the_models_have_is_theirs(database_url: str, advised: list[str]) -> None:
    metadata = models()
    (name,) = (name for name in advised if name.endswith("_pay"))
    Index(name, metadata.tables["jobs"].c.title)
    changed = {(change[0], change[1].name) for change in proposed(database_url, metadata, HOOKS[1])}
    assert changed == {("remove_index", name), ("add_index", name)}


def test_what_has_no_name_is_no_concern_of_ours() -> None:
    assert include_name(None, "schema", {})
    assert include_name("match_job", "column", {"table_name": "jobs"})
    assert not include_name("jobmatch_0123456789ab_vector_newer_ccnew1", "index", {"table_name": "jobs"})
    assert include_name("jobmatch_title", "index", {"table_name": "jobs"})


@pytest.mark.filterwarnings("ignore:Did not recognize type 'box'")
def test_the_example_proposes_nothing(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    config = Config(stdout=(told := StringIO()))
    (tmp_path / "versions").mkdir()
    shutil.copy(EXAMPLES / "alembic_env.py", tmp_path / "env.py")
    config.set_main_option("script_location", str(tmp_path))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", database_url.replace("://", "+psycopg://").replace("%", "%%"))
    with pytest.raises(CommandError, match=r"^(?!.*remove_).*'add_table', Table\('Companies'"):
        command.check(config)  # for the models have no tables yet
    own_table = importlib.import_module("own_table")
    with engine(database_url).begin() as connection:
        own_table.tables.create_all(connection)
    command.check(config)
    assert "No new upgrade operations detected" in told.getvalue()
