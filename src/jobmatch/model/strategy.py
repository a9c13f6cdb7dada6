"""How vectors are indexed: `IndexStrategy` and those that come with jobmatch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from typing import Any, ClassVar

from attrs import asdict, evolve, field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model import fields
from jobmatch.model.kinds import Storage


@frozen(kw_only=True)
class IndexStrategy(ABC):
    """A way of searching vectors, as a value.

    Arguments:
        storage: what the index holds of each vector; None if there is no index.

    Attributes:
        name: what it is called in settings, commands and entry points.
        searching: fields that say how an index is searched, not how it is built: indexes that differ in nothing else
            are alike, and one that is there does not tell them.
        visit: what it costs to look at a posting, as long as nobody has measured: times what it costs to read and
            compare one that passes a filter.
        visits_each: postings that a search has to look at for each further one that it is to hand out.
        goes_on: whether a search hands out more than its effort finds, one after another, if it is asked for more.
    """

    name: ClassVar[str]
    searching: ClassVar[frozenset[str]] = frozenset()
    visit: ClassVar[float] = 2.0
    visits_each: ClassVar[float] = 1.0
    goes_on: ClassVar[bool] = False
    storage: Storage | None = None

    @property
    def exact(self) -> bool:
        """Whether it finds the nearest for certain, there being no index."""
        return False

    @abstractmethod
    def effort(self, fetch: int) -> int:
        """Return the effort for *fetch* postings as long as nobody has measured what is needed."""

    @abstractmethod
    def reaching(self, near: float, rows: int, effort: int) -> int:
        """Return the effort with which a search finds the *near* nearest of *rows* postings.

        Arguments:
            near: how many of the nearest.
            rows: postings in the index.
            effort: what finds the few nearest.
        """

    @abstractmethod
    def efforts(self, rows: int) -> Sequence[int]:
        """Return the efforts worth trying on an index over *rows* postings, ascending."""

    @abstractmethod
    def visits(self, effort: int, rows: int) -> float:
        """Return how many of *rows* postings a search of this effort looks at before it returns the first one."""

    def harder(self, effort: int, rows: int, times: int) -> int:
        """Return an effort that is so many *times* as great, or the greatest there is."""
        efforts = self.efforts(rows)
        return next((other for other in efforts if other >= times * effort), efforts[-1]) if efforts else effort

    def at_once(self, effort: int) -> int:
        """Return the part of an effort that is made at once; the rest only if so many are asked for."""
        return effort

    def at_hand(self, effort: int) -> int:
        """Return how many of the nearest a search of this effort can hand out one by one, whether asked for or not."""
        return 0

    def candidates(self, effort: int, fetch: int) -> int:
        """Return how many that an index over bits has found are compared once more, for *fetch* that are wanted."""
        return max(effort, fetch * REFINED)

    def wider(self, effort: int, fetch: int, k: int, rows: int) -> int:
        """Return the effort that finds the *fetch* nearest of *rows* postings about as well as *effort* finds *k*.

        Arguments:
            effort: that was measured.
            fetch: postings wanted, more than those.
            k: postings that were wanted when it was measured.
            rows: postings in the index.
        """
        return effort

    def better(self) -> "IndexStrategy | None":
        """Return a strategy that finds more and takes longer to build; None if none is known."""
        return None

    def suited(self, rows: int) -> "IndexStrategy | None":
        """Return a strategy of the same kind that suits so many postings much better; None if none is known."""
        return None

    def describe(self) -> str:
        """Return what an index is built with, in a line; equal for indexes that are alike."""
        return " ".join((self.name, *(f"{name}={value}" for name, value in self.built().items())))

    def built(self) -> Mapping[str, Any]:
        """Return what an index is built with, by field."""
        fields = asdict(self).items()
        return {name: value for name, value in fields if name not in self.searching and value is not None}


#: Postings compared once more for one that is wanted, where the effort says nothing about it.
REFINED = 50
#: pgvector's own bound for hnsw.ef_search.
MOST_CANDIDATES = 1_000
#: The few nearest, and the power of how many more are to be found that candidates grow with to find the last of them as
#: well: of a million postings 500 find the ten nearest as often as 800 the hundred nearest, and a thousand 200.
FIRST, FARTHER_OFF = 10, 0.2
#: Times as many candidates again where but some of the nearest are wanted: of those that do not pass a filter nothing
#: is known, so that what was overlooked is seldomer found out. Without it one of twenty people gets but half of the ten
#: nearest where one in five of a million pass (``benchmarks/selectivity.py --jobs 1000000 --queries 20``).
WARY = 1.25
#: Times the candidates that are found about as well by going on once as by as many candidates.
AGAIN = 2
#: Postings that a walk through the graph compares for each candidate that it keeps, measured with m from 8 to 32.
NEIGHBOURS = 5
#: Entries of lists that have to be compared for each of the nearest, beside those for the few nearest: of a million
#: postings in 1,000 lists, 6 lists hold the ten nearest of nearly everyone, 9 the thousand nearest, and 13 the 3,000.
FARTHER = 3
#: What an entry of a list costs, as a part of a row of the table: they lie one after another.
ENTRY = 0.2
#: pgvector's own bound.
MOST_LISTS = 32_768
#: Times as many lists, or as few, from which on the difference is worth a word.
UNEVEN = 4
#: Links per node. With 16, pgvector's own default, an index is smaller and sooner built, but needs more candidates to
#: find as much, and leaves more people whose nearest lie where hardly any link leads (``benchmarks/astray.py --m 16``).
GOOD_LINKS = 32
#: Candidates kept while building. pgvector's own default, 64, builds in half the time; but then there are people, a few
#: in a thousand, for whom no effort finds the nearest of 100,000 postings, and of a million no effort finds 0.99.
GOOD_CANDIDATES = 256
#: From here on more candidates while building bring little, and more links bring more.
ENOUGH_CANDIDATES, ENOUGH_LINKS = 512, 48
#: Fewer than pgvector's own default take hardly less time, and leave more of those short who were not asked.
_CANDIDATES = (40, 50, 60, 80, 100, 125, 150, 200, 250, 300, 400, 500, 600, 800, MOST_CANDIDATES)


@frozen(kw_only=True)
class Exact(IndexStrategy):
    """No vector index: every row that passes the filters is compared, as it is stored."""

    name: ClassVar[str] = "exact"

    @property
    def exact(self) -> bool:
        """Always."""
        return True

    def effort(self, fetch: int) -> int:
        """There is nothing to choose."""
        return 0

    def reaching(self, near: float, rows: int, effort: int) -> int:
        """There is nothing to choose."""
        return 0

    def efforts(self, rows: int) -> Sequence[int]:
        """There is nothing to try."""
        return ()

    def visits(self, effort: int, rows: int) -> float:
        """No index, no visits."""
        return 0.0


@frozen(kw_only=True)
class Hnsw(IndexStrategy):
    """A navigable small-world graph: the better recall at a given speed, slower to build.

    Its effort is the number of candidates kept while searching.

    Arguments:
        m: links per node, 2 to 100.
        ef_construction: candidates kept while building, 4 to 1,000, at least 2 m.
        ef_search: candidates kept while searching as long as nothing was measured, 1 to 1,000.
        storage: what the index holds of each vector.
    """

    name: ClassVar[str] = "hnsw"
    searching: ClassVar[frozenset[str]] = frozenset({"ef_search"})
    visits_each: ClassVar[float] = NEIGHBOURS
    goes_on: ClassVar[bool] = True
    m: int = field(default=GOOD_LINKS, validator=fields.between(2, 100))
    ef_construction: int = field(default=GOOD_CANDIDATES, validator=fields.between(4, 1_000))
    ef_search: int = field(default=40, validator=fields.between(1, MOST_CANDIDATES))
    storage: Storage = field(default=Storage.HALFVEC, converter=Storage)

    def __attrs_post_init__(self) -> None:
        given = None not in (self.m, self.ef_construction)
        if given and self.ef_construction < 2 * self.m:  # pgvector refuses it, but only when it is to build
            raise InvalidInput("hnsw.ef_construction", f"must be at least {2 * self.m}, twice the links per node")

    def effort(self, fetch: int) -> int:
        """Twice as many candidates as are wanted, of signs alone more, and never fewer than the owner set."""
        times = 8 if self.storage is Storage.BIT else 2
        return min(max(self.ef_search, times * fetch), MOST_CANDIDATES)

    def reaching(self, near: float, rows: int, effort: int) -> int:
        """The more candidates, the farther: with so many the last are found as well as the first.

        pgvector keeps no more than a thousand at once, and goes on with as many again: half of them will do, at least.
        """
        if near <= FIRST:
            return effort
        more: float = WARY * effort * (near / FIRST) ** FARTHER_OFF
        return max(ceil(near / AGAIN), min(ceil(more), MOST_CANDIDATES))

    def efforts(self, rows: int) -> Sequence[int]:
        """From as many candidates as pgvector keeps by itself to as many as it allows."""
        return _CANDIDATES

    def better(self) -> IndexStrategy | None:
        """Halves instead of signs, then more candidates while building, then more links."""
        if self.storage is Storage.BIT:
            return evolve(self, storage=Storage.HALFVEC)
        if self.ef_construction < ENOUGH_CANDIDATES:
            return evolve(self, ef_construction=ENOUGH_CANDIDATES)
        return evolve(self, m=min(2 * self.m, ENOUGH_LINKS)) if self.m < ENOUGH_LINKS else None

    def harder(self, effort: int, rows: int, times: int) -> int:
        """Any number of candidates, for there is no end to going on."""
        return max(min(times * effort, rows), effort)

    def at_once(self, effort: int) -> int:
        """As many candidates as pgvector keeps."""
        return min(effort, MOST_CANDIDATES)

    def at_hand(self, effort: int) -> int:
        """The candidates that were kept; none whose true distances are not known."""
        return 0 if self.storage is Storage.BIT else self.at_once(effort)

    def wider(self, effort: int, fetch: int, k: int, rows: int) -> int:
        """As many candidates as are wanted; of signs as many times more, for those are what is compared once more."""
        more = ceil(effort * fetch / k) if self.storage is Storage.BIT else min(fetch, MOST_CANDIDATES)
        return max(effort, more)

    def candidates(self, effort: int, fetch: int) -> int:
        """All that are kept while searching."""
        return max(effort, fetch)

    def visits(self, effort: int, rows: int) -> float:
        """Several neighbours for every candidate that is kept."""
        return min(NEIGHBOURS * effort, rows)


@frozen(kw_only=True)
class IvfFlat(IndexStrategy):
    """Lists around centres: quick to build, on data that is already loaded.

    Its effort is the number of lists that a search visits.

    Arguments:
        lists: number of lists, 1 to 32,768.
        probes: lists visited as long as nothing was measured; more than there are means all.
        storage: what the index holds of each vector.
    """

    name: ClassVar[str] = "ivfflat"
    searching: ClassVar[frozenset[str]] = frozenset({"probes"})
    visit: ClassVar[float] = ENTRY
    visits_each: ClassVar[float] = FARTHER
    goes_on: ClassVar[bool] = True
    lists: int = field(default=100, validator=fields.between(1, MOST_LISTS))
    probes: int = field(default=10, validator=fields.between(1, MOST_LISTS))
    storage: Storage = field(default=Storage.HALFVEC, converter=Storage)

    def effort(self, fetch: int) -> int:
        """As many lists as the owner set."""
        return min(self.probes, self.lists)

    def reaching(self, near: float, rows: int, effort: int) -> int:
        """Beside those for the few nearest about as many lists as hold several times so many postings."""
        return min(round(effort + FARTHER * near * self.lists / max(rows, 1)), self.lists)

    def wider(self, effort: int, fetch: int, k: int, rows: int) -> int:
        """As far as those that are wanted lie."""
        return self.reaching(fetch, rows, effort)

    def efforts(self, rows: int) -> Sequence[int]:
        """From one list to all, each time about a quarter more."""
        steps = [1]
        while steps[-1] < self.lists:
            steps.append(min(max(steps[-1] + 1, steps[-1] * 5 // 4), self.lists))
        return steps

    def better(self) -> IndexStrategy | None:
        """Halves instead of signs, for all lists together hold everything."""
        return evolve(self, storage=Storage.HALFVEC) if self.storage is Storage.BIT else None

    def suited(self, rows: int) -> IndexStrategy | None:
        """As many lists as each then holds postings: fewer are longer, more have more centres to compare first."""
        even = min(max(round(sqrt(rows)), 1), MOST_LISTS)
        return evolve(self, lists=even) if max(even, self.lists) > UNEVEN * min(even, self.lists) else None

    def visits(self, effort: int, rows: int) -> float:
        """All of the lists visited."""
        return rows * min(effort / self.lists, 1.0)
