"""A real engine on memory backends, and clients that talk to it without a socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from jobmatch.adapters.asgi import bearer_tokens, create_app
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.model import Job, Pay, Place
from jobmatch.ports import Embedder, Execute, TaskRunner
from jobmatch.testing import HashingEmbedder

TOKENS = {"token-ada": "ada", "token-bob": "bob"}
ADA = {"Authorization": "Bearer token-ada"}
Clients = Callable[..., httpx.AsyncClient]


class HeldRunner(TaskRunner):
    """Executes nothing until it is told to."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._execute: Execute | None = None

    @asynccontextmanager
    async def serving(self, execute: Execute | None, *, scope: str = "") -> AsyncIterator[None]:
        self._execute = execute
        yield

    async def enqueue(self, task_id: str, *, connection: object | None = None, delay: float = 0.0) -> None:
        self._waiting.append(task_id)

    async def let_go(self) -> None:
        """Execute what waits."""
        assert self._execute
        while self._waiting:
            await self._execute(self._waiting.pop(0))


def engine_with(runner: TaskRunner, *, embedder: Embedder | None = None) -> MatchEngine:
    """Return an engine whose other parts are in memory."""
    return MatchEngine(
        jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=runner, embedder=embedder or HashingEmbedder()
    )


def postings() -> list[Job]:
    """Return forty jobs, of which some are remote, some in Berlin, and one says all that a job can say."""
    plain = [
        Job(
            id=f"job-{n}",
            title=("Python developer", "Night nurse", "Welder")[n % 3],
            description=f"Opening {n}: python, machine learning, care of patients or steel.",
            places=(Place(city="Berlin" if n % 2 else "Boston", country="DE" if n % 2 else "US"),),
            workplace="remote" if n % 5 == 0 else "onsite",
        )
        for n in range(39)
    ]
    full = Job(
        id="job-full",
        title="Machine learning engineer",
        company="Example GmbH",
        description="We teach machines with python and pgvector.",
        places=tuple(
            Place(city=city, country="DE", latitude=50, longitude=8) for city in ("Bonn", "Köln", "Jena", "Ulm")
        ),
        workplace="hybrid",
        employment_type="full_time",
        level="senior",
        skills=("Python", "pgvector"),
        pay=Pay(minimum=60_000, maximum=80_000, currency="EUR"),
        posted_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        url="https://example.org/jobs/full",
    )
    return [*plain, full]


def client_for(app: Any, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """Return a client of *app* that sees answers, not exceptions."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=ADA if headers is None else headers)


@pytest.fixture
def clients() -> Clients:
    """Makes clients."""
    return client_for


@pytest.fixture
async def engine() -> AsyncIterator[MatchEngine]:
    """An open engine that holds the postings."""
    async with engine_with(LocalTaskRunner()) as opened:
        await opened.import_jobs(postings())
        yield opened


@pytest.fixture
async def client(engine: MatchEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Ada's client."""
    async with client_for(create_app(engine, authenticate=bearer_tokens(TOKENS))) as opened:
        yield opened


@pytest.fixture
async def bob(engine: MatchEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Bob's client."""
    app = create_app(engine, authenticate=bearer_tokens(TOKENS))
    async with client_for(app, {"Authorization": "Bearer token-bob"}) as opened:
        yield opened


@pytest.fixture
def held() -> HeldRunner:
    """A runner that waits to be told."""
    return HeldRunner()


@pytest.fixture
async def held_client(held: HeldRunner) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose tasks stay pending until `held` lets go of them."""
    async with engine_with(held) as opened:
        await opened.import_jobs(postings())
        async with client_for(create_app(opened, authenticate=bearer_tokens(TOKENS))) as client:
            yield client


@pytest.fixture
def engines() -> Callable[..., MatchEngine]:
    """Makes engines from a runner and other parts."""
    return engine_with
