"""`MatchEngine`: the one path that a request takes.

submit:  TaskStore.create → TaskRunner.enqueue → the pending task, at once
work:    TaskRunner → Worker: TaskStore.claim → Answerer → TaskStore.finish (fenced) → Notifier
match:   Answerer: cache → embed → survey → plan → JobIndex.search → rank
read:    status, results → TaskStore, never the runner, never the cache
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from types import TracebackType
from typing import Self

from jobmatch.caching import ResultCache, cache_from_url
from jobmatch.engine.answer import Answerer
from jobmatch.engine.given import check_parts, check_request, settings_of
from jobmatch.engine.index import VectorIndex
from jobmatch.engine.lifetime import lifetime, running_loop
from jobmatch.engine.posting_verbs import PostingVerbs
from jobmatch.engine.task_verbs import TaskVerbs
from jobmatch.engine.tasks import Tasks
from jobmatch.engine.watching import RecallWatch
from jobmatch.engine.work import Worker
from jobmatch.errors import InvalidInput
from jobmatch.model import Explained, Filters, MatchRequest, Page, fields
from jobmatch.model.pages import page_of
from jobmatch.model.policy import TaskPolicy
from jobmatch.plugins import Backends
from jobmatch.ports import Embedder, JobIndex, Notifier, TaskRunner, TaskStore
from jobmatch.settings import Settings

DEFAULT_POLICY = TaskPolicy()


class MatchEngine(PostingVerbs, TaskVerbs):
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

    @property
    def index(self) -> VectorIndex:
        """The vector index: built, inspected, measured, tuned."""
        self._require_open()
        return self._index

    async def check(self) -> None:
        """See whether matches can be made and tasks created: the index holds vectors of the embedder in use.

        Raises:
            Incompatible: the embedder was changed to another, and its vectors are gone; or the tables were brought to a
                newer release.
            SchemaOutdated: the tables are not there, or of an older release.
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
