"""`SyncMatchEngine`: the engine for code without an event loop: Flask, scripts, notebooks."""

import atexit
import os
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial, wraps
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast
from uuid import UUID

import anyio
from anyio.from_thread import BlockingPortal

from jobmatch.engine import EmbedderChange, MatchEngine, VectorIndex
from jobmatch.errors import InvalidInput, NotOpen
from jobmatch.model import Task
from jobmatch.sessions import session_of
from jobmatch.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(method: Callable[Concatenate[Any, P], Awaitable[T]]) -> Callable[Concatenate[Any, P], T]:
    """Return a method that calls *method* of the engine in its event loop and waits: same parameters, same defaults."""

    @wraps(method)
    def call(self: "SyncMatchEngine | SyncVectorIndex | SyncEmbedderChange", *args: P.args, **kwargs: P.kwargs) -> T:
        if "connection" in kwargs:
            kwargs["connection"] = session_of(kwargs["connection"])
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


class _Loop:
    """An event loop in a thread of its own, and something with a lifetime that is open as long as it runs.

    Arguments:
        lifetime: opened and closed by that thread.
        name: what to call it in messages.
    """

    def __init__(self, lifetime: AbstractAsyncContextManager[Any], name: str) -> None:
        self._lifetime = lifetime
        self._name = name
        self._process = os.getpid()
        self._begun: Future[BlockingPortal] = Future()
        self._opened: Future[None] = Future()
        self._closed: Future[None] = Future()
        # Nobody who forgets to close has the process wait for ever: it is closed when the interpreter exits.
        self._thread = Thread(target=self._run, name=f"jobmatch-{name}", daemon=True)

    @property
    def portal(self) -> BlockingPortal:
        """How other threads call into the loop.

        Raises:
            NotOpen: this is a fork of the process that it runs in.
        """
        if not self._is_here():
            raise NotOpen(
                f"{self._name} was opened before this process was forked, and its thread is not here: make and open one"
                " in each process, as in gunicorn's post_fork"
            )
        return self._begun.result()

    def _is_here(self) -> bool:
        return self._process == os.getpid()

    def open(self) -> None:
        self._thread.start()
        try:
            self._opened.result()
        except BaseException:
            self._end(lambda: self._scope.cancel())
            raise
        atexit.register(self.close)

    def close(self) -> None:
        """Close, and end the thread. A fork has nothing to close."""
        if self._is_here():
            atexit.unregister(self.close)
            self._end(lambda: self._told.set())
            self._closed.result()

    def _end(self, tell: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # it has ended already
            self._begun.result().call(tell)
        wait([self._closed])
        self._thread.join()

    def _run(self) -> None:
        try:
            anyio.run(self._serve)
        except BaseException as error:
            for future in (self._begun, self._opened, self._closed):
                if not future.done():
                    future.set_exception(error)

    async def _serve(self) -> None:
        failure: Exception | None = None
        async with BlockingPortal() as portal:
            self._told, self._scope = anyio.Event(), anyio.CancelScope()
            self._begun.set_result(portal)
            try:
                with self._scope:
                    await self._live()
            except Exception as error:  # as it is, not in a group
                failure = error
        if failure:
            raise failure
        self._closed.set_result(None)

    async def _live(self) -> None:
        async with self._lifetime:
            self._opened.set_result(None)
            await self._told.wait()


class _Opened:
    """Something with a lifetime, in an event loop in a thread of its own as long as it is open.

    Arguments:
        engine: not opened yet; it is opened and closed with this.
    """

    def __init__(self, engine: AbstractAsyncContextManager[Any]) -> None:
        self._lifetime = engine
        self._loop: _Loop | None = None
        self._one = Lock()

    @property
    def _portal(self) -> BlockingPortal:
        if self._loop is None:
            raise NotOpen(f"{type(self).__name__} is closed; open it with 'with'")
        return self._loop.portal

    def __enter__(self) -> Self:
        with self._one:
            if self._loop is not None and self._loop.portal:
                raise InvalidInput("engine", "is open already; whoever opens it closes it, nobody else has to")
            loop = _Loop(self._lifetime, type(self).__name__)
            loop.open()
            self._loop = loop
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.close()


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
        stream = self._portal.call(partial(self._engine.events, task_id, owner=owner))
        try:
            while task := self._portal.call(anext, stream, None):
                yield task
        finally:
            self._portal.call(stream.aclose)

    @property
    def index(self) -> SyncVectorIndex:
        """The vector index: built, inspected, measured, tuned."""
        return SyncVectorIndex(self._portal, self._portal.call(lambda: self._engine.index))

    import_jobs = _blocking(MatchEngine.import_jobs)
    remove_jobs = _blocking(MatchEngine.remove_jobs)
    purge_jobs = _blocking(MatchEngine.purge_jobs)
    forget = _blocking(MatchEngine.forget)
    record = _blocking(MatchEngine.record)
    purge_interactions = _blocking(MatchEngine.purge_interactions)
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
