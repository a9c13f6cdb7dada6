"""A transaction that somebody forgot: nothing that was changed since can be cleaned up while tasks flow."""

from collections.abc import Callable
from statistics import quantiles

import parts
import psycopg

from jobmatch.backends.postgres import task_statements
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.model import Claim
from jobmatch.model.task import WORKER_LOST
from jobmatch.testing.snapshots import result

Amount = Callable[[int, int], int]
#: Tasks before the transaction begins, and claims that are measured.
BASELINE, CLAIMS = 100, 60
RESULT = result(3)


async def flow(store: PostgresTaskStore, count: int) -> None:
    """Have so many tasks flow through."""
    for _ in range(count):
        task = await store.create(parts.request(), owner=parts.OWNER)
        claim = await store.claim(task.id, lease=60, attempts=5)
        assert isinstance(claim, Claim)
        assert await store.finish(claim, RESULT)


async def visited(store: PostgresTaskStore, url: str) -> float:
    """Return how many blocks the claim of a new task visits: 95 of 100 visit no more.

    Now and then one has to make room in a full page of an index first.
    """
    with psycopg.connect(url) as connection:
        return quantiles([await blocks(store, connection) for _ in range(CLAIMS)], n=20)[-1]


async def blocks(store: PostgresTaskStore, connection: psycopg.Connection) -> int:
    """Return how many blocks one claim visits; it is taken back."""
    task = await store.create(parts.request(), owner=parts.OWNER)
    statement = task_statements.claim()
    lost = {"error_code": WORKER_LOST.code, "error_message": WORKER_LOST.message}
    asked = {"id": task.id, "lease": 60, "attempts": 5, "lost": False, "scope": ""}
    values = {**statement.constants, **lost, **asked}
    text = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}"
    found = psycopg.ClientCursor(connection).execute(text, values).fetchone()
    connection.rollback()
    await store.cancel(task.id, owner=parts.OWNER)
    assert found
    plan = found[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_an_old_transaction_makes_claims_no_more_work(url: str, amount: Amount) -> None:
    async with PostgresTaskStore(Database(parts.settings(url))) as store:
        await flow(store, BASELINE)
        before = await visited(store, url)
        async with await psycopg.AsyncConnection.connect(url) as old:
            await old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await old.execute("SELECT count(*) FROM match_task")
            await flow(store, amount(1_000, 30_000))
            during = await visited(store, url)
            await old.rollback()
    assert during < 2 * before, f"{during} blocks, {before} before"
