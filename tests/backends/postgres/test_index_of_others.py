"""Indexes on our tables that somebody else builds, or has left unfinished: they are none of ours."""

from collections.abc import AsyncIterator, Iterator

import anyio
import anyio.to_thread
import psycopg
import pytest
from psycopg import sql

from jobmatch.backends.postgres import space_statements, vector_spaces
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.index_builder import THEIRS
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.errors import TimedOut
from jobmatch.model import Exact, Filters, Hnsw
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

OWN = """
DO $$ DECLARE name regclass; BEGIN
    FOR name IN SELECT oid FROM pg_class WHERE relname LIKE 'match\\_%' AND relkind = 'r'
    LOOP EXECUTE format('ALTER TABLE %s OWNER TO jobmatch_plain', name); END LOOP;
END $$
"""
THERE = "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE 'theirs%'"


@pytest.fixture
def plain_url(database_url: str, observer: psycopg.Connection) -> Iterator[str]:
    """The URL of the database for a user who owns the tables, and may not see what others do."""
    if observer.execute("SELECT FROM pg_roles WHERE rolname = 'jobmatch_plain'").fetchone() is None:
        observer.execute("CREATE ROLE jobmatch_plain LOGIN PASSWORD 'plain'")
    observer.execute("GRANT CREATE ON SCHEMA public TO jobmatch_plain")
    observer.execute(OWN)
    yield database_url.replace("postgres:@", "jobmatch_plain:plain@")
    observer.execute("REASSIGN OWNED BY jobmatch_plain TO current_user")


@pytest.fixture
async def index(plain_url: str) -> AsyncIterator[PostgresJobIndex]:
    settings = Settings.from_environ({"DATABASE_URL": plain_url, "DB_POOL_MIN_SIZE": "0"})
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry(f"j{n}", axis(n)) for n in range(DIMENSIONS)])
        yield index


async def until_there(observer: psycopg.Connection) -> None:
    with anyio.fail_after(60):
        while True:
            if observer.execute(THERE).fetchall():
                return
            await anyio.sleep(0.01)


@pytest.mark.parametrize(
    "definition",
    ["match_job USING hnsw (vector halfvec_l2_ops)", "match_text USING gin (to_tsvector('german', words))"],
)
@pytest.mark.parametrize("again", [False, True])
async def test_a_build_of_another_user_is_waited_for_and_left_alone(
    index: PostgresJobIndex, observer: psycopg.Connection, database_url: str, definition: str, again: bool
) -> None:
    """Its owner may see who builds, but not what; a third one holds it back until ours says that it waits."""
    await index.create_index(Hnsw())
    waits = anyio.Event()
    table, _, _ = definition.partition(" ")

    def build() -> None:
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute(sql.SQL("CREATE INDEX CONCURRENTLY theirs ON {}").format(sql.SQL(definition)))

    def tell(part: float, stage: str) -> None:
        if stage == THEIRS:
            waits.set()

    async def ours() -> None:
        await (index.admin.reindex(progress=tell) if again else index.create_index(Hnsw(m=8), progress=tell))

    observer.execute("BEGIN")
    observer.execute(sql.SQL("LOCK TABLE {} IN ROW EXCLUSIVE MODE").format(sql.Identifier(table)))
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.to_thread.run_sync, build)
        await until_there(observer)
        state = await index.admin.inspect()
        assert (state.broken, state.foreign) == ((), ())
        group.start_soon(ours)
        with anyio.fail_after(60):
            await waits.wait()
        observer.execute("ROLLBACK")
    assert observer.execute(THERE).fetchall() == [("theirs", True)]
    assert (await index.survey(Filters())).strategy == (Hnsw() if again else Hnsw(m=8))


async def test_a_change_of_embedder_does_not_wait_for_the_table_where_somebody_builds(
    index: PostgresJobIndex, observer: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries again instead, and gives up in the end: the build would wait for it in turn."""

    def build() -> None:
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("CREATE INDEX CONCURRENTLY theirs ON match_job (imported_at)")

    tried, add = list[str](), space_statements.add_column

    def adding(column: str, dimensions: int) -> sql.Composed:
        tried.append(column)
        return add(column, dimensions)

    monkeypatch.setattr(space_statements, "add_column", adding)
    monkeypatch.setattr(vector_spaces, "PAUSE", 0.01)
    observer.execute("BEGIN")
    observer.execute("LOCK TABLE match_job IN ROW EXCLUSIVE MODE")
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.to_thread.run_sync, build)
        await until_there(observer)
        with pytest.raises(TimedOut, match="never free"):
            await index.spaces.begin("new", 8)
        assert tried == []
        observer.execute("ROLLBACK")
    await index.spaces.begin("new", 8)
    assert len(tried) == 1


async def test_what_somebody_else_left_unfinished_is_named_and_left_alone(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    names = ("theirs", "theirs_ccnew")
    for name in names:
        observer.execute(sql.SQL("CREATE INDEX {} ON match_job (imported_at)").format(sql.Identifier(name)))
        observer.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name])
    await index.create_index(Hnsw())
    await index.admin.reindex()
    state, there = await index.admin.inspect(), await index.admin.forecast(Hnsw())
    assert (state.broken, set(state.foreign)) == ((), set(names))
    assert (there.steps, there.foreign) == ((), state.foreign)
    assert (await index.admin.forecast(Exact())).foreign == state.foreign
    assert set(observer.execute(THERE).fetchall()) == {(name, False) for name in names}


async def test_a_copy_by_which_an_index_that_serves_was_built_anew_is_removed(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    for name in ("theirs", "theirs_ccnew1"):
        observer.execute(
            sql.SQL("CREATE INDEX {} ON match_job USING hnsw (vector halfvec_cosine_ops)").format(sql.Identifier(name))
        )
    observer.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'theirs_ccnew1'::regclass")
    assert (await index.admin.inspect()).broken == ("theirs_ccnew1",)
    await index.admin.reindex()
    assert observer.execute(THERE).fetchall() == [("theirs", True)]
