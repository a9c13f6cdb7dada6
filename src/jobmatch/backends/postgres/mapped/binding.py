"""That the vectors of somebody's table are as long as the embedder's; who made them, a table does not tell."""

from psycopg import AsyncConnection

from jobmatch.backends.postgres.binding import Binding
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped.catalog import read
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.errors import Incompatible


class TableBinding(Binding):
    """Knows the length of the table's vectors.

    Arguments:
        database: with the table.
        table: with the vectors.
    """

    def __init__(self, database: Database, table: JobTable) -> None:
        super().__init__(database)
        self._table = table

    async def bind(self, embedder: str, dimensions: int) -> None:
        settings = self._database.settings
        found = await self._database.repeat(lambda connection: read(connection, settings, self._table))
        if found.target.dimensions != dimensions:
            raise Incompatible(
                f"the column {found.target.column!r} holds vectors of {found.target.dimensions:,} dimensions,"
                f" {embedder} makes vectors of {dimensions:,}: choose the embedder that the table was filled with"
            )
        self._space = (embedder, dimensions)

    async def column(self, connection: AsyncConnection) -> str:
        """Nobody but the table's owner changes it."""
        return self._table.vector.name
