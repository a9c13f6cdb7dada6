"""`TableJobIndex`: searches a table that somebody else fills."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NoReturn, TypeVar

import psycopg

from jobmatch.backends.postgres import statements
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.failures import first_line
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.mapped.admin import TableIndexAdmin
from jobmatch.backends.postgres.mapped.asking import Vocabulary
from jobmatch.backends.postgres.mapped.binding import TableBinding
from jobmatch.backends.postgres.mapped.build import build
from jobmatch.backends.postgres.mapped.catalog import read
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.backends.postgres.mapped.posting import layout
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.witnessing import Witnessing
from jobmatch.errors import Incompatible, SchemaOutdated
from jobmatch.model import Filters, Fingerprint, IndexStrategy, Plan
from jobmatch.model.metadata import check_names
from jobmatch.ports import Entry, Progress, SearchQuery, SearchResult, Survey, VectorSpaces

T = TypeVar("T")
#: Characters of what the server says of a row that a message repeats.
SHOWN = 200


class TableJobIndex(PostgresJobIndex):
    """Searches the rows of a `JobTable`, where they are. It changes nothing there but its vector index.

    Arguments:
        database: with the table, and with our own ones for tasks and interactions.
        table: what is where.
    """

    def __init__(self, database: Database, table: JobTable) -> None:
        self._database = database
        self._table = table
        self._surveyor = Surveyor(
            database, Witnessing(database), read=lambda connection, settings: read(connection, settings, table)
        )
        binding = TableBinding(database, table)
        self._binding, self._bound = binding, binding
        self._vocabulary = Vocabulary(table, self._fetch)
        self._admin = TableIndexAdmin(database, self._surveyor, binding, table=table)

    @property
    def scope(self) -> str:
        return self._bound.scope

    async def put(self, entries: Sequence[Entry]) -> None:
        self._refuse()

    async def remove(self, ids: Sequence[str]) -> int:
        self._refuse()

    async def purge(self, *, expired_before: datetime) -> int:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Incompatible(
            f"the table {'.'.join(self._table.name)!r} is yours and only searched: add and remove postings there, or"
            " unset JOBMATCH_JOB_TABLE (in Python: use PostgresJobIndex) to import into a table of ours"
        )

    async def fingerprints(self, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
        """Nothing here was imported."""
        return {}

    async def count(self) -> int:
        rows = await self._fetch(statements.count(layout(self._table)), {})
        return int(rows[0][0])

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        await self._vocabulary.check(filters)
        return await self._told(partial(super().survey, filters, closely=closely))

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        await self._vocabulary.check(query.filters)
        return await self._told(partial(super().search, query, plan))

    async def _told(self, answer: Callable[[], Awaitable[T]]) -> T:
        """Answer by the table as it is now, if it has changed meanwhile.

        Of a table or a column that is gone, or another by now, it is said which one it is: no upgrade brings it back.
        """
        try:
            return await answer()
        except (SchemaOutdated, psycopg.ProgrammingError, psycopg.DataError):
            self._surveyor.forget()
            await self._surveyor.catalog()
        try:
            return await answer()
        except psycopg.DataError as error:
            raise Incompatible(
                f"a row of {'.'.join(self._table.name)!r} holds something else than JobTable takes it for"
                f" ({first_line(error)[:SHOWN]}): correct it, or map an expression that holds for every row"
            ) from error

    async def unsearchable(self, keywords: Sequence[str]) -> frozenset[str]:
        return await self._vocabulary.unsearchable(keywords)

    def check(self, filters: Filters) -> None:
        self._table.check(filters)
        check_names(filters.metadata, self._table.metadata_fields, by="JobTable(metadata_fields=…)")

    async def _allow(self, filters: Filters) -> None:
        """All metadata are there to be asked for, as the owner keeps them."""
        self.check(filters)

    @property
    def spaces(self) -> VectorSpaces:
        raise Incompatible(
            f"the vectors of the table {'.'.join(self._table.name)!r} are yours: fill a second column with vectors of"
            " the new embedder, and map that one"
        )

    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> Sequence[str]:
        removed = await build(self._database, self._table, strategy, progress)
        self._surveyor.forget()
        return removed
