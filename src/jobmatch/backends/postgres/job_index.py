"""`PostgresJobIndex`: jobs and vectors in one table."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio.to_thread
import attrs
import msgspec
import numpy as np
from psycopg import AsyncClientCursor, AsyncConnection, sql

from jobmatch.backends.postgres import copying, statements, strategies
from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres.binding import Binding
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.backends.postgres.hits import hits
from jobmatch.backends.postgres.index_admin import build
from jobmatch.backends.postgres.schema import incoming
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.words import searchable
from jobmatch.errors import InvalidInput
from jobmatch.model import Exact, Filters, Fingerprint, IndexStrategy, Method, Plan
from jobmatch.ports import Entry, JobIndex, Progress, SearchQuery, SearchResult, Survey

if TYPE_CHECKING:
    from jobmatch.ports import Vector

_COPY = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(incoming.name))
_encode = msgspec.json.Encoder().encode


class PostgresJobIndex(JobIndex):
    """Keeps jobs in ``match_job``.

    Arguments:
        database: may be shared; it is opened and closed with the index.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._surveyor = Surveyor(database)
        self._binding = Binding(database)

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)

    async def bind(self, embedder: str, dimensions: int) -> None:
        await self._binding.bind(embedder, dimensions)

    async def put(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        for entry in entries:
            self._check(entry.vector)
        data = await anyio.to_thread.run_sync(copying.batch, entries)
        stemmed = (await self._surveyor.catalog()).text_index
        await self._database.repeat(lambda connection: self._copy(connection, data, stemmed))
        self._surveyor.forget(len(entries))

    async def _copy(self, connection: AsyncConnection, data: bytes, stemmed: bool) -> None:
        async with connection.transaction():
            await self._binding.hold(connection)
            await connection.execute(statements.create_incoming())
            async with connection.cursor().copy(_COPY) as copy:
                await copy.write(data)
            for statement in (statements.move_jobs(), statements.move_texts(stemmed=stemmed)):
                await connection.execute(statement.text, statement.constants)

    async def remove(self, ids: Sequence[str]) -> int:
        rows = await self._fetch(statements.remove(), {"ids": list(ids)})
        self._surveyor.forget()
        return len(rows)

    async def fingerprints(self, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
        rows = await self._fetch(statements.fingerprints(), {"ids": list(ids)})
        return {job_id: Fingerprint(content=content, text=text) for job_id, content, text in rows}

    async def count(self) -> int:
        rows = await self._fetch(statements.count(), {})
        return int(rows[0][0])

    async def _fetch(self, statement: Compiled, parameters: Mapping[str, Any]) -> Rows:
        return await self._database.fetch(statement.text, {**parameters, **statement.constants}, again=True)

    async def survey(self, filters: Filters) -> Survey:
        return await self._surveyor.survey(filters)

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        self._check(query.vector)
        strategy = (await self._surveyor.catalog()).strategy
        if plan.method is Method.APPROXIMATE and not isinstance(strategy, Exact) and query.vector.any():
            rows = await self._rows(query, plan, strategies.search_settings(strategy, plan.effort))
            if len(rows) >= plan.fetch:
                return SearchResult(hits=hits(rows), complete=False, plan=plan)
            # The index gave up early, or no more jobs pass the filters: only an exact search can tell.
        plan = plan if plan.method is Method.EXACT else attrs.evolve(plan, method=Method.EXACT, effort=0)
        return SearchResult(hits=hits(await self._rows(query, plan, {})), complete=True, plan=plan)

    async def _rows(self, query: SearchQuery, plan: Plan, settings: Mapping[str, str]) -> Rows:
        statement = statements.search(conditions.shape(query.filters), len(query.keywords), plan.method)
        parameters = {
            **conditions.values(query.filters),
            **{f"told{number}": searchable(keyword) for number, keyword in enumerate(query.keywords)},
            "vector": _encode(query.vector.tolist()).decode(),
            "fetch": plan.fetch,
            **statement.constants,
        }
        rows: Rows = await self._database.repeat(
            lambda connection: _search(connection, settings, statement.text, parameters)
        )
        return rows

    def _check(self, vector: "Vector | None") -> None:
        wanted = self._binding.dimensions
        if vector is None or wanted is None:
            return
        if vector.shape != (wanted,):
            raise InvalidInput("vector", f"has shape {vector.shape}, the index needs ({wanted},)")
        if not np.isfinite(vector).all():
            raise InvalidInput("vector", "has entries that are not finite numbers")

    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> None:
        await build(self._database, strategy, progress)
        self._surveyor.forget()


async def _search(
    connection: AsyncConnection, settings: Mapping[str, str], statement: str, parameters: Mapping[str, Any]
) -> Rows:
    """Send settings and statement together, as one transaction: the settings end with it.

    The values are put into the text on our side, for only a statement without parameters can travel with others; and it
    is planned for just these values, while a prepared one would keep a plan made under other settings.
    """
    cursor = AsyncClientCursor(connection)
    if settings:
        numbered = {f"setting{n}": name for n, name in enumerate(settings)}
        values = {f"value{n}": value for n, value in enumerate(settings.values())}
        statement = "; ".join((statements.assign(len(settings)).text, statement))
        parameters = {**parameters, **numbered, **values}
    await cursor.execute(statement, parameters)
    while cursor.nextset():
        pass
    return await cursor.fetchall()
