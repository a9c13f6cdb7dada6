"""`PostgresJobIndex`: jobs and vectors in one table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from psycopg import AsyncConnection, sql

from jobmatch import telemetry
from jobmatch.backends.postgres import catalog, copying, purging, statements
from jobmatch.backends.postgres.binding import Binding
from jobmatch.backends.postgres.catalog import Catalog, has_text_index
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import AS_COMMITTED, Database, InDatabase, Rows
from jobmatch.backends.postgres.hits import hits
from jobmatch.backends.postgres.index_admin import PostgresIndexAdmin
from jobmatch.backends.postgres.index_build import build
from jobmatch.backends.postgres.schema import incoming
from jobmatch.backends.postgres.searches import (
    Search,
    approximate,
    begin,
    beside,
    carry_out,
    exact,
    exactly,
    farther,
    from_aside,
    harder,
    overlooked,
)
from jobmatch.backends.postgres.sight import Found, Sight
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.vector_spaces import PostgresVectorSpaces
from jobmatch.backends.postgres.witnesses import Witnessing
from jobmatch.model import Filters, Fingerprint, IndexStrategy, InteractionKind, Plan
from jobmatch.model import keywords as words
from jobmatch.model.metadata import check_names
from jobmatch.ports import Entry, IndexAdmin, JobIndex, Progress, SearchQuery, SearchResult, Survey, VectorSpaces
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from jobmatch.ports import Vector

#: Of those found, how many are compared with witnesses to tell whether these are of several kinds.
FEW = 10
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
        data = await anyio.to_thread.run_sync(copying.batch, entries, self._database.settings.metadata_fields)
        await self._database.repeat(lambda connection: self._copy(connection, data))
        self._surveyor.forget(len(entries))

    async def _copy(self, connection: AsyncConnection, data: bytes) -> None:
        async with connection.transaction():
            await connection.execute(AS_COMMITTED)
            columns = await self._binding.hold(connection)
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

    async def survey(self, filters: Filters, *, closely: bool = False) -> Survey:
        self.check(filters)
        async with self._binding.watched():
            return await self._surveyor.survey(filters, closely=closely)

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        self._binding.check(query.vector)
        self.check(query.filters)
        if query.filters.contradictory:
            return SearchResult(hits=(), complete=True, plan=exactly(plan))
        async with self._binding.watched():
            return await self._search(query, plan)

    async def _search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        catalog = await self._surveyor.catalog()
        first, sight = await begin(query, plan, catalog, self._surveyor)
        if first and (found := await self._looked(query, first, sight, catalog)):
            return found
        rows = await self._carry_out(exact(query, plan, catalog))
        return SearchResult(hits=hits(rows, catalog.target.metric), complete=True, plan=exactly(plan))

    async def _looked(
        self, query: SearchQuery, first: Plan, sight: Sight | None, catalog: Catalog
    ) -> SearchResult | None:
        """Look at the index, once or twice; None if that was in vain."""
        kinds = sight.kinds if sight and first.aside else []
        apart = [sight.witnesses.vectors[kind] for kind in kinds] if sight and len(kinds) > 1 else []
        look: Plan | None = first
        while look:
            rows = await self._carry_out(approximate(query, look, catalog, apart))
            again = _again(query, look, rows, sight, catalog)
            if again is look:
                sides = sight.sides(kinds, _few(rows, apart), query.filters) if sight and rows and kinds else []
                if sides and await self._overlooked(query, look, rows, sides, catalog):
                    return None  # for more effort would hardly find a way
                found = hits(rows, catalog.target.metric, kinds=len(apart))
                return SearchResult(hits=found, complete=False, plan=look)
            look = again if look is first else None
        return None

    async def _overlooked(
        self, query: SearchQuery, look: Plan, rows: Rows, sides: "Sequence[Vector]", catalog: Catalog
    ) -> bool:
        """Tell whether nearer postings were overlooked: whether the index finds any when it is asked from other sides.

        If to ask from each would take longer than to compare all that pass, they may have been.
        """
        side = beside(query, look, catalog)
        if not look.affords(len(sides) * side.near):
            return True
        seen = await self._carry_out(from_aside(query, side, sides, catalog, farthest=rows[-1][1]))
        if not overlooked(rows, seen):
            return False
        telemetry.astray.add(1)
        return True

    async def _carry_out(self, search: Search) -> Rows:
        rows: Rows = await self._database.repeat(lambda connection: carry_out(connection, search))
        return rows

    @property
    def admin(self) -> IndexAdmin:
        return self._admin

    @property
    def spaces(self) -> VectorSpaces:
        return self._spaces

    async def create_index(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> None:
        await build(self._database, strategy, progress, self._binding.column)
        self._surveyor.forget()


def _few(rows: Rows, apart: "Sequence[Vector]") -> Sequence[Found]:
    """Return the few nearest of those found: among many some witnesses are, whatever was overlooked."""
    return [Found(row[1], row[2] if apart else 0) for row in rows[:FEW]]


def _again(query: SearchQuery, look: Plan, rows: Rows, sight: Sight | None, catalog: Catalog) -> Plan | None:
    """Return the plan of the next look; *look* itself if it will do, None for comparing every posting."""
    if len(rows) < look.fetch:
        # Those that pass are farther away, or there are no more, which only an exact search can tell.
        return farther(look, len(rows), catalog)
    if sight is None or (query.filters and not look.near):  # or else nobody knows how many it passed over
        return look
    # Without filters every witness passes, and no more are nearer than what was found.
    looked_at = max(look.near, look.fetch) if query.filters else look.fetch
    if not sight.refute(farthest=rows[-1][1], looked_at=looked_at):
        return look
    telemetry.astray.add(1)
    return harder(look, catalog)
