"""`Methods`: all kinds of index that are installed, ours and other people's."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from jobmatch.backends.postgres.strategies.method import IndexMethod
from jobmatch.errors import Incompatible
from jobmatch.model import Exact, IndexStrategy, Storage
from jobmatch.plugins import find, names
from jobmatch.settings import Settings

KIND = "strategy"


class Methods:
    """Finds the method of a strategy, or of an index that is there."""

    @cached_property
    def by_name(self) -> dict[str, IndexMethod[Any]]:
        """The methods, by name."""
        return {name: find(KIND, name).load()() for name in names(KIND)}

    def of(self, strategy: IndexStrategy) -> IndexMethod[Any]:
        """Return the method of a strategy.

        Raises:
            Incompatible: none is installed that knows it.
        """
        method = self.by_name.get(strategy.name)
        if method is None or not isinstance(strategy, method.strategy):
            known = ", ".join(self.by_name)
            raise Incompatible(f"no index method {strategy.name!r} is installed; use one of {known}")
        return method

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
        method = self.by_name.get(name or "")
        if method is None or kind is None:
            return Exact()
        found = {key: value for key, _, value in (option.partition("=") for option in options or ())}
        strategy: IndexStrategy = method.read(found, Storage(kind), settings)
        return strategy
