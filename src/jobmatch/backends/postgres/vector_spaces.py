"""`PostgresVectorSpaces`: a column of ``match_job`` for the vectors of each embedder."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import attrs
import psycopg
from psycopg import AsyncConnection, sql

from jobmatch.backends.postgres import catalog
from jobmatch.backends.postgres import space_statements as statements
from jobmatch.backends.postgres.binding import StoredSpace, stored
from jobmatch.backends.postgres.database import AS_COMMITTED, Database
from jobmatch.backends.postgres.index_build import TABLES, build
from jobmatch.backends.postgres.index_builder import busy, locked
from jobmatch.backends.postgres.schema import MAX_DIMENSIONS
from jobmatch.backends.postgres.strategies import Target
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.vectors import literal
from jobmatch.errors import Incompatible, InvalidInput, NotFound, NotReady, TimedOut
from jobmatch.model import IndexStrategy, Job, SpacesStatus, SpaceState, Storage
from jobmatch.ports import EmbedJobs, Filled, Progress, Unfilled, VectorSpaces, unheard

_log = logging.getLogger(__name__)
#: Postings that the switch itself embeds, at most: imports wait for it.
LAST = 1_000
#: Attempts at a column, and seconds between them: as long as one waits for its lock, all searches wait behind it.
ATTEMPTS, PAUSE = 40, 1.0


class PostgresVectorSpaces(VectorSpaces):
    """Changes the embedder of ``match_job``.

    Whoever puts jobs or fills vectors holds ``match_space`` until the end of its transaction; whoever changes what is
    in there locks it first. So a vector of a text that was replaced is never left behind.

    Arguments:
        database: with the table.
        surveyor: is told when there is another column.
    """

    def __init__(self, database: Database, surveyor: Surveyor) -> None:
        self._database = database
        self._surveyor = surveyor

    async def status(self) -> SpacesStatus:
        found: SpacesStatus = await self._database.repeat(self._status)
        return found

    async def _status(self, connection: AsyncConnection) -> SpacesStatus:
        spaces = await stored(connection)
        filling = spaces.get(SpaceState.FILLING)
        newest = filling or spaces.get(SpaceState.SERVING)
        values = {state.value: space.value() for state, space in spaces.items()}
        if newest is None:
            return SpacesStatus(serving=None)
        jobs, filled = await _row(connection, statements.counts(newest.column))
        index = planned = None
        if filling:
            found = await catalog.read(connection, self._database.settings, filling.column)
            index, planned = found.strategy.describe(), await self._planned(connection, spaces, found.target)
        described = planned.describe() if planned else None
        return SpacesStatus(**{"serving": None, **values}, jobs=jobs, filled=filled, index=index, planned=described)

    async def _planned(
        self, connection: AsyncConnection, spaces: dict[SpaceState, StoredSpace], target: Target
    ) -> IndexStrategy:
        """Return the index that vectors in a column are to have: of the kind of the one that serves."""
        old = await catalog.read(connection, self._database.settings, _serving(spaces).column)
        return old.strategy if old.index is None else catalog.methods.alike(old.strategy, target)

    async def begin(self, embedder: str, dimensions: int) -> None:
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            raise Incompatible(
                f"{embedder} makes vectors of {dimensions:,} dimensions, PostgreSQL can store at most"
                f" {MAX_DIMENSIONS:,}"
            )

        async def add(connection: AsyncConnection) -> None:
            spaces = await stored(connection)
            begun = _begun(spaces, (embedder, dimensions))
            await self._check_planned(connection, spaces, dimensions)
            if begun:
                return
            (column,) = await _row(connection, statements.ADD_SPACE, [embedder, dimensions])
            await connection.execute(statements.IN_PASSING)
            await connection.execute(statements.add_column(column, dimensions))

        await self._alter(add)

    async def _check_planned(
        self, connection: AsyncConnection, spaces: dict[SpaceState, StoredSpace], dimensions: int
    ) -> None:
        """Refuse vectors before they are made if there could be no index over them; tell if it will be another one."""
        old = await catalog.read(connection, self._database.settings, _serving(spaces).column)
        target = attrs.evolve(old.target, kind=Storage.HALFVEC, dimensions=dimensions)
        try:
            planned = await self._planned(connection, spaces, target)
        except Incompatible as error:
            whose = f"the index that serves is {old.strategy.describe()}, and the new vectors need one like it"
            raise Incompatible(f"{whose}; {error}: drop it before the change, or build another one") from error
        if planned.storage is not old.strategy.storage:
            text = "vectors of %s dimensions are too many for an index over %s: the new index will be %s"
            _log.warning(text, f"{dimensions:,}", old.strategy.storage, planned.describe())

    async def missing(self, embedder: str, *, after: str = "", limit: int) -> Sequence[Unfilled]:
        async def look(connection: AsyncConnection) -> Sequence[Unfilled]:
            return await _missing(connection, _filling(await stored(connection), embedder), after, limit)

        found: Sequence[Unfilled] = await self._database.repeat(look)
        return found

    async def fill(self, embedder: str, filled: Sequence[Filled]) -> int:
        async def put(connection: AsyncConnection) -> int:
            async with connection.transaction():
                await connection.execute(AS_COMMITTED)
                return await _fill(connection, _filling(await stored(connection, held=True), embedder), filled)

        count: int = await self._database.repeat(put)
        return count

    async def create_index(self, embedder: str, *, progress: Progress | None = None) -> None:
        async def look(connection: AsyncConnection) -> IndexStrategy:
            spaces = await stored(connection)
            found = await catalog.read(connection, self._database.settings, _filling(spaces, embedder).column)
            return await self._planned(connection, spaces, found.target)

        planned: IndexStrategy = await self._database.repeat(look)
        if not planned.exact:
            await build(self._database, planned, progress, partial(_filling_column, embedder))
        elif progress:
            progress(1.0, "ready")

    async def switch(self, embedder: str, embed: EmbedJobs) -> None:
        async def change(connection: AsyncConnection) -> None:
            spaces = await stored(connection)
            filling = _filling(spaces, embedder)
            await self._check_index(connection, _serving(spaces), filling)
            await _complete(connection, filling, embed)
            for statement in statements.SWITCH:
                await connection.execute(statement)

        await self._alter(change)

    async def _check_index(self, connection: AsyncConnection, serving: StoredSpace, filling: StoredSpace) -> None:
        settings = self._database.settings
        old = await catalog.read(connection, settings, serving.column)
        new = await catalog.read(connection, settings, filling.column)
        if old.index is not None and new.index is None:
            raise NotReady("the new vectors have no index yet, and searches would be slow: build it before the switch")

    async def finish(self) -> None:
        await self._drop(SpaceState.RETIRED, "no vectors have retired; there is nothing to finish")

    async def abandon(self) -> None:
        await self._drop(SpaceState.FILLING, "no change of embedder is under way; there is nothing to abandon")

    async def _drop(self, state: SpaceState, otherwise: str) -> None:
        async def drop(connection: AsyncConnection) -> None:
            space = (await stored(connection)).get(state)
            if space is None:
                raise NotFound(otherwise)
            await connection.execute(statements.REMOVE_SPACE, [space.column])
            await connection.execute(statements.FORGET_MEASURED, [catalog.relation(space.column)])
            await connection.execute(statements.IN_PASSING)
            await connection.execute(statements.drop_column(space.column))

        await self._alter(drop)

    async def _alter(self, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """Do *work* in a transaction of its own, while nobody puts, fills or builds."""
        async with locked(self._database, unheard) as connection:
            for _ in range(ATTEMPTS):
                # Whoever waits for a build would be waited for by it at its end, and the server would end one of them.
                if not await busy(connection, TABLES):
                    with suppress(psycopg.errors.LockNotAvailable):
                        async with connection.transaction():
                            await connection.execute(statements.ALONE)
                            await work(connection)
                        break
                await anyio.sleep(PAUSE)
            else:
                raise TimedOut("the table of postings was never free: try again when no long statement runs on it")
        self._surveyor.forget()


def _begun(spaces: dict[SpaceState, StoredSpace], wanted: tuple[str, int]) -> bool:
    """Whether the change to an embedder is under way already.

    Raises:
        NotFound: there is nothing to change.
        Incompatible: there are vectors of a third embedder.
    """
    filling, retired = spaces.get(SpaceState.FILLING), spaces.get(SpaceState.RETIRED)
    if filling and filling.named == wanted:
        return True
    if SpaceState.SERVING not in spaces:
        raise NotFound("no embedder has vectors here yet: import postings, and its vectors serve")
    if spaces[SpaceState.SERVING].named == wanted:
        raise NotFound(f"the vectors of {wanted[0]} serve already; there is nothing to change")
    if filling:
        raise Incompatible(f"a change to {filling.value()} is under way: run jobmatch embedder abandon to give it up")
    if retired:
        raise Incompatible(f"the vectors of {retired.value()} are still kept: run jobmatch embedder finish first")
    return False


def _serving(spaces: dict[SpaceState, StoredSpace]) -> StoredSpace:
    return spaces[SpaceState.SERVING]


def _filling(spaces: dict[SpaceState, StoredSpace], embedder: str) -> StoredSpace:
    """Return the space of a change, which may have been given up by now, and another begun."""
    filling, serving = spaces.get(SpaceState.FILLING), spaces.get(SpaceState.SERVING)
    if filling and filling.embedder == embedder:
        return filling
    whose = f": the vectors of {serving.value()} serve" if serving else ""
    raise NotFound(f"no change to {embedder} is under way{whose}")


async def _filling_column(embedder: str, connection: AsyncConnection) -> str:
    return _filling(await stored(connection), embedder).column


async def _missing(connection: AsyncConnection, space: StoredSpace, after: str, limit: int) -> Sequence[Unfilled]:
    rows = await connection.execute(statements.missing(space.column), [after, limit])
    return [
        Unfilled(job=Job(id=job_id, title=title, description=description), text=text)
        for job_id, title, description, text in await rows.fetchall()
    ]


async def _fill(connection: AsyncConnection, space: StoredSpace, filled: Sequence[Filled]) -> int:
    for one in filled:
        if one.vector.shape != (space.dimensions,):
            raise InvalidInput("vector", f"has shape {one.vector.shape}, the change needs ({space.dimensions},)")
    ids = [one.job_id for one in filled]
    # In the order in which imports lock them.
    await connection.execute(statements.LOCK_JOBS, [ids])
    vectors = [literal(one.vector, Storage.HALFVEC) for one in filled]
    done = await connection.execute(statements.fill(space.column), [ids, [one.text for one in filled], vectors])
    return done.rowcount


async def _complete(connection: AsyncConnection, space: StoredSpace, embed: EmbedJobs) -> None:
    """Make the vectors that imports have left out since the last look."""
    left = await _missing(connection, space, "", LAST + 1)
    if len(left) > LAST:
        raise NotReady(f"more than {LAST:,} postings lack a vector of {space.embedder}: fill them before the switch")
    if left:
        vectors = await embed([one.job for one in left])
        made = [Filled(job_id=one.job.id, text=one.text, vector=v) for one, v in zip(left, vectors, strict=True)]
        await _fill(connection, space, made)


async def _row(
    connection: AsyncConnection, statement: str | sql.Composed, parameters: Sequence[object] = ()
) -> tuple[Any, ...]:
    row = await (await connection.execute(statement, parameters)).fetchone()
    return row or ()
