"""Rows of a search as `Hit`."""

from collections.abc import Sequence
from typing import Any

import msgspec

from jobmatch.model import JobSummary
from jobmatch.ports import Hit

_decode = msgspec.json.Decoder(list[JobSummary]).decode


def hits(rows: Sequence[tuple[Any, ...]]) -> tuple[Hit, ...]:
    """Return the hits of rows of (summary, distance, flag, …)."""
    # One document for all: decoding each by itself takes longer.
    jobs = _decode(f"[{','.join(row[0] for row in rows)}]")
    return tuple(Hit(job=job, similarity=1.0 - row[1], keywords=row[2:]) for job, row in zip(jobs, rows, strict=True))
