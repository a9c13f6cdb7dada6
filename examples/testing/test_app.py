"""Tests of a FastAPI app that has job matching in it: in memory, with an embedder that needs no model."""

# --8<-- [start:app]
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from jobmatch import Job, MatchEngine
from jobmatch.adapters.asgi import bearer_tokens, create_app
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.testing import HashingEmbedder


def make_app(engine: MatchEngine) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with engine:
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/jobs", create_app(engine, authenticate=bearer_tokens({"secret": "ada"})))
    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    engine = MatchEngine(
        jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(grace=0), embedder=HashingEmbedder()
    )
    with TestClient(make_app(engine), headers={"Authorization": "Bearer secret"}) as client:
        assert client.portal
        client.portal.call(engine.import_jobs, [Job(id="1", title="Welder"), Job(id="2", title="Night nurse")])
        yield client


def test_the_app_answers(client: TestClient) -> None:
    found = client.post("/jobs/match?wait=true", json={"profile": {"titles": ["Nurse"]}}).json()
    assert found["result"][0]["title"] == "Night nurse"


# --8<-- [end:app]
