"""Which metadata filters can ask for, whoever imported the postings and whoever asks."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import psycopg
import pytest

from jobmatch.backends.postgres import facts
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.errors import Incompatible
from jobmatch.model import Exact, Filters, Method, Plan
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

EXACT = Plan(method=Method.EXACT, fetch=100)
#: Sessions that wait for a lock.
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
#: Opens the index as a process does that lets filters ask for some names, separated by commas.
Process = Callable[[str], AbstractAsyncContextManager[PostgresJobIndex]]


@pytest.fixture
def process(database_url: str, settings_for: Callable[..., Settings]) -> Process:
    @asynccontextmanager
    async def process(names: str) -> AsyncIterator[PostgresJobIndex]:
        async with PostgresJobIndex(Database(settings_for(database_url, JOBMATCH_METADATA_FIELDS=names))) as index:
            await index.bind(EMBEDDER, DIMENSIONS)
            yield index

    return process


async def find(index: PostgresJobIndex, **metadata: Any) -> list[str]:
    query = SearchQuery(vector=axis(0), filters=Filters(metadata=metadata))
    return [hit.job.id for hit in (await index.search(query, EXACT)).hits]


async def waiting(url: str, sessions: int) -> None:
    """Wait until so many sessions wait for a lock."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as observer:
        with anyio.fail_after(30):
            while await (await observer.execute(WAITING)).fetchone() != (sessions,):
                await anyio.lowlevel.checkpoint()


async def test_whoever_imports_does_so_for_whoever_asks(process: Process) -> None:
    async with process("visa,team") as asking, process("") as importing:
        await importing.put([entry("a", metadata={"visa": True}), entry("b", metadata={"visa": False, "x": 1})])
        assert await find(asking, visa=True) == ["a"]
        assert await find(asking, team={"exists": True}) == []


async def test_what_was_imported_before_is_asked_for_after_the_index_was_created(
    process: Process, database_url: str
) -> None:
    async with process("") as index:
        await index.put(
            [entry("a", metadata={"visa": True, "team": None}), entry("b", metadata={"visa": False, "team": [1, "x"]})]
        )
        async with process("visa,team") as other:
            assert (await other.admin.inspect()).unprepared == ("team", "visa")
            assert "have filters ask for the metadata team, visa" in (await other.admin.forecast(Exact())).steps
            refused = r"the metadata visa of .*: run jobmatch index create"
            with pytest.raises(Incompatible, match=refused):
                await other.survey(Filters(metadata={"visa": True}))
            with pytest.raises(Incompatible, match=refused):
                await find(other, visa=True)
            await index.create_index(Exact())  # by a process that may not ask itself
            assert await find(other, visa=True) == ["a"]
            assert await find(other, team={"exists": True}) == ["b"]
            assert (await other.admin.inspect()).unprepared == ()
            assert "have filters" not in " ".join((await other.admin.forecast(Exact())).steps)
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT facts FROM match_job ORDER BY id").fetchall()
    assert found == [({"visa": True},), ({"visa": False, "team": [1, "x"]},)]


async def test_nothing_is_taken_away(process: Process) -> None:
    async with process("visa") as asking, process("team") as other:
        await asking.put([entry("a", metadata={"visa": True, "team": 1})])
        await other.create_index(Exact())
        await other.put([entry("b", metadata={"visa": True, "team": 2})])
        assert await find(asking, visa=True) == ["a", "b"]
        assert await find(other, team=[1, 2]) == ["a", "b"]


async def test_a_name_that_comes_while_postings_are_imported_is_not_taken_for_prepared(
    process: Process, database_url: str
) -> None:
    async with process("") as importing, await psycopg.AsyncConnection.connect(database_url) as holder:
        await holder.execute("LOCK TABLE match_job IN SHARE MODE")
        async with anyio.create_task_group() as group:
            group.start_soon(importing.put, [entry("a", metadata={"visa": True})])
            await waiting(database_url, 1)

            async def ask() -> None:
                async with process("visa") as asking:
                    with pytest.raises(Incompatible):
                        await find(asking, visa=True)
                    await asking.create_index(Exact())
                    assert await find(asking, visa=True) == ["a"]

            group.start_soon(ask)
            await waiting(database_url, 2)  # until the import is done, which does not know the name
            await holder.rollback()


async def test_what_is_imported_while_metadata_are_filled_anew_stays(process: Process, database_url: str) -> None:
    async with process("") as index:
        await index.put([entry("a", metadata={"visa": True})])
    async with (
        process("visa") as importer,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as refiller,
        await psycopg.AsyncConnection.connect(database_url) as holder,
    ):
        await holder.execute("SELECT FROM match_text WHERE job_id = 'a' FOR UPDATE")
        async with anyio.create_task_group() as group:
            group.start_soon(importer.put, [entry("a", metadata={"visa": False})])
            await waiting(database_url, 1)  # for the text, after it has changed the job
            group.start_soon(facts.prepare, refiller, [])
            await waiting(database_url, 2)
            await holder.rollback()
        assert await find(importer, visa=True) == []
        assert await find(importer, visa=False) == ["a"]
