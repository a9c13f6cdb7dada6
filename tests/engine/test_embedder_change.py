"""A change of embedder, in memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import EmbedderChange, MatchEngine
from jobmatch.errors import EmbedderUnavailable, Incompatible, InvalidInput, NotFound
from jobmatch.model import Job, MatchRequest, Profile
from jobmatch.settings import Settings
from jobmatch.sync import SyncEmbedderChange
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Embedder, Vectors

JOBS = [Job(id=f"j{n}", title=title) for n, title in enumerate(("welder", "night nurse", "pastry baker"))]
NURSE = MatchRequest(profile=Profile(text="night nurse"))
OLD, NEW = HashingEmbedder(64), HashingEmbedder(96)


def engine_of(jobs: MemoryJobIndex, embedder: "Embedder") -> MatchEngine:
    return MatchEngine(jobs=jobs, tasks=MemoryTaskStore(), runner=LocalTaskRunner(grace=0.05), embedder=embedder)


class Failing(HashingEmbedder):
    """Fails after some calls."""

    def __init__(self, calls: int) -> None:
        super().__init__(NEW.dimensions)
        self.left = calls

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self.left -= 1
        if self.left < 0:
            raise EmbedderUnavailable("not now; try again")
        return await super().embed(texts)


@pytest.fixture
async def jobs() -> MemoryJobIndex:
    made = MemoryJobIndex()
    async with engine_of(made, OLD) as engine:
        await engine.import_jobs(JOBS)
    return made


async def test_a_change_is_seen_by_engines_of_the_new_embedder(jobs: MemoryJobIndex) -> None:
    told: list[float] = []
    with pytest.raises(Incompatible, match="EmbedderChange"):
        async with engine_of(jobs, NEW):
            pass
    async with EmbedderChange(jobs=jobs, embedder=NEW) as change:
        status = await change.run(batch_size=2, progress=lambda part, stage: told.append(part))
        assert status.serving
        assert status.retired
        assert (status.serving.embedder, status.retired.embedder) == (NEW.name, OLD.name)
        assert (status.jobs, status.filled) == (3, 3)
        assert told == sorted(told)
        assert told[-1] == 1.0
        await change.finish()
        assert await change.run() == await change.status()
    async with engine_of(jobs, NEW) as engine:
        assert (await engine.match(NURSE)).matches[0].job.id == "j1"
    with pytest.raises(Incompatible, match=NEW.name):
        async with engine_of(jobs, OLD):
            pass


async def test_a_change_that_failed_is_gone_on_with(jobs: MemoryJobIndex) -> None:
    async with EmbedderChange(jobs=jobs, embedder=Failing(2)) as change:
        with pytest.raises(EmbedderUnavailable):
            await change.run(batch_size=1)
        assert (await change.status()).filled == 2
    async with engine_of(jobs, OLD) as engine:
        assert (await engine.match(NURSE)).matches[0].job.id == "j1"
    async with EmbedderChange(jobs=jobs, embedder=Failing(1)) as change:
        assert (await change.run(batch_size=1)).filled == 3


async def test_a_change_can_be_abandoned(jobs: MemoryJobIndex) -> None:
    async with EmbedderChange(jobs=jobs, embedder=Failing(1)) as change:
        with pytest.raises(EmbedderUnavailable):
            await change.run(batch_size=1)
        await change.abandon()
        with pytest.raises(NotFound):
            await change.abandon()
        with pytest.raises(NotFound):
            await change.finish()


async def test_there_must_be_something_to_change(jobs: MemoryJobIndex) -> None:
    async with EmbedderChange(jobs=MemoryJobIndex(), embedder=NEW) as change:
        with pytest.raises(NotFound):
            await change.run()
    async with EmbedderChange(jobs=jobs, embedder=NEW) as change:
        with pytest.raises(InvalidInput):
            await change.run(batch_size=0)


def test_a_change_without_async() -> None:
    settings = Settings.from_environ({"JOBMATCH_BACKEND": "memory"})
    with SyncEmbedderChange.from_settings(settings) as change:
        assert change.status().serving is None
        with pytest.raises(NotFound):
            change.run()


async def test_a_change_is_opened_once_at_a_time(jobs: MemoryJobIndex) -> None:
    change = EmbedderChange(jobs=jobs, embedder=NEW)
    async with change:
        with pytest.raises(InvalidInput, match="change: is open already"):
            async with change:
                pass
        assert (await change.status()).jobs == 3
    async with change:
        assert (await change.run()).filled == 3
