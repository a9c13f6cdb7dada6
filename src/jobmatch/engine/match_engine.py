"""`MatchEngine`: the one path that a request takes.

submit:  TaskStore.create → TaskRunner.enqueue → the pending task, at once
work:    TaskRunner → Worker: TaskStore.claim → Answerer → TaskStore.finish (fenced) → Notifier
match:   Answerer: cache → embed → survey → plan → JobIndex.search → rank
read:    status, results → TaskStore, never the runner, never the cache
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self
from uuid import UUID

from jobmatch.caching import ResultCache, cache_from_url
from jobmatch.callbacks import check_callback
from jobmatch.engine.answer import Answerer
from jobmatch.engine.given import (
    check,
    check_jobs,
    check_parts,
    check_progress,
    check_request,
    job_ids_of,
    kind_of,
    recorded_of,
    settings_of,
    state_of,
    task_id_of,
)
from jobmatch.engine.index import VectorIndex
from jobmatch.engine.intake import BATCH_SIZE, LARGEST_BATCH, Importer, ImportReport, Report
from jobmatch.engine.lifetime import lifetime, running_loop
from jobmatch.engine.tasks import Tasks
from jobmatch.engine.watching import RecallWatch
from jobmatch.engine.work import Worker
from jobmatch.errors import InvalidInput, NotOpen, Stopped
from jobmatch.model import Explained, Filters, InteractionKind, Job, MatchRequest, Page, Task, TaskState, fields
from jobmatch.model.fields import called
from jobmatch.model.keys import check_owner
from jobmatch.model.pages import check_limit, page_of
from jobmatch.model.policy import TaskPolicy
from jobmatch.plugins import Backends
from jobmatch.ports import Embedder, JobIndex, Notifier, TaskRunner, TaskStore
from jobmatch.settings import Settings

DEFAULT_POLICY = TaskPolicy()


class MatchEngine:
    """Matches profiles against postings, as tasks or in place.

    Open it with ``async with``; that opens its parts, and leaving closes them. It works in the event loop that opened
    it: while it is not open there, whatever is asked of it raises `NotOpen`. For threads there is `SyncMatchEngine`.

    Arguments:
        jobs: holds postings with vectors.
        tasks: holds tasks and their results.
        runner: executes tasks.
        embedder: turns texts into vectors.
        cache: keeps finished answers; None for no cache.
        notifiers: called with every task that a worker of this engine has ended.
        executes: whether this process carries out tasks, its own and those that others left behind; None for yes,
            unless the runner is durable: then others do.
        policy: how long, how often and how patiently a task is worked on.
        recall_sample: share of the searches that are checked against comparing everything, beside answering, 0 to 1;
            what they found is the metric ``matching_service.recall``.
    """

    def __init__(
        self,
        *,
        jobs: JobIndex,
        tasks: TaskStore,
        runner: TaskRunner,
        embedder: Embedder,
        cache: ResultCache | None = None,
        notifiers: Sequence[Notifier] = (),
        executes: bool | None = None,
        policy: TaskPolicy = DEFAULT_POLICY,
        recall_sample: float = 0.0,
    ) -> None:
        check_parts(
            jobs=jobs, tasks=tasks, runner=runner, embedder=embedder, cache=cache, notifiers=notifiers, policy=policy
        )
        fields.within("recall_sample", recall_sample, 0, 1)
        self._jobs = jobs
        self._store = tasks
        self._embedder = embedder
        self._notifiers = notifiers
        self._watch = RecallWatch(jobs, share=recall_sample)
        self._answerer = Answerer(jobs=jobs, embedder=embedder, cache=cache, watch=self._watch)
        self._index = VectorIndex(jobs, embedder)
        self._tasks = Tasks(
            store=tasks,
            runner=runner,
            worker=Worker(tasks=tasks, jobs=jobs, answerer=self._answerer, notifiers=notifiers, policy=policy),
            jobs=jobs,
            policy=policy,
            executes=not runner.durable if executes is None else executes,
        )
        self._opening: AbstractAsyncContextManager[None] = nullcontext()
        self._open = False
        self._ended = ""
        self._loop: object = None

    @classmethod
    def from_settings(cls, settings: Settings | None = None, *, executes: bool | None = None) -> Self:
        """Make an engine as the environment says.

        Arguments:
            settings: instead of `Settings.load`.
            executes: whether this process carries out tasks, as for the class.

        Raises:
            InvalidSettings: a variable has a value that is not allowed.
            MissingExtra: a backend needs a distribution that is not installed.
        """
        settings = settings_of(settings)
        backends = Backends(settings)
        return cls(
            jobs=backends.make("index", settings.backend),
            tasks=backends.with_tasks("tasks"),
            runner=backends.make("runner", settings.runner),
            embedder=backends.make("embedder", settings.embedder),
            notifiers=[backends.make("notifier", "webhook")] if settings.webhook_secrets else (),
            cache=cache_from_url(settings.cache_url, settings.cache_ttl, space=settings.space()),
            executes=executes,
            policy=settings.policy(),
            recall_sample=settings.recall_sample,
        )

    async def __aenter__(self) -> Self:
        if self._open:
            raise InvalidInput("engine", "is open already; whoever opens it closes it, nobody else has to")
        self._open, self._ended, self._loop = True, "", running_loop()
        opening = lifetime(self._opened(), partial(setattr, self, "_ended"))
        try:
            await opening.__aenter__()
        except BaseException:
            self._open = False
            raise
        self._opening = opening
        return self

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(setattr, self, "_open", False)  # after all that is opened here is closed again
            stack.callback(self._answerer.disconnect)
            await stack.enter_async_context(self._jobs)
            await stack.enter_async_context(self._store)
            for part in (self._embedder, *self._notifiers):
                if isinstance(part, AbstractAsyncContextManager):
                    await stack.enter_async_context(part)
            await self._jobs.bind(self._embedder.name, self._embedder.dimensions)
            await stack.enter_async_context(self._watch.watching())
            await stack.enter_async_context(self._tasks.serving())
            yield

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The caller's own error is not handed on, or a runner's task group would wrap it into an ExceptionGroup.
        try:
            await self._opening.__aexit__(None, None, None)
        finally:
            self._ended = ""

    def _require_open(self) -> None:
        if self._ended:
            raise Stopped(f"the engine has stopped ({self._ended}): close it, which raises why, and open it again")
        if not self._open:
            raise NotOpen("the engine is not open: use it within 'async with engine', in an app's lifespan")
        if (loop := running_loop()) is not None and loop != self._loop:  # there it would wait for ever
            raise NotOpen(
                "the engine is open in another event loop, perhaps of another thread, and works in that one alone: use"
                " SyncMatchEngine, which any thread may call, or open an engine in this loop"
            )

    async def import_jobs(
        self,
        jobs: Iterable[Job] | AsyncIterable[Job],
        *,
        batch_size: int = BATCH_SIZE,
        progress: Report | None = None,
    ) -> ImportReport:
        """Add or replace postings. Unchanged ones are not embedded again.

        Arguments:
            jobs: any number; of those with the same id the last one counts.
            batch_size: postings stored at once, all or none.
            progress: called with the report so far after each batch.

        Raises:
            InvalidInput: something is no posting, or one brings a vector that is not finite, or zero.
            Incompatible: a posting brings a vector of the wrong shape.
        """
        self._require_open()
        fields.count("batch_size", batch_size, 1, LARGEST_BATCH)
        check_progress(progress)
        postings = check_jobs(jobs)
        importer = Importer(jobs=self._jobs, embedder=self._embedder)
        try:
            return await importer.run(postings, batch_size=batch_size, progress=progress)
        finally:
            await self._answerer.forget()

    async def remove_jobs(self, ids: str | Iterable[str]) -> int:
        """Remove postings by id, one or several; return how many there were."""
        self._require_open()
        removed = await self._jobs.remove(job_ids_of("ids", ids))
        await self._answerer.forget()
        return removed

    async def purge_jobs(self, *, expired_before: datetime | None = None) -> int:
        """Remove postings that have expired, and return how many there were. No search finds them anyway.

        Arguments:
            expired_before: only those that expired then or before; None for all.

        Raises:
            InvalidInput: no time.
            Incompatible: the postings are in a table of yours: remove them there.
        """
        self._require_open()
        given = called("expired_before", fields.utc)(expired_before)
        try:
            return await self._jobs.purge(expired_before=given or datetime.now(UTC))
        finally:
            await self._answerer.forget()

    async def forget(self) -> None:
        """Forget the answers that were cached, in this process: postings were changed by others than this engine."""
        self._require_open()
        await self._answerer.forget()

    async def record(self, job_ids: str | Iterable[str], *, kind: InteractionKind | str, owner: str) -> None:
        """Note that somebody has now applied to jobs, dismissed, saved or viewed them.

        ``Filters.exclude_interactions`` leaves such jobs out of their answers from then on.

        Arguments:
            job_ids: one job or several, 10,000 at most, of 512 characters at most; they need not be in the index now.
            kind: in which way; once more in the same way only renews the time.
            owner: who.

        Raises:
            InvalidInput: too many jobs, an id that is too long, another kind, or a name that cannot be stored.
        """
        self._require_open()
        check_owner(owner)
        await self._jobs.record(recorded_of(job_ids), kind_of(kind), owner=owner)

    async def purge_interactions(self, *, owner: str | None = None, recorded_before: datetime | None = None) -> int:
        """Remove what was recorded, and return how much that was: what is old, or what somebody wants to be forgotten.

        Arguments:
            owner: of one only; None for everybody's.
            recorded_before: only what was recorded then or before; None for all.

        Raises:
            InvalidInput: no time, or a name that cannot be stored.
        """
        self._require_open()
        if owner is not None:
            check_owner(owner)
        given = called("recorded_before", fields.utc)(recorded_before)
        return await self._jobs.unrecord(owner=owner, recorded_before=given)

    async def count(self) -> int:
        """Return the number of postings."""
        self._require_open()
        return await self._jobs.count()

    @property
    def index(self) -> VectorIndex:
        """The vector index: built, inspected, measured, tuned."""
        self._require_open()
        return self._index

    async def check(self) -> None:
        """See whether matches can be made and tasks created: the index holds vectors of the embedder in use.

        Raises:
            Incompatible: the embedder was changed to another, and its vectors are gone.
            Unavailable: the database does not answer, or takes no changes.
        """
        self._require_open()
        await self._jobs.survey(Filters())
        await self._tasks.check()

    async def explain(self, request: MatchRequest, *, owner: str | None = None) -> Explained:
        """Tell how a request would be searched: the plan, and the database's own account of it. Nothing is searched.

        Arguments:
            request: the question.
            owner: whose question it is.

        Raises:
            InvalidInput: a filter cannot be applied to this index.
        """
        self._require_open()
        check_request(request)
        return await self._answerer.explain(request, owner=owner)

    async def match(self, request: MatchRequest, *, owner: str | None = None) -> Page:
        """Answer a request in place, without a task.

        Arguments:
            request: the question.
            owner: whose question it is; answers are not shared between owners.

        Raises:
            InvalidInput: a filter cannot be applied to this index.
        """
        self._require_open()
        check_request(request)
        if request.callback_url is not None:
            raise InvalidInput("callback_url", "goes with a task: submit the request, or leave it out")
        result = await self._answerer.answer(request, owner=owner)
        return page_of(result, limit=request.limit)

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
