"""Whose vectors an index holds: `Space`, and how far a change from one embedder to another is."""

from enum import StrEnum

from attrs import frozen


class SpaceState(StrEnum):
    """What the vectors of an embedder are there for."""

    SERVING = "serving"
    FILLING = "filling"
    RETIRED = "retired"


@frozen(kw_only=True)
class Space:
    """The vectors of one embedder. Those of two embedders are never compared.

    Arguments:
        embedder: its name.
        dimensions: of each vector.
        state: ``serving``: searched, and kept by imports; ``filling``: made beside the serving ones, not searched yet;
            ``retired``: replaced, and searched only by processes that still run with this embedder.
    """

    embedder: str
    dimensions: int
    state: SpaceState

    def __str__(self) -> str:
        return f"{self.embedder} ({self.dimensions:,} dimensions)"


@frozen(kw_only=True)
class SpacesStatus:
    """How far a change of embedder is.

    Arguments:
        serving: whose vectors searches use; None before the first import.
        filling: whose vectors are being made; None if no change is under way.
        retired: whose vectors are still kept after a change; None if there are none.
        jobs: postings.
        filled: those of them that have a vector of the embedder that is being changed to; all, if there is none.
        index: `IndexStrategy.describe` of the vector index over the vectors being made; None if there is no change.
        planned: the same of the one that they are to have before they serve: of the kind of the one that serves, and
            the same but for what it holds of each vector, if that could not hold these.
    """

    serving: Space | None
    filling: Space | None = None
    retired: Space | None = None
    jobs: int = 0
    filled: int = 0
    index: str | None = None
    planned: str | None = None
