"""`Importer`: postings in, embedded and stored in whole batches.

One batch is embedded while the one before it is stored. A posting whose text has not changed is not embedded again, one
that has not changed at all is not stored again: an import that was cut off is finished by running it again.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from itertools import islice

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import frozen

from jobmatch.cancelling import unless_asked
from jobmatch.composing import all_given, embed_jobs
from jobmatch.engine.given import check_batch
from jobmatch.engine.mishaps import first
from jobmatch.model import Fingerprint, Job
from jobmatch.ports import Embedder, Entry, JobIndex

BATCH_SIZE = 500
LARGEST_BATCH = 1_000_000
#: Batches that are stored at once.
PUTS = 2


@frozen(kw_only=True)
class ImportReport:
    """What an import did.

    Arguments:
        added: postings that were new.
        updated: postings that replaced an older state of theirs.
        unchanged: postings that were there already.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        """All postings seen."""
        return self.added + self.updated + self.unchanged

    def __add__(self, other: "ImportReport") -> "ImportReport":
        return ImportReport(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
        )


Report = Callable[[ImportReport], None]


@frozen(kw_only=True)
class _Batch:
    """Postings on their way: all of their ids, what of them must be stored, and what that changes."""

    ids: frozenset[str]
    entries: Sequence[Entry]
    change: ImportReport


class _Tally:
    """Adds up what has been stored, and tells."""

    def __init__(self, progress: Report | None) -> None:
        self.report = ImportReport()
        self._progress = progress

    def add(self, change: ImportReport) -> None:
        self.report += change
        if self._progress:
            self._progress(self.report)


class Importer:
    """Puts postings into an index.

    Arguments:
        jobs: where they go.
        embedder: makes their vectors, unless they bring their own.
    """

    def __init__(self, *, jobs: JobIndex, embedder: Embedder) -> None:
        self._jobs = jobs
        self._embedder = embedder
        #: Ids that are prepared but not stored yet. None is in there twice, or an older state could be stored last.
        self._under_way: set[str] = set()
        self._stored = anyio.Event()

    async def run(
        self, jobs: Iterable[Job] | AsyncIterable[Job], *, batch_size: int, progress: Report | None
    ) -> ImportReport:
        """Import *jobs*; see `MatchEngine.import_jobs`."""
        send, receive = anyio.create_memory_object_stream[_Batch | Exception](1)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._prepare, jobs, batch_size, send)
                return await self._store(receive, progress)
        except BaseExceptionGroup as errors:
            error = first(errors)
        raise error  # outside of the handler, which would replace its cause and context

    async def _prepare(
        self, jobs: Iterable[Job] | AsyncIterable[Job], size: int, send: MemoryObjectSendStream[_Batch | Exception]
    ) -> None:
        before = 0
        async with send, aclosing(batches(jobs, size)) as cut:
            try:
                with unless_asked("an import"):
                    async for batch in cut:
                        check_batch(batch, before)
                        before += len(batch)
                        await self._set_off({job.id for job in batch})
                        await send.send(await self._entries(batch))
            except Exception as error:  # takes its turn, so that the batches before it are stored
                await send.send(error)

    async def _set_off(self, ids: set[str]) -> None:
        """Note that *ids* are under way, as soon as none of them is any more."""
        while ids & self._under_way:
            await self._stored.wait()
        self._under_way |= ids

    async def _store(
        self, batches: MemoryObjectReceiveStream[_Batch | Exception], progress: Report | None
    ) -> ImportReport:
        """Store batches, `PUTS` at once: while one waits for the server another is being written out."""
        tally = _Tally(progress)
        failure: Exception | None = None
        slots = anyio.Semaphore(PUTS)
        with batches:
            async with anyio.create_task_group() as group:
                async for batch in batches:
                    if isinstance(batch, Exception):
                        failure = batch
                        break
                    await slots.acquire()
                    group.start_soon(self._put, batch, tally, slots)
        if failure:
            raise failure
        return tally.report

    async def _put(self, batch: _Batch, tally: "_Tally", slots: anyio.Semaphore) -> None:
        if batch.entries:
            with unless_asked("the index"):
                await self._jobs.put(batch.entries)
        self._under_way -= batch.ids
        self._stored.set()
        self._stored = anyio.Event()
        slots.release()
        tally.add(batch.change)

    async def _entries(self, batch: Sequence[Job]) -> _Batch:
        """Return what of a batch must be stored. Of postings with the same id the last one counts."""
        unique = {job.id: (job, job.fingerprint()) for job in batch}
        known = await self._jobs.fingerprints(list(unique))
        changed = {i: pair for i, pair in unique.items() if known.get(i) != pair[1]}
        added = sum(job_id not in known for job_id in changed)
        change = ImportReport(added=added, updated=len(changed) - added, unchanged=len(batch) - len(changed))
        entries = await self._embedded(list(changed.values()), known)
        return _Batch(ids=frozenset(unique), entries=entries, change=change)

    async def _embedded(
        self, pairs: Sequence[tuple[Job, Fingerprint]], known: Mapping[str, Fingerprint]
    ) -> list[Entry]:
        """Make entries; only what has a new text and brings no vector is embedded."""
        fresh = [job for job, print_ in pairs if job.vector is None and not _same_text(known.get(job.id), print_)]
        vectors = dict(zip((job.id for job in fresh), await embed_jobs(self._embedder, fresh), strict=True))
        brought = {job.id: job.vector for job, _ in pairs if job.vector is not None}
        fields = [f"vector of job {job_id!r}" for job_id in brought]
        checked = all_given(list(brought.values()), self._embedder.dimensions, fields=fields)
        vectors |= dict(zip(brought, checked, strict=True))
        return [Entry(job=job, fingerprint=print_, vector=vectors.get(job.id)) for job, print_ in pairs]


def _same_text(known: Fingerprint | None, new: Fingerprint) -> bool:
    return known is not None and known.text == new.text


async def batches(jobs: Iterable[Job] | AsyncIterable[Job], size: int) -> AsyncGenerator[Sequence[Job], None]:
    """Cut *jobs* into batches. A plain iterable is read in a thread, for it may well be parsing a file."""
    if isinstance(jobs, AsyncIterable):
        async with aclosing(_batches_async(jobs, size)) as cut:
            async for batch in cut:
                yield batch
        return
    iterator = iter(jobs)
    while batch := await anyio.to_thread.run_sync(lambda: list(islice(iterator, size)), abandon_on_cancel=True):
        yield batch


async def _batches_async(jobs: AsyncIterable[Job], size: int) -> AsyncGenerator[Sequence[Job], None]:
    batch: list[Job] = []
    async for job in jobs:
        batch.append(job)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
