"""Migrations, and the commands around them."""

import re
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.to_thread
import attrs
import msgspec
import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine
from sqlalchemy.dialects.postgresql.base import ischema_names

from jobmatch.backends.postgres import migrations
from jobmatch.backends.postgres.administration import Schema
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.schema import HEAD, VERSION_TABLE, Box, metadata
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.errors import DatabaseUnavailable, Incompatible, SchemaOutdated, TimedOut
from jobmatch.model import Filters, Hnsw, InteractionKind, Method, Place, Plan
from jobmatch.model.text import fold
from jobmatch.plugins import Backends
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

SettingsFor = Callable[..., Settings]
PLACE = Place(city="München", region="Bayern", country="DE")


def test_statements_and_migrations_agree_on_the_revision() -> None:
    assert ScriptDirectory.from_config(migrations.configuration()).get_current_head() == HEAD


def test_migrations_make_the_tables_that_statements_are_built_from(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ischema_names, "box", Box)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


async def test_two_upgrades_at_once_are_safe(empty_database_url: str) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(anyio.to_thread.run_sync, migrations.upgrade, empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT version_num FROM match_schema_version").fetchall() == [(HEAD,)]


async def test_status_before_and_after_an_upgrade(empty_database_url: str, settings_for: SettingsFor) -> None:
    schema = Schema(settings_for(empty_database_url))
    before = await schema.status()
    assert (before.revision, before.pgvector, before.current, before.jobs) == (None, None, False, 0)
    after = await schema.upgrade()
    assert (after.revision, after.head, after.current, after.embedded) == (HEAD, HEAD, True, False)
    assert after.pgvector is not None
    assert after.postgresql[0].isdigit()
    assert await schema.upgrade() == after


async def test_vectors_that_somebody_dropped_are_told_of_and_can_be_made_again(
    database_url: str, settings: Settings
) -> None:
    schema, posting = Schema(settings), entry("a", axis(0))
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([posting])
    assert (await schema.status()).current
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP EXTENSION vector CASCADE")
    status = await schema.status()
    assert (status.revision, status.lost, status.pgvector, status.current) == (HEAD, "vector", None, False)
    assert "restore the database from a backup" in status.advice
    with pytest.raises(Incompatible, match="column vector of match_job is gone"):
        await schema.upgrade()
    _, _, advised = status.advice.partition("run in it: ")
    with psycopg.connect(database_url) as connection:
        connection.execute(advised.partition("; and import")[0])
    assert (await schema.upgrade()).current
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("another", DIMENSIONS // 2)
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([posting])
        await index.create_index(Hnsw())
        query = SearchQuery(vector=axis(0), filters=Filters())
        found = await index.search(query, Plan(method=Method.APPROXIMATE, fetch=1, effort=40))
    assert [hit.job.id for hit in found.hits] == ["a"]


async def test_vectors_in_a_table_of_somebody_are_not_missed_in_ours(database_url: str, settings: Settings) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE match_job DROP COLUMN vector")
    assert (await Schema(settings).status()).lost == "vector"
    theirs = attrs.evolve(settings, job_table="theirs:JOBS")  # type: ignore[misc]
    assert (await Schema(theirs).status()).current


async def test_missing_tables_say_what_to_do(empty_database_url: str, settings_for: SettingsFor) -> None:
    async with PostgresJobIndex(Database(settings_for(empty_database_url))) as index:
        with pytest.raises(SchemaOutdated, match="jobmatch db upgrade"):
            await index.bind("x", 8)
        with pytest.raises(SchemaOutdated, match="jobmatch db upgrade"):
            await index.count()


def of_release(url: str, revision: str) -> None:
    """Have the tables say that they are of another release."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE match_schema_version SET version_num = %s", [revision])


async def test_tables_of_another_release_say_what_to_do(database_url: str, settings: Settings) -> None:
    of_release(database_url, "0000")
    async with PostgresJobIndex(Database(settings)) as index:
        with pytest.raises(SchemaOutdated, match="jobmatch db upgrade"):
            await index.bind("x", 8)


@pytest.mark.parametrize(
    ("revision", "advice"),
    [("9999", "tables of a newer release (9999"), ("0004", "revision 0004, from which there is no way")],
)
async def test_what_cannot_be_upgraded_says_why(
    database_url: str, settings: Settings, revision: str, advice: str
) -> None:
    of_release(database_url, revision)
    schema = Schema(settings)
    with pytest.raises(Incompatible, match=re.escape(advice)):
        await schema.upgrade()
    assert not (await schema.status()).current


async def test_tables_of_a_newer_release_are_not_to_be_upgraded(database_url: str, settings: Settings) -> None:
    of_release(database_url, "9999")
    async with PostgresJobIndex(Database(settings)) as index:
        with pytest.raises(Incompatible, match="install that release"):
            await index.bind("x", 8)
    assert "install that release" in (await Schema(settings).status()).advice


@pytest.mark.parametrize(
    ("revision", "error", "advice"),
    [("9999", Incompatible, "install that release"), ("0000", SchemaOutdated, "jobmatch db upgrade")],
)
async def test_a_process_whose_tables_became_those_of_another_release_is_not_ready(
    database_url: str, settings: Settings, revision: str, error: type[Exception], advice: str
) -> None:
    async with PostgresTaskStore(Database(settings)) as store:
        await store.check()
        of_release(database_url, revision)
        with pytest.raises(error, match=advice):
            await store.check()


@pytest.mark.parametrize(
    ("revision", "error", "advice"),
    [("9999", Incompatible, "install that release"), (HEAD, SchemaOutdated, "jobmatch db upgrade")],
)
async def test_what_a_newer_release_has_taken_away_is_not_to_be_upgraded(
    database_url: str, settings_for: SettingsFor, revision: str, error: type[Exception], advice: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE match_interaction DROP CONSTRAINT match_interaction_pkey CASCADE")
    of_release(database_url, revision)
    async with PostgresJobIndex(Database(settings_for(database_url, DB_POOL_MAX_SIZE="1"))) as index:
        with pytest.raises(error, match=advice):
            await index.record(["1"], InteractionKind.SAVED, owner="ada")


@pytest.mark.parametrize(("runner", "others"), [("local", ()), ("procrastinate", ("queue",))])
async def test_the_tables_of_a_queue_are_for_those_who_use_it(
    empty_database_url: str, runner: str, others: tuple[str, ...]
) -> None:
    pytest.importorskip("procrastinate", reason="needs procrastinate")
    environment = {"DATABASE_URL": empty_database_url, "JOBMATCH_RUNNER": runner}
    schema = Backends(Settings.from_environ(environment)).make("schema", "postgres")
    status = await schema.upgrade()
    assert status.current
    assert tuple(other.name for other in status.others) == others
    with psycopg.connect(empty_database_url) as connection:
        made = connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone()
    assert made == (bool(others),)


async def test_an_upgrade_without_the_right_says_so(empty_database_url: str, settings_for: SettingsFor) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS jobmatch_guest")
        connection.execute("CREATE ROLE jobmatch_guest LOGIN PASSWORD 'guest'")
    guest = empty_database_url.replace("postgres:@", "jobmatch_guest:guest@")
    with pytest.raises((Incompatible, DatabaseUnavailable)) as caught:
        await Schema(settings_for(guest)).upgrade()
    assert "permission denied" in str(caught.value)


async def test_a_plain_user_may_upgrade_where_somebody_else_has_created_the_extension(
    empty_database_url: str, settings_for: SettingsFor
) -> None:
    create = (Path(__file__).parents[3] / "examples" / "extension.sql").read_bytes()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS jobmatch_plain")
        connection.execute("CREATE ROLE jobmatch_plain LOGIN PASSWORD 'plain'")
        connection.execute("GRANT CREATE ON SCHEMA public TO jobmatch_plain")
        schema = Schema(settings_for(empty_database_url.replace("postgres:@", "jobmatch_plain:plain@")))
        with pytest.raises(Incompatible, match="have an administrator run CREATE EXTENSION vector"):
            await schema.upgrade()
        connection.execute(create)
    assert (await schema.upgrade()).current


async def test_an_extension_that_is_out_of_sight_is_named(empty_database_url: str, settings_for: SettingsFor) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ours")
        connection.execute("CREATE EXTENSION vector SCHEMA ours")
    with pytest.raises(Incompatible, match="pgvector is in the schema ours"):
        await Schema(settings_for(empty_database_url)).upgrade()
    within_sight = f"{empty_database_url}{'&' if '?' in empty_database_url else '?'}options=-csearch_path%3Dpublic,ours"
    assert (await Schema(settings_for(within_sight)).upgrade()).current


def test_a_downgrade_removes_the_tables(database_url: str) -> None:
    migrate(database_url, "base")
    with psycopg.connect(database_url) as connection_:
        left = connection_.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert left == [(VERSION_TABLE,)]


def test_jobs_of_an_older_release_can_be_asked_for_in_the_new_ways(database_url: str) -> None:
    """Filled from what is stored as the import itself would fill it."""
    place = {"city": "Zürich", "region": "Bouches-du-Rhône  "}
    summary = {"industry": "Métal STRAẞE", "places": [place, {"city": "x"}], "pay": {"currency": "CHF"}}
    migrate(database_url, "0007")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO match_job (id, countries, cities, skills, summary, content_fingerprint, text_fingerprint)"
            " VALUES ('a', '{}', '{}', '{}', %s, '', ''), ('b', '{}', '{}', '{}', '{\"places\": []}', '', '')",
            [msgspec.json.encode(summary).decode()],
        )
        connection.execute(
            "INSERT INTO match_text (job_id, language, description, metadata) VALUES ('a', 'DE', '', '{}')"
        )
    migrate(database_url, "head")
    with psycopg.connect(database_url) as connection:
        columns = "regions, pay_currency, industry_folded, language, facts"
        rows = connection.execute(f"SELECT {columns} FROM match_job ORDER BY id").fetchall()  # noqa: S608
    assert rows == [
        ([fold(place["region"])], "CHF", fold("Métal STRAẞE"), "de", {}),
        ([], None, None, None, {}),
    ]


async def test_an_upgrade_with_data_keeps_them_and_their_index(database_url: str, settings_for: SettingsFor) -> None:
    async with PostgresJobIndex(Database(settings_for(database_url))) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry(n, axis(0), places=(PLACE,), language="DE", metadata={"visa": n == "a"}) for n in "ab"])
        await index.create_index(Hnsw())
    migrate(database_url, "0007")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO match_task (id, owner, state, request) SELECT gen_random_uuid(), 'a', 'x', '{}'"
        )
    migrate(database_url, "head")
    allowed = settings_for(database_url, JOBMATCH_METADATA_FIELDS="visa")
    async with PostgresJobIndex(Database(allowed)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        assert (await index.survey(Filters())).strategy == Hnsw()
        assert (await index.admin.inspect()).unprepared == ("visa",)  # it comes from before there were any
        await index.create_index(Hnsw())
        asked = Filters(region="bayern", language="de", metadata={"visa": True})
        found = await index.search(SearchQuery(vector=axis(0), filters=asked), Plan(method=Method.EXACT, fetch=9))
        assert [hit.job.id for hit in found.hits] == ["a"]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT owner FROM match_task").fetchall() == [("a",)]


async def test_metadata_that_could_be_asked_for_before_an_upgrade_can_be_after(
    database_url: str, settings_for: SettingsFor
) -> None:
    allowed = settings_for(database_url, JOBMATCH_METADATA_FIELDS="visa,team,shift")
    async with PostgresJobIndex(Database(allowed)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry(job_id, axis(0), metadata={"visa": True, "team": 1}) for job_id in "ab"])
    migrate(database_url, "0011")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE match_job SET facts = facts - 'team' WHERE id = 'b'")  # imported without
    migrate(database_url, "head")
    async with PostgresJobIndex(Database(allowed)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        assert (await index.admin.inspect()).unprepared == ("shift", "team")  # of which no posting has the first
        asked = SearchQuery(vector=axis(0), filters=Filters(metadata={"visa": True}))
        assert len((await index.search(asked, Plan(method=Method.EXACT, fetch=9))).hits) == 2


async def test_an_upgrade_does_not_wait_for_ever_for_tables_that_somebody_uses(
    database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do those who come after it, and wait for it."""
    migrate(database_url, "0010")
    monkeypatch.setattr(migrations, "PATIENCE", 1)
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT FROM match_task")
        with pytest.raises(TimedOut, match=r"somebody uses the tables, .* within 1 s; nothing was changed"):
            await Schema(settings).upgrade()
    assert (await Schema(settings).upgrade()).current


def migrate(url: str, revision: str) -> None:
    """Go to a revision, up or down."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.begin() as connection:
        config = migrations.configuration()
        config.attributes["connection"] = connection
        (command.upgrade if revision == "head" else command.downgrade)(config, revision)
