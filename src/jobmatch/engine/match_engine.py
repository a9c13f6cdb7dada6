"""`MatchEngine`: the one path that a request takes.

submit:  TaskStore.create → TaskRunner.enqueue → the pending task, at once
work:    TaskRunner → Worker: TaskStore.claim → Answerer → TaskStore.finish (fenced) → Notifier
match:   Answerer: cache → embed → survey → plan → JobIndex.search → rank
read:    status, results → TaskStore, never the runner, never the cache
"""

import logging
from collections.abc import AsyncIterable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import anyio

from jobmatch.caching import ResultCache, cache_from_url
from jobmatch.engine.answer import Answerer
from jobmatch.engine.intake import BATCH_SIZE, Importer, ImportReport, Report
from jobmatch.engine.work import LEASE, Worker
from jobmatch.errors import InvalidInput, Overloaded, TimedOut, Unavailable
from jobmatch.model import IndexStrategy, Job, MatchRequest, Page, Task
from jobmatch.model.pages import check_limit, page_of
from jobmatch.plugins import Backends
from jobmatch.ports import Embedder, JobIndex, Notifier, Progress, TaskRunner, TaskStore
from jobmatch.settings import Settings

#: Seconds between two looks at a task that somebody waits for: short at first, then longer.
FIRST_LOOK, LONGEST_LOOK = 0.01, 0.5
#: Tasks left behind that are taken up at once, and seconds until the next ones are.
RECOVERED, SOON = 100, 0.5
_log = logging.getLogger("jobmatch.tasks")


class MatchEngine:
    """Matches profiles against postings, as tasks or in place.

    Open it with ``async with``; that opens its parts, and leaving closes them. It is made for one event loop.

    Arguments:
        jobs: holds postings with vectors.
        tasks: holds tasks and their results.
        runner: executes tasks.
        embedder: turns texts into vectors.
        cache: keeps finished answers; None for no cache.
        notifiers: called with every task that a worker of this engine has ended.
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
    ) -> None:
        self._jobs = jobs
        self._tasks = tasks
        self._runner = runner
        self._embedder = embedder
        self._answerer = Answerer(jobs=jobs, embedder=embedder, cache=cache)
        self._worker = Worker(tasks=tasks, answerer=self._answerer, notifiers=notifiers)
        self._ended: WeakValueDictionary[str, anyio.Event] = WeakValueDictionary()
        self._enqueued: set[str] = set()
        self._stack = AsyncExitStack()
        self._open = False

    @classmethod
    def from_settings(cls, settings: Settings | None = None) -> Self:
        """Make an engine as the environment says.

        Arguments:
            settings: instead of `Settings.load`.

        Raises:
            InvalidSettings: a variable has a value that is not allowed.
            MissingExtra: a backend needs a distribution that is not installed.
        """
        settings = settings or Settings.load()
        backends = Backends(settings)
        return cls(
            jobs=backends.make("index", settings.backend),
            tasks=backends.make("tasks", settings.backend),
            runner=backends.make("runner", settings.runner),
            embedder=backends.make("embedder", settings.embedder),
            cache=cache_from_url(settings.cache_url, settings.cache_ttl, space=settings.space()),
        )

    async def __aenter__(self) -> Self:
        if self._open:
            raise InvalidInput("engine", "is open already; whoever opens it closes it, nobody else has to")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._jobs)
            await stack.enter_async_context(self._tasks)
            if isinstance(self._embedder, AbstractAsyncContextManager):
                await stack.enter_async_context(self._embedder)
            await self._jobs.bind(self._embedder.name, self._embedder.dimensions)
            await stack.enter_async_context(self._runner.serving(self.run))
            stack.callback(setattr, self, "_open", False)
            self._stack = stack.pop_all()
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The caller's own error is not handed on, or a runner's task group would wrap it into an ExceptionGroup.
        await self._stack.aclose()

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
            InvalidInput: a posting brings a vector that is not finite, or zero.
            Incompatible: a posting brings a vector of the wrong shape.
        """
        if batch_size < 1:
            raise InvalidInput("batch_size", f"must be at least 1, not {batch_size}")
        importer = Importer(jobs=self._jobs, embedder=self._embedder)
        try:
            return await importer.run(jobs, batch_size=batch_size, progress=progress)
        finally:
            await self._answerer.forget()

    async def remove_jobs(self, ids: Sequence[str]) -> int:
        """Remove postings by id; return how many there were."""
        removed = await self._jobs.remove(ids)
        await self._answerer.forget()
        return removed

    async def count(self) -> int:
        """Return the number of postings."""
        return await self._jobs.count()

    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> None:
        """Build the vector index and the supporting ones; see `JobIndex.create_index`."""
        await self._jobs.create_index(strategy, progress=progress)

    async def match(self, request: MatchRequest, *, owner: str | None = None) -> Page:
        """Answer a request in place, without a task.

        Arguments:
            request: the question.
            owner: whose question it is; answers are not shared between owners.
        """
        result = await self._answerer.answer(request, owner=owner)
        return page_of(result, limit=request.limit)

    async def submit(self, request: MatchRequest, *, owner: str) -> Task:
        """Start a match in the background and return its task at once.

        Arguments:
            request: the question.
            owner: whose task it is; nobody else can see it.

        Raises:
            Overloaded: too many tasks wait; nothing was submitted.
        """
        task = await self._tasks.create(request, owner=owner)
        try:
            await self._enqueue(task.id)
        except Overloaded:
            await self._tasks.cancel(task.id, owner=owner)
            raise
        return task

    async def _enqueue(self, task_id: str) -> None:
        await self._runner.enqueue(task_id)
        self._enqueued.add(task_id)

    async def recover(self) -> None:
        """Take up tasks that others left behind, those of a process that was stopped or killed, until cancelled.

        What serves an engine for long runs this beside it: at once, and again twice in every lease.
        """
        while True:
            more = await self._take_up()
            await anyio.sleep(SOON if more else LEASE / 2)

    async def _take_up(self) -> bool:
        """Take up some of the tasks that are due; return whether there may be more."""
        try:
            due = await self._tasks.due(limit=RECOVERED)
            for task_id in due:
                if task_id not in self._enqueued:
                    await self._enqueue(task_id)
        except (Overloaded, Unavailable) as error:
            _log.warning("tasks left behind are not taken up now: %s", type(error).__name__)
            return True
        return len(due) == RECOVERED

    async def run(self, task_id: str) -> None:
        """Carry out a task. Runners call this; it never raises."""
        self._enqueued.discard(task_id)
        await self._worker.run(task_id)
        if event := self._ended.pop(task_id, None):
            event.set()

    async def status(self, task_id: str, *, owner: str) -> Task:
        """Return a task as it stands.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
        """
        return await self._tasks.get(task_id, owner=owner)

    async def wait(self, task_id: str, *, owner: str, timeout: float) -> Task:  # noqa: ASYNC109
        """Return a task as soon as it is final.

        Arguments:
            task_id: the task.
            owner: whose it is.
            timeout: seconds to wait at most.

        Raises:
            TaskNotFound: there is none, or it is somebody else's.
            TimedOut: it is not final yet; it goes on, and can be waited for again.
        """
        look = FIRST_LOOK
        with anyio.move_on_after(timeout):
            while True:
                # A new event each time: a run may end without having ended the task.
                ended = self._ended.setdefault(task_id, anyio.Event())
                task = await self._tasks.get(task_id, owner=owner)
                if task.state.final:
                    return task
                with anyio.move_on_after(look):
                    await ended.wait()
                look = min(look * 2, LONGEST_LOOK)
        raise TimedOut(f"task {task_id} is not finished after {timeout:g} s; it goes on, ask again")

    async def results(self, task_id: str, *, owner: str, limit: int = 25, cursor: str | None = None) -> Page:
        """Return a page of a completed task's matches; see `TaskStore.results`."""
        check_limit(limit)
        return await self._tasks.results(task_id, owner=owner, limit=limit, cursor=cursor)

    async def cancel(self, task_id: str, *, owner: str) -> Task:
        """Cancel a task unless it is final; return it as it then is."""
        return await self._tasks.cancel(task_id, owner=owner)

    async def list(
        self, *, owner: str | None, limit: int = 25, cursor: str | None = None
    ) -> tuple[Sequence[Task], str | None]:
        """Return tasks, newest first; see `TaskStore.list`."""
        check_limit(limit)
        return await self._tasks.list(owner=owner, limit=limit, cursor=cursor)
