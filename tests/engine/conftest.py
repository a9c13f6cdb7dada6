"""An engine of memory backends, and postings for it."""

from collections.abc import Callable
from typing import Any

import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.model import Job, MatchRequest, Place, Profile
from jobmatch.testing import HashingEmbedder

TITLES = ("Welder", "Pipe welder", "Nurse", "Night nurse", "Python developer", "Data engineer", "Baker", "Cook")


@pytest.fixture
def postings() -> list[Job]:
    """Eight jobs."""
    return [
        Job(
            id=f"j{number}",
            title=title,
            company=f"Company {number}",
            description=f"We look for a {title.lower()} who likes shifts.",
            places=[Place(city="Bonn", country="DE")],
            workplace="remote" if number % 2 else "onsite",
        )
        for number, title in enumerate(TITLES)
    ]


@pytest.fixture
def welder() -> MatchRequest:
    """Ask for a welder's matches, all of them."""
    return MatchRequest(profile=Profile(text="pipe welder, ten years of night shifts"))


@pytest.fixture
def make_engine() -> Callable[..., MatchEngine]:
    """Return a factory: an engine of memory backends, of which any may be replaced.

    What is under way when it closes gets all the time that it needs; who leaves something endless gives a runner.
    """

    def make(**parts: Any) -> MatchEngine:
        defaults: dict[str, Any] = {
            "jobs": MemoryJobIndex(),
            "tasks": MemoryTaskStore(),
            "runner": LocalTaskRunner(grace=60),
            "embedder": HashingEmbedder(),
        }
        return MatchEngine(**(defaults | parts))

    return make
