"""`PostgresIndexAdmin`: looks after the vector index of ``match_job``."""

from collections.abc import Sequence

import msgspec

from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres import index_statements as statements
from jobmatch.backends.postgres.binding import Binding
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.backends.postgres.hits import job
from jobmatch.backends.postgres.index_build import rebuild
from jobmatch.backends.postgres.index_forecast import forecast
from jobmatch.backends.postgres.index_state import state
from jobmatch.backends.postgres.looks import begin, exactly
from jobmatch.backends.postgres.searches import approximate, exact, explain
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.vectors import parsed
from jobmatch.model import (
    Calibration,
    Explained,
    Filters,
    Forecast,
    IndexState,
    IndexStrategy,
    Plan,
    RecallReport,
    SearchTrace,
)
from jobmatch.ports import IndexAdmin, Progress, Sample, SearchQuery

#: Rows looked at for each that is drawn: the more, the fewer of those drawn were imported side by side.
SPREAD = 8
#: Times as many pages are looked at if too few of the rows in them would do.
WIDER = 8


class PostgresIndexAdmin(IndexAdmin):
    """Looks after the index.

    Arguments:
        database: with the table.
        surveyor: knows the table, and is told of changes.
        binding: knows the vectors.
    """

    def __init__(self, database: Database, surveyor: Surveyor, binding: Binding) -> None:
        self._database = database
        self._surveyor = surveyor
        self._binding = binding

    async def inspect(self) -> IndexState:
        self._surveyor.forget()
        catalog = await self._surveyor.catalog()
        found: IndexState = await self._database.repeat(lambda connection: state(connection, catalog))
        return found

    async def forecast(self, strategy: IndexStrategy) -> Forecast:
        self._surveyor.forget()
        catalog = await self._surveyor.catalog()
        told: Forecast = await self._database.repeat(lambda connection: forecast(connection, strategy, catalog))
        return told

    async def reindex(self, *, progress: Progress | None = None) -> None:
        await rebuild(self._database, progress, self._binding.column)
        self._surveyor.forget()

    async def sample(self, count: int) -> Sequence[Sample]:
        if count < 1:
            return ()
        total = max((await self._surveyor.catalog()).total, 1)
        percent = min(100.0 * SPREAD * count / total, 100.0)
        while len(rows := await self._drawn(count, percent)) < count and percent < 100.0:
            percent = min(percent * WIDER, 100.0)
        return [Sample(job=job(summary), vector=parsed(vector)) for summary, vector in rows]

    async def _drawn(self, count: int, percent: float) -> Rows:
        statement = statements.sample(conditions.shape(Filters(), (await self._surveyor.catalog()).layout))
        parameters = {"count": count, "percent": percent, **statement.constants}
        async with self._binding.watched():
            return await self._database.fetch(statement.text, parameters, again=True)

    async def note(self, *, calibration: Calibration | None = None, report: RecallReport | None = None) -> None:
        if calibration:
            await self._keep(calibration.index, calibration=calibration)
        if report:
            await self._keep(report.index, recall=report)
        self._surveyor.forget()

    async def _keep(
        self, index: str, *, calibration: Calibration | None = None, recall: RecallReport | None = None
    ) -> None:
        documents = {"calibration": calibration, "recall": recall}
        encoded = {name: msgspec.json.encode(value).decode() if value else None for name, value in documents.items()}
        statement = statements.keep()
        relation = (await self._surveyor.catalog()).relation
        parameters = {"relation": relation, "index": index, **encoded, **statement.constants}
        await self._database.fetch(statement.text, parameters, again=True)

    async def explain(self, query: SearchQuery, plan: Plan) -> Explained:
        self._binding.check(query.vector)
        catalog = await self._surveyor.catalog()
        async with self._binding.watched():
            first, _ = await begin(query, plan, catalog, self._surveyor)
            search = approximate(query, first, catalog) if first else exact(query, plan, catalog)
            steps: Sequence[str] = await self._database.repeat(lambda connection: explain(connection, search))
        trace = SearchTrace(statement=search.statement.text, settings=search.settings, steps=tuple(steps))
        return Explained(plan=first or exactly(plan), trace=trace)
