"""`TaskStore`: the only truth about a task and its result."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from jobmatch.model import Claim, MatchRequest, Page, Result, Task, TaskError, TaskState
from jobmatch.ports.resource import Resource


@frozen(kw_only=True)
class Change:
    """A task got into another state, wherever that was done."""

    task_id: str
    state: TaskState


#: Told of changes: of one, or with None that some may have been missed.
Heard = Callable[[Change | None], None]


class TaskStore(Resource):
    """The only truth about a task and its result.

    A task is asked for by its id, the text of a UUID in any spelling that `uuid.UUID` reads. It belongs to its owner:
    asking with another owner's name is asking for nothing. It is for one index, whose `JobIndex.scope` it has: only
    who works with that index takes it up, but it is read by its owner's name, whatever index it is for. Times are UTC.
    A store logs each change of state that it makes in one line that holds no more of it than the id:
    `telemetry.task_changed`.
    """

    async def check(self) -> None:
        """See whether tasks can be created now.

        Raises:
            Unavailable: they cannot; says what to do.
            SchemaOutdated: the tables are not there, or of an older release.
            Incompatible: the tables are of a newer release.
        """
        return

    @abstractmethod
    async def create(
        self,
        request: MatchRequest,
        *,
        owner: str,
        key: str | None = None,
        connection: object | None = None,
        scope: str = "",
    ) -> Task:
        """Store a new pending task, or return the one that the owner created with this key.

        Arguments:
            request: what is to be done.
            owner: whose task it is.
            key: of the caller's choice, 1 to 255 characters; the same key gives the same task as long as that is kept.
            connection: the caller's own, psycopg's or SQLAlchemy's, synchronous or not: the task takes part in its
                transaction, and is not there unless that is committed.
            scope: the index that the request is for.

        Raises:
            KeyReused: the key came with another request before, or for another index.
            InvalidInput: the key is too long or empty, or the store cannot take part in such a transaction.
        """

    @abstractmethod
    async def get(self, task_id: str, *, owner: str | None) -> Task:
        """Return a task.

        Arguments:
            task_id: the task.
            owner: whose it is; None for anybody's, for operators only.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """

    @abstractmethod
    async def list(
        self, *, owner: str | None, limit: int, cursor: str | None = None, state: TaskState | None = None
    ) -> tuple[Sequence[Task], str | None]:
        """Return tasks, newest first, and the cursor of the next page, None at the end.

        Arguments:
            owner: whose; None for everybody's, for operators only.
            limit: at most this many, 1 to 1,000.
            cursor: where the page starts, from the page before.
            state: only tasks in this state.
        """

    @abstractmethod
    async def counts(self, *, owner: str | None = None, final: bool = True) -> Mapping[TaskState, int]:
        """Return how many tasks there are in each state.

        Arguments:
            owner: whose; None for everybody's.
            final: whether those are counted that have ended, too.
        """

    @abstractmethod
    async def claim(
        self, task_id: str, *, lease: float, attempts: int, lost: bool = True, scope: str = ""
    ) -> Claim | Task | None:
        """Take up a task that is pending and not put off, or processing with a lease that ran out.

        Arguments:
            task_id: the task.
            lease: seconds for which nobody else can claim it.
            attempts: how often it may be taken up, this time included.
            lost: whether it may be one whose lease ran out. It may have taken its process with it, so a process that
                has taken up one of them leaves the others alone meanwhile.
            scope: the index that is worked with; what is for another is not to be had.

        Returns:
            A claim; or the task, if this was once too often and it has failed with `WORKER_LOST`; or None if it is not
            to be had.
        """

    @abstractmethod
    async def heartbeat(self, claim: Claim, *, lease: float, progress: float = 0.0, stage: str | None = None) -> bool:
        """Renew the lease from now. False if the claim is stale: stop working.

        Arguments:
            claim: what is held.
            lease: seconds for which nobody else can claim the task.
            progress: part done, 0 to 1.
            stage: a word for where the work stands.
        """

    @abstractmethod
    async def finish(self, claim: Claim, result: Result) -> bool:
        """Complete the task with its result. False, and nothing changes, if the claim is stale."""

    @abstractmethod
    async def fail(self, claim: Claim, error: TaskError, *, retry_in: float | None = None) -> bool:
        """End an attempt without a result. False, and nothing changes, if the claim is stale.

        Arguments:
            claim: what is held.
            error: why.
            retry_in: seconds for which the task is put off, pending again; None if it has failed for good.
        """

    @abstractmethod
    async def release(self, claim: Claim) -> bool:
        """Hand a task back as pending, the attempt not counted. False, and nothing changes, if the claim is stale."""

    @abstractmethod
    async def cancel(self, task_id: str, *, owner: str | None) -> Task:
        """Cancel a task unless it is final; return it as it then is.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """

    @abstractmethod
    async def withdraw(self, task_id: str) -> bool:
        """Remove a task that nobody has begun, as if it had never been submitted.

        False, and nothing changes, if somebody has.
        """

    @abstractmethod
    async def retry(self, task_id: str, *, owner: str | None) -> Task:
        """Make a task that failed or was cancelled pending again, as if new; return any task as it then is.

        It stays for the index that it was for, whoever asks.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """

    @abstractmethod
    async def due(self, *, limit: int, idle: float = 0.0, scope: str = "") -> Sequence[str]:
        """Return ids of pending tasks that can be claimed now, oldest first.

        Arguments:
            limit: at most this many.
            idle: seconds for which they have been left alone, at least.
            scope: the index that they are for.
        """

    @abstractmethod
    async def lost(self, *, limit: int, scope: str = "") -> Sequence[str]:
        """Return ids of tasks for an index under way whose lease ran out, *limit* at most, oldest first."""

    @abstractmethod
    async def purge(self, *, age: float, limit: int = 1_000) -> int:
        """Remove final tasks with their results, and return how many.

        Arguments:
            age: seconds since they became final, at least.
            limit: at most this many, so that nobody waits for it; call again while it returns as many.
        """

    @abstractmethod
    async def listen(self, heard: Heard) -> None:
        """Tell of changes of state, made in this process or another, until cancelled.

        What is told is a hint: a change may be missed, and whoever waits for one looks at the store from time to time.
        A lost connection is made anew.

        Arguments:
            heard: called with each change, and with None as soon as the store listens, and listens again.
        """

    @abstractmethod
    async def results(self, task_id: str, *, owner: str, limit: int, cursor: str | None = None) -> Page:
        """Return a page of the stored snapshot of a completed task.

        Arguments:
            task_id: the task.
            owner: whose it is.
            limit: at most this many matches, 1 to 1,000.
            cursor: where the page starts, from the page before.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
            TaskNotCompleted: it is still under way.
            TaskFailed: it ended without a result.
            InvalidInput: the cursor is not one of ours.
        """
