"""`MemoryVectorSpaces`: the vectors of two embedders beside one another."""

from collections.abc import MutableMapping, Sequence

import attrs

from jobmatch.backends.memory.rows import Named, Row
from jobmatch.errors import Incompatible, InvalidInput, NotFound, NotReady
from jobmatch.model import Exact, Job, Space, SpacesStatus, SpaceState
from jobmatch.ports import EmbedJobs, Filled, Progress, Unfilled, VectorSpaces

#: Postings that the switch itself embeds, at most.
LAST = 1_000


class MemoryVectorSpaces(VectorSpaces):
    """Knows whose vectors the rows have.

    Arguments:
        rows: of the index, by id.
    """

    def __init__(self, rows: MutableMapping[str, Row]) -> None:
        self._rows = rows
        self._spaces: dict[SpaceState, Named] = {}

    @property
    def serving(self) -> Named | None:
        """Whose vectors searches use; None before the first was bound."""
        return self._spaces.get(SpaceState.SERVING)

    @property
    def searchable(self) -> set[Named]:
        """Whose vectors can be searched by those who are bound to them."""
        return {space for state, space in self._spaces.items() if state is not SpaceState.FILLING}

    def check(self, embedder: str, dimensions: int) -> None:
        """Refuse an embedder whose vectors are not there; the first one is welcome."""
        wanted = (embedder, dimensions)
        if wanted not in self.searchable and self._spaces:
            raise Incompatible(
                f"the index holds vectors of {_shown(self.serving)}, not of {_shown(wanted)}: change it with"
                " EmbedderChange, or import into a new index"
            )
        self._spaces.setdefault(SpaceState.SERVING, wanted)

    def changed(self, own: Named) -> Incompatible:
        """Return the error for somebody whose embedder does not serve any more."""
        return Incompatible(f"the embedder was changed to {_shown(self.serving)}, not {own[0]}: use that one")

    async def status(self) -> SpacesStatus:
        values = {
            state.value: Space(embedder=name, dimensions=dimensions, state=state)
            for state, (name, dimensions) in self._spaces.items()
        }
        filling = self._spaces.get(SpaceState.FILLING)
        newest = filling or self.serving
        return SpacesStatus(
            **{"serving": None, **values},
            jobs=len(self._rows),
            filled=sum(newest in row.vectors for row in self._rows.values()),
            index=Exact().describe() if filling else None,
            planned=Exact().describe() if filling else None,
        )

    async def begin(self, embedder: str, dimensions: int) -> None:
        wanted, filling = (embedder, dimensions), self._spaces.get(SpaceState.FILLING)
        if filling == wanted:
            return
        if self.serving in (None, wanted):
            raise NotFound(f"there is nothing to change: the vectors of {_shown(self.serving)} serve")
        if other := filling or self._spaces.get(SpaceState.RETIRED):
            raise Incompatible(f"vectors of {_shown(other)} are there: finish or abandon that change first")
        self._spaces[SpaceState.FILLING] = wanted

    async def missing(self, embedder: str, *, after: str = "", limit: int) -> Sequence[Unfilled]:
        filling = self._filling(embedder)
        lacking = sorted(i for i, row in self._rows.items() if i > after and filling not in row.vectors)
        return [_unfilled(self._rows[job_id]) for job_id in lacking[:limit]]

    async def fill(self, embedder: str, filled: Sequence[Filled]) -> int:
        space = self._filling(embedder)
        for one in filled:
            if one.vector.shape != (space[1],):
                raise InvalidInput("vector", f"has shape {one.vector.shape}, the change needs ({space[1]},)")
        return sum(self._put(one, space) for one in filled)

    def _put(self, one: Filled, space: Named) -> bool:
        row = self._rows.get(one.job_id)
        if row is None or row.fingerprint.text != one.text or space in row.vectors:
            return False
        self._rows[one.job_id] = attrs.evolve(row, vectors={**row.vectors, space: one.vector})
        return True

    async def create_index(self, embedder: str, *, progress: Progress | None = None) -> None:
        """There is nothing to build."""
        self._filling(embedder)
        if progress:
            progress(1.0, "ready")

    async def switch(self, embedder: str, embed: EmbedJobs) -> None:
        left = await self.missing(embedder, limit=LAST + 1)
        if len(left) > LAST:
            raise NotReady(f"more than {LAST:,} postings lack a vector: fill them before the switch")
        while left:
            vectors = await embed([one.job for one in left])
            made = [Filled(job_id=one.job.id, text=one.text, vector=v) for one, v in zip(left, vectors, strict=True)]
            await self.fill(embedder, made)
            left = await self.missing(embedder, limit=LAST)  # somebody may have put jobs while these were embedded
        filling = self._filling(embedder)
        self._spaces = {SpaceState.SERVING: filling, SpaceState.RETIRED: self._spaces[SpaceState.SERVING]}

    async def finish(self) -> None:
        self._drop(SpaceState.RETIRED, "no vectors have retired; there is nothing to finish")

    async def abandon(self) -> None:
        self._drop(SpaceState.FILLING, "no change of embedder is under way; there is nothing to abandon")

    def _drop(self, state: SpaceState, otherwise: str) -> None:
        if state not in self._spaces:
            raise NotFound(otherwise)
        gone = self._spaces.pop(state)
        for job_id, row in self._rows.items():
            vectors = {space: vector for space, vector in row.vectors.items() if space != gone}
            self._rows[job_id] = attrs.evolve(row, vectors=vectors)

    def _filling(self, embedder: str) -> Named:
        filling = self._spaces.get(SpaceState.FILLING)
        if filling is None or filling[0] != embedder:
            raise NotFound(f"no change to {embedder} is under way: the vectors of {_shown(self.serving)} serve")
        return filling


def _shown(space: Named | None) -> str:
    return f"{space[0]} ({space[1]:,} dimensions)" if space else "nobody"


def _unfilled(row: Row) -> Unfilled:
    job = Job(id=row.job.id, title=row.job.title, description=row.job.description)
    return Unfilled(job=job, text=row.fingerprint.text)
