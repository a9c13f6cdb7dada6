"""`MemoryJobIndex`: a dictionary and a scalar product."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from jobmatch.backends.memory.conditions import has_keyword, passes
from jobmatch.backends.memory.lexicon import lexemes
from jobmatch.errors import Incompatible, InvalidInput
from jobmatch.model import Exact, Filters, Fingerprint, IndexStrategy, Job, JobSummary, Method, Plan
from jobmatch.ports import Entry, Hit, JobIndex, Progress, SearchQuery, SearchResult, Survey

if TYPE_CHECKING:
    from jobmatch.ports import Vector


@attrs.frozen
class _Row:
    job: Job
    summary: JobSummary
    fingerprint: Fingerprint
    vector: "Vector | None"
    text: Sequence[str | None]


class MemoryJobIndex(JobIndex):
    """Holds everything in this process; every search is exact."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._space: tuple[str, int] | None = None

    async def bind(self, embedder: str, dimensions: int) -> None:
        self._space = self._space or (embedder, dimensions)
        if self._space != (embedder, dimensions):
            raise Incompatible(
                f"the index holds vectors of {self._space[0]}, not of {embedder}: import into a new index"
            )

    async def put(self, entries: Sequence[Entry]) -> None:
        self._rows |= {entry.job.id: self._row(entry) for entry in entries}

    def _row(self, entry: Entry) -> _Row:
        kept = self._rows.get(entry.job.id)
        vector = entry.vector if entry.vector is not None else kept.vector if kept else None
        text = " . ".join((entry.job.title, *entry.job.skills, entry.job.description))
        return _Row(entry.job, entry.job.summary(), entry.fingerprint, vector, lexemes(text))

    async def remove(self, ids: Sequence[str]) -> int:
        return sum(self._rows.pop(job_id, None) is not None for job_id in dict.fromkeys(ids))

    async def fingerprints(self, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
        return {job_id: self._rows[job_id].fingerprint for job_id in ids if job_id in self._rows}

    async def count(self) -> int:
        return len(self._rows)

    async def survey(self, filters: Filters) -> Survey:
        matching = sum(1 for _ in self._passing(filters))
        return Survey(matching=matching, total=len(self._rows), strategy=Exact())

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        rows = list(self._passing(query.filters))
        nearest = sorted(_similarities(rows, query.vector))[: plan.fetch]
        hits = tuple(_hit(rows[row], -distance, query) for distance, _, row in nearest)
        return SearchResult(hits=hits, complete=True, plan=attrs.evolve(plan, method=Method.EXACT, effort=0))

    def _passing(self, filters: Filters) -> Iterator[_Row]:
        for row in self._rows.values():
            if row.vector is not None and passes(row.job, row.text, filters):
                yield row

    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> None:
        """There is nothing to build: a dictionary is searched exactly, whatever the strategy."""
        if progress:
            progress(1.0, "ready")


def _similarities(rows: Sequence[_Row], vector: "Vector") -> Iterator[tuple[float, str, int]]:
    """Yield (negated cosine, id, row number), which sort as hits do."""
    if not rows:
        return
    stored = np.stack([row.vector for row in rows if row.vector is not None])
    if stored.shape[1:] != vector.shape:
        raise InvalidInput("vector", f"has shape {vector.shape}, the index needs {stored.shape[1:]}")
    for number, (row, cosine) in enumerate(zip(rows, stored @ vector, strict=True)):
        yield -float(cosine), row.job.id, number


def _hit(row: _Row, similarity: float, query: SearchQuery) -> Hit:
    keywords = tuple(has_keyword(row.text, keyword) is True for keyword in query.keywords)
    return Hit(job=row.summary, similarity=similarity, keywords=keywords)
