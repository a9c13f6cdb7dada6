"""Backends by name: entry points of the group ``jobmatch.backends``, ours and other people's alike.

An entry point is named ``kind.name`` (``index.postgres``, ``runner.local``, ``embedder.wordllama``) and points to a
factory that takes a `Backends` and returns the backend, without I/O.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from jobmatch.errors import InvalidSettings
from jobmatch.model import IndexStrategy, Storage
from jobmatch.settings import INDEX_TYPES, Settings

GROUP = "jobmatch.backends"
#: The variable that names the backend of a kind.
VARIABLES = {
    "index": "JOBMATCH_BACKEND",
    "tasks": "JOBMATCH_BACKEND",
    "schema": "JOBMATCH_BACKEND",
    "runner": "JOBMATCH_RUNNER",
    "embedder": "JOBMATCH_EMBEDDER",
    "deliveries": "JOBMATCH_BACKEND",
    "database": "JOBMATCH_BACKEND",
}
#: What keeps tasks where the backend of the postings does not.
DEFAULT = "postgres"
T = TypeVar("T")


class Backends:
    """The backends of one engine: made from settings, sharing what they can share.

    Arguments:
        settings: decide which backends are made, and how.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._shared: dict[Callable[[Settings], Any], Any] = {}

    def make(self, kind: str, name: str) -> Any:
        """Return a new backend.

        Arguments:
            kind: ``index``, ``tasks``, ``runner``, ``embedder``, ``schema``, …
            name: e.g. ``postgres``.

        Raises:
            InvalidSettings: no installed distribution offers it.
            MissingExtra: it needs a distribution that is not installed.
        """
        return find(kind, name).load()(self)

    @property
    def keeper(self) -> str:
        """The name of the backend that keeps tasks, and what belongs to them: the queue, and what callbacks are due.

        It is the one of the postings, unless another is set, or that one keeps nothing but postings.

        Raises:
            InvalidSettings: nobody offers the backend of the postings.
        """
        backend = find("index", self.settings.backend).name.removeprefix("index.")
        return self.settings.tasks or (backend if backend in names("tasks") else DEFAULT)

    def with_tasks(self, kind: str) -> Any:
        """Return a new backend of what is kept where the tasks are: ``tasks``, ``deliveries``, ``database``."""
        variable = "JOBMATCH_TASKS" if self.settings.tasks else VARIABLES[kind]
        return find(kind, self.keeper, variable=variable).load()(self)

    def schema(self) -> Any:
        """Return a new backend that creates and inspects tables: those of the postings, or else of the tasks."""
        able = [name for name in (self.settings.backend, self.keeper) if name in names("schema")]
        return self.make("schema", next(iter(able), self.settings.backend))

    def shared(self, factory: Callable[[Settings], T]) -> T:
        """Return what *factory* made of the settings, the same for every backend that asks."""
        if factory not in self._shared:
            self._shared[factory] = factory(self.settings)
        made: T = self._shared[factory]
        return made


def names(kind: str) -> list[str]:
    """Return the names of all installed backends of a kind."""
    return sorted(
        found.name.removeprefix(f"{kind}.") for found in entry_points(group=GROUP) if found.name.startswith(f"{kind}.")
    )


def find(kind: str, name: str, *, variable: str | None = None) -> EntryPoint:
    """Return the entry point of a backend.

    Arguments:
        kind: see `Backends.make`.
        name: of the backend.
        variable: what names it, if that is not the usual one for the kind.

    Raises:
        InvalidSettings: there is none.
    """
    for found in entry_points(group=GROUP, name=f"{kind}.{name}"):
        return found
    installed = " or ".join(names(kind)) or "none, for none is installed"
    raise InvalidSettings(variable or VARIABLES.get(kind, kind), f"{name!r} is not allowed; use {installed}")


def index_types() -> list[str]:
    """Return what `VECTOR_INDEX_TYPE` can be: the names of all installed strategies, and ``none``."""
    return sorted({*names("strategy"), *INDEX_TYPES})


def strategy(settings: Settings) -> IndexStrategy:
    """Return the vector index that the settings ask for; one that does not come with jobmatch has its own defaults.

    Raises:
        InvalidSettings: no installed distribution offers it.
    """
    name = settings.index_type
    if name in INDEX_TYPES:
        return settings.strategy()  # without what only PostgreSQL needs
    if name not in index_types():
        raise InvalidSettings("VECTOR_INDEX_TYPE", f"{name!r} is not allowed; use {' or '.join(index_types())}")
    made: IndexStrategy = find("strategy", name).load().strategy(storage=Storage(settings.index_storage))
    return made
