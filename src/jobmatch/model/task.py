"""A match under way: `Task`, its states, and what a worker holds while it works on one."""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from jobmatch.model.match import Diagnostics, Match
from jobmatch.model.request import MatchRequest


class TaskState(StrEnum):
    """pending → processing → completed | failed | cancelled."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return self in {TaskState.COMPLETED, TaskState.FAILED, TaskState.CANCELLED}


@frozen(kw_only=True)
class TaskError:
    """Why a task failed.

    Arguments:
        code: for programs, e.g. ``database_unavailable``.
        message: for people; no private text.
    """

    code: str
    message: str


@frozen(kw_only=True)
class Task:
    """A submitted match, as the store knows it.

    Arguments:
        id: unguessable, 122 random bits.
        owner: who may see it.
        state: where it stands.
        created_at: when it was submitted, UTC.
        updated_at: when it last changed, UTC.
        started_at: when a worker first took it up.
        finished_at: when it became final.
        attempts: how often a worker took it up.
        error: why it failed, if it did.
        total: matches in the result; None until completed.
    """

    id: str
    owner: str
    state: TaskState
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    error: TaskError | None = None
    total: int | None = None


@frozen(kw_only=True)
class Claim:
    """A worker's lease on a task.

    Arguments:
        task_id: the task.
        owner: whose task it is.
        request: what is to be done.
        token: fences the result; a newer claim makes it stale.
        attempts: which attempt this is, from 1.
    """

    task_id: str
    owner: str
    request: MatchRequest
    token: str
    attempts: int


@frozen(kw_only=True)
class Result:
    """The ranked snapshot that a task leaves behind."""

    matches: tuple[Match, ...]
    diagnostics: Diagnostics
