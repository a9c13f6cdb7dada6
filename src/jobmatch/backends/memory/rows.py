"""A posting as `MemoryJobIndex` keeps it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from jobmatch.model import Fingerprint, Job, JobSummary

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Name and dimensions of an embedder.
Named = tuple[str, int]


@frozen
class Row:
    """A posting with its vectors, by embedder; None is the embedder of an index that is not bound."""

    job: Job
    summary: JobSummary
    fingerprint: Fingerprint
    vectors: "Mapping[Named | None, Vector]"
    text: Sequence[str | None]
