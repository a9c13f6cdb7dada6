"""The looks at an index that one search takes: how far and how hard each is to go, and whether it is worth it."""

from math import ceil

import attrs

from jobmatch.backends.postgres.catalog import Catalog
from jobmatch.backends.postgres.database import Rows
from jobmatch.backends.postgres.sight import Sight
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.model import Method, Plan, Storage
from jobmatch.model.plan import SOUND, spread
from jobmatch.ports import SearchQuery

#: Where the rank is in a row of a search, among all that the index handed out.
RANK = 2
#: Postings looked at from each side.
BESIDE = 30
#: Times as many as are wanted that should pass among those that are looked at, from which on nobody is asked whether
#: fewer do: to look takes hardly longer than to ask, if they are at hand; and if the filters have nothing to do with
#: what postings are about, there is no reason why there should be fewer.
AMPLE = 2
#: Times as far as it goes that the effort of a look is for if those that pass lie at its end, and not evenly.
SURELY = 2
#: Times the effort of the first look that a second takes.
HARDER = 4


def by_index(query: SearchQuery, plan: Plan, catalog: Catalog) -> bool:
    """Whether the index can serve: there is one, and the vector has a direction."""
    return plan.method is Method.APPROXIMATE and not catalog.strategy.exact and bool(query.vector.any())


async def begin(
    query: SearchQuery, plan: Plan, catalog: Catalog, surveyor: Surveyor
) -> tuple[Plan | None, Sight | None]:
    """Return the plan of a first look at the index, None to compare every posting; and what the witnesses see."""
    if not by_index(query, plan, catalog):
        return None, None
    if not plan.doubted:
        return plan, None
    sight = await surveyor.seen_from(query.vector, catalog)
    return foreseen(query, plan, sight, catalog), sight


def foreseen(query: SearchQuery, plan: Plan, sight: Sight, catalog: Catalog) -> Plan | None:
    """Return the plan of a first look, by what the witnesses nearby say of the filters; None if it is not worth it."""
    if not (plan.near and plan.estimate):
        return plan
    wanted = spread(plan.fetch)
    ample = AMPLE * wanted * catalog.total / plan.estimate
    if catalog.strategy.at_hand(plan.effort) >= ample or (plan.near >= ample and sight.evenly(query.filters)):
        return plan
    there = passing(query, plan, sight, catalog)
    return plan if there >= wanted else _as_far(plan, plan.farther(there, looked=False), catalog)


def passing(query: SearchQuery, plan: Plan, sight: Sight, catalog: Catalog) -> float:
    """Return how many of the nearest that a plan looks at should pass, by what the witnesses nearby say."""
    usual = plan.estimate / max(catalog.total, 1)
    return plan.near * sight.share(query.filters, usual=usual) if usual else 0.0


def farther(plan: Plan, passing: float, catalog: Catalog) -> Plan | None:
    """Return the plan of a second look, after *passing* of the nearest passed; None if it is not worth it.

    Nor is it if so many should have that it would look no farther.
    """
    if passing >= spread(plan.fetch):
        return None
    return _as_far(plan, plan.farther(passing), catalog)


def _as_far(plan: Plan, near: int, catalog: Catalog) -> Plan | None:
    if not near:
        return None
    effort = catalog.strategy.reaching(SURELY * near, catalog.total, plan.effort)
    return attrs.evolve(plan, near=near, effort=effort, visits=plan.visits * ceil(near / plan.near))


def harder(plan: Plan, catalog: Catalog) -> Plan | None:
    """Return the plan of a second look after the index was led astray; None if it can do no more at once.

    To go on and on would make it harder to tell whether that was led astray, too.
    """
    strategy = catalog.strategy
    effort = strategy.at_once(strategy.harder(plan.effort, catalog.total, HARDER))
    return _with_effort(plan, effort, "led astray at first") if effort > plan.effort else None


def thorough(plan: Plan, catalog: Catalog, looked_at: int) -> Plan:
    """Return the plan of a second look where it is crowded; *plan* itself if the index can do no more.

    So it is if comparing all that pass would be the better way, by what looks may come to. What the index does at once
    may be worth it where to go on is not.

    Arguments:
        plan: of the first look.
        catalog: of the table.
        looked_at: how many of the nearest it handed out.
    """
    strategy = catalog.strategy
    most = strategy.harder(plan.effort, catalog.total, HARDER)
    for effort in (most, strategy.at_once(most)):
        if plan.effort < effort and looked_at + _handing_out(effort, catalog) <= plan.reach:
            again = _with_effort(plan, effort, "once more, for many are about as near")
            return attrs.evolve(_going_on(again, strategy.at_once(effort)), crowded=None)
    return plan


def _handing_out(effort: int, catalog: Catalog) -> float:
    """Return how many of the nearest could be handed out for what an *effort* costs."""
    strategy = catalog.strategy
    visited = strategy.visits(effort, catalog.total) / strategy.visits_each
    return max(visited, effort if effort > strategy.at_once(effort) else 0)


def _going_on(plan: Plan, at_once: int) -> Plan:
    """Return *plan* so that an index that makes but a part of the effort at once goes on: more are asked for.

    They may be nearer than those before, so all of them are compared.
    """
    if plan.effort == at_once:
        return plan
    return attrs.evolve(plan, effort=at_once, near=max(plan.near, plan.effort), every=True)


def _with_effort(plan: Plan, effort: int, why: str) -> Plan:
    visits = plan.visits * ceil(effort / max(plan.effort, 1))
    return attrs.evolve(plan, effort=effort, visits=visits, reason=f"{plan.reason}; {why}")


def exactly(plan: Plan) -> Plan:
    """Return *plan* as it is carried out without a vector index."""
    if plan.method is Method.APPROXIMATE:
        plan = attrs.evolve(plan, reason=f"{plan.reason}; but the index would not do", milliseconds=None)
    return attrs.evolve(
        plan,
        method=Method.EXACT,
        effort=0,
        near=0,
        every=False,
        reach=0,
        visits=0,
        doubted=False,
        aside=False,
        crowded=None,
        thinning=0.0,
        recall=1.0,
    )


def handed_out(plan: Plan, rows: Rows) -> int:
    """Return how many of the nearest the index handed out until there were those *rows*, at most."""
    ranks = [row[RANK] for row in rows]
    return max(ranks) if ranks and None not in ranks else max(plan.near, plan.fetch)


def beside(query: SearchQuery, plan: Plan, catalog: Catalog, far: int) -> Plan:
    """Return the plan of a look from one side.

    Under filters it goes as *far* as before, or there might be none that pass; without it is at a few, and so many more
    as have expired.
    """
    if query.filters and plan.near:
        return attrs.evolve(plan, near=far)
    strategy, wanted = catalog.strategy, BESIDE
    if plan.near:
        wanted = min(ceil(BESIDE * catalog.total / max(plan.estimate, 1)), plan.near)
    near = strategy.candidates(plan.effort, wanted) if strategy.storage is Storage.BIT else wanted
    return attrs.evolve(plan, near=near, effort=min(plan.effort, strategy.effort(wanted)))


def overlooked(rows: Rows, seen: Rows) -> bool:
    """Tell whether nearer ones were seen from aside than were found: too many for the answer to be sound.

    Arguments:
        rows: found, the second of each its distance.
        seen: the first of each its distance. Of postings that are alike, and so equally far, one stands for all.
    """
    new = {distance for (distance,) in seen}.difference(row[1] for row in rows)
    return len(new) >= max((1 - SOUND) * len(rows), 1)
