"""Rows of a search as `Hit`."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from jobmatch.backends.postgres.strategies import Metric
from jobmatch.errors import Incompatible
from jobmatch.model import JobSummary
from jobmatch.ports import Hit

#: The posting of a stored summary. To keep them decoded does not pay: it keeps the garbage collector busy instead.
job = msgspec.json.Decoder(JobSummary).decode
#: Characters of an id that a message repeats.
SHOWN = 80


def hits(rows: Sequence[tuple[Any, ...]], metric: Metric = Metric.COSINE, *, shown: bool = False) -> tuple[Hit, ...]:
    """Return the hits of rows of (summary, distance, rank, flag, …), or (summary, distance, rank, cosine distance,
    flag, …).

    Arguments:
        rows: of a search.
        metric: by which the distances are.
        shown: whether each row has room for its vector before the flags.

    Raises:
        Incompatible: a posting is not what one of ours can be; names it.
    """
    flags = 4 if shown else 3
    try:
        if metric is Metric.COSINE:
            return tuple([Hit(job(row[0]), 1.0 - row[1], row[flags:]) for row in rows])
        return tuple([Hit(job(row[0]), 1.0 - row[3], row[4:], nearness=-row[1]) for row in rows])
    except msgspec.ValidationError:
        raise next(_unreadable(rows)) from None


def _unreadable(rows: Sequence[tuple[Any, ...]]) -> Iterator[Incompatible]:
    """Yield an error for each posting that cannot be read."""
    for summary, *_ in rows:
        try:
            job(summary)
        except msgspec.ValidationError as error:
            name = str(msgspec.json.decode(summary).get("id"))[:SHOWN]
            yield Incompatible(f"the posting {name!r} cannot be shown ({error}); correct it, or leave it out")
