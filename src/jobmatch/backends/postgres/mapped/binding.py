"""That the vectors of somebody's table are as long as the embedder's; who made them, a table does not tell."""

from psycopg import AsyncConnection

from jobmatch.backends.postgres.binding import Binding, check_revision
from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped.catalog import read
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.errors import Incompatible


class TableBinding(Binding):
    """Knows the length of the table's vectors, and by which name the server knows the table.

    Arguments:
        database: with the table.
        table: with the vectors.

    Attributes:
        scope: see `JobIndex.scope`.
    """

    def __init__(self, database: Database, table: JobTable) -> None:
        super().__init__(database)
        self._table = table
        self.scope = table.scope or ".".join(table.name)

    async def bind(self, embedder: str, dimensions: int) -> None:
        found = await self._database.repeat(self._read)
        if found.target.dimensions != dimensions:
            raise Incompatible(
                f"the column {found.target.column!r} holds vectors of {found.target.dimensions:,} dimensions,"
                f" {embedder} makes vectors of {dimensions:,}: choose the embedder that the table was filled with"
            )
        self.scope = found.scope
        self._space = (embedder, dimensions)

    async def _read(self, connection: AsyncConnection) -> Catalog:
        await check_revision(connection)
        return await read(connection, self._database.settings, self._table)

    async def column(self, connection: AsyncConnection) -> str:
        """Nobody but the table's owner changes it."""
        return self._table.vector.name
