"""`SyncMatchEngine`: the engine for code without an event loop: Flask, scripts, notebooks."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import partial, wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast
from uuid import UUID

from anyio.from_thread import BlockingPortal, start_blocking_portal

from jobmatch.engine import EmbedderChange, MatchEngine, VectorIndex
from jobmatch.errors import InvalidInput, NotReady
from jobmatch.model import Task
from jobmatch.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(method: Callable[Concatenate[Any, P], Awaitable[T]]) -> Callable[Concatenate[Any, P], T]:
    """Return a method that calls *method* of the engine in its event loop and waits: same parameters, same defaults."""

    @wraps(method)
    def call(self: "SyncMatchEngine | SyncVectorIndex | SyncEmbedderChange", *args: P.args, **kwargs: P.kwargs) -> T:
        return self._portal.call(partial(method, self._engine, *args, **kwargs))

    # functools types what wraps() returns as an object, which is no method any more.
    return cast("Callable[Concatenate[Any, P], T]", call)


class SyncVectorIndex:
    """The verbs of `VectorIndex`, blocking.

    Arguments:
        portal: to the event loop.
        engine: the index as the engine has it.
    """

    def __init__(self, portal: BlockingPortal, engine: VectorIndex) -> None:
        self._portal = portal
        self._engine = engine

    plan = _blocking(VectorIndex.plan)
    create = _blocking(VectorIndex.create)
    reindex = _blocking(VectorIndex.reindex)
    drop = _blocking(VectorIndex.drop)
    status = _blocking(VectorIndex.status)
    better = _blocking(VectorIndex.better)
    recall = _blocking(VectorIndex.recall)
    tune = _blocking(VectorIndex.tune)


class _Opened:
    """Something with a lifetime, in an event loop in a thread of its own as long as it is open.

    Arguments:
        engine: not opened yet; it is opened and closed with this.
    """

    def __init__(self, engine: AbstractAsyncContextManager[Any]) -> None:
        self._lifetime = engine
        self._stack = ExitStack()
        self._open_portal: BlockingPortal | None = None

    @property
    def _portal(self) -> BlockingPortal:
        if self._open_portal is None:
            raise NotReady(f"{type(self).__name__} is closed; open it with 'with'")
        return self._open_portal

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._open_portal = stack.enter_context(start_blocking_portal())
            stack.callback(setattr, self, "_open_portal", None)
            stack.enter_context(self._open_portal.wrap_async_context_manager(self._lifetime))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


class SyncEmbedderChange(_Opened):
    """The verbs of `EmbedderChange`, blocking.

    Arguments:
        change: not opened yet; it is opened and closed with this.
    """

    def __init__(self, change: EmbedderChange) -> None:
        super().__init__(change)
        self._engine = change

    @classmethod
    def from_settings(cls, settings: Settings | None = None) -> Self:
        """Make a change to the embedder that the environment names; see `EmbedderChange.from_settings`."""
        return cls(EmbedderChange.from_settings(settings))

    run = _blocking(EmbedderChange.run)
    status = _blocking(EmbedderChange.status)
    finish = _blocking(EmbedderChange.finish)
    abandon = _blocking(EmbedderChange.abandon)


class SyncMatchEngine(_Opened):
    """The verbs of `MatchEngine`, blocking. The engine runs in a thread of its own; any thread may call.

    Arguments:
        engine: not opened yet; it is opened and closed with this.
    """

    def __init__(self, engine: MatchEngine) -> None:
        if not isinstance(engine, MatchEngine):
            raise InvalidInput("engine", f"must be a MatchEngine, not {type(engine).__name__}")
        super().__init__(engine)
        self._engine = engine

    @classmethod
    def from_settings(cls, settings: Settings | None = None, *, executes: bool | None = None) -> Self:
        """Make an engine as the environment says; see `MatchEngine.from_settings`."""
        return cls(MatchEngine.from_settings(settings, executes=executes))

    def events(self, task_id: str | UUID, *, owner: str) -> Iterator[Task]:
        """Iterate over the states of a task; see `MatchEngine.events`."""
        stream = self._engine.events(task_id, owner=owner)
        try:
            while task := self._portal.call(anext, stream, None):
                yield task
        finally:
            self._portal.call(stream.aclose)

    @property
    def index(self) -> SyncVectorIndex:
        """The vector index: built, inspected, measured, tuned."""
        return SyncVectorIndex(self._portal, self._engine.index)

    import_jobs = _blocking(MatchEngine.import_jobs)
    remove_jobs = _blocking(MatchEngine.remove_jobs)
    forget = _blocking(MatchEngine.forget)
    record = _blocking(MatchEngine.record)
    count = _blocking(MatchEngine.count)
    match = _blocking(MatchEngine.match)
    check = _blocking(MatchEngine.check)
    explain = _blocking(MatchEngine.explain)
    submit = _blocking(MatchEngine.submit)
    status = _blocking(MatchEngine.status)
    wait = _blocking(MatchEngine.wait)
    results = _blocking(MatchEngine.results)
    cancel = _blocking(MatchEngine.cancel)
    retry = _blocking(MatchEngine.retry)
    purge = _blocking(MatchEngine.purge)
    list = _blocking(MatchEngine.list)
