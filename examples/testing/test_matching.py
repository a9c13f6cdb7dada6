"""Tests of an app that matches jobs: in memory, with an embedder that needs no model.

pytest -c examples/testing/asyncio.ini examples/testing
pytest -c examples/testing/anyio.ini examples/testing
"""

# --8<-- [start:fixture]
from collections.abc import AsyncIterator

import pytest

from jobmatch import Job, MatchEngine, MatchRequest, Profile, TaskState
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.testing import HashingEmbedder

JOBS = [Job(id="1", title="Welder"), Job(id="2", title="Night nurse"), Job(id="3", title="Baker")]


def in_memory() -> MatchEngine:
    return MatchEngine(
        jobs=MemoryJobIndex(),
        tasks=MemoryTaskStore(),
        runner=LocalTaskRunner(grace=0),  # what a test leaves under way is not waited for
        embedder=HashingEmbedder(),
    )


@pytest.fixture
async def engine() -> AsyncIterator[MatchEngine]:
    async with in_memory() as engine:
        await engine.import_jobs(JOBS)
        yield engine


# --8<-- [end:fixture]


# --8<-- [start:test]
async def test_a_nurse_finds_the_ward(engine: MatchEngine) -> None:
    task = await engine.submit(MatchRequest(profile=Profile(titles=["Nurse"])), owner="ada")
    task = await engine.wait(task.id, owner="ada", timeout=10)
    assert task.state is TaskState.COMPLETED
    page = await engine.results(task.id, owner="ada")
    assert page.matches[0].job.title == "Night nurse"


# --8<-- [end:test]
