"""Whatever is asked, engines on memory and on PostgreSQL give the same answer, scores and all."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.engine import MatchEngine
from jobmatch.model import Filters, InteractionKind, Job, Level, MatchRequest, Profile, Sort, Weights
from jobmatch.ports import JobIndex
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder

NOW = datetime.now(UTC)
WORDS = ["nurse", "night", "welder", "pipes", "tax", "lawyer", "driver", "baker"]
SKILLS = ["Python", "SQL", "welding"]
#: What a score may differ by: PostgreSQL keeps half of each number's digits.
NEAR = 0.002

TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True).map(" ".join)
JOBS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "description": TEXTS,
        "skills": st.lists(st.sampled_from(SKILLS), max_size=2, unique=True),
        "level": st.none() | st.sampled_from(Level),
        "posted_at": st.integers(0, 40).map(lambda days: NOW - timedelta(days=days)),
    }
)
WEIGHTS = st.builds(
    Weights,
    semantic=st.sampled_from([0.1, 1.0]),
    keywords=st.sampled_from([0.0, 0.5]),
    skills=st.sampled_from([0.0, 0.5]),
    level=st.sampled_from([0.0, 0.5]),
    recency=st.sampled_from([0.0, 0.5]),
)
REQUESTS = st.builds(
    MatchRequest,
    profile=st.builds(
        Profile, text=TEXTS, skills=st.lists(st.sampled_from(SKILLS), max_size=2), level=st.none() | st.just("senior")
    ),
    filters=st.builds(Filters, exclude_interactions=st.lists(st.sampled_from(InteractionKind), max_size=2)),
    weights=WEIGHTS,
    keywords=st.lists(st.sampled_from(WORDS), max_size=1),  # how rare each of several is, PostgreSQL but estimates
    min_score=st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0]),
    sort=st.sampled_from([Sort.SCORE, Sort.DATE]),
    limit=st.just(100),
)
DONE = st.lists(st.tuples(st.integers(0, 19), st.sampled_from(InteractionKind)), max_size=8)


def engine_on(jobs: JobIndex) -> MatchEngine:
    return MatchEngine(
        jobs=jobs, tasks=MemoryTaskStore(), runner=LocalTaskRunner(grace=0.05), embedder=HashingEmbedder(32)
    )


async def scores(engine: MatchEngine, request: MatchRequest, owner: str) -> dict[str, float]:
    return {match.job.id: match.score for match in (await engine.match(request, owner=owner)).matches}


def check_same(one: dict[str, float], other: dict[str, float], request: MatchRequest) -> None:
    """Who is in one answer is in the other with the same score, unless that is just about the least."""
    for job_id in one.keys() | other.keys():
        first, second = one.get(job_id), other.get(job_id)
        if first is None or second is None:
            assert abs((first or second or 0.0) - request.min_score) < NEAR, (job_id, request)
        else:
            assert first == pytest.approx(second, abs=NEAR), (job_id, request)


async def filled(engine: MatchEngine, jobs: list[Job], done: list[tuple[int, InteractionKind]], owner: str) -> None:
    await engine.remove_jobs([f"j{number:02}" for number in range(20)])
    await engine.import_jobs(jobs)
    for number, kind in done:
        if number < len(jobs):
            await engine.record(jobs[number].id, kind=kind, owner=owner)


@pytest.fixture
def compare(database_url: str, settings_for: Callable[..., Settings]) -> Iterator[Callable[..., None]]:
    """Import postings into both, and ask both the same."""

    async def same(jobs: list[Job], done: list[tuple[int, InteractionKind]], asked: list[MatchRequest]) -> None:
        database, owner = Database(settings_for(database_url)), str(uuid4())
        async with engine_on(PostgresJobIndex(database)) as stored, engine_on(MemoryJobIndex()) as remembered:
            for engine in (stored, remembered):
                await filled(engine, jobs, done, owner)
            for request in asked:
                first, second = [await scores(engine, request, owner) for engine in (stored, remembered)]
                check_same(first, second, request)

    with start_blocking_portal() as portal:
        yield lambda *values: portal.call(same, *values)


def test_memory_and_postgres_give_the_same_answers(compare: Callable[..., None]) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(jobs=st.lists(JOBS, min_size=3, max_size=20), done=DONE, asked=st.lists(REQUESTS, min_size=10, max_size=10))
    def check(jobs: list[dict[str, Any]], done: list[tuple[int, InteractionKind]], asked: list[MatchRequest]) -> None:
        compare([Job(id=f"j{number:02}", **job) for number, job in enumerate(jobs)], done, asked)

    check()
