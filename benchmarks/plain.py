"""The same index searched plainly: the statement that pgvector's own documentation shows, and no settings."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Self

from attrs import frozen
from psycopg import AsyncConnection, sql

from jobmatch import Filters, MatchEngine
from jobmatch.backends.postgres.vectors import literal
from jobmatch.engine.index.questions import Question
from jobmatch.model import JobSummary, Method, Plan, Storage
from jobmatch.ports import Hit, SearchResult

_STATEMENT = sql.SQL(
    """
    SELECT {shown}, 1 - (vector <=> %(vector)s::halfvec) FROM match_job
    WHERE (expires_at IS NULL OR expires_at > now()){narrow} ORDER BY vector <=> %(vector)s::halfvec LIMIT %(k)s
    """
)
_NARROW = {
    "posted_after": sql.SQL(" AND posted_at >= %(posted_after)s"),
    "salary_min": sql.SQL(" AND yearly_pay >= %(salary_min)s"),
}


@frozen
class Plain:
    """Searches on a connection of its own.

    Arguments:
        connection: of its own.
        shown: column that is sent with the similarity.
    """

    connection: AsyncConnection
    shown: str = "id"

    @classmethod
    @asynccontextmanager
    async def of(cls, engine: MatchEngine) -> AsyncIterator[Self]:
        """Borrow a connection of an engine on PostgreSQL."""
        async with engine._jobs._database.connection() as connection:  # type: ignore[attr-defined]
            yield cls(connection)

    async def search(self, question: Question, k: int) -> tuple[SearchResult, float]:
        """Return what is found, and the milliseconds that it took."""
        statement, parameters = self._prepared(question, k)
        start = perf_counter()
        rows = await self._rows(statement, parameters)
        milliseconds = (perf_counter() - start) * 1_000
        hits = tuple(Hit(job=JobSummary(id=job_id, title=""), similarity=similarity) for job_id, similarity in rows)
        plan = Plan(method=Method.APPROXIMATE, fetch=k)
        return SearchResult(hits=hits, complete=False, plan=plan), milliseconds

    async def rows(self, question: Question, k: int) -> Sequence[tuple[Any, ...]]:
        """Return the rows that the server sends."""
        return await self._rows(*self._prepared(question, k))

    def _prepared(self, question: Question, k: int) -> tuple[sql.Composed, Mapping[str, Any]]:
        given = _given(question.filters)
        narrow = sql.SQL("").join(_NARROW[name] for name in given)
        statement = _STATEMENT.format(shown=sql.Identifier(self.shown), narrow=narrow)
        return statement, {"vector": literal(question.vector, Storage.HALFVEC), "k": k, **given}

    async def _rows(self, statement: sql.Composed, parameters: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        return await (await self.connection.execute(statement, parameters)).fetchall()


def _given(filters: Filters) -> Mapping[str, Any]:
    values = {name: getattr(filters, name) for name in _NARROW}
    return {name: value for name, value in values.items() if value is not None}
