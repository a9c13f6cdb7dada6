"""What an engine does with postings, and with what people did with them."""

from collections.abc import AsyncIterable, Iterable
from datetime import UTC, datetime

from jobmatch.engine.answer import Answerer
from jobmatch.engine.given import check_jobs, check_progress, job_ids_of, kind_of, recorded_of
from jobmatch.engine.intake import BATCH_SIZE, LARGEST_BATCH, Importer, ImportReport, Report
from jobmatch.engine.openness import Openness
from jobmatch.model import InteractionKind, Job, fields
from jobmatch.model.fields import called
from jobmatch.model.keys import check_owner
from jobmatch.ports import Embedder, JobIndex


class PostingVerbs(Openness):
    """The part of `MatchEngine` that is about postings."""

    _jobs: JobIndex
    _embedder: Embedder
    _answerer: Answerer

    async def import_jobs(
        self,
        jobs: Iterable[Job] | AsyncIterable[Job],
        *,
        batch_size: int = BATCH_SIZE,
        progress: Report | None = None,
    ) -> ImportReport:
        """Add or replace postings. Unchanged ones are not embedded again.

        Arguments:
            jobs: any number; of those with the same id the last one counts.
            batch_size: postings stored at once, all or none.
            progress: called with the report so far after each batch.

        Raises:
            InvalidInput: something is no posting, or one brings a vector that is not finite, zero, or of the wrong
                shape.
        """
        self._require_open()
        fields.count("batch_size", batch_size, 1, LARGEST_BATCH)
        check_progress(progress)
        postings = check_jobs(jobs)
        importer = Importer(jobs=self._jobs, embedder=self._embedder)
        try:
            return await importer.run(postings, batch_size=batch_size, progress=progress)
        finally:
            await self._answerer.forget()

    async def remove_jobs(self, ids: str | Iterable[str]) -> int:
        """Remove postings by id, one or several; return how many there were."""
        self._require_open()
        removed = await self._jobs.remove(job_ids_of("ids", ids))
        await self._answerer.forget()
        return removed

    async def purge_jobs(self, *, expired_before: datetime | None = None) -> int:
        """Remove postings that have expired, and return how many there were. No search finds them anyway.

        Arguments:
            expired_before: only those that expired then or before; None for all.

        Raises:
            InvalidInput: no time.
            Incompatible: the postings are in a table of yours: remove them there.
        """
        self._require_open()
        given = called("expired_before", fields.utc)(expired_before)
        try:
            return await self._jobs.purge(expired_before=given or datetime.now(UTC))
        finally:
            await self._answerer.forget()

    async def forget(self) -> None:
        """Forget the answers that were cached, in this process: postings were changed by others than this engine."""
        self._require_open()
        await self._answerer.forget()

    async def record(self, job_ids: str | Iterable[str], *, kind: InteractionKind | str, owner: str) -> None:
        """Note that somebody has now applied to jobs, dismissed, saved or viewed them.

        ``Filters.exclude_interactions`` leaves such jobs out of their answers from then on.

        Arguments:
            job_ids: one job or several, 10,000 at most, of 512 characters at most; they need not be in the index now.
            kind: in which way; once more in the same way only renews the time.
            owner: who.

        Raises:
            InvalidInput: too many jobs, an id that is too long, another kind, or a name that cannot be stored.
        """
        self._require_open()
        check_owner(owner)
        await self._jobs.record(recorded_of(job_ids), kind_of(kind), owner=owner)

    async def purge_interactions(self, *, owner: str | None = None, recorded_before: datetime | None = None) -> int:
        """Remove what was recorded, and return how much that was: what is old, or what somebody wants to be forgotten.

        Arguments:
            owner: of one only; None for everybody's.
            recorded_before: only what was recorded then or before; None for all.

        Raises:
            InvalidInput: no time, or a name that cannot be stored.
        """
        self._require_open()
        if owner is not None:
            check_owner(owner)
        given = called("recorded_before", fields.utc)(recorded_before)
        return await self._jobs.unrecord(owner=owner, recorded_before=given)

    async def count(self) -> int:
        """Return the number of postings."""
        self._require_open()
        return await self._jobs.count()
