"""What building an index comes to: found out first, so that it can be told as well as done."""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen
from psycopg import AsyncConnection

from jobmatch.backends.postgres import index_ddl as ddl
from jobmatch.backends.postgres.index_ddl import Existing
from jobmatch.model import IndexStrategy

#: How many texts wait; as long as there is no index over those, and many texts, it is about all.
_WAITING = """
SELECT CASE WHEN to_regclass('match_text_waiting') IS NULL AND c.reltuples > 100000 THEN c.reltuples::bigint
       ELSE (SELECT count(*) FROM match_text WHERE search IS NULL) END
FROM pg_class c WHERE c.oid = 'match_text'::regclass
"""


@frozen(kw_only=True)
class Work:
    """What there is to do, in this order.

    Arguments:
        broken: indexes that an interrupted build of ours left behind, to be dropped.
        foreign: those that somebody else's build left behind, which are theirs to drop.
        texts: number of texts whose words are to be made searchable.
        metadata: names that filters are to be able to ask for.
        supporting: supporting indexes to be built.
        vector: name under which the vector index is to be built; None if it is there, or there is to be none.
        serving: name of the vector index that will serve; None if there is to be none.
        replaced: vector indexes that go when the new one is there.
    """

    broken: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    texts: int = 0
    metadata: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()
    vector: str | None = None
    serving: str | None = None
    replaced: tuple[str, ...] = ()

    def steps(self, strategy: IndexStrategy) -> Iterator[str]:
        """Yield what would be done, in words."""
        yield from (f"drop the broken index {name}" for name in self.broken)
        if self.texts:
            yield f"make the words of {self.texts:,} postings searchable"
        if self.metadata:
            yield f"have filters ask for the metadata {', '.join(self.metadata)}"
        yield from (f"build the index {name} on {ddl.subject(name)}" for name in self.supporting)
        if self.vector:
            yield f"build the vector index: {strategy.describe()}"
        yield from (f"drop the vector index {name}" for name in self.replaced)


def _ours(index: Existing, column: str) -> bool:
    """Whether it has the task of the vector index, or its name; any other is left to whoever made it."""
    return index.fit or index.name in ddl.vectors(column)


async def existing(connection: AsyncConnection) -> list[Existing]:
    """Return all indexes but those of the primary keys."""
    return [Existing(*row) for row in await (await connection.execute(ddl.EXISTING)).fetchall()]


def leftovers(there: Sequence[Existing]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the broken indexes that are ours, and of those that are somebody else's.

    Copies by which one that searches use was built anew are ours as well, whatever its name.
    """
    used = {index.name for index in there if index.valid and index.fit and index.is_vector()}
    return parted(there, lambda name: ddl.is_ours(name) or name in used)


def parted(there: Sequence[Existing], ours: Callable[[str], bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the broken indexes of which a name is *ours*, and of the others.

    What PostgreSQL builds anew has the name of the index that it is a copy of.
    """
    broken = [index for index in there if index.broken]
    kept = tuple(index.name for index in broken if ours(index.original))
    return kept, tuple(index.name for index in broken if index.name not in kept)


async def work(connection: AsyncConnection, strategy: IndexStrategy, column: str) -> Work:
    """Look at what is there, and return what is missing for a column of vectors."""
    row = await (await connection.execute(_WAITING)).fetchone()
    return _missing(await existing(connection), strategy, column, texts=row[0] if row else 0)


def _missing(there: Sequence[Existing], strategy: IndexStrategy, column: str, *, texts: int) -> Work:
    valid = {index.name: index for index in there if index.valid}
    vectors = [index for index in valid.values() if index.is_vector(column) and _ours(index, column)]
    serving = next((index.name for index in vectors if index.serves(strategy)), None)
    # A new one is built beside the old one, which has to serve until then.
    new = None if serving or strategy.exact else next(name for name in ddl.vectors(column) if name not in valid)
    broken, foreign = leftovers(there)
    return Work(
        broken=broken,
        foreign=foreign,
        texts=texts,
        supporting=tuple(name for name in ddl.ALL_SUPPORTING if name not in valid),
        vector=new,
        serving=serving or new,
        replaced=tuple(index.name for index in vectors if index.name != serving),
    )
