"""Hearing of changes while the server comes and goes."""

from typing import Any

import anyio
import psycopg
import pytest

from jobmatch.backends.postgres import listening
from jobmatch.connections import PlainConnection
from jobmatch.settings import Settings


async def test_an_outage_is_said_once_and_its_end_as_well(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []

    class Away(PlainConnection):
        @classmethod
        async def connect(cls, conninfo: str = "", **options: Any) -> Any:
            tries.append(conninfo)
            if len(tries) < 5:
                raise psycopg.OperationalError("it is away")
            return await PlainConnection.connect(conninfo, **options)

    monkeypatch.setattr(listening, "PlainConnection", Away)
    monkeypatch.setattr(listening, "LONGEST_PAUSE", listening.FIRST_PAUSE)
    told = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(listening.listen, str(settings.database_url), settings, lambda change: told.set())
        with anyio.fail_after(60):
            await told.wait()
        group.cancel_scope.cancel()
    assert [record.getMessage() for record in caplog.records if record.name == "jobmatch.tasks"] == [
        "not listening for changes of tasks, trying again: OperationalError",
        "listening for changes of tasks again",
    ]
