"""What an engine does with tasks."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from jobmatch.callbacks import check_callback
from jobmatch.engine.answer import Answerer
from jobmatch.engine.given import check, check_request, state_of, task_id_of
from jobmatch.engine.openness import Openness
from jobmatch.engine.tasks import Tasks
from jobmatch.errors import InvalidInput
from jobmatch.model import MatchRequest, Page, Task, TaskState
from jobmatch.model.keys import check_owner
from jobmatch.model.pages import check_limit
from jobmatch.ports import Notifier, TaskStore


class TaskVerbs(Openness):
    """The part of `MatchEngine` that is about tasks."""

    _store: TaskStore
    _tasks: Tasks
    _answerer: Answerer
    _notifiers: Sequence[Notifier]

    async def submit(
        self, request: MatchRequest, *, owner: str, key: str | None = None, connection: object | None = None
    ) -> Task:
        """Start a match in the background and return its task at once.

        Arguments:
            request: the question.
            owner: whose task it is; nobody else can see it.
            key: makes it safe to ask again: the same key gives the same task, started once.
            connection: your own, psycopg's or SQLAlchemy's: the task takes part in its transaction. It starts when
                that is committed, and never was when it is rolled back. A runner that keeps its queue in the database
                needs psycopg below SQLAlchemy's, too.

        Raises:
            Overloaded: too many tasks wait; nothing was submitted. A task with a key stays: ask again with the key.
            KeyReused: the key came with another request before, or for another index.
            InvalidInput: a filter cannot be applied to this index, nobody here would call the callback URL, or the
                connection is of another kind.
        """
        self._require_open()
        if owner is None:  # as a caller without types may have it
            raise InvalidInput("owner", "must be given: whose task it is")
        check_request(request)
        self._answerer.check(request.filters, owner)
        check_callback(request, self._notifiers)
        return await self._tasks.submit(request, owner=owner, key=key, connection=connection)

    async def run(self, task_id: str) -> None:
        """Carry out a task. Runners call this; it never raises."""
        await self._tasks.run(task_id)

    async def status(self, task_id: str | UUID, *, owner: str | None) -> Task:
        """Return a task as it stands.

        Arguments:
            task_id: the task, by its id: a UUID or its text.
            owner: whose it is; None for anybody's, for operators only.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """
        self._require_open()
        return await self._store.get(task_id_of(task_id, owner), owner=owner)

    async def wait(self, task_id: str | UUID, *, owner: str, timeout: float) -> Task:  # noqa: ASYNC109
        """Return a task as soon as it is final.

        Arguments:
            task_id: the task, by its id: a UUID or its text.
            owner: whose it is.
            timeout: seconds to wait at most; 0 to look once, which may itself take a moment.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
            InvalidInput: the time is not a number.
            TimedOut: it is not final yet; it goes on, and can be waited for again.
        """
        self._require_open()
        return await self._tasks.wait(task_id_of(task_id, owner), owner=owner, seconds=timeout)

    def events(self, task_id: str | UUID, *, owner: str) -> AsyncGenerator[Task]:
        """Iterate over a task as it stands now and after each change, the last of which is final.

        Of changes that follow one another fast only the latest may be seen.

        Arguments:
            task_id: the task, by its id: a UUID or its text.
            owner: whose it is.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """
        self._require_open()
        return self._tasks.events(task_id_of(task_id, owner), owner=owner)

    async def results(self, task_id: str | UUID, *, owner: str, limit: int = 25, cursor: str | None = None) -> Page:
        """Return a page of a completed task's matches; see `TaskStore.results`."""
        self._require_open()
        check_limit(limit)
        return await self._store.results(task_id_of(task_id, owner), owner=owner, limit=limit, cursor=cursor)

    async def cancel(self, task_id: str | UUID, *, owner: str | None, strict: bool = False) -> Task:
        """Cancel a task unless it is final; return it as it then is.

        Arguments:
            task_id: the task, by its id: a UUID or its text.
            owner: whose it is; None for anybody's, for operators only.
            strict: whether it is an error that the task is final already.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
            AlreadyFinal: it had ended before, or was cancelled before.
        """
        self._require_open()
        check("strict", strict, fits=isinstance(strict, bool), allowed="True or False")
        return await self._tasks.cancel(task_id_of(task_id, owner), owner=owner, strict=strict)

    async def retry(self, task_id: str | UUID, *, owner: str | None) -> Task:
        """Start a task again that failed or was cancelled; see `TaskStore.retry`."""
        self._require_open()
        return await self._tasks.retry(task_id_of(task_id, owner), owner=owner)

    async def purge(self, *, age: float | None = None) -> int:
        """Remove tasks that have ended, with their results, and return how many.

        Arguments:
            age: seconds since they ended, at least; None for as long as tasks are kept anyway.

        Raises:
            InvalidInput: no number of seconds from 0 to about a century.
        """
        self._require_open()
        return await self._tasks.purge(age=age)

    async def list(
        self, *, owner: str | None, limit: int = 25, cursor: str | None = None, state: TaskState | None = None
    ) -> tuple[Sequence[Task], str | None]:
        """Return tasks, newest first; see `TaskStore.list`."""
        self._require_open()
        check_limit(limit)
        check_owner(owner)
        return await self._store.list(owner=owner, limit=limit, cursor=cursor, state=state_of(state))
