"""`Methods`: all kinds of index that are installed, ours and other people's."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from attrs import evolve

from jobmatch.backends.postgres.strategies.method import IndexMethod
from jobmatch.backends.postgres.strategies.target import Target
from jobmatch.errors import Incompatible
from jobmatch.model import Exact, IndexStrategy, Storage
from jobmatch.plugins import find, names
from jobmatch.settings import Settings

KIND = "strategy"


class Methods:
    """Finds the method of a strategy, or of an index that is there. Nothing is loaded that nobody asks for."""

    def __init__(self) -> None:
        self._loaded: dict[str, IndexMethod[Any]] = {}

    @cached_property
    def names(self) -> list[str]:
        """The names of all that are installed."""
        return names(KIND)

    def named(self, name: str | None) -> IndexMethod[Any] | None:
        """Return a method; None if none of that name is installed.

        Raises:
            Incompatible: it is installed and cannot be loaded.
        """
        if name is None or name not in self.names:
            return None
        if name not in self._loaded:
            self._loaded[name] = _load(name)
        return self._loaded[name]

    def of(self, strategy: IndexStrategy) -> IndexMethod[Any]:
        """Return the method of a strategy.

        Raises:
            Incompatible: none is installed that knows it, or it cannot be loaded.
        """
        method = self.named(strategy.name)
        if method is None or not isinstance(strategy, method.strategy):
            raise Incompatible(f"no index method {strategy.name!r} is installed; use one of {', '.join(self.names)}")
        return method

    def alike(self, strategy: IndexStrategy, target: Target) -> IndexStrategy:
        """Return an index of the same kind over other vectors.

        What it holds of each is the same if that can hold these; otherwise the first that can, most precise first.

        Raises:
            Incompatible: no index of this kind can hold them, or none is installed that knows the strategy.
        """
        method, refused = self.of(strategy), list[Incompatible]()
        for storage in dict.fromkeys((strategy.storage, target.kind, *Storage)) if strategy.storage else (None,):
            kind = evolve(strategy, storage=storage) if storage else strategy
            try:
                method.check(kind, target)
            except Incompatible as error:
                refused.append(error)
            else:
                return kind
        raise refused[0]

    def read(
        self, name: str | None, options: Sequence[str] | None, kind: str | None, settings: Settings
    ) -> IndexStrategy:
        """Return the strategy of an index that is there.

        Arguments:
            name: of its access method; None if there is no index. One that is not installed cannot serve either.
            options: as the catalog has them, ``name=value``.
            kind: name of the type that its operators compare.
            settings: for what only a search decides.
        """
        method = self.named(name)
        if method is None or kind is None:
            return Exact()
        found = {key: value for key, _, value in (option.partition("=") for option in options or ())}
        strategy: IndexStrategy = method.read(found, Storage(kind), settings)
        return strategy


def _load(name: str) -> IndexMethod[Any]:
    try:
        method: IndexMethod[Any] = find(KIND, name).load()()
    except ImportError as error:
        raise Incompatible(f"the index method {name!r} cannot be loaded ({error}): update or remove it") from error
    return method
