"""Which way to search: a pure function of what passes the filters, the index, and what it was measured to do.

Two costs are compared. An exact search compares every posting that passes. A search by the index takes a look at the
nearest postings, whether they pass or not, so many that enough of them should. The index has to be clearly cheaper.

Those that pass may lie elsewhere, if what a filter asks for has to do with what the query is about. Then too few are
among the nearest. The index goes on then, until it has handed out twice as many as should do. If there are too few
still, how many there are tells how far to look instead; a second look is taken if that is still clearly cheaper, and
otherwise every posting that passes is compared after all. To have the index go on and on until it has found enough is
what pgvector's iterative scans do; but whatever they find far away was not compared with much, and of the nearest that
pass they may miss all.
"""

from collections.abc import Sequence
from math import ceil

from attrs import evolve, frozen

from jobmatch.model import Costs, IndexStrategy, MatchRequest, Method, Plan, Recall, Storage
from jobmatch.model.index import outgrown
from jobmatch.model.plan import spread
from jobmatch.model.request import pool
from jobmatch.ports import Survey

#: What looks among the nearest may be expected to cost at most, as a share of comparing every posting that passes. They
#: may end in vain, and then both have to be paid for: so neither choice ever costs much more than 1.6 times the other.
HEDGE = 0.65
#: The same for two looks together: a first one that found too few speaks against those after it.
PERSISTENCE = 0.5
#: Times as many of the nearest as should hold enough that pass, until which the index goes on if there are not enough:
#: to go on costs less than to begin again, and nothing if there are.
FURTHER = 2
#: Times the visits that are expected after which an index gives up.
PATIENCE = 10


def plan(request: MatchRequest, survey: Survey) -> Plan:
    """Choose how to search for a request, with all that stands before what it wants.

    Arguments:
        request: tells how many matches are wanted, and how good the answer has to be.
        survey: tells how many postings pass the filters, which index can serve, and what was measured of it.
    """
    return plans(request, survey)[-1]


def plans(request: MatchRequest, survey: Survey) -> Sequence[Plan]:
    """Choose how to search for each block of an answer.

    An index finds others the harder it looks. What stood on a page is known to those after it only if they look for it
    once more, and just so.

    Arguments:
        request: as for `plan`.
        survey: as for `plan`.
    """
    fetches = [pool_size(request, survey, end) for end in request.blocks]
    return [plan_search(survey, fetch=fetch, recall=request.recall) for fetch in fetches]


def pool_size(request: MatchRequest, survey: Survey, end: int) -> int:
    """Return how many postings to fetch for a block, so that ranking has a choice; no more if it has none.

    Arguments:
        request: tells what counts.
        survey: tells by what the index goes.
        end: where the block ends, as a rank.
    """
    return end if request.nearest_first and survey.by_cosine else pool(end)


def plan_search(survey: Survey, *, fetch: int, recall: Recall = Recall.BALANCED) -> Plan:
    """Choose how to search for the *fetch* nearest postings.

    Arguments:
        survey: as for `plan`.
        fetch: postings wanted.
        recall: how many of those that are truly nearest have to be among them.
    """
    if survey.strategy.exact:
        return _exact(survey, fetch, "no vector index")
    option = Option.of(survey, fetch, recall)
    milliseconds = option.exact if option.measured else None
    if recall is Recall.EXACT:
        return _exact(survey, fetch, "every posting is to be compared", milliseconds)
    if option.in_vain >= HEDGE * option.exact:
        reason = f"about {survey.matching:,} postings pass the filters, few enough to compare each"
        return _exact(survey, fetch, reason, milliseconds)
    return option.approximate(fetch)


def _exact(survey: Survey, fetch: int, reason: str, milliseconds: float | None = None) -> Plan:
    return Plan(
        method=Method.EXACT,
        fetch=fetch,
        estimate=survey.matching,
        recall=1.0,
        milliseconds=milliseconds,
        reason=reason,
    )


@frozen(kw_only=True)
class Walk:
    """How far a search by the index goes.

    Arguments:
        effort, near: as in `Plan`.
        enough: nearest postings that should hold as many that pass as are wanted, 0 as `near` is.
        visits: postings that the index is expected to look at.
        vain: the same if too few pass.
        read: those that are expected to be read from the table, to see whether they pass the filters.
    """

    effort: int
    near: int = 0
    enough: int = 0
    visits: float
    vain: float
    read: float = 0.0

    def further(self, survey: Survey, more: int) -> "Walk":
        """Return the one that goes on if too few pass, until it has handed out `FURTHER` times as many, or *more*."""
        near = max(min(FURTHER * self.enough, survey.total, self.near + more), self.near)
        vain = max(self.vain, min(near * survey.strategy.visits_each, survey.total))
        return evolve(self, near=near, vain=vain)


@frozen(kw_only=True)
class Option:
    """The two ways of carrying out one search, with their costs.

    Arguments:
        survey: of the request.
        walk: of the search by the index.
        recall: that the index was measured to have with its effort; None if nobody has measured.
        aside, crowded, thinning: as in `Plan`.
        costs: the coefficients.
        measured: whether they are milliseconds.
    """

    survey: Survey
    walk: Walk
    recall: float | None
    aside: bool
    crowded: float | None
    thinning: float
    costs: Costs
    measured: bool

    @classmethod
    def of(cls, survey: Survey, fetch: int, recall: Recall) -> "Option":
        """Choose how far to look, were those that pass to lie evenly among the others."""
        effort, found = effort_for(survey, fetch, recall)
        calibration, sure = survey.calibration, recall is not Recall.FAST
        option = cls(
            survey=survey,
            walk=walk(survey, effort, fetch),
            recall=None if calibration and outgrown(calibration, survey.total) else found,
            aside=sure,
            crowded=calibration.crowded if calibration and sure else None,
            thinning=calibration.thinning if calibration else 0.0,
            costs=calibration.costs if calibration else assumed(survey.strategy),
            measured=calibration is not None,
        )
        return option._further()

    def _further(self) -> "Option":
        """Return the one that goes on if too few pass, as far as that is worth it; it costs nothing if enough do."""
        if not (self.survey.as_stored and self.survey.strategy.goes_on and self.walk.near):
            return self
        more = max(ceil(self._affordable(HEDGE)) - 1, 0)
        return evolve(self, walk=self.walk.further(self.survey, more))

    def _affordable(self, share: float) -> float:
        """Return how many more of the nearest may be handed out in vain for a *share* of comparing all that pass."""
        each = self.costs.index_visit * self.survey.strategy.visits_each + self.costs.exact_row
        return max(share * self.exact - self.in_vain, 0.0) / each if each else self.survey.total

    @property
    def exact(self) -> float:
        """Cost of comparing every posting that passes."""
        return self.costs.exact + self.costs.exact_row * self.survey.matching

    @property
    def index(self) -> float:
        """Cost of the search by the index, if those that pass lie evenly."""
        return self._walked(self.walk.visits) + self.costs.exact_row * self.walk.read

    @property
    def in_vain(self) -> float:
        """Cost of the same if too few pass, so that all of the nearest are read."""
        return self._walked(self.walk.vain) + self.costs.exact_row * self.walk.near

    def _walked(self, visits: float) -> float:
        return self.costs.index + self.costs.index_visit * visits

    @property
    def reach(self) -> int:
        """Nearest postings that the index can hand out until two looks cost as much as they may."""
        total = max(self.survey.total, self.walk.near)
        return min(self.walk.near + int(self._affordable(PERSISTENCE)), total)

    def approximate(self, fetch: int) -> Plan:
        """Return the plan of the search by the index."""
        return Plan(
            method=Method.APPROXIMATE,
            fetch=fetch,
            effort=self.walk.effort,
            near=self.walk.near,
            every=self.walk.near > 0 and not self.survey.as_stored,
            reach=self.reach,
            visits=ceil(PATIENCE * self.walk.visits),
            doubted=True,
            aside=self.aside,
            crowded=self.crowded,
            thinning=self.thinning,
            estimate=self.survey.matching,
            recall=self.recall,
            milliseconds=self.index if self.measured else None,
            reason=f"about {self.survey.matching:,} postings pass the filters, too many to compare each",
        )


def assumed(strategy: IndexStrategy) -> Costs:
    """Return costs as long as nobody has measured, in rows compared."""
    return Costs(exact=0.0, exact_row=1.0, index=0.0, index_visit=strategy.visit)


def walk(survey: Survey, effort: int, fetch: int) -> Walk:
    """Return how far a search by the index has to go.

    Arguments:
        survey: tells how many postings pass.
        effort: that does without filters.
        fetch: postings wanted.
    """
    strategy, total, excluded = survey.strategy, survey.total, survey.excluded
    share = min(max(survey.matching, 1) / max(total - excluded, 1), 1.0)
    if share == 1 and not excluded:
        visits = strategy.visits(effort, total)
        return Walk(effort=effort, visits=visits, vain=visits)
    wanted = _handed_out(strategy, effort, fetch)
    # Those that are left out by id may be the very nearest: people leave out what they have been shown.
    enough = min(ceil((spread(wanted) + excluded) / share), total)
    if share < 1:
        effort = strategy.reaching(enough, total, effort)
    else:  # all others pass, and the last that are handed out are wanted, which are those that are found the worst
        last = fetch + excluded
        effort = max(strategy.wider(effort, last, fetch, total), strategy.effort(last))
    visits = max(strategy.visits(effort, total), min(enough * strategy.visits_each, total))
    return Walk(
        effort=effort,
        near=max(enough, min(strategy.at_hand(effort), total)),  # what is at hand costs nothing unless it is needed
        enough=enough,
        visits=visits,
        vain=visits,
        read=min((wanted + excluded) / share, total),
    )


def _handed_out(strategy: IndexStrategy, effort: int, fetch: int) -> int:
    """Return how many the index has to hand out, without filters: more than are wanted if it knows but the signs."""
    return strategy.candidates(effort, fetch) if strategy.storage is Storage.BIT else fetch


def effort_for(survey: Survey, fetch: int, recall: Recall) -> tuple[int, float | None]:
    """Return the effort that a calibration has for a recall, or the greatest that was tried, and its recall.

    As long as nobody has measured, the strategy itself has to know; and what more than was measured takes.
    """
    strategy, calibration = survey.strategy, survey.calibration
    if calibration is None or not calibration.rungs:
        return strategy.effort(fetch), None
    rung = calibration.taken(recall.target) or calibration.rungs[-1]
    if fetch <= calibration.k:
        return rung.effort, rung.recall
    return strategy.wider(rung.effort, fetch, calibration.k, survey.total), rung.recall
