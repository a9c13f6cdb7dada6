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


def find(kind: str, name: str) -> EntryPoint:
    """Return the entry point of a backend.

    Raises:
        InvalidSettings: there is none.
    """
    for found in entry_points(group=GROUP, name=f"{kind}.{name}"):
        return found
    installed = " or ".join(names(kind)) or "none, for none is installed"
    raise InvalidSettings(VARIABLES.get(kind, kind), f"{name!r} is not allowed; use {installed}")


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
