"""What tests and worker processes make their engines of: a real store, and matches that take as long as they are told.

The index is in memory, for what is tested here is what becomes of tasks.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.backends.procrastinate import ProcrastinateTaskRunner
from jobmatch.engine import MatchEngine
from jobmatch.model import MatchRequest, Profile
from jobmatch.model.policy import TaskPolicy
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import TaskRunner, Vectors

#: A text that takes the process with it.
DEADLY = "dynamite"
OWNER = "ada"
#: Short, so that a test sees it run out; recovery takes at most ``lease + poll``.
POLICY = TaskPolicy(lease=1.5, attempts=10, backoff=0.05, poll=0.2)
#: Of those who take over: long enough for the busiest machine, short enough that even queues are looked after soon.
SAFE = attrs.evolve(POLICY, lease=6.0)


class Labour(HashingEmbedder):
    """Takes its time, and dies of a certain text.

    Arguments:
        nap: seconds that one embedding takes.
        gate: a file that has to be there before one ends; None for no such thing.
    """

    def __init__(self, nap: float, *, gate: str | None = None) -> None:
        super().__init__()
        self._nap = nap
        self._gate = anyio.Path(gate) if gate else None

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        if any(DEADLY in text for text in texts):
            os._exit(9)
        await anyio.sleep(self._nap)
        while self._gate and not await self._gate.exists():  # noqa: ASYNC110, another process opens it
            await anyio.sleep(0.02)
        return await super().embed(texts)


def request(text: str = "a welder") -> MatchRequest:
    """Return something to ask."""
    return MatchRequest(profile=Profile(text=text))


def settings(url: str, **more: str) -> Settings:
    """Return settings with few connections."""
    return Settings.from_environ({"DATABASE_URL": url, "DB_POOL_MIN_SIZE": "0", "DB_POOL_TIMEOUT": "15", **more})


def runner(name: str, url: str, *, concurrency: int = 4, grace: float = 2.0) -> "TaskRunner":
    """Return the runner of that name."""
    if name == "local":
        return LocalTaskRunner(concurrency=concurrency, grace=grace)
    database = Database(settings(url))
    return ProcrastinateTaskRunner(conninfo=database.conninfo, concurrency=concurrency, grace=grace)


def engine(url: str, *, nap: float = 0.0, concurrency: int = 4, grace: float = 2.0, **parts: Any) -> MatchEngine:
    """Return an engine on the database at *url*, of which any part may be replaced."""
    defaults: dict[str, Any] = {
        "jobs": MemoryJobIndex(),
        "tasks": PostgresTaskStore(Database(settings(url))),
        "runner": runner("local", url, concurrency=concurrency, grace=grace),
        "embedder": Labour(nap),
        "policy": POLICY,
    }
    return MatchEngine(**(defaults | parts))
