"""`SyncMatchEngine`: the engine for code without an event loop: Flask, scripts, notebooks."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial, wraps
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar, cast

from anyio.from_thread import BlockingPortal, start_blocking_portal

from jobmatch.engine import MatchEngine
from jobmatch.errors import NotReady
from jobmatch.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    method: Callable[Concatenate[MatchEngine, P], Awaitable[T]],
) -> Callable[Concatenate["SyncMatchEngine", P], T]:
    """Return a method that calls *method* of the engine in its event loop and waits: same parameters, same defaults."""

    @wraps(method)
    def call(self: "SyncMatchEngine", *args: P.args, **kwargs: P.kwargs) -> T:
        return self._portal.call(partial(method, self._engine, *args, **kwargs))

    # functools types what wraps() returns as an object, which is no method any more.
    return cast("Callable[Concatenate[SyncMatchEngine, P], T]", call)


class SyncMatchEngine:
    """The verbs of `MatchEngine`, blocking. The engine runs in a thread of its own; any thread may call.

    Arguments:
        engine: not opened yet; it is opened and closed with this.
    """

    def __init__(self, engine: MatchEngine) -> None:
        self._engine = engine
        self._stack = ExitStack()
        self._open_portal: BlockingPortal | None = None

    @classmethod
    def from_settings(cls, settings: Settings | None = None) -> Self:
        """Make an engine as the environment says; see `MatchEngine.from_settings`."""
        return cls(MatchEngine.from_settings(settings))

    @property
    def _portal(self) -> BlockingPortal:
        if self._open_portal is None:
            raise NotReady("the engine is closed; open it with 'with'")
        return self._open_portal

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._open_portal = stack.enter_context(start_blocking_portal())
            stack.callback(setattr, self, "_open_portal", None)
            stack.enter_context(self._open_portal.wrap_async_context_manager(self._engine))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    import_jobs = _blocking(MatchEngine.import_jobs)
    remove_jobs = _blocking(MatchEngine.remove_jobs)
    count = _blocking(MatchEngine.count)
    create_index = _blocking(MatchEngine.create_index)
    match = _blocking(MatchEngine.match)
    submit = _blocking(MatchEngine.submit)
    status = _blocking(MatchEngine.status)
    wait = _blocking(MatchEngine.wait)
    results = _blocking(MatchEngine.results)
    cancel = _blocking(MatchEngine.cancel)
    list = _blocking(MatchEngine.list)
