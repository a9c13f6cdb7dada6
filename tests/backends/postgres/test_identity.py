"""What tells one database from another, for caches that engines share."""

from collections.abc import Callable
from contextlib import AsyncExitStack

import psycopg
from dogpile.cache import make_region
from psycopg import conninfo, sql

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryTaskStore
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.backends.postgres.schema import match_job
from jobmatch.caching import ResultCache
from jobmatch.engine import MatchEngine
from jobmatch.model import Job, MatchRequest, Profile
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder

REQUEST = MatchRequest(profile=Profile(text="nurse"))
PASSWORD = "hunter2"


async def test_engines_over_different_databases_share_a_cache_but_no_answers(
    settings: Settings, empty_settings: Settings
) -> None:
    region = make_region().configure("dogpile.cache.memory", expiration_time=60)

    def engine(settings: Settings) -> MatchEngine:
        return MatchEngine(
            jobs=PostgresJobIndex(Database(settings)),
            tasks=MemoryTaskStore(),
            runner=LocalTaskRunner(grace=60),
            embedder=HashingEmbedder(),
            cache=ResultCache(region),
        )

    async with engine(settings) as mine, engine(empty_settings) as another, engine(settings) as again:
        for one, job_id in ((mine, "mine"), (another, "another")):
            await one.import_jobs([Job(id=job_id, title="Nurse")])
        pages = [await one.match(REQUEST, owner="ada") for one in (mine, another, again)]
    assert [page.matches[0].job.id for page in pages] == ["mine", "another", "mine"]
    assert [page.diagnostics.cached for page in pages] == [False, False, True]


async def identities(*indexes: PostgresJobIndex) -> list[str]:
    """Open indexes, one after the other, and return what they say."""
    async with AsyncExitStack() as stack:
        for index in indexes:
            await stack.enter_async_context(index)
        return [index.identity for index in indexes]


def mapped(settings: Settings, scope: str) -> TableJobIndex:
    """Return an index over a table as if it were not ours."""
    columns = {"id": match_job.c.id, "title": match_job.c.id, "vector": match_job.c.vector}
    return TableJobIndex(Database(settings), JobTable(match_job, columns=columns, scope=scope))


async def test_one_database_has_one_identity_for_each_scope(settings: Settings) -> None:
    own = [PostgresJobIndex(Database(settings)) for _ in range(2)]
    first, second, *others = await identities(*own, mapped(settings, "a"), mapped(settings, "b"))
    assert first == second
    assert len({first, *others}) == 3


async def test_whoever_sees_it_with_other_eyes_sees_another(
    database_url: str, observer: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    """Policies part rows by user, and a search path tells tables of one name apart."""
    name = f"seer_{conninfo.conninfo_to_dict(database_url)['dbname']}"
    observer.execute(sql.SQL("CREATE ROLE {} LOGIN SUPERUSER PASSWORD {}").format(sql.Identifier(name), PASSWORD))
    observer.execute("CREATE SCHEMA tenant")
    try:
        parts = ["", f"&user={name}&password={PASSWORD}", "&options=-csearch_path%3Dtenant,public"]
        urls = [database_url + part for part in parts]
        told = await identities(*(PostgresJobIndex(Database(settings_for(url))) for url in urls))
    finally:
        observer.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
    assert len(set(told)) == 3
    assert not any(PASSWORD in identity for identity in told)


async def test_whoever_may_not_ask_for_the_server_has_one_as_well(
    database_url: str, observer: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    name = f"blind_{conninfo.conninfo_to_dict(database_url)['dbname']}"
    observer.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    observer.execute("REVOKE EXECUTE ON FUNCTION pg_control_system FROM public")
    try:
        url = f"{database_url}&user={name}"
        assert len((await identities(PostgresJobIndex(Database(settings_for(url)))))[0]) > 30
    finally:
        observer.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
