"""What is owed to callback URLs, whatever is killed in between."""

import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import anyio
import psycopg
import pytest
from standardwebhooks import Webhook

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.deliveries import PostgresDeliveries
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.backends.webhook import WebhookNotifier
from jobmatch.model import MatchRequest, TaskState
from jobmatch.settings import Settings
from jobmatch.testing.deliveries import URL, ended

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: A process that ends a task and is gone before it could tell anybody.
KILLED = """
import anyio, os, sys
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.settings import Settings
from jobmatch.testing.deliveries import ended

async def main():
    async with PostgresTaskStore(Database(Settings.from_environ({"DATABASE_URL": sys.argv[1]}))) as store:
        await ended(store, url=sys.argv[2])
        os._exit(9)

anyio.run(main)
"""


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[PostgresTaskStore]:
    async with PostgresTaskStore(Database(settings)) as opened:
        yield opened


@pytest.fixture
async def deliveries(settings: Settings) -> AsyncIterator[PostgresDeliveries]:
    async with PostgresDeliveries(Database(settings)) as opened:
        yield opened


async def test_the_end_of_a_task_leaves_the_delivery_behind(
    store: PostgresTaskStore, deliveries: PostgresDeliveries
) -> None:
    task = await ended(store)
    (delivery,) = await deliveries.claim(limit=10, lease=60)
    assert (delivery.task_id, delivery.url, delivery.state) == (task.id, URL, TaskState.FAILED)
    assert delivery.ended_at == task.finished_at


async def test_so_does_cancelling_it(store: PostgresTaskStore, deliveries: PostgresDeliveries) -> None:
    task = await store.create(MatchRequest(keywords="welder", callback_url=URL), owner="ada")
    assert list(await deliveries.claim(limit=10, lease=60)) == []
    await store.cancel(task.id, owner="ada")
    (delivery,) = await deliveries.claim(limit=10, lease=60)
    assert delivery.state is TaskState.CANCELLED


async def test_who_claims_passes_over_what_another_is_claiming(
    store: PostgresTaskStore, deliveries: PostgresDeliveries, database_url: str
) -> None:
    held, free = [await ended(store) for _ in range(2)]
    with psycopg.connect(database_url) as another:
        another.execute("SELECT FROM match_delivery WHERE task_id = %s FOR UPDATE", [held.id])
        with anyio.fail_after(60):
            assert [one.task_id for one in await deliveries.claim(limit=1, lease=60)] == [free.id]


async def test_a_callback_is_made_though_its_process_was_killed(
    database_url: str, deliveries: PostgresDeliveries, receiver: Any, tls: ssl.SSLContext
) -> None:
    arguments = [database_url, receiver.url()]
    process = await anyio.to_thread.run_sync(
        lambda: subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, timeout=120)
    )
    assert process.returncode == 9, process.stderr
    async with WebhookNotifier(deliveries=deliveries, secrets=[SECRET], allow_private=True, tls=tls):
        await anyio.to_thread.run_sync(receiver.arrived.wait, 60)
    ((_, headers, content),) = receiver.received
    assert Webhook(SECRET).verify(content, dict(headers))["type"] == "match.failed"
