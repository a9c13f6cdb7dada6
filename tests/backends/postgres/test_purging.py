"""Removing postings that expired, and what was recorded, batch by batch."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from jobmatch.backends.postgres import purging
from jobmatch.backends.postgres.database import Database, Rows, fetched
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.model import Filters, Method, Plan
from jobmatch.ports import SearchQuery
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=30)
TEXTS = "SELECT job_id FROM match_text ORDER BY 1"


@pytest.fixture
async def index(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresJobIndex]:
    """An index of ten postings, every third of which has expired, that is gone through in small steps."""
    monkeypatch.setattr(purging, "BATCH", 2)
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind(EMBEDDER, DIMENSIONS)
        await index.put([entry(f"j{n}", expires_at=None if n % 3 else LONG_AGO) for n in range(10)])
        yield index


def left(connection: psycopg.Connection) -> list[str]:
    return [job_id for (job_id,) in connection.execute(TEXTS)]


async def test_all_that_expired_is_gone_with_its_text(index: PostgresJobIndex, database_url: str) -> None:
    assert await index.purge(expired_before=NOW) == 4
    with psycopg.connect(database_url) as connection:
        assert left(connection) == ["j1", "j2", "j4", "j5", "j7", "j8"]
    assert await index.count() == 6


async def test_an_empty_table_is_gone_through(settings: Settings) -> None:
    async with PostgresJobIndex(Database(settings)) as index:
        assert await index.purge(expired_before=NOW) == 0


async def test_texts_of_rows_that_somebody_deleted_are_gone_as_well(index: PostgresJobIndex, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM match_job WHERE expires_at IS NULL AND id <> 'j8'")
        assert len(left(connection)) == 10
        assert await index.purge(expired_before=NOW) == 4
        assert left(connection) == ["j8"]


async def test_what_is_imported_just_now_is_left_alone(index: PostgresJobIndex, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE match_job SET expires_at = NULL WHERE id = 'j0'")
        assert await index.purge(expired_before=NOW) == 3
        connection.commit()
    assert await index.purge(expired_before=NOW) == 0
    assert set(await index.fingerprints(["j0", "j3"])) == {"j0"}


async def test_a_text_whose_posting_is_back_by_now_is_kept(
    index: PostgresJobIndex, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The posting comes back after its text was found to be loose, and before the text is locked."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM match_job WHERE id = 'j1'")

    async def find(*arguments: Any) -> Rows:
        found = await fetched(*arguments)
        await index.put([entry("j1", description="welding")])
        return found

    monkeypatch.setattr(purging, "fetched", find)
    await index.purge(expired_before=LONG_AGO - timedelta(days=1))
    query = SearchQuery(vector=axis(0), filters=Filters(keywords="weld"))
    found = await index.search(query, Plan(method=Method.EXACT, fetch=10))
    assert [hit.job.id for hit in found.hits] == ["j1"]


RECORD = """
INSERT INTO match_interaction (owner, job_id, kind, scope, recorded_at)
SELECT 'owner ' || n %% 100, 'job ' || n, 'saved', %s, now() - n * interval '1 minute' FROM generate_series(1, %s) n
"""


def scanned(plan: dict[str, Any]) -> Iterator[int]:
    """Yield how many rows each scan of the table looks at."""
    if plan.get("Relation Name") == "match_interaction" and plan["Node Type"] != "ModifyTable":
        yield round((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"])
    for part in plan.get("Plans", ()):
        yield from scanned(part)


@pytest.mark.parametrize("one_owner", [True, False])
def test_a_step_looks_at_no_more_of_what_was_recorded_than_it_is_for(database_url: str, one_owner: bool) -> None:
    statement = purging.recorded(one_owner=one_owner)
    parameters = {"scope": "s", "owner": "owner 7", "recorded_before": NOW, "batch": 10, **statement.constants}
    after = dict(zip(purging._AFTER, ("owner 7", "", "", ""), strict=True))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(RECORD, ["s", 20_000])
        connection.execute("ANALYZE match_interaction")
        explain = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(sql.SQL(statement.text))
        row = connection.execute(explain, {**parameters, **after}).fetchone()
        [plan] = row[0] if row else []
        left = connection.execute("SELECT count(*) FROM match_interaction").fetchone()
    assert left == (19_990,)
    assert max(scanned(plan["Plan"])) == 10


async def test_what_was_recorded_is_gone_through_to_its_end(index: PostgresJobIndex, database_url: str) -> None:
    """Also where there is nothing to remove for several steps, or where it is for another index."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(RECORD, [index.scope, 40])
        connection.execute(RECORD, ["another", 40])
        assert await index.unrecord(owner=None, recorded_before=datetime.now(UTC) - timedelta(minutes=30)) == 11
        assert await index.unrecord(owner="owner 3", recorded_before=None) == 1
        assert await index.unrecord(owner=None, recorded_before=None) == 28
        assert connection.execute("SELECT DISTINCT scope FROM match_interaction").fetchall() == [("another",)]
