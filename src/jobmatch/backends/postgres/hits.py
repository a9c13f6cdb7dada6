"""Rows of a search as `Hit`."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from jobmatch.model import JobSummary
from jobmatch.ports import Hit

#: Summaries kept decoded, about a kilobyte each: the postings that many people fit come up again and again.
DECODED = 8_192
_decode = msgspec.json.Decoder(JobSummary).decode


@lru_cache(DECODED)
def _job(summary: str) -> JobSummary:
    return _decode(summary)


def hits(rows: Sequence[tuple[Any, ...]]) -> tuple[Hit, ...]:
    """Return the hits of rows of (summary, distance, flag, …)."""
    return tuple(Hit(job=_job(row[0]), similarity=1.0 - row[1], keywords=row[2:]) for row in rows)
