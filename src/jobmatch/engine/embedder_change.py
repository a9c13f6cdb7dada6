"""`EmbedderChange`: from one embedder to another, while searches and imports go on.

begin → fill, in batches → build the index → switch, in one step → finish
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from jobmatch.composing import embed_jobs
from jobmatch.engine.given import settings_of
from jobmatch.engine.intake import LARGEST_BATCH
from jobmatch.errors import InvalidInput, NotFound, NotReady
from jobmatch.model import Job, SpacesStatus, fields
from jobmatch.plugins import Backends
from jobmatch.ports import Embedder, Filled, JobIndex, Progress, Unfilled, unheard
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

BATCH_SIZE = 500
#: Times that a switch is tried; between them is filled what imports have left.
SWITCHES = 20
#: Parts of the whole that are done when all vectors are made, and when their index is built.
FILLED_PART, INDEXED_PART = 0.7, 0.95


class EmbedderChange:
    """Changes the embedder of an index to another one.

    Open it with ``async with``; that opens its parts, and leaving closes them. It needs no engine: those of the old
    embedder go on meanwhile, in this process or in others.

    Arguments:
        jobs: the postings; not one that an engine uses, which is bound to its own embedder.
        embedder: the new one.
    """

    def __init__(self, *, jobs: JobIndex, embedder: Embedder) -> None:
        self._jobs = jobs
        self._embedder = embedder
        self._stack = AsyncExitStack()
        self._open = False

    @classmethod
    def from_settings(cls, settings: Settings | None = None) -> Self:
        """Make a change to the embedder that the environment names.

        Arguments:
            settings: instead of `Settings.load`.

        Raises:
            InvalidSettings: a variable has a value that is not allowed.
            MissingExtra: a backend needs a distribution that is not installed.
        """
        settings = settings_of(settings)
        backends = Backends(settings)
        return cls(jobs=backends.make("index", settings.backend), embedder=backends.make("embedder", settings.embedder))

    async def __aenter__(self) -> Self:
        if self._open:
            raise InvalidInput("change", "is open already; whoever opens it closes it, nobody else has to")
        self._open = True
        async with AsyncExitStack() as stack:
            stack.callback(setattr, self, "_open", False)  # after all that is opened here is closed again
            await stack.enter_async_context(self._jobs)
            if isinstance(self._embedder, AbstractAsyncContextManager):
                await stack.enter_async_context(self._embedder)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def run(self, *, batch_size: int = BATCH_SIZE, progress: Progress | None = None) -> SpacesStatus:
        """Make vectors of all postings by the new embedder, build their index, and have them serve.

        What was cut off is gone on with: run it again. Two at once do no harm. If the embedder serves already,
        nothing is done. The old vectors are kept, for processes that still run with them, until `finish`.

        Arguments:
            batch_size: postings embedded and stored at once.
            progress: told.

        Raises:
            NotFound: nothing was ever imported, or the change was abandoned meanwhile.
            Incompatible: vectors of a third embedder are there, or the index cannot hold the new ones.
            NotReady: so much is imported that the switch does not catch up; run it again when there is less.
            EmbedderUnavailable: the model does not answer; run it again later.
        """
        fields.count("batch_size", batch_size, 1, LARGEST_BATCH)
        try:
            await self._change(batch_size, progress or unheard)
        except NotFound:
            if not self.serves(await self.status()):
                raise
        return await self.status()

    def serves(self, status: SpacesStatus) -> bool:
        """Tell whether the embedder's vectors are those that searches use."""
        own, serving = self._embedder, status.serving
        return serving is not None and (serving.embedder, serving.dimensions) == (own.name, own.dimensions)

    async def status(self) -> SpacesStatus:
        """Tell how far the change is."""
        return await self._jobs.spaces.status()

    async def finish(self) -> None:
        """Drop the old vectors. Processes that still run with the old embedder cannot search any more.

        Raises:
            NotFound: there are none.
        """
        await self._jobs.spaces.finish()

    async def abandon(self) -> None:
        """Give up before the switch: drop the vectors made so far.

        Raises:
            NotFound: no change is under way.
        """
        await self._jobs.spaces.abandon()

    async def _change(self, batch_size: int, progress: Progress) -> None:
        spaces, embedder = self._jobs.spaces, self._embedder.name
        progress(0.0, "looking at what is there")
        await spaces.begin(embedder, self._embedder.dimensions)
        await self._fill(batch_size, progress)
        await spaces.create_index(embedder, progress=_within(progress, FILLED_PART, INDEXED_PART))
        await self._switch(batch_size, progress)
        progress(1.0, "ready")

    async def _fill(self, batch_size: int, progress: Progress) -> None:
        spaces, embedder = self._jobs.spaces, self._embedder.name
        status, after = await self.status(), ""
        done = status.filled
        while batch := await spaces.missing(embedder, after=after, limit=batch_size):
            progress(FILLED_PART * min(done / max(status.jobs, 1), 1.0), "vectors")
            done += await spaces.fill(embedder, await self._filled(batch))
            after = batch[-1].job.id

    async def _filled(self, batch: Sequence[Unfilled]) -> Sequence[Filled]:
        vectors = await self._embed([one.job for one in batch])
        return [
            Filled(job_id=one.job.id, text=one.text, vector=vector) for one, vector in zip(batch, vectors, strict=True)
        ]

    async def _embed(self, jobs: Sequence[Job]) -> "Vectors":
        return await embed_jobs(self._embedder, jobs)

    async def _switch(self, batch_size: int, progress: Progress) -> None:
        for attempt in range(1, SWITCHES + 1):
            await self._fill(batch_size, unheard)
            progress(INDEXED_PART, "switch")
            try:
                await self._jobs.spaces.switch(self._embedder.name, self._embed)
            except NotReady:
                if attempt == SWITCHES:
                    raise
            else:
                break
            # Somebody may have built an index over the old vectors meanwhile.
            await self._jobs.spaces.create_index(self._embedder.name)


def _within(progress: Progress, start: float, end: float) -> Progress:
    """Return a listener to a part of the whole."""
    return lambda part, stage: progress(start + (end - start) * part, stage)
