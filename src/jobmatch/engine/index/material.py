"""`Material`: the questions of one measurement, with and without filters."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from attrs import frozen

from jobmatch.composing import embed_request
from jobmatch.engine.given import requests_of
from jobmatch.engine.index.bands import Filtered, banded, filtered
from jobmatch.engine.index.questions import Question, filters_of, vectors_like
from jobmatch.errors import NotFound
from jobmatch.model import MAX_RESULTS, MatchRequest, fields
from jobmatch.ports import Embedder, JobIndex, Sample

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Postings to take filters from, at least, and questions in each band, at least.
SAMPLES, PER_BAND = 100, 10
#: Made-up questions without filters for each in a band, so that whoever asks for many has many there, too.
FOR_EACH = 20
#: Into a table of somebody's own nothing is imported.
_NOTHING = (
    "there are no postings that a search can find; import some: jobmatch import FILE; or, if the table is your own, add"
    " rows to it that have a vector and have not expired"
)


@frozen(kw_only=True)
class Material:
    """What to measure with.

    Arguments:
        plain: questions without filters.
        bands: questions with filters, by the share of the postings that pass, the widest first.
    """

    plain: Sequence[Question]
    bands: dict[float, list[Filtered]]

    @property
    def filtered(self) -> list[Filtered]:
        """The questions with filters."""
        return list(chain.from_iterable(self.bands.values()))


async def gather(
    jobs: JobIndex, embedder: Embedder, *, requests: Sequence[MatchRequest], count: int, k: int
) -> Material:
    """Return what to measure an index with.

    Arguments:
        jobs: the index.
        embedder: makes vectors of the requests.
        requests: as people make them, with their filters; without any, questions are made up from postings.
        count: how many to make up.
        k: number of nearest to look for.

    Raises:
        NotFound: there are no postings that a search can find.
    """
    _check(count, k)
    requests = requests_of(requests)
    samples = await jobs.admin.sample(max(count, SAMPLES))
    if not samples:
        raise NotFound(_NOTHING)
    asked = [Question(vector=await embed_request(embedder, one), filters=one.filters) for one in requests]
    vectors = [question.vector for question in asked] or vectors_like(samples[:count])
    plain = [Question(vector=vector) for vector in vectors]
    per_band = max(PER_BAND, count // FOR_EACH)
    return Material(plain=plain, bands=await _bands(jobs, asked, vectors, samples, per_band=per_band))


async def _bands(
    jobs: JobIndex,
    asked: Iterable[Question],
    vectors: "Sequence[Vector]",
    samples: Sequence[Sample],
    *,
    per_band: int,
) -> dict[float, list[Filtered]]:
    """Return the questions that have filters; if none has, such with made-up ones."""
    if narrow := [question for question in asked if question.filters]:
        return banded([await Filtered.of(jobs, question) for question in narrow])
    made_up = filters_of([sample.job for sample in samples])
    return await filtered(jobs, vectors, made_up, per_band=per_band)


def _check(count: int, k: int) -> None:
    fields.count("k", k, 1, MAX_RESULTS)
    fields.count("count", count, 1, MAX_RESULTS)
