"""Which embedder an index belongs to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.failures import unlike
from jobmatch.backends.postgres.schema import HEAD, MAX_DIMENSIONS, MAX_INLINE_DIMENSIONS, VECTOR, VERSION_TABLE
from jobmatch.errors import Incompatible, InvalidInput, SchemaOutdated
from jobmatch.model import Space, SpaceState

if TYPE_CHECKING:
    from jobmatch.ports import Vector

_HAS_VECTORS = sql.SQL("SELECT EXISTS (SELECT FROM match_job WHERE {} IS NOT NULL)")
_STORED = "SELECT embedder, dimensions, column_name, state FROM match_space"
_STORED_AND_HELD = f"{_STORED} FOR SHARE"
_FIRST = "INSERT INTO match_space (embedder, dimensions, column_name, state) VALUES (%s, %s, %s, 'serving')"
_ANEW = "UPDATE match_space SET embedder = %s, dimensions = %s WHERE column_name = %s"
Named = tuple[str, int]


@frozen
class StoredSpace:
    """A row of ``match_space``: the column of vectors of one embedder."""

    embedder: str
    dimensions: int
    column: str
    state: SpaceState

    @property
    def named(self) -> Named:
        """Name and dimensions of the embedder."""
        return self.embedder, self.dimensions

    def value(self) -> Space:
        """Return what the port tells of it."""
        return Space(embedder=self.embedder, dimensions=self.dimensions, state=self.state)


async def stored(connection: AsyncConnection, *, held: bool = False) -> dict[SpaceState, StoredSpace]:
    """Return whose vectors there are, by state.

    Arguments:
        connection: to ask with.
        held: whether others are kept from changing it until the transaction ends.
    """
    rows = await (await connection.execute(_STORED_AND_HELD if held else _STORED)).fetchall()
    spaces = [StoredSpace(embedder, number, column, SpaceState(state)) for embedder, number, column, state in rows]
    return {space.state: space for space in spaces}


@frozen(kw_only=True)
class Columns:
    """Where a batch of jobs goes.

    Arguments:
        vectors: column of its vectors.
        filling: the one that another embedder's vectors are put into meanwhile; None if there is none.
    """

    vectors: str
    filling: str | None = None


class Binding:
    """Ties the table's vectors to one embedder, and holds on to it while jobs are put.

    Arguments:
        database: with the table.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._space: Named | None = None

    @property
    def dimensions(self) -> int | None:
        """Length of the vectors; None while not bound."""
        return self._space[1] if self._space else None

    def check(self, vector: "Vector | None") -> None:
        """Refuse a vector that the index cannot hold, and nothing could be near to.

        Raises:
            InvalidInput: with the shape that is needed.
        """
        wanted = self.dimensions
        if vector is None or wanted is None:
            return
        if vector.shape != (wanted,):
            raise InvalidInput("vector", f"has shape {vector.shape}, the index needs ({wanted},)")
        if not np.isfinite(vector).all():
            raise InvalidInput("vector", "has entries that are not finite numbers")

    async def bind(self, embedder: str, dimensions: int) -> None:
        """See `JobIndex.bind`. An index without any vector may be bound anew."""
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            raise Incompatible(
                f"{embedder} makes vectors of {dimensions:,} dimensions, PostgreSQL can store {MAX_DIMENSIONS:,} at"
                " most: choose another embedder, or fewer dimensions with JOBMATCH_EMBEDDER_DIMENSIONS"
            )
        wanted = (embedder, dimensions)
        await self._database.repeat(lambda connection: _bind(connection, wanted))
        self._space = wanted

    async def hold(self, connection: AsyncConnection) -> Columns:
        """Keep others from changing the embedder until the transaction ends, and tell where vectors go.

        Raises:
            Incompatible: another embedder serves by now.
        """
        spaces = await stored(connection, held=True)
        serving, filling = spaces.get(SpaceState.SERVING), spaces.get(SpaceState.FILLING)
        if self._space and (serving is None or serving.named != self._space):
            raise _changed(serving, self._space)
        return Columns(
            vectors=serving.column if serving else VECTOR,
            filling=filling.column if filling else None,
        )

    async def column(self, connection: AsyncConnection) -> str:
        """Return the column of the embedder's vectors, which is not the serving one after a change.

        Raises:
            Incompatible: they are gone.
        """
        spaces = await stored(connection)
        serving = spaces.get(SpaceState.SERVING)
        if self._space is None:
            return serving.column if serving else VECTOR
        for space in (serving, spaces.get(SpaceState.RETIRED)):
            if space and space.named == self._space:
                return space.column
        raise _changed(serving, self._space)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Tell a column that is gone because the embedder was changed from one that never was."""
        try:
            yield
        except SchemaOutdated:
            await self._database.repeat(self.column)
            raise


async def _bind(connection: AsyncConnection, wanted: Named) -> None:
    async with connection.transaction():
        await check_revision(connection)
        if _may_bind(await stored(connection), wanted):
            return
        # Rarely got to: once for every database. Nobody puts jobs meanwhile.
        await connection.execute("LOCK TABLE match_space IN ACCESS EXCLUSIVE MODE")
        spaces = await stored(connection)
        if _may_bind(spaces, wanted):
            return
        serving = spaces.get(SpaceState.SERVING)
        column = serving.column if serving else VECTOR
        has_vectors = await (await connection.execute(_HAS_VECTORS.format(sql.Identifier(column)))).fetchone()
        if len(spaces) > 1 or has_vectors == (True,):
            raise _mismatch(serving, wanted)
        await _reshape(connection, column, wanted[1])
        await connection.execute(_ANEW if serving else _FIRST, (*wanted, column))


def _may_bind(spaces: dict[SpaceState, StoredSpace], wanted: Named) -> bool:
    """Whether an embedder's vectors are there to be searched.

    Raises:
        Incompatible: they are being made.
    """
    state = next((space.state for space in spaces.values() if space.named == wanted), None)
    if state is SpaceState.FILLING:
        raise Incompatible(
            f"the vectors of {wanted[0]} are being made, and cannot be searched yet: run jobmatch embedder change to go"
            " on, and set JOBMATCH_EMBEDDER back until it is done"
        )
    return state is not None


async def check_revision(connection: AsyncConnection) -> None:
    """See that the tables are those of this release.

    Raises:
        SchemaOutdated: they are of an older one, or missing.
        Incompatible: they are of a newer one.
    """
    query = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(VERSION_TABLE))
    row = await (await connection.execute(query)).fetchone()
    if row != (HEAD,):
        raise unlike(str(row[0]) if row else None)


def storage(dimensions: int) -> sql.SQL:
    """Return how vectors are stored: in their row, as long as they fit."""
    return sql.SQL("PLAIN" if dimensions <= MAX_INLINE_DIMENSIONS else "EXTERNAL")


async def _reshape(connection: AsyncConnection, column: str, dimensions: int) -> None:
    # A vector index, if there is one, is empty and of the old length.
    await connection.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(f"match_job_{column}")))
    await connection.execute(
        sql.SQL("ALTER TABLE match_job ALTER COLUMN {0} TYPE halfvec({1}), ALTER COLUMN {0} SET STORAGE {2}").format(
            sql.Identifier(column), sql.Literal(dimensions), storage(dimensions)
        )
    )


def _mismatch(serving: StoredSpace | None, wanted: Named) -> Incompatible:
    return Incompatible(
        f"the index holds vectors of {_of(serving)}, not of {wanted[0]} ({wanted[1]:,} dimensions): run jobmatch"
        " embedder change, which makes them while searches go on, or set JOBMATCH_EMBEDDER back"
    )


def _changed(serving: StoredSpace | None, own: Named) -> Incompatible:
    return Incompatible(
        f"the embedder was changed to {_of(serving)}, this process runs with {own[0]}: set JOBMATCH_EMBEDDER and what"
        " belongs to it to the new one, and start the process again"
    )


def _of(space: StoredSpace | None) -> str:
    return str(space.value()) if space else "an unknown embedder"
