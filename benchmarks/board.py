"""Postings with filters of known selectivity: by day, which tells nothing of the text, and by pay, which tells all.

The pay of a posting follows how near its vector is to one direction. To ask for the best paid is thus to ask for one
corner of the vectors, and most people's jobs are elsewhere: the worst that a filter can do to a vector index.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import attrs
import numpy as np
from material import jobs

from jobmatch import Filters, Job, Pay
from jobmatch.backends.embedders.wordllama import embed
from jobmatch.composing import BODY_CHARACTERS, unit
from jobmatch.sample import resumes

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 0.0001)
FIRST_DAY, DAYS = datetime(2026, 1, 1, tzinfo=UTC), 300
LEAST_PAY, PAY_SPAN = 20_000, 100_000
_CHUNK = 2_000


@attrs.define
class Board:
    """Yields the postings, once, and then knows which filter lets through how much.

    Arguments:
        count: number of postings.
    """

    count: int
    _days: list[float] = attrs.field(factory=list, init=False)
    _pays: list[float] = attrs.field(factory=list, init=False)

    def postings(self) -> Iterator[Job]:
        """Yield them with their vectors."""
        source, rng = jobs(self.count), np.random.default_rng(5)
        while chunk := list(islice(source, _CHUNK)):
            vectors = _vectors(chunk)
            for job, vector, day in zip(chunk, vectors, rng.random(len(chunk)), strict=True):
                yield self._placed(job, vector, float(day))

    def know(self) -> None:
        """Learn which filter lets through how much, without the postings: a server has them already."""
        for _ in self.postings():
            pass

    def _placed(self, job: Job, vector: "Vectors", day: float) -> Job:
        pay = LEAST_PAY + PAY_SPAN * float(vector @ _DIRECTION + 1) / 2
        self._days.append(day)
        self._pays.append(pay)
        return attrs.evolve(
            job,
            vector=vector.tolist(),
            posted_at=FIRST_DAY + timedelta(days=DAYS * day),
            expires_at=None,
            pay=Pay(minimum=pay, maximum=pay),
        )

    def uncorrelated(self, share: float, number: float = 0) -> Filters:
        """Return a filter that lets through about *share* of the postings, whatever they are about; none if all.

        Arguments:
            share: 0 to 1.
            number: of the question: no two ask for quite the same, so that no estimate is remembered from another;
                between those of two others for one of which the answer is not wanted.
        """
        if share == 1:
            return Filters()
        day = float(np.quantile(self._days, 1 - share * _varied(number)))
        return Filters(posted_after=FIRST_DAY + timedelta(days=DAYS * day))

    def correlated(self, share: float, number: float = 0) -> Filters:
        """Return a filter that lets through about *share*, all of them about the same."""
        if share == 1:
            return Filters()
        return Filters(salary_min=float(np.quantile(self._pays, 1 - share * _varied(number))))


def people(count: int, *, seed: int = 9) -> "Vectors":
    """Return the vectors of résumés of all occupations, shape (count, 256)."""
    return unit(embed([person["text"] for person in resumes(count, seed=seed)]))


def _vectors(chunk: list[Job]) -> "Vectors":
    embedded = embed([*(job.title for job in chunk), *(job.description[:BODY_CHARACTERS] for job in chunk)])
    return unit(embedded[: len(chunk)] + embedded[len(chunk) :])


def _varied(number: float) -> float:
    return 1 - 0.02 * (number % 50) / 50


_DIRECTION = people(1)[0]
