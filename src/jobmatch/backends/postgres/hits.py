"""Rows of a search as `Hit`."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from jobmatch.backends.postgres.strategies import Metric
from jobmatch.model import JobSummary
from jobmatch.ports import Hit

#: Summaries kept decoded, about a kilobyte each: the postings that many people fit come up again and again.
DECODED = 8_192
_decode = msgspec.json.Decoder(JobSummary).decode


@lru_cache(DECODED)
def job(summary: str) -> JobSummary:
    """Return the posting of a stored summary."""
    return _decode(summary)


def hits(rows: Sequence[tuple[Any, ...]], metric: Metric = Metric.COSINE) -> tuple[Hit, ...]:
    """Return the hits of rows of (summary, distance, flag, …), or (summary, distance, cosine distance, flag, …)."""
    if metric is Metric.COSINE:
        return tuple([Hit(job(row[0]), 1.0 - row[1], row[2:]) for row in rows])
    return tuple([Hit(job(row[0]), 1.0 - row[2], row[3:], nearness=-row[1]) for row in rows])
