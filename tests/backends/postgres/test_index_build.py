"""Building, replacing and repairing indexes."""

from collections.abc import AsyncIterator
from functools import partial

import anyio
import anyio.lowlevel
import anyio.to_thread
import attrs
import numpy as np
import psycopg
import pytest
from psycopg import sql

from jobmatch.backends.postgres import catalog, index_build
from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres.catalog import methods
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.strategies import Target
from jobmatch.backends.postgres.strategies.hnsw import HnswMethod
from jobmatch.errors import Incompatible, JobmatchError, NotFound
from jobmatch.model import Exact, Filters, Hnsw, IndexStrategy, IvfFlat, Method, Plan, Storage
from jobmatch.ports import Progress, SearchQuery, unheard
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

#: Seconds that it is kept for; tests do not wait.
IN_EARNEST = index_build.NOTICED
APPROXIMATE = Plan(method=Method.APPROXIMATE, fetch=10, effort=40)


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        vectors = np.random.default_rng(1).normal(size=(500, DIMENSIONS)).astype(np.float32)
        await index.put([entry(f"j{n:04}", vector / np.linalg.norm(vector)) for n, vector in enumerate(vectors)])
        yield index


def vector_indexes(observer: psycopg.Connection) -> list[tuple[str, int]]:
    query = """
    SELECT c.relname, c.oid::int FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname IN ('hnsw', 'ivfflat')
    """
    return observer.execute(query).fetchall()


def create_vector(name: str, strategy: Hnsw) -> sql.Composed:
    target = Target(table=("match_job",), column="vector", kind=Storage.HALFVEC, dimensions=DIMENSIONS)
    return HnswMethod().create(name, strategy, target)


def invalid(observer: psycopg.Connection) -> list[tuple[str]]:
    query = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    return observer.execute(query).fetchall()


async def begun(observer: psycopg.Connection) -> None:
    """Wait until an index is there that is not valid yet."""
    while True:
        if invalid(observer):
            return
        await anyio.sleep(0.01)


async def test_all_indexes_are_there_and_building_again_leaves_them(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    await index.create_index(Hnsw())
    everything = (
        "SELECT indexrelid::int FROM pg_index WHERE indrelid IN ('match_job'::regclass, 'match_text'::regclass)"
    )
    before = set(observer.execute(everything).fetchall())
    assert len(before) == 2 + len(ddl.SUPPORTING) + 1 + 1
    known = observer.execute("SELECT DISTINCT tablename FROM pg_stats")
    assert {("match_job",), ("match_text",)} <= set(known)
    await index.create_index(Hnsw(ef_search=200))
    assert set(observer.execute(everything).fetchall()) == before


async def test_another_strategy_replaces_the_index(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    seen = []
    for strategy in (Hnsw(), Hnsw(m=8), IvfFlat(lists=5), IvfFlat(lists=6)):
        await index.create_index(strategy)
        [(name, oid)] = vector_indexes(observer)
        assert name == ddl.VECTOR
        seen.append(oid)
        assert type((await index.survey(Filters())).strategy) is type(strategy)
    assert len(set(seen)) == 4
    await index.create_index(Exact())
    assert vector_indexes(observer) == []


async def test_searches_go_on_while_an_index_is_replaced(index: PostgresJobIndex) -> None:
    await index.create_index(Hnsw())
    found: list[int] = []

    async def search() -> None:
        while True:
            found.append(len((await index.search(SearchQuery(vector=axis(0), filters=Filters()), APPROXIMATE)).hits))
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(search)
        while len(found) < 10:
            await index.create_index(IvfFlat(lists=3))
            await index.create_index(Hnsw(m=4))
        group.cancel_scope.cancel()
    assert set(found) == {10}


async def test_the_old_index_serves_until_all_who_search_know_the_new_one(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    stages: dict[str, list[str]] = {}

    def tell(part: float, stage: str) -> None:
        stages[stage] = sorted(name for name, _ in vector_indexes(observer))

    for strategy in (Hnsw(), IvfFlat(lists=3), Hnsw(storage=Storage.BIT)):
        stages.clear()
        await index.create_index(strategy, progress=tell)
        if strategy != Hnsw():
            assert stages["waiting until all searches know of it"] == [ddl.VECTOR, ddl.VECTOR_NEW]
    assert IN_EARNEST > catalog.FRESH


@pytest.mark.parametrize("name", [ddl.VECTOR, ddl.VECTOR_NEW, "match_job_countries", "match_text_search"])
async def test_what_a_broken_build_left_is_built_again(
    index: PostgresJobIndex, observer: psycopg.Connection, name: str
) -> None:
    await index.create_index(Hnsw())
    if name == ddl.VECTOR_NEW:
        observer.execute(create_vector(name, Hnsw(m=4)))
    observer.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name])
    found = await index.search(SearchQuery(vector=axis(0), filters=Filters()), APPROXIMATE)
    assert len(found.hits) == 10
    await index.create_index(Hnsw())
    assert invalid(observer) == []
    assert [name for name, _ in vector_indexes(observer)] == [ddl.VECTOR]


async def test_a_swap_that_was_cut_off_is_completed(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    observer.execute(create_vector(ddl.VECTOR_NEW, Hnsw()))
    await index.create_index(Hnsw())
    assert [name for name, _ in vector_indexes(observer)] == [ddl.VECTOR]


async def test_another_index_is_built_where_a_swap_was_cut_off(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    await index.create_index(Hnsw())
    observer.execute(create_vector(ddl.VECTOR_NEW, Hnsw(m=4)))
    await index.create_index(Hnsw(m=8))
    assert [name for name, _ in vector_indexes(observer)] == [ddl.VECTOR]
    assert (await index.survey(Filters())).strategy == Hnsw(m=8)


async def test_what_is_built_anew_is_another_index(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    await index.create_index(IvfFlat(lists=5))
    everything = "SELECT i.relname, i.relfilenode::int FROM pg_class i WHERE relname = ANY(%s)"
    names = [*ddl.ALL_SUPPORTING, ddl.VECTOR]
    before: dict[str, int] = dict(observer.execute(everything, [names]).fetchall())
    observer.execute(create_vector(f"{ddl.VECTOR}_ccnew", Hnsw(m=4)))
    observer.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [f"{ddl.VECTOR}_ccnew"])
    stages: list[str] = []
    await index.admin.reindex(progress=lambda _, stage: stages.append(stage))
    after: dict[str, int] = dict(observer.execute(everything, [names]).fetchall())
    assert all(before[name] != after[name] for name in names)
    assert [name for name, _ in vector_indexes(observer)] == [ddl.VECTOR]
    assert {"index on countries", "index on vectors"} <= set(stages)


async def test_the_supporting_indexes_are_built_anew_without_a_vector_index(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    await index.create_index(Exact())
    everything = "SELECT i.relname, i.relfilenode::int FROM pg_class i WHERE relname = ANY(%s)"
    before: dict[str, int] = dict(observer.execute(everything, [list(ddl.ALL_SUPPORTING)]).fetchall())
    told: list[float] = []
    await index.admin.reindex(progress=lambda part, _: told.append(part))
    after: dict[str, int] = dict(observer.execute(everything, [list(ddl.ALL_SUPPORTING)]).fetchall())
    assert before.keys() == after.keys() == {*ddl.ALL_SUPPORTING}
    assert all(before[name] != after[name] for name in before)
    assert (told, told[-1]) == (sorted(told), 1.0)
    for name in ddl.ALL_SUPPORTING:
        observer.execute(ddl.drop(name))
    with pytest.raises(NotFound, match=r"no indexes .* jobmatch index create"):
        await index.admin.reindex()


async def test_an_index_that_somebody_else_builds_is_left_alone(
    index: PostgresJobIndex, observer: psycopg.Connection, database_url: str
) -> None:
    await index.create_index(Hnsw())
    observer.execute("BEGIN")
    observer.execute("DELETE FROM match_job WHERE id = 'nobody'")

    def build() -> None:
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("CREATE INDEX CONCURRENTLY theirs ON match_job (imported_at)")

    async with anyio.create_task_group() as group:
        group.start_soon(anyio.to_thread.run_sync, build)
        await begun(observer)
        state = await index.admin.inspect()
        assert state.broken == ()
        assert state.building is not None
        observer.execute("ROLLBACK")
    assert invalid(observer) == []


async def test_a_build_that_is_cancelled_can_be_repeated(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    def give_up(part: float, stage: str) -> None:
        if "vectors" in stage:
            scope.cancel()

    with anyio.CancelScope() as scope:
        await index.create_index(Hnsw(), progress=give_up)
    assert scope.cancelled_caught
    assert invalid(observer) == []
    await index.create_index(Hnsw())
    assert invalid(observer) == []
    assert len(vector_indexes(observer)) == 1


@pytest.mark.parametrize("again", [False, True])
async def test_a_build_that_is_given_up_leaves_nothing(
    index: PostgresJobIndex, observer: psycopg.Connection, again: bool
) -> None:
    """Another session holds the build back, so that it is caught in the midst of it."""
    await index.create_index(Hnsw())
    before = vector_indexes(observer)

    async def give_up_in_the_midst() -> None:
        await begun(observer)
        scope.cancel()
        observer.execute("ROLLBACK")

    # Whoever builds an index waits for all who write to the table.
    observer.execute("BEGIN")
    observer.execute("DELETE FROM match_job WHERE id = 'nobody'")
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(give_up_in_the_midst)
            await (index.admin.reindex() if again else index.create_index(Hnsw(m=8)))
    assert scope.cancelled_caught
    assert invalid(observer) == []
    assert vector_indexes(observer) == before


async def test_two_builds_at_once_wait_for_one_another(
    index: PostgresJobIndex, settings: Settings, observer: psycopg.Connection
) -> None:
    """Another session holds the first one back until the second one says that it waits."""
    waits = anyio.Event()

    def tell(part: float, stage: str) -> None:
        if stage == "waiting for another build":
            waits.set()

    observer.execute("BEGIN")
    observer.execute("DELETE FROM match_job WHERE id = 'nobody'")
    async with PostgresJobIndex(Database(settings)) as other, anyio.create_task_group() as group:
        for one in (index, other):
            group.start_soon(partial(one.create_index, Hnsw(), progress=tell))
        with anyio.fail_after(60):
            await waits.wait()
        observer.execute("ROLLBACK")
    assert (await index.survey(Filters())).strategy == attrs.evolve(Hnsw())


async def test_a_build_is_not_bound_by_the_statement_timeout(database_url: str, index: PostgresJobIndex) -> None:
    settings = Settings.from_environ({"DATABASE_URL": database_url, "DB_STATEMENT_TIMEOUT": "1"})
    database = Database(settings)
    await database.__aenter__()
    try:
        await PostgresJobIndex(database).create_index(Hnsw())
    except JobmatchError as error:  # pragma: no cover
        pytest.fail(f"the build was stopped: {error}")
    finally:
        await database.__aexit__(None, None, None)


#: Who has waited for a lock longer than each of those lets anybody wait.
HELD_UP = "SELECT count(*) FROM pg_locks WHERE NOT granted AND clock_timestamp() - waitstart > interval '0.3 s'"


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout", "transaction_timeout", "idle_session_timeout"])
async def test_a_build_takes_the_time_that_it_takes_whatever_the_database_allows(
    database_url: str, settings: Settings, index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    await index.create_index(Hnsw())
    monkeypatch.setattr(index_build, "NOTICED", 0.3)
    with psycopg.connect(database_url, autocommit=True) as other:
        if other.execute("SELECT FROM pg_settings WHERE name = %s", [limit]).fetchone() is None:
            pytest.skip(f"this server knows no {limit}")  # which begins with PostgreSQL 17
        name, setting = sql.Identifier(other.info.dbname), sql.Identifier(limit)
        other.execute(sql.SQL("ALTER DATABASE {} SET {} = '0.1s'").format(name, setting))
        other.execute("BEGIN")
        other.execute("DELETE FROM match_job WHERE id = 'nobody'")
        async with anyio.create_task_group() as group:
            group.start_soon(index.create_index, Hnsw(m=8))
            with anyio.fail_after(60):
                while other.execute(HELD_UP).fetchone() == (0,):  # noqa: ASYNC110, a database tells nobody
                    await anyio.sleep(0.01)
            other.execute("ROLLBACK")
    state = await index.admin.inspect()
    assert (state.index, state.broken) == (Hnsw(m=8).describe(), ())


async def held_up(
    index: PostgresJobIndex, strategy: Hnsw, other: psycopg.Connection, during: str = "", look: Progress = unheard
) -> None:
    """Build until it is told that somebody's transaction holds it up during some stage, and end that one."""
    waits, told = anyio.Event(), list[str]()

    def tell(part: float, current: str) -> None:
        told.append(current)
        look(part, current)
        if current.startswith(during) and current.endswith(f"{index_build.HELD_BACK} {other.info.backend_pid}"):
            waits.set()

    async with anyio.create_task_group() as group:
        group.start_soon(partial(index.create_index, strategy, progress=tell))
        with anyio.fail_after(60):
            await waits.wait()
        other.rollback()
    assert told[-1] == "ready"


async def test_it_is_told_for_whom_a_build_waits(index: PostgresJobIndex, database_url: str) -> None:
    """Somebody has but looked at a posting, and goes on seeing what was there then."""
    with psycopg.connect(database_url) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM match_job")
        await held_up(index, Hnsw(), other)


async def test_it_is_told_for_whom_the_drop_of_what_was_replaced_waits(
    index: PostgresJobIndex, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody looks at the postings when the new index is there, and leaves their transaction open."""
    await index.create_index(Hnsw())
    monkeypatch.setattr(index_build, "NOTICED", 0.1)
    with psycopg.connect(database_url) as other:

        def look(part: float, stage: str) -> None:
            if stage.startswith("waiting until all searches"):
                other.execute("SELECT count(*) FROM match_job")

        await held_up(index, Hnsw(m=8), other, "dropping what it replaces", look)
    assert (await index.admin.inspect()).index == Hnsw(m=8).describe()


def test_an_index_serves_its_own_strategy_only() -> None:
    existing = Existing("x", "hnsw", ["ef_construction=256", "m=32"], "halfvec", valid=True)
    assert existing.serves(Hnsw(ef_search=7))
    assert not existing.serves(Hnsw(m=8))
    assert not existing.serves(Hnsw(storage=Storage.BIT))
    assert not existing.serves(IvfFlat())
    assert not existing.serves(Exact())
    assert not existing._replace(valid=False).serves(Hnsw())


async def test_another_storage_replaces_the_index(index: PostgresJobIndex, observer: psycopg.Connection) -> None:
    for storage in Storage:
        for strategy in (Hnsw(storage=storage), IvfFlat(lists=5, storage=storage)):
            await index.create_index(strategy)
            assert (await index.survey(Filters())).strategy.describe() == strategy.describe()
            assert len(vector_indexes(observer)) == 1


GONE = """
CREATE ACCESS METHOD gone TYPE INDEX HANDLER hnswhandler;
CREATE OPERATOR CLASS gone_ops FOR TYPE halfvec USING gone AS
    OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops,
    FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec), FUNCTION 2 l2_norm(halfvec),
    FUNCTION 3 hnsw_halfvec_support(internal);
CREATE INDEX match_job_vector ON match_job USING gone (vector gone_ops);
"""


@pytest.mark.parametrize("strategy", [Hnsw(m=8), Exact()], ids=IndexStrategy.describe)
async def test_an_index_whose_kind_was_uninstalled_is_replaced(
    index: PostgresJobIndex, observer: psycopg.Connection, strategy: IndexStrategy
) -> None:
    observer.execute(GONE)
    state = await index.admin.inspect()
    assert (state.index, state.name, state.orphaned) == ("exact", None, ("match_job_vector",))
    assert (await index.admin.forecast(strategy)).steps[-1] == "drop the vector index match_job_vector"
    await index.create_index(strategy)
    state = await index.admin.inspect()
    assert (state.index, state.orphaned) == (strategy.describe(), ())
    names = [name for name, _ in vector_indexes(observer)]
    assert names == ([] if strategy.exact else ["match_job_vector"])
    used = observer.execute("SELECT count(*) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE amname = 'gone'")
    assert used.fetchone() == (0,)


async def test_an_access_method_that_the_server_lacks_is_told_with_its_extension(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods.of(Hnsw()), "name", "hnsw2")
    for ask in (index.admin.forecast, index.create_index):
        with pytest.raises(Incompatible, match="no access method 'hnsw2': run CREATE EXTENSION vector"):
            await ask(Hnsw())


async def test_what_somebody_made_that_no_search_can_use_is_not_taken_for_the_index_and_left_alone(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    observer.execute("CREATE INDEX by_l2 ON match_job USING hnsw (vector halfvec_l2_ops)")
    partly = "CREATE INDEX partly ON match_job USING hnsw (vector halfvec_cosine_ops) WHERE workplace = 'remote'"
    observer.execute(partly)
    part = "((subvector(vector, 1, 2)::halfvec(2)) halfvec_cosine_ops)"
    observer.execute(sql.SQL("CREATE INDEX of_a_part ON match_job USING hnsw {}").format(sql.SQL(part)))
    assert (await index.admin.inspect()).name is None
    assert (await index.survey(Filters())).strategy == Exact()
    await index.create_index(Hnsw())
    assert (await index.admin.inspect()).name == "match_job_vector"
    assert {name for name, _ in vector_indexes(observer)} == {"by_l2", "partly", "of_a_part", "match_job_vector"}


@pytest.mark.parametrize(
    "over",
    [
        "(vector halfvec_l2_ops)",
        "(vector halfvec_cosine_ops) WHERE workplace = 'remote'",
        "((subvector(vector, 1, 2)::halfvec(2)) halfvec_cosine_ops)",
    ],
)
@pytest.mark.parametrize("strategy", [Hnsw(), Exact()], ids=IndexStrategy.describe)
async def test_one_with_our_name_that_no_search_can_use_is_named_and_replaced(
    index: PostgresJobIndex, observer: psycopg.Connection, over: str, strategy: IndexStrategy
) -> None:
    await index.create_index(Exact())
    observer.execute(sql.SQL("CREATE INDEX match_job_vector ON match_job USING hnsw {}").format(sql.SQL(over)))
    state = await index.admin.inspect()
    assert (state.name, state.orphaned, state.rivals, state.foreign) == (None, ("match_job_vector",), (), ())
    assert (await index.admin.forecast(strategy)).steps[-1] == "drop the vector index match_job_vector"
    await index.create_index(strategy)
    state = await index.admin.inspect()
    assert (state.index, state.orphaned) == (strategy.describe(), ())
    assert [name for name, _ in vector_indexes(observer)] == ([] if strategy.exact else ["match_job_vector"])


async def test_ours_is_built_beside_what_has_its_name_and_another_task(
    index: PostgresJobIndex, observer: psycopg.Connection
) -> None:
    observer.execute("CREATE INDEX match_job_vector ON match_job (imported_at)")
    for strategy, name in ((Hnsw(), "match_job_vector_new"), (Hnsw(m=8), "match_job_vector_newer")):
        await index.create_index(strategy)
        state = await index.admin.inspect()
        assert (state.index, state.name, state.orphaned) == (strategy.describe(), name, ())
        assert [name for name, _ in vector_indexes(observer)] == [name]
    observer.execute("DROP INDEX match_job_vector")
    await index.create_index(Hnsw(m=8))
    assert [name for name, _ in vector_indexes(observer)] == ["match_job_vector"]
