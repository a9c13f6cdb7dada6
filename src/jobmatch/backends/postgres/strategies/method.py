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
#: What a storage parameter of an index can be.
Option = int | float | str | bool


class IndexMethod(ABC, Generic[S]):
    """What one kind of vector index means to PostgreSQL.

    One of your own is found by an entry point ``strategy.NAME`` of the group ``jobmatch.backends``, its class. What it
    indexes are pgvector's types, in the order of pgvector's operators: statements of searches are the same for all.

    Attributes:
        name: of the strategy and of the server's access method.
        strategy: the class of its values. Its defaults, but for ``storage``, are what ``jobmatch index create --type
            NAME`` builds.
        extension: of the server that brings the access method.
    """

    name: str
    strategy: type[S]
    extension: str = "vector"

    @abstractmethod
    def options(self, strategy: S) -> Mapping[str, Option]:
        """Return the storage parameters of the index, if there are any."""

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
    def read(self, options: Mapping[str, str], storage: Storage, settings: Settings) -> S:
        """Return the strategy of an index that is there.

        Arguments:
            options: the storage parameters that it was created with, as the server writes them.
            storage: what it holds.
            settings: for what only a search decides; where they know nothing of it, it has its default.
        """

    def check(self, strategy: S, target: Target) -> None:
        """Refuse what the server cannot do.

        That the access method is there is looked up for you. Without more the limits are pgvector's.

        Raises:
            Incompatible: with what to do instead.
        """
        if strategy.storage:
            target.check(strategy.storage)

    def create(self, name: str, strategy: S, target: Target) -> sql.Composed:
        """Return the statement that builds the index while searches go on."""
        storage = strategy.storage or target.kind
        statement = sql.SQL("CREATE INDEX CONCURRENTLY {} ON {} USING {} ({} {})").format(
            sql.Identifier(name),
            sql.Identifier(*target.table),
            sql.Identifier(self.name),
            target.expression(storage),
            self.operator_class(storage, target),
        )
        return statement + _parameters(self.options(strategy))

    def operator_class(self, storage: Storage, target: Target) -> sql.Composable:
        """Return the operator class of what the index holds, for the metric of the target: as pgvector names them."""
        return target.operator_class(storage)

    def seconds(self, strategy: S, *, rows: int, dimensions: int) -> float | None:
        """Return how long a build takes one processor, with enough memory, about; None if nobody can tell."""
        return None


def _parameters(options: Mapping[str, Option]) -> sql.Composed:
    if not options:
        return sql.Composed([])
    each = (sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in options.items())
    return sql.SQL(" WITH ({})").format(sql.SQL(", ").join(each))


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
