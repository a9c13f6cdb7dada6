"""`IndexMethod`: the port behind an `IndexStrategy`."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar

from psycopg import sql

from jobmatch.backends.postgres.strategies.target import Target
from jobmatch.model import IndexStrategy, Storage
from jobmatch.settings import Settings

S = TypeVar("S", bound=IndexStrategy)


class IndexMethod(ABC, Generic[S]):
    """What one kind of vector index means to PostgreSQL.

    One of your own is found by an entry point ``strategy.NAME`` of the group ``jobmatch.backends``, its class.

    Attributes:
        name: of the strategy and of the server's access method.
        strategy: the class of its values.
    """

    name: str
    strategy: type[S]

    @abstractmethod
    def options(self, strategy: S) -> Mapping[str, int]:
        """Return the storage parameters of the index."""

    @abstractmethod
    def settings(self, strategy: S, *, effort: int, visits: int) -> Mapping[str, str]:
        """Return the server's settings for one search.

        Arguments:
            strategy: the index that is there.
            effort: as in `Plan`.
            visits: postings to look at before giving up; 0 for the server's own bound.
        """

    @abstractmethod
    def memory(self, strategy: S, *, rows: int, dimensions: int) -> int:
        """Return the bytes of working memory with which a build is fast."""

    @abstractmethod
    def size(self, strategy: S, *, rows: int, dimensions: int) -> int:
        """Return the bytes that a fresh index takes on disk, about."""

    @abstractmethod
    def read(self, options: Mapping[str, int], storage: Storage, settings: Settings) -> S:
        """Return the strategy of an index that is there; what only a search decides comes from the settings."""

    def check(self, strategy: S, target: Target) -> None:
        """Refuse what the server cannot do.

        Raises:
            Incompatible: with what to do instead.
        """
        if strategy.storage:
            target.check(strategy.storage)

    def create(self, name: str, strategy: S, target: Target) -> sql.Composed:
        """Return the statement that builds the index while searches go on."""
        storage = strategy.storage or target.kind
        parameters = (
            sql.SQL("{} = {}").format(sql.Identifier(option), sql.Literal(value))
            for option, value in self.options(strategy).items()
        )
        return sql.SQL("CREATE INDEX CONCURRENTLY {} ON {} USING {} ({} {}) WITH ({})").format(
            sql.Identifier(name),
            sql.Identifier(*target.table),
            sql.Identifier(self.name),
            target.expression(storage),
            target.operator_class(storage),
            sql.SQL(", ").join(parameters),
        )

    def seconds(self, strategy: S, *, rows: int, dimensions: int) -> float | None:
        """Return how long a build takes one processor, with enough memory, about; None if nobody can tell."""
        return None


#: Bytes of a page, and of those what entries can have.
PAGE, ROOM = 8_192, 8_160


def paged(count: float, entry: int) -> int:
    """Return the bytes of the pages that a number of entries take, none of which is split between two.

    Arguments:
        count: of the entries.
        entry: bytes of one.
    """
    return math.ceil(count / max(ROOM // entry, 1)) * PAGE


def bytes_per_vector(storage: Storage | None, dimensions: int) -> int:
    """Return what an index keeps of one vector."""
    if storage is Storage.BIT:
        return dimensions // 8 + 8
    return dimensions * (4 if storage is Storage.VECTOR else 2) + 8
