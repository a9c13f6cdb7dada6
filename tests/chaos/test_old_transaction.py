"""A transaction that somebody forgot: nothing that was changed since can be cleaned up while tasks flow."""

from collections.abc import Callable
from statistics import quantiles
from time import perf_counter

import anyio
import parts
import psycopg

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.model import Claim
from jobmatch.testing.snapshots import result

Amount = Callable[[int, int], int]
#: Tasks in a second, and seconds of a baseline.
RATE, BASELINE = 200, 3
RESULT = result(3)


async def claims(store: PostgresTaskStore, seconds: int) -> list[float]:
    """Have tasks flow through, and return how long each claim took, in seconds."""
    took: list[float] = []

    async def flow() -> None:
        task = await store.create(parts.request(), owner=parts.OWNER)
        begun = perf_counter()
        claim = await store.claim(task.id, lease=60, attempts=5)
        took.append(perf_counter() - begun)
        assert isinstance(claim, Claim)
        assert await store.finish(claim, RESULT)

    begun = anyio.current_time()
    while anyio.current_time() < begun + seconds:
        await flow()
        await anyio.sleep_until(begun + len(took) / RATE)
    return took


async def test_an_old_transaction_does_not_slow_claims_down(url: str, amount: Amount) -> None:
    """A ratio within one run: the 95th percentile against what it was before."""
    async with PostgresTaskStore(Database(parts.settings(url))) as store:
        before = quantiles(await claims(store, BASELINE), n=20)[-1]
        async with await psycopg.AsyncConnection.connect(url) as old:
            await old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await old.execute("SELECT count(*) FROM match_task")
            during = await claims(store, amount(8, 180))
            await old.rollback()
        last = quantiles(during[len(during) * 3 // 4 :], n=20)[-1]
    assert last < 5 * before, f"{last * 1_000:.1f} ms, {before * 1_000:.1f} ms before"
