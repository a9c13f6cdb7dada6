"""Which embedder an index belongs to."""

from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.failures import OUTDATED
from jobmatch.backends.postgres.schema import HEAD, MAX_DIMENSIONS, MAX_INLINE_DIMENSIONS, VERSION_TABLE
from jobmatch.errors import Incompatible, SchemaOutdated

_HAS_VECTORS = "SELECT EXISTS (SELECT FROM match_job WHERE vector IS NOT NULL)"
_BOUND = "SELECT embedder, dimensions FROM match_space"
_BOUND_AND_HELD = "SELECT embedder, dimensions FROM match_space FOR SHARE"
_BIND = """
INSERT INTO match_space (embedder, dimensions) VALUES (%s, %s)
ON CONFLICT (single) DO UPDATE SET embedder = excluded.embedder, dimensions = excluded.dimensions
"""
Space = tuple[str, int]


class Binding:
    """Ties the table's vectors to one embedder, and holds on to it while jobs are put.

    Arguments:
        database: with the table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._space: Space | None = None

    @property
    def dimensions(self) -> int | None:
        """Length of the vectors; None while not bound."""
        return self._space[1] if self._space else None

    async def bind(self, embedder: str, dimensions: int) -> None:
        """See `JobIndex.bind`. An index without any vector may be bound anew."""
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            raise Incompatible(
                f"{embedder} makes vectors of {dimensions:,} dimensions, PostgreSQL can index {MAX_DIMENSIONS:,} at"
                " most: choose another embedder, or fewer dimensions with JOBMATCH_EMBEDDER_DIMENSIONS"
            )
        wanted = (embedder, dimensions)
        await self._database.repeat(lambda connection: _bind(connection, wanted))
        self._space = wanted

    async def hold(self, connection: AsyncConnection) -> None:
        """Keep others from binding the index to another embedder until the transaction ends."""
        if self._space is None:
            return
        found = await (await connection.execute(_BOUND_AND_HELD)).fetchone()
        if found != self._space:
            raise _mismatch(found or ("nothing", 0), self._space)


async def _bind(connection: AsyncConnection, wanted: Space) -> None:
    async with connection.transaction():
        await _check_revision(connection)
        if await (await connection.execute(_BOUND)).fetchone() == wanted:
            return
        # Rarely got to: once for every database. Nobody puts jobs meanwhile.
        await connection.execute("LOCK TABLE match_space IN ACCESS EXCLUSIVE MODE")
        found = await (await connection.execute(_BOUND)).fetchone()
        if found == wanted:
            return
        if await (await connection.execute(_HAS_VECTORS)).fetchone() == (True,):
            raise _mismatch(found or ("an unknown embedder", 0), wanted)
        await _reshape(connection, wanted[1])
        await connection.execute(_BIND, wanted)


async def _check_revision(connection: AsyncConnection) -> None:
    query = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(VERSION_TABLE))
    if await (await connection.execute(query)).fetchone() != (HEAD,):
        raise SchemaOutdated(OUTDATED)


async def _reshape(connection: AsyncConnection, dimensions: int) -> None:
    storage = "PLAIN" if dimensions <= MAX_INLINE_DIMENSIONS else "EXTERNAL"
    # A vector index, if there is one, is empty and of the old length.
    await connection.execute("DROP INDEX IF EXISTS match_job_vector")
    await connection.execute(
        sql.SQL(
            "ALTER TABLE match_job ALTER COLUMN vector TYPE halfvec({}), ALTER COLUMN vector SET STORAGE {}"
        ).format(sql.Literal(dimensions), sql.SQL(storage))
    )


def _mismatch(found: tuple[object, ...], wanted: Space) -> Incompatible:
    return Incompatible(
        f"the index holds vectors of {found[0]} ({found[1]} dimensions), not of {wanted[0]} ({wanted[1]}): set"
        " JOBMATCH_EMBEDDER back, or import into another database"
    )
