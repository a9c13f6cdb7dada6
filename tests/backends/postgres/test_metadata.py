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
from jobmatch.backends.postgres.index_forecast import READING, WRITING
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.errors import InvalidInput
from jobmatch.model import Exact, Filters, Hnsw, Method, Plan
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
        await asking.create_index(Exact())
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
            refused = r"about visa yet.* run jobmatch index create with JOBMATCH_METADATA_FIELDS=visa"
            with pytest.raises(InvalidInput, match=refused):
                await other.survey(Filters(metadata={"visa": True}))
            with pytest.raises(InvalidInput, match=refused):
                await find(other, visa=True)
            await other.put([])  # which tells nobody
            await other.put([entry("c")])
            await index.create_index(Exact())  # by a process that may not ask itself
            assert await find(other, visa=True) == ["a"]
            assert await find(other, team={"exists": True}) == ["b"]
            assert (await other.admin.inspect()).unprepared == ()
            assert "have filters" not in " ".join((await other.admin.forecast(Exact())).steps)
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT facts FROM match_job ORDER BY id").fetchall()
    assert found == [({"visa": True},), ({"visa": False, "team": [1, "x"]},), ({},)]


async def test_who_only_searches_writes_nothing(process: Process, database_url: str) -> None:
    async with process("") as index:
        await index.put([entry("a", metadata={"visa": True})])
    with psycopg.connect(database_url, autocommit=True) as owner:
        name = owner.info.dbname
        owner.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(
                psycopg.sql.Identifier(name)
            )
        )
    async with process("visa") as asking:
        assert await find(asking) == ["a"]
        with pytest.raises(InvalidInput, match="index create"):
            await find(asking, visa=True)


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
                    await asking.put([entry("b", metadata={"visa": True})])
                    with pytest.raises(InvalidInput):
                        await find(asking, visa=True)
                    await asking.create_index(Exact())
                    assert await find(asking, visa=True) == ["a", "b"]

            group.start_soon(ask)
            await waiting(database_url, 2)  # until the import is done, which does not know the name
            await holder.rollback()


async def test_a_name_that_comes_between_two_imports_of_one_process_is_known_to_the_second(process: Process) -> None:
    async with process("") as importing, process("visa") as other:
        await importing.put([entry("a", metadata={"visa": True})])
        await other.put([entry("b", metadata={"visa": True})])
        await importing.put([entry("c", metadata={"visa": True})])
        await other.create_index(Exact())
        await importing.put([entry("d", metadata={"visa": True})])
        assert await find(other, visa=True) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "change",
    ["UPDATE match_job SET content_fingerprint = 'new'", "UPDATE match_job SET facts = facts || '{\"team\": 1}'"],
)
async def test_what_is_imported_while_metadata_are_filled_anew_stays(
    process: Process, database_url: str, change: str
) -> None:
    """Even if it is the same, by one name more."""
    async with process("visa") as index:
        await index.put([entry("a", metadata={"visa": True, "team": 1})])
    async with (
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as refiller,
        await psycopg.AsyncConnection.connect(database_url) as importer,
    ):
        await refiller.execute("UPDATE match_job SET facts = '{\"x\": 1}'")
        await importer.execute("SELECT FROM match_job FOR UPDATE")
        async with anyio.create_task_group() as group:
            group.start_soon(facts.prepare, refiller, [], lambda done: None)
            await waiting(database_url, 1)
            await importer.execute("INSERT INTO match_metadata VALUES ('team', true)")
            await importer.execute(change.encode())
            (imported,) = await (await importer.execute("SELECT facts FROM match_job")).fetchall()
            await importer.commit()
        assert await (await refiller.execute("SELECT facts FROM match_job")).fetchall() == [imported]


async def test_how_long_it_takes_to_fill_them_in_is_foreseen(process: Process) -> None:
    async with process("") as index:
        await index.put([entry(f"j{n}", metadata={"visa": True} if n % 2 else {}) for n in range(40)])
        await index.create_index(Exact())
        before = (await index.admin.forecast(Exact())).seconds
        async with process("none") as other:
            nobody = (await other.admin.forecast(Exact())).seconds
        async with process("visa,none") as other:
            half = (await other.admin.forecast(Exact())).seconds
            await index.create_index(Hnsw())
            with_index = (await other.admin.forecast(Hnsw())).seconds
    assert before == 0.0
    assert nobody == pytest.approx(40 * READING)
    assert half == pytest.approx(40 * READING + 20 * WRITING)
    assert with_index is not None
    assert half is not None
    assert with_index > half


@pytest.mark.parametrize("batch", [1, 2, 3])
async def test_all_are_filled_in_batch_by_batch(
    process: Process, database_url: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "BATCH", batch)
    async with process("") as index:
        await index.put([entry(job_id, metadata={"visa": True}) for job_id in "abcd"])
    done: list[int] = []
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await facts.prepare(connection, ["visa"], done.append)
    assert done == {1: [1, 2, 3, 4], 2: [2, 4], 3: [3, 4]}[batch]
    async with process("visa") as asking:
        assert await find(asking, visa=True) == ["a", "b", "c", "d"]
