"""`Constellation`: a graph whose owner gives one figure, the links of each posting; all else follows from it."""

from collections.abc import Sequence
from math import ceil
from typing import ClassVar

from attrs import evolve, field, frozen, validators

from jobmatch.model import IndexStrategy, Storage

#: Links of a posting; more bring little.
FEWEST_LINKS, MOST_LINKS = 4, 48
#: Candidates that a search can keep, and neighbours that it compares for each.
MOST_CANDIDATES, NEIGHBOURS = 1_000, 5
_STEPS = (20, 40, 80, 160, 320, 640, MOST_CANDIDATES)


@frozen(kw_only=True)
class Constellation(IndexStrategy):
    """An index by the access method ``constellation``.

    Its effort is the number of candidates kept while searching.

    Arguments:
        links: of each posting, 4 to 48.
        look: candidates kept while searching as long as nothing was measured, 1 to 1,000.
        storage: what the index holds of each vector, ``halfvec`` or ``vector``.
    """

    name: ClassVar[str] = "constellation"
    # An index that is there does not tell it, and it changes nothing about the index.
    searching: ClassVar[frozenset[str]] = frozenset({"look"})
    # Every candidate is handed out, and took looks at several neighbours.
    visits_each: ClassVar[float] = NEIGHBOURS
    # Iterative scans: who asks for more gets more.
    goes_on: ClassVar[bool] = True
    links: int = field(default=24, validator=[validators.ge(FEWEST_LINKS), validators.le(MOST_LINKS)])
    look: int = field(default=60, validator=[validators.ge(1), validators.le(MOST_CANDIDATES)])
    storage: Storage = field(default=Storage.HALFVEC, converter=Storage)

    def effort(self, fetch: int) -> int:
        """Twice as many candidates as are wanted, and never fewer than the owner set."""
        return min(max(self.look, 2 * fetch), MOST_CANDIDATES)

    def reaching(self, near: float, rows: int, effort: int) -> int:
        """That many candidates; a search goes on with as many again where that is more than it keeps."""
        return max(effort, ceil(near))

    def efforts(self, rows: int) -> Sequence[int]:
        """Each time twice as many candidates."""
        return _STEPS

    def visits(self, effort: int, rows: int) -> float:
        """Several neighbours for every candidate."""
        return min(NEIGHBOURS * effort, rows)

    def better(self) -> IndexStrategy | None:
        """More links."""
        return evolve(self, links=min(2 * self.links, MOST_LINKS)) if self.links < MOST_LINKS else None
