"""A match under way: `Task`, its states, and what a worker holds while it works on one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attrs import field, frozen

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


def uuid_or_none(value: str | UUID) -> UUID | None:
    """Return the id of a task, or a claim's token, however it is spelled; None if it can be none."""
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError:
        return None


@frozen(kw_only=True)
class TaskError:
    """Why a task failed, or the last attempt at it.

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
        id: unguessable, 122 random bits: a UUID.
        owner: who may see it.
        state: where it stands.
        created_at: when it was submitted, UTC.
        updated_at: when it last changed, UTC.
        started_at: when a worker first took it up; after a retry, when one did so anew.
        finished_at: when it became final.
        attempts: how often a worker took it up; not counted is what it handed back.
        error: why it failed; of a task that is tried again, why the last attempt did.
        total: matches in the result; None until completed.
        callback_url: told when it ends; may hold a secret of the owner.
        not_before: when it is tried again, if it is put off.
        progress: part done as last heard of, 0 to 1.
        stage: a word for where the work stands.
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
    callback_url: str | None = field(default=None, repr=False)
    not_before: datetime | None = None
    progress: float = 0.0
    stage: str | None = None


#: Of a task whose workers all vanished, the last one that it was allowed included.
WORKER_LOST = TaskError(
    code="worker_lost", message="every worker that took it up stopped without a word; it is not tried again"
)


@frozen(kw_only=True)
class Claim:
    """A worker's lease on a task.

    Arguments:
        task_id: the task.
        owner: whose task it is.
        request: what is to be done; None if what is stored cannot be read.
        token: fences the result; a newer claim makes it stale.
        attempts: which attempt this is, from 1.
    """

    task_id: str
    owner: str
    request: MatchRequest | None
    token: str
    attempts: int


@frozen(kw_only=True)
class Result:
    """The ranked snapshot that a task leaves behind."""

    matches: tuple[Match, ...]
    diagnostics: Diagnostics
