"""Hearing of changes: LISTEN on one connection of its own, made anew whenever it is lost.

NOTIFY is a hint. What was sent while nobody listened is gone, so whoever listens is told each time that it begins.
"""

import logging
from collections.abc import Callable

import anyio
import psycopg
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres.pool import with_settings
from jobmatch.backends.postgres.server import pooled
from jobmatch.connections import PlainConnection
from jobmatch.model import TaskState
from jobmatch.ports import Change, Heard
from jobmatch.settings import Settings

CHANNEL = "match_task"
#: Seconds of silence after which the server is asked whether it is there, and that it has for an answer: a socket whose
#: other end is gone without a word looks like a quiet one.
SILENCE, ANSWER = 5.0, 3.0
#: Seconds between two attempts to connect: doubling, up to the second.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
_log = logging.getLogger("jobmatch.tasks")


async def listen(url: str, settings: Settings, heard: Heard) -> None:
    """Tell *heard* of changes until cancelled; see `TaskStore.listen`."""
    pause, lost = FIRST_PAUSE, False

    def begun() -> None:
        nonlocal pause, lost
        if lost:
            _log.warning("listening for changes of tasks again")
        pause, lost = FIRST_PAUSE, False
        heard(None)

    while True:
        try:
            # The plain kind: one that says nothing any more is let go at once, without a request to cancel.
            connection = await PlainConnection.connect(with_settings(url, settings), autocommit=True)
            try:
                if await pooled(url, settings, connection):
                    break
                await _hear(connection, heard, begun)
            finally:
                # Not by 'async with': that rolls back first, and whoever is cancelled meanwhile never closes.
                await connection.close()
        except (psycopg.Error, TimeoutError) as error:
            if not lost:  # once for each outage, which may be long
                _log.warning("not listening for changes of tasks, trying again: %s", type(error).__name__)
            lost = True
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    # What listens is a session, and the one that we would leave it with is lent to others.
    _log.warning("not listening for changes of tasks, only looking for them: a connection pooler is in between")
    await anyio.sleep_forever()


async def _hear(connection: AsyncConnection, heard: Heard, begun: Callable[[], None]) -> None:
    with anyio.fail_after(ANSWER):
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
    begun()
    while True:
        async for notification in connection.notifies(timeout=SILENCE):
            if change := _change(notification.payload):
                heard(change)
        with anyio.fail_after(ANSWER):
            await connection.execute("SELECT 1")


def _change(payload: str) -> Change | None:
    """Return the change that a payload tells of; None for one of another release."""
    task_id, _, state = payload.partition(" ")
    try:
        return Change(task_id=task_id, state=TaskState(state))
    except ValueError:
        return None
