"""What a search is planned from, and the `Plan` for one request."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import accumulate
from math import ceil, sqrt

from attrs import evolve, frozen


class Method(StrEnum):
    """The two ways of searching."""

    EXACT = "exact"
    APPROXIMATE = "approximate"


#: Standard deviations of luck that a look among the nearest allows for. One more makes every look longer; one less has
#: more of them end in vain, and be paid for twice: together they cost least between 1.5 and 1.8.
DEVIATIONS = 1.6


def spread(wanted: int) -> float:
    """Return how many that pass should be among those looked at, so that there are hardly ever fewer than *wanted*.

    How many of those looked at pass is, as long as they pass independently, about Poisson distributed.
    """
    return wanted + DEVIATIONS * sqrt(wanted)


#: Of the postings found, how many tell how crowded it is, and are held against witnesses: among many some witnesses
#: are, whatever was overlooked.
FEW = 10


@frozen(kw_only=True)
class Plan:
    """How one request is searched.

    Arguments:
        method: exact, or by the vector index.
        fetch: nearest postings to fetch, for ranking to choose from.
        effort: what the strategy takes for it, as candidates (hnsw) or lists (ivfflat) that the index visits; 0 when
            exact.
        near: nearest postings that the index hands out at most, whether they pass the filters or not, until enough of
            them do; 0 if it looks for those that pass, and when exact.
        every: whether all of those are handed out, and the nearest that pass chosen from them: an index that goes on
            hands them out in no order.
        reach: nearest postings that looks among them may come to, all together, until comparing all that pass is the
            better way.
        visits: postings that the index may look at before it gives up; 0 when exact.
        doubted: whether what the index finds is held against postings drawn at random, and searched again if it cannot
            be the nearest.
        aside: whether the index is asked about each kind as well, where the query lies between postings of different
            kinds; if that finds a nearer one, all are compared. Only what is doubted is.
        crowded: the crowding around a query, as `JobIndex.crowding` tells it by the last of the `FEW` nearest, from
            which on the index is asked once more, and harder; None if it never is. Only where what is found is doubted.
        thinning: how fast crowding falls with the rank that it is told by: its power, with the sign changed.
        estimate: postings expected to pass the filters.
        recall: share of the nearest that the index was measured to find with this effort; 1 when exact, None if nobody
            has measured, or with less than half as many postings.
        milliseconds: how long the search is expected to take; None if nobody has measured.
        reason: why this method, for people.
    """

    method: Method
    fetch: int
    effort: int = 0
    near: int = 0
    every: bool = False
    reach: int = 0
    visits: int = 0
    doubted: bool = False
    aside: bool = False
    crowded: float | None = None
    thinning: float = 0.0
    estimate: int = 0
    recall: float | None = None
    milliseconds: float | None = None
    reason: str = ""

    def allows(self, carried_out: "Plan") -> bool:
        """Tell whether this is how a search was planned, which may ask the index twice where it is crowded."""
        twice = self.crowded is not None and carried_out.crowded is None
        harder = max(carried_out.effort, carried_out.near) >= self.effort
        return carried_out == self or (twice and harder and self._alike(carried_out))

    def _alike(self, other: "Plan") -> bool:
        """Tell whether another one differs in how hard it looks, and no further."""
        hard = {name: getattr(self, name) for name in ("effort", "near", "every", "visits", "crowded", "reason")}
        return self == evolve(other, **hard)

    def asks_twice(self, crowding: float, rank: float) -> bool:
        """Tell whether it is so crowded around a query that the index is asked once more.

        Arguments:
            crowding: as `JobIndex.crowding` has it.
            rank: that it is told by.
        """
        return self.crowded is not None and crowding > self.crowded * (rank / FEW) ** -self.thinning

    def affords(self, near: int, *, looked_at: int) -> bool:
        """Tell whether looks among *near* more of the nearest are a better way than comparing all that pass.

        Arguments:
            near: how many more.
            looked_at: how many of the nearest were looked at before.
        """
        return not self.near or looked_at + near <= self.reach

    def farther(self, passing: float, *, looked: bool = True) -> int:
        """Return how many of the nearest should hold enough that pass, if *passing* of the first ``near`` do.

        0 if comparing all that pass is the better way.

        Arguments:
            passing: how many of them do.
            looked: whether those were looked at, which is what told.
        """
        near = ceil(self.near * spread(self.fetch) / passing) if passing else 0
        return near if near + looked * self.near <= self.reach else 0


#: Share of searches that may be repeated, each as slow as comparing everything, without making an effort a bad choice.
RARELY = 0.05


@frozen(kw_only=True)
class Rung:
    """What one effort was measured to bring, without filters.

    Arguments:
        effort: as in `Plan`.
        recall: mean share of the nearest that were found.
        worst: the same of the worst query.
        milliseconds: median duration.
        repeated: share of the searches that were led astray, and therefore repeated with more effort.
    """

    effort: int
    recall: float
    worst: float
    milliseconds: float
    repeated: float = 0.0

    def reaches(self, target: float) -> bool:
        """Tell whether the effort brings a recall, and not by searching again and again."""
        return self.recall >= target and self.repeated <= RARELY


@frozen(kw_only=True)
class Costs:
    """What searching costs here, in milliseconds: ``exact + exact_row × rows``, or by the index ``index + index_visit ×
    visits + exact_row × read``.

    Arguments:
        exact: an exact search that compares nothing.
        exact_row: each row that passes the filters, and each that is read to see whether it does.
        index: a search by the index that visits nothing.
        index_visit: each posting that it visits.
    """

    exact: float
    exact_row: float
    index: float
    index_visit: float


#: Times what an effort takes that more effort may take, to be taken for the sake of those who were not asked.
MARGIN = 1.1
#: Times the least effort that reaches a recall that one which is taken may be. What little time it takes is hard to
#: measure; whoever needs more still is found by how crowded it is.
TWICE = 2
#: The least that a query may find, as a share of what is wanted of all of them.
SOUND = 0.9


@frozen(kw_only=True)
class Calibration:
    """What an index was measured to do.

    Arguments:
        index: `IndexStrategy.describe` of the index.
        rows: postings in it then.
        k: number of nearest that were looked for.
        queries: how many.
        rungs: by effort, ascending.
        costs: for deciding between the two methods.
        measured_at: when.
        crowded: the crowding, as `JobIndex.crowding` tells it by the last of the `FEW` nearest, that there is at most
            around most of the queries; None if that is not known.
        thinning: as in `Plan`.
        astray: share of queries for two things at once of whose nearest the index found less than `SOUND`, had it not
            been asked from aside as well; None if that was not measured.
    """

    index: str
    rows: int
    k: int
    queries: int
    rungs: tuple[Rung, ...]
    costs: Costs
    measured_at: datetime
    crowded: float | None = None
    thinning: float = 0.0
    astray: float | None = None

    def reaching(self, target: float) -> Rung | None:
        """See `reaching`."""
        return reaching(self.rungs, target)

    def taken(self, target: float) -> Rung | None:
        """See `taken`."""
        return taken(self.rungs, target)


def reaching(rungs: Sequence[Rung], target: float) -> Rung | None:
    """Return the rung of least effort that reaches a recall, and with it no bad query if that can be had.

    None if no rung reaches it. A mean may hide a query of which nothing was found.

    Arguments:
        rungs: by effort, ascending.
        target: the recall.
    """
    enough = [rung for rung in rungs if rung.reaches(target)]
    sound = [rung for rung in enough if rung.worst >= SOUND * target]
    return next(iter(sound or enough), None)


def taken(rungs: Sequence[Rung], target: float) -> Rung | None:
    """Return the rung that searches take for a recall: the one after the least that reaches it, if there is one.

    Whoever asks later was not among those who were asked. Of an index that found all for 200 people there may always be
    a few others of whose nearest postings it finds none, and fewer with each step. So it is further steps as well, up
    to twice the effort, as long as they take little more time.

    Arguments:
        rungs: as for `reaching`.
        target: as for `reaching`.
    """
    if (least := reaching(rungs, target)) is None:
        return None
    first, *spare = list(zip(rungs, _times(rungs), strict=True))[rungs.index(least) :]
    near = [(rung, milliseconds) for rung, milliseconds in spare if rung.effort <= TWICE * least.effort]
    cheap = [rung for rung, milliseconds in near if milliseconds <= MARGIN * first[1]]
    return cheap[-1] if cheap else spare[0][0] if spare else least


def _times(rungs: Sequence[Rung]) -> list[float]:
    """Return what each takes: no more than one of more effort, or else the machine was busy with something else."""
    return list(accumulate((rung.milliseconds for rung in reversed(rungs)), min))[::-1]
