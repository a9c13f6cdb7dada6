"""`PostgresJobIndex`: jobs and vectors in one table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres import catalog, copying, facts, purging, statements
from jobmatch.backends.postgres.binding import Binding
from jobmatch.backends.postgres.catalog import Catalog, has_text_index
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import AS_COMMITTED, Database, InDatabase, Rows
from jobmatch.backends.postgres.hits import hits
from jobmatch.backends.postgres.index_admin import PostgresIndexAdmin
from jobmatch.backends.postgres.index_build import build
from jobmatch.backends.postgres.looking import Looking
from jobmatch.backends.postgres.looks import begin, exactly
from jobmatch.backends.postgres.schema import incoming
from jobmatch.backends.postgres.searches import Meanwhile, Search, carry_out, exact
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.vector_spaces import PostgresVectorSpaces
from jobmatch.backends.postgres.witnessing import Witnessing
from jobmatch.model import Filters, Fingerprint, IndexStrategy, InteractionKind, Plan
from jobmatch.model import keywords as words
from jobmatch.model.metadata import check_names
from jobmatch.ports import Entry, IndexAdmin, JobIndex, Progress, SearchQuery, SearchResult, Survey, VectorSpaces
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from jobmatch.ports import Vector

_COPY = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(incoming.name))


class PostgresJobIndex(InDatabase, JobIndex):
    """Keeps jobs in ``match_job``.

    Arguments:
        database: may be shared; it is opened and closed with the index.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._binding = Binding(database)
        self._surveyor = Surveyor(database, Witnessing(database), read=self._read)
        self._admin = PostgresIndexAdmin(database, self._surveyor, self._binding)
        self._spaces = PostgresVectorSpaces(database, self._surveyor)
        self._fields: Sequence[str] = ()

    @property
    def identity(self) -> str:
        return f"{self._database.identity} {self.scope}"

    async def _read(self, connection: AsyncConnection, settings: Settings) -> Catalog:
        return await catalog.read(connection, settings, await self._binding.column(connection))

    async def bind(self, embedder: str, dimensions: int) -> None:
        await self._binding.bind(embedder, dimensions)
        self._surveyor.forget()

    async def put(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        for entry in entries:
            self._binding.check(entry.vector)
        await self._announce()
        data = await self._encoded(entries)
        await self._database.repeat(lambda connection: self._copy(connection, entries, data))
        self._surveyor.forget(len(entries))

    async def _announce(self) -> None:
        """Have all who import do so for what filters may ask for here; once, unless the names are gone again."""
        if own := set(self._database.settings.metadata_fields).difference(self._fields):
            await self._database.repeat(lambda connection: facts.add(connection, own))
            self._fields = await self._database.repeat(facts.names)

    async def _encoded(self, entries: Sequence[Entry]) -> bytes:
        return await anyio.to_thread.run_sync(copying.batch, entries, self._fields)

    async def _copy(self, connection: AsyncConnection, entries: Sequence[Entry], data: bytes) -> None:
        async with connection.transaction():
            await connection.execute(AS_COMMITTED)
            columns = await self._binding.hold(connection)
            if (fields := await facts.names(connection)) != self._fields:
                self._fields = fields
                data = await self._encoded(entries)
            await connection.execute(statements.create_incoming())
            stemmed = await has_text_index(connection)
            async with connection.cursor().copy(_COPY) as copy:
                await copy.write(data)
            moved = statements.move_jobs(columns.vectors, columns.filling)
            for statement in (moved, statements.move_texts(stemmed=stemmed)):
                await connection.execute(statement.text, statement.constants)

    async def remove(self, ids: Sequence[str]) -> int:
        rows = await self._fetch(statements.remove(), {"ids": list(ids)})
        self._surveyor.forget()
        return len(rows)

    async def purge(self, *, expired_before: datetime) -> int:
        removed = await purging.purge(self._database, expired_before=expired_before)
        self._surveyor.forget(removed)
        return removed

    async def fingerprints(self, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
        rows = await self._fetch(statements.fingerprints(), {"ids": list(ids)})
        return {job_id: Fingerprint(content=content, text=text) for job_id, content, text in rows}

    async def count(self) -> int:
        rows = await self._fetch(statements.count(), {})
        return int(rows[0][0])

    async def _fetch(self, statement: Compiled, parameters: Mapping[str, Any]) -> Rows:
        return await self._database.fetch(statement.text, {**parameters, **statement.constants}, again=True)

    async def unsearchable(self, keywords: Sequence[str]) -> frozenset[str]:
        return words.unsearchable(keywords)

    def check(self, filters: Filters) -> None:
        words.check(filters)
        check_names(filters.metadata, self._database.settings.metadata_fields)

    async def record(self, job_ids: Sequence[str], kind: InteractionKind, *, owner: str) -> None:
        jobs = list(dict.fromkeys(job_ids))
        parameters = {"job_ids": jobs, "kind": str(kind), "owner": owner, "scope": self.scope}
        await self._fetch(statements.record(), parameters)

    async def unrecord(self, *, owner: str | None, recorded_before: datetime | None) -> int:
        return await purging.unrecord(self._database, self.scope, owner=owner, recorded_before=recorded_before)

    async def _allow(self, filters: Filters) -> None:
        """Refuse what nobody may ask for, and what nobody can ask for yet."""
        self.check(filters)
        asked = {condition.name for condition in filters.metadata}
        if missing := asked.difference((await self._surveyor.catalog()).metadata if asked else ()):
            if missing := missing.difference(await self._database.repeat(facts.prepared)):
                raise facts.unprepared(missing)
            self._surveyor.forget()  # they have been prepared since

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        async with self._binding.watched():
            await self._allow(filters)
            return await self._surveyor.survey(filters, closely=closely)

    async def crowding(self, vector: "Vector", near: float, rank: int) -> float | None:
        self._binding.check(vector)
        async with self._binding.watched():
            catalog = await self._surveyor.catalog()
            sight = await self._surveyor.seen_from(vector, catalog)
        return sight.crowding(farthest=1 - near if catalog.target.metric is Metric.COSINE else -near, looked_at=rank)

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        self._binding.check(query.vector)
        async with self._binding.watched():
            await self._allow(query.filters)
            if query.filters.contradictory:
                return SearchResult(hits=(), complete=True, plan=exactly(plan))
            return await self._search(query, plan)

    async def _search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        catalog = await self._surveyor.catalog()
        first, sight = await begin(query, plan, catalog, self._surveyor)
        looking = Looking(query=query, catalog=catalog, sight=sight, send=self._send)
        if first and (found := await looking.found(first)):
            return found
        rows = await self._send(exact(query, plan, catalog))
        return SearchResult(hits=hits(rows, catalog.target.metric), complete=True, plan=exactly(plan))

    async def _send(self, search: Search, meanwhile: Meanwhile = None) -> Rows:
        rows: Rows = await self._database.repeat(lambda connection: carry_out(connection, search, meanwhile))
        return rows

    @property
    def admin(self) -> IndexAdmin:
        return self._admin

    @property
    def spaces(self) -> VectorSpaces:
        return self._spaces

    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> Sequence[str]:
        removed = await build(self._database, strategy, progress, self._binding.column)
        self._surveyor.forget()
        return removed
