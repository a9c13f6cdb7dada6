"""Imports: whole batches, nothing embedded in vain, the last one counts."""

import gc
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import attrs
import numpy as np
import pytest

from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.engine import ImportReport, MatchEngine
from jobmatch.errors import DatabaseUnavailable, InvalidInput
from jobmatch.model import Job, MatchRequest, Pay, Profile
from jobmatch.ports import Entry
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]


class CountingEmbedder(HashingEmbedder):
    """Remembers all texts."""

    def __init__(self, dimensions: int = 64) -> None:
        super().__init__(dimensions)
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self.texts += texts
        return await super().embed(texts)


class RecordingIndex(MemoryJobIndex):
    """Remembers the batches that were put."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Sequence[Entry]] = []

    async def put(self, entries: Sequence[Entry]) -> None:
        self.batches.append(entries)
        await super().put(entries)

    def stored(self) -> list[list[str]]:
        """Return the ids of each batch."""
        return [[entry.job.id for entry in batch] for batch in self.batches]


async def nearest(engine: MatchEngine, text: str) -> str:
    """Return the id of the best match."""
    return (await engine.match(MatchRequest(profile=Profile(text=text), limit=1))).matches[0].job.id


async def test_unchanged_postings_are_not_embedded_again(make_engine: Make, postings: list[Job]) -> None:
    embedder, index = CountingEmbedder(), RecordingIndex()
    async with make_engine(embedder=embedder, jobs=index) as engine:
        assert await engine.import_jobs(postings) == ImportReport(added=8)
        embedder.texts.clear()
        assert await engine.import_jobs(postings) == ImportReport(unchanged=8)
    assert embedder.texts == []
    assert len(index.batches) == 1


async def test_a_change_beside_the_text_is_stored_and_not_embedded(make_engine: Make, postings: list[Job]) -> None:
    embedder = CountingEmbedder()
    async with make_engine(embedder=embedder) as engine:
        await engine.import_jobs(postings)
        embedder.texts.clear()
        paid = attrs.evolve(postings[0], pay=Pay(minimum=50_000))
        assert await engine.import_jobs([paid, *postings[1:]]) == ImportReport(updated=1, unchanged=7)
        assert embedder.texts == []
        best = (await engine.match(MatchRequest(profile=Profile(text=paid.description), limit=1))).matches[0].job
    assert (best.id, best.pay) == (paid.id, paid.pay)


async def test_a_new_text_is_embedded(make_engine: Make, postings: list[Job]) -> None:
    embedder = CountingEmbedder()
    async with make_engine(embedder=embedder) as engine:
        await engine.import_jobs(postings)
        embedder.texts.clear()
        changed = attrs.evolve(postings[3], title="Zookeeper")
        assert await engine.import_jobs([changed]) == ImportReport(updated=1)
        assert embedder.texts == ["Zookeeper", postings[3].description]
        assert await nearest(engine, "zookeeper") == postings[3].id


async def test_of_one_batch_the_last_of_an_id_counts(make_engine: Make) -> None:
    jobs = [Job(id="a", title="Baker"), Job(id="b", title="Cook"), Job(id="a", title="Welder")]
    async with make_engine() as engine:
        report = await engine.import_jobs(jobs)
        assert (report.added, report.total, await engine.count()) == (2, 3, 2)
        assert await nearest(engine, "welder") == "a"


class SlowFirstIndex(RecordingIndex):
    """Takes its time over the first batch that it is given after `start`, and none over the next."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def start(self) -> None:
        self.pauses = [0.05]

    async def put(self, entries: Sequence[Entry]) -> None:
        if self.pauses:
            await anyio.sleep(self.pauses.pop())
        await super().put(entries)


async def test_of_two_batches_the_last_of_an_id_counts(make_engine: Make) -> None:
    index = SlowFirstIndex()
    old, new = Job(id="a", title="Welder"), Job(id="a", title="Baker")
    async with make_engine(jobs=index) as engine:
        await engine.import_jobs([old])
        index.start()
        await engine.import_jobs([new, old], batch_size=1)
        best = await engine.match(MatchRequest(profile=Profile(text="welder")))
    assert best.matches[0].job.title == "Welder"
    assert best.matches[0].explanation.criteria[0].score == pytest.approx(1)


async def test_a_vector_always_belongs_to_the_text_that_is_stored(make_engine: Make) -> None:
    index = SlowFirstIndex()
    old, new = Job(id="a", title="Welder"), Job(id="a", title="Baker")
    async with make_engine(jobs=index) as engine:
        await engine.import_jobs([old])
        index.start()
        await engine.import_jobs([new, attrs.evolve(old, company="Steel")], batch_size=1)
        best = await engine.match(MatchRequest(profile=Profile(text="welder")))
    assert best.matches[0].job.company == "Steel"
    assert best.matches[0].explanation.criteria[0].score == pytest.approx(1)


async def test_an_id_twice_in_two_batches_is_added_once(make_engine: Make) -> None:
    index = SlowFirstIndex()
    index.start()
    async with make_engine(jobs=index) as engine:
        report = await engine.import_jobs([Job(id="a", title="Welder")] * 2, batch_size=1)
    assert report == ImportReport(added=1, unchanged=1)


def one_by_one(jobs: Iterable[Job]) -> Iterator[Job]:
    """Yield from a generator, which cannot be read twice."""
    yield from jobs


async def as_they_come(jobs: Iterable[Job]) -> AsyncGenerator[Job, None]:
    """Yield as a network source does."""
    for job in jobs:
        await anyio.lowlevel.checkpoint()
        yield job


@pytest.mark.parametrize("source", [list, tuple, one_by_one, as_they_come])
async def test_any_iterable_will_do(make_engine: Make, postings: list[Job], source: Callable[..., Any]) -> None:
    index = RecordingIndex()
    async with make_engine(jobs=index) as engine:
        assert await engine.import_jobs(source(postings), batch_size=3) == ImportReport(added=8)
    assert [len(batch) for batch in index.batches] == [3, 3, 2]


@pytest.mark.parametrize("source", [list, as_they_come])
async def test_nothing_is_imported_from_nothing(make_engine: Make, source: Callable[..., Any]) -> None:
    async with make_engine() as engine:
        assert await engine.import_jobs(source([])) == ImportReport()


async def test_progress_is_told_after_each_batch(make_engine: Make, postings: list[Job]) -> None:
    told: list[ImportReport] = []
    async with make_engine() as engine:
        await engine.import_jobs(postings[:2])
        report = await engine.import_jobs(postings, batch_size=3, progress=told.append)
    assert [step.total for step in told] == [3, 6, 8]
    assert told[-1] == report == ImportReport(added=6, unchanged=2)


@pytest.mark.parametrize("size", [0, -1])
async def test_a_batch_has_at_least_one_posting(make_engine: Make, size: int) -> None:
    async with make_engine() as engine:
        with pytest.raises(InvalidInput, match="batch_size: must be between 1"):
            await engine.import_jobs([], batch_size=size)


class Broken(Exception):
    """Raised by a source of postings."""


def breaking(jobs: Iterable[Job], error: Exception) -> Iterator[Job]:
    """Yield *jobs*, then raise *error*, caused by another."""
    yield from jobs
    raise error from KeyError("cause")


async def breaking_async(jobs: Iterable[Job], error: Exception) -> AsyncGenerator[Job, None]:
    """Do the same asynchronously."""
    for job in jobs:
        yield job
    raise error from KeyError("cause")


class SlowIndex(RecordingIndex):
    """Takes its time to store."""

    async def put(self, entries: Sequence[Entry]) -> None:
        await anyio.sleep(0.02)
        await super().put(entries)


@pytest.mark.parametrize("source", [breaking, breaking_async])
@pytest.mark.parametrize("index_type", [RecordingIndex, SlowIndex])
async def test_a_source_that_breaks_leaves_whole_batches(
    make_engine: Make, postings: list[Job], source: Callable[..., Any], index_type: type[RecordingIndex]
) -> None:
    error, index = Broken("row 9"), index_type()
    async with make_engine(jobs=index) as engine:
        with pytest.raises(Broken) as caught:
            await engine.import_jobs(source(postings, error), batch_size=3)
        assert caught.value is error
        assert isinstance(error.__cause__, KeyError)
        assert sorted(index.stored()) == [["j0", "j1", "j2"], ["j3", "j4", "j5"]]
        assert await engine.import_jobs(postings) == ImportReport(added=2, unchanged=6)


async def test_an_import_that_was_cancelled_leaves_whole_batches_and_can_be_finished(
    make_engine: Make, postings: list[Job]
) -> None:
    index = SlowIndex()
    async with make_engine(jobs=index) as engine:
        with anyio.CancelScope() as scope:
            await engine.import_jobs(postings, batch_size=2, progress=lambda report: scope.cancel())
        assert scope.cancelled_caught
        stored = index.stored()
        assert all(batch in (["j0", "j1"], ["j2", "j3"], ["j4", "j5"], ["j6", "j7"]) for batch in stored)
        assert 1 <= len(stored) < 4
        assert await engine.import_jobs(postings) == ImportReport(added=8 - 2 * len(stored), unchanged=2 * len(stored))


class FailingIndex(RecordingIndex):
    """Stores two batches and no more."""

    async def put(self, entries: Sequence[Entry]) -> None:
        if len(self.batches) == 2:
            raise DatabaseUnavailable("the disk is full")
        await super().put(entries)


async def test_a_store_that_fails_ends_the_import(make_engine: Make, postings: list[Job]) -> None:
    index = FailingIndex()
    async with make_engine(jobs=index) as engine, aclosing(as_they_come(postings)) as source:
        with pytest.raises(DatabaseUnavailable, match="disk is full"):
            await engine.import_jobs(source, batch_size=1)
        gc.collect()  # a generator of ours that was not closed would make itself heard now
    assert index.stored() == [["j0"], ["j1"]]


async def test_an_error_of_the_callers_progress_comes_through(make_engine: Make, postings: list[Job]) -> None:
    def fail(report: ImportReport) -> None:
        raise Broken

    async with make_engine() as engine:
        with pytest.raises(Broken):
            await engine.import_jobs(postings, progress=fail)


def with_vector(vector: Any, job_id: str = "v") -> Job:
    """Return a posting that brings its vector."""
    return Job(id=job_id, title="Welder", vector=vector)


@pytest.mark.parametrize("kind", [list, tuple, np.float32, np.float64])
async def test_given_vectors_are_normalised_and_not_embedded(make_engine: Make, kind: Any) -> None:
    embedder, index = CountingEmbedder(4), RecordingIndex()
    vector = [3.0, 4.0, 0.0, 0.0]
    given = kind(vector) if kind in {list, tuple} else np.array(vector, dtype=kind)
    async with make_engine(embedder=embedder, jobs=index) as engine:
        assert (await engine.import_jobs([with_vector(given)])).added == 1
        assert (await engine.import_jobs([with_vector(vector)])).unchanged == 1
    assert embedder.texts == []
    stored = index.batches[0][0].vector
    assert stored is not None
    assert stored.dtype == np.float32
    assert stored.tolist() == pytest.approx([0.6, 0.8, 0, 0])


@pytest.mark.parametrize("size", [1e-30, 1e-300, 1e30, 1e300])
async def test_very_small_and_large_vectors_are_normalised_too(make_engine: Make, size: float) -> None:
    index = RecordingIndex()
    async with make_engine(embedder=HashingEmbedder(2), jobs=index) as engine:
        await engine.import_jobs([with_vector([3 * size, 4 * size])])
    stored = index.batches[0][0].vector
    assert stored is not None
    assert stored.tolist() == pytest.approx([0.6, 0.8])


NOT_FINITE = [[float("nan"), 1.0], [float("inf"), 1.0], [0.0, 0.0]]
WRONG_SHAPE: list[Any] = [[1.0], [1.0, 2.0, 3.0], []]


@pytest.mark.parametrize("vector", NOT_FINITE)
async def test_vectors_without_direction_are_refused(make_engine: Make, vector: list[float]) -> None:
    async with make_engine(embedder=HashingEmbedder(2)) as engine:
        await engine.import_jobs([Job(id="old", title="Baker")])
        with pytest.raises(InvalidInput, match="vector of job 'v': must be finite and not all zero"):
            await engine.import_jobs([Job(id="new", title="Cook"), with_vector(vector)])
        assert await engine.count() == 1


@pytest.mark.parametrize("vector", WRONG_SHAPE)
async def test_vectors_of_the_wrong_shape_are_refused(make_engine: Make, vector: Any) -> None:
    async with make_engine(embedder=HashingEmbedder(2)) as engine:
        with pytest.raises(InvalidInput, match=r"vector of job 'v': has shape .*\(2,\)"):
            await engine.import_jobs([with_vector(vector)])
        assert await engine.count() == 0


@pytest.mark.parametrize("vector", [[[1.0, 2.0]], np.ones((2, 2)), ["a", "b"], [None, 1.0]])
async def test_what_is_no_vector_is_refused(make_engine: Make, vector: Any) -> None:
    async with make_engine(embedder=HashingEmbedder(2)) as engine:
        with pytest.raises(InvalidInput, match=r"job\.vector: must be a flat sequence of numbers"):
            await engine.import_jobs([with_vector(vector)])


class NeverAsked(HashingEmbedder):
    """Is asked nothing, not even about no text."""

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        raise AssertionError


async def test_where_all_bring_vectors_nothing_is_embedded(make_engine: Make) -> None:
    async with make_engine(embedder=NeverAsked(2)) as engine:
        assert await engine.import_jobs([with_vector([1.0, 0.0])]) == ImportReport(added=1)


async def test_a_new_vector_is_stored(make_engine: Make) -> None:
    async with make_engine(embedder=HashingEmbedder(2)) as engine:
        await engine.import_jobs([with_vector([1.0, 0.0])])
        assert await engine.import_jobs([with_vector([0.0, 1.0])]) == ImportReport(updated=1)
        found = await engine.match(MatchRequest(profile=Profile(vector=[0.0, 1.0])))
    assert found.matches[0].explanation.criteria[0].score == 1


async def test_removing_tells_how_many_there_were(make_engine: Make, postings: list[Job]) -> None:
    async with make_engine() as engine:
        await engine.import_jobs(postings)
        assert await engine.remove_jobs(["j0", "j1", "j1", "nobody"]) == 2
        assert await engine.count() == 6


async def test_purged_is_what_has_expired(make_engine: Make, postings: list[Job]) -> None:
    now = datetime.now(UTC)
    ended = [attrs.evolve(job, expires_at=now - timedelta(days=n)) for n, job in enumerate(postings)]
    async with make_engine() as engine:
        await engine.import_jobs(ended)
        assert await engine.purge_jobs(expired_before=now.replace(tzinfo=None) - timedelta(days=5, hours=1)) == 2
        assert await engine.purge_jobs() == 6
        with pytest.raises(InvalidInput, match="expired_before: must be a datetime, not str"):
            await engine.purge_jobs(expired_before="yesterday")  # type: ignore[arg-type]


def test_reports_add_up() -> None:
    total = ImportReport(added=1, updated=2) + ImportReport(added=10, unchanged=3)
    assert total == ImportReport(added=11, updated=2, unchanged=3)
    assert total.total == 16
