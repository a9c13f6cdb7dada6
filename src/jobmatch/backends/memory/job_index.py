"""`MemoryJobIndex`: a dictionary and a scalar product."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
import numpy as np

from jobmatch.backends.memory.index_admin import MemoryIndexAdmin
from jobmatch.backends.memory.lexicon import lexemes
from jobmatch.backends.memory.passing import Lexemes, Passing, found, phrases
from jobmatch.backends.memory.rows import Named, Row
from jobmatch.backends.memory.vector_spaces import MemoryVectorSpaces
from jobmatch.conditions import ago
from jobmatch.errors import InvalidInput
from jobmatch.model import (
    Exact,
    Filters,
    Fingerprint,
    IndexStrategy,
    InteractionKind,
    Job,
    Method,
    Plan,
)
from jobmatch.model import keywords as words
from jobmatch.model.metadata import check_names
from jobmatch.ports import (
    Entry,
    Hit,
    IndexAdmin,
    JobIndex,
    Progress,
    Sample,
    SearchQuery,
    SearchResult,
    Survey,
    VectorSpaces,
)

if TYPE_CHECKING:
    from jobmatch.ports import Vector


class MemoryJobIndex(JobIndex):
    """Holds everything in this process; every search is exact.

    Arguments:
        metadata_fields: the metadata that can be asked for; None for any.
    """

    def __init__(self, *, metadata_fields: Collection[str] | None = None) -> None:
        self._rows: dict[str, Row] = {}
        self._interactions: dict[tuple[str, str, InteractionKind], datetime] = {}
        self._metadata_fields = metadata_fields
        self._bound: tuple[str, int] | None = None
        self._spaces = MemoryVectorSpaces(self._rows)
        self._admin = MemoryIndexAdmin(self._samples, lambda: len(self._rows))

    async def bind(self, embedder: str, dimensions: int) -> None:
        self._spaces.check(embedder, dimensions)
        self._bound = (embedder, dimensions)

    async def put(self, entries: Sequence[Entry]) -> None:
        serving = self._spaces.serving
        if self._bound is not None and self._bound != serving:
            raise self._spaces.changed(self._bound)
        self._rows.update({entry.job.id: self._row(entry, serving) for entry in entries})

    def _row(self, entry: Entry, serving: Named | None) -> Row:
        kept = self._rows.get(entry.job.id)
        vectors = dict(kept.vectors) if kept else {}
        if kept and kept.fingerprint.text != entry.fingerprint.text:
            vectors = {space: vector for space, vector in vectors.items() if space == serving}
        if entry.vector is not None:
            vectors[serving] = entry.vector
        return Row(entry.job, entry.job.summary(), entry.fingerprint, vectors, lexemes(words.of_job(entry.job)))

    async def remove(self, ids: Sequence[str]) -> int:
        return sum(self._rows.pop(job_id, None) is not None for job_id in dict.fromkeys(ids))

    async def purge(self, *, expired_before: datetime) -> int:
        latest = min(expired_before, datetime.now(UTC))
        ends = {job_id: row.job.expires_at for job_id, row in self._rows.items()}
        return await self.remove([job_id for job_id, end in ends.items() if end is not None and end <= latest])

    async def fingerprints(self, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
        return {job_id: self._rows[job_id].fingerprint for job_id in ids if job_id in self._rows}

    async def count(self) -> int:
        return len(self._rows)

    async def unsearchable(self, keywords: Sequence[str]) -> frozenset[str]:
        return words.unsearchable(keywords)

    def check(self, filters: Filters) -> None:
        words.check(filters)
        if self._metadata_fields is not None:
            check_names(filters.metadata, self._metadata_fields)

    async def record(self, job_ids: Sequence[str], kind: InteractionKind, *, owner: str) -> None:
        self._interactions |= {(owner, job_id, kind): datetime.now(UTC) for job_id in job_ids}

    async def unrecord(self, *, owner: str | None, recorded_before: datetime | None) -> int:
        gone = [
            key
            for key, moment in self._interactions.items()
            if owner in (None, key[0]) and (recorded_before is None or moment <= recorded_before)
        ]
        for key in gone:
            del self._interactions[key]
        return len(gone)

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        matching = sum(1 for _ in self._passing(filters))
        total, calibration = len(self._rows), self._admin.calibration
        return Survey(matching=matching, total=total, strategy=Exact(), calibration=calibration)

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        if not np.isfinite(query.vector).all():
            raise InvalidInput("vector", "has entries that are not finite numbers")
        rows = [row for row in self._passing(query.filters) if not self._done(row.job, query)]
        nearest = sorted(self._similarities(rows, query.vector))[: plan.fetch]
        keywords = phrases(query.keywords)
        hits = tuple(_hit(rows[row], -distance, keywords) for distance, _, row in nearest)
        return SearchResult(hits=hits, complete=True, plan=attrs.evolve(plan, method=Method.EXACT, effort=0))

    def _passing(self, filters: Filters) -> Iterator[Row]:
        self.check(filters)
        space, passes = self._searched(), Passing(filters)
        for row in self._rows.values():
            if space in row.vectors and passes(row.job, row.text):
                yield row

    def _done(self, job: Job, query: SearchQuery) -> bool:
        """Whether the owner has had to do with a job in a way that excludes it."""
        kinds, days = query.filters.exclude_interactions, query.filters.cool_down_days
        times = [self._interactions.get((query.owner or "", job.id, kind)) for kind in kinds]
        return any(time is not None and (days is None or time > ago(days)) for time in times)

    def _searched(self) -> Named | None:
        """Return whose vectors are searched.

        Raises:
            Incompatible: they are gone.
        """
        if self._bound is not None and self._bound not in self._spaces.searchable:
            raise self._spaces.changed(self._bound)
        return self._bound or self._spaces.serving

    def _samples(self) -> Iterator[Sample]:
        space = self._searched()
        for row in self._passing(Filters()):
            yield Sample(job=row.summary, vector=row.vectors[space])

    def _similarities(self, rows: Sequence[Row], vector: "Vector") -> Iterator[tuple[float, str, int]]:
        """Yield (negated cosine, id, row number), which sort as hits do."""
        if not rows:
            return
        space = self._searched()
        stored = np.stack([row.vectors[space] for row in rows])
        if stored.shape[1:] != vector.shape:
            raise InvalidInput("vector", f"has shape {vector.shape}, the index needs {stored.shape[1:]}")
        for number, (row, cosine) in enumerate(zip(rows, stored @ vector, strict=True)):
            yield -float(cosine), row.job.id, number

    @property
    def spaces(self) -> VectorSpaces:
        return self._spaces

    @property
    def admin(self) -> IndexAdmin:
        return self._admin

    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> Sequence[str]:
        """There is nothing to build: a dictionary is searched exactly, whatever the strategy."""
        if progress:
            progress(1.0, "ready")
        return ()


def _hit(row: Row, similarity: float, keywords: Sequence[Lexemes]) -> Hit:
    return Hit(job=row.summary, similarity=similarity, keywords=found(row.text, keywords))
