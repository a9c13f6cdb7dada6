"""One search, ready to be carried out or explained: statement, parameters, and the server's settings for it."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
from attrs import frozen
from psycopg import AsyncClientCursor, AsyncConnection

from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres import statements
from jobmatch.backends.postgres.catalog import Catalog, methods
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Rows
from jobmatch.backends.postgres.nearest import Way, aside, search
from jobmatch.backends.postgres.shape import Shape
from jobmatch.backends.postgres.sight import ROUNDING, Sight
from jobmatch.backends.postgres.surveys import Surveyor
from jobmatch.backends.postgres.vectors import literal
from jobmatch.model import Hnsw, IndexStrategy, IvfFlat, Method, Plan, Storage
from jobmatch.model.plan import SOUND, spread
from jobmatch.ports import SearchQuery

if TYPE_CHECKING:
    from jobmatch.ports import Vector

Meanwhile: TypeAlias = Callable[[], None] | None
#: Characters of a constant that an explanation shows: a vector would fill a page.
SHOWN = 40
#: Postings looked at from each side.
BESIDE = 30
#: Times as many as are wanted that should pass among those that are looked at, from which on nobody is asked whether
#: fewer do: to look takes hardly longer than to ask.
AMPLE = 2
#: Times the effort of the first look that a second takes, at least.
HARDER = 4
#: The kinds of index that anybody may build at any time, as they are searched as long as nothing is known of them.
KINDS: Sequence[IndexStrategy] = (Hnsw(), IvfFlat())
_CONSTANT = re.compile(r"'((?:[^']|'')*)'")


@frozen(kw_only=True)
class Search:
    """What is sent to the server.

    Arguments:
        statement: nearest postings.
        parameters: of the statement, its constants among them.
        settings: of the server, for this search alone.
    """

    statement: Compiled
    parameters: Mapping[str, Any]
    settings: Mapping[str, str]


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


def approximate(query: SearchQuery, plan: Plan, catalog: Catalog, *, shown: int = 0) -> Search:
    """Search by the index.

    Arguments:
        query, plan, catalog: as planned.
        shown: how many of the nearest come with their vectors.
    """
    return _search(
        query,
        plan,
        attrs.evolve(_way(plan, catalog), shown=shown),
        settings=_settings(plan, catalog),
        near=plan.near or catalog.strategy.candidates(plan.effort, plan.fetch),
        catalog=catalog,
    )


def _way(plan: Plan, catalog: Catalog) -> Way:
    strategy = catalog.strategy
    ordered = plan.near * strategy.visits_each <= strategy.visits(plan.effort, catalog.total)
    return Way(target=catalog.target, index=strategy.storage, first=plan.near > 0, ordered=ordered)


def beside(query: SearchQuery, plan: Plan, catalog: Catalog) -> Plan:
    """Return the plan of a look from one side.

    Under filters it goes as far as before, or there might be none that pass; without it is at a few, and so many more
    as have expired.
    """
    if query.filters and plan.near:
        return plan
    strategy, wanted = catalog.strategy, BESIDE
    if plan.near:
        wanted = min(ceil(BESIDE * catalog.total / max(plan.estimate, 1)), plan.near)
    near = strategy.candidates(plan.effort, wanted) if strategy.storage is Storage.BIT else wanted
    return attrs.evolve(plan, near=near, effort=min(plan.effort, strategy.effort(wanted)))


def from_aside(
    query: SearchQuery, plan: Plan, sides: "Sequence[Vector]", catalog: Catalog, *, farthest: float
) -> Search:
    """Look from other *sides* for what is nearer than *farthest*, as `beside` plans it."""
    way = _way(plan, catalog)
    statement = aside(_shape(query, way, catalog), way, len(sides))
    parameters = {
        **_parameters(query, catalog),
        **{f"side{number}": literal(side, way.target.kind) for number, side in enumerate(sides)},
        "near": plan.near,
        "farthest": farthest - ROUNDING * abs(farthest),
        **statement.constants,
    }
    return Search(statement=statement, parameters=parameters, settings=_settings(plan, catalog))


def overlooked(rows: Rows, seen: Rows) -> bool:
    """Tell whether nearer ones were seen from aside than were found: too many for the answer to be sound.

    Arguments:
        rows: found, the second of each its distance.
        seen: the first of each its distance. Of postings that are alike, and so equally far, one stands for all.
    """
    new = {distance for (distance,) in seen}.difference(row[1] for row in rows)
    return len(new) >= max((1 - SOUND) * len(rows), 1)


def _settings(plan: Plan, catalog: Catalog) -> Mapping[str, str]:
    """Return the settings for the index; and for others over the same vectors, for the server may take one of those.

    There may be one that was built since the catalog was read: none of our kinds is searched as the server would by
    itself.
    """
    settings: dict[str, str] = {}
    for other in (*KINDS, *(other.strategy for other in catalog.others)):
        effort = other.effort(max(plan.near, plan.fetch))
        settings.update(methods.of(other).settings(other, effort=effort, visits=plan.visits))
    strategy = catalog.strategy
    settings.update(methods.of(strategy).settings(strategy, effort=plan.effort, visits=plan.visits))
    return settings


def foreseen(query: SearchQuery, plan: Plan, sight: Sight, catalog: Catalog) -> Plan | None:
    """Return the plan of a first look, by what the witnesses nearby say of the filters; None if it is not worth it."""
    wanted, total = spread(plan.fetch), max(catalog.total, 1)
    if not (plan.near and plan.estimate) or plan.near * plan.estimate / total >= AMPLE * wanted:
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
    effort = catalog.strategy.reaching(near, catalog.total, plan.effort)
    return attrs.evolve(plan, near=near, effort=effort, visits=plan.visits * ceil(near / plan.near))


def harder(plan: Plan, catalog: Catalog) -> Plan | None:
    """Return the plan of a second look after the index was led astray; None if it can do no more."""
    return _harder(plan, catalog, "led astray at first")


def thorough(plan: Plan, catalog: Catalog) -> Plan:
    """Return the plan of a second look where it is crowded; *plan* itself if the index can do no more.

    So it is if comparing all that pass would be the better way, by what looks may come to.
    """
    again, strategy = _harder(plan, catalog, "once more, for many are about as near"), catalog.strategy
    if again is None or strategy.visits(again.effort, catalog.total) > plan.reach * strategy.visits_each:
        return plan
    return attrs.evolve(again, crowded=None)


def _harder(plan: Plan, catalog: Catalog, why: str) -> Plan | None:
    efforts = [effort for effort in catalog.strategy.efforts(catalog.total) if effort > plan.effort]
    if not efforts:
        return None
    effort = next((effort for effort in efforts if effort >= HARDER * plan.effort), efforts[-1])
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
        reach=0,
        visits=0,
        doubted=False,
        aside=False,
        crowded=None,
        recall=1.0,
    )


def exact(query: SearchQuery, plan: Plan, catalog: Catalog) -> Search:
    """Compare every posting that passes."""
    return _search(query, plan, Way(target=catalog.target), settings={}, near=0, catalog=catalog)


def _search(
    query: SearchQuery, plan: Plan, way: Way, *, settings: Mapping[str, str], near: int, catalog: Catalog
) -> Search:
    statement = search(_shape(query, way, catalog), len(query.keywords), way)
    parameters = {
        **_parameters(query, catalog),
        **conditions.spelled("told", query.keywords, catalog.layout),
        "fetch": plan.fetch,
        "near": near,
        **statement.constants,
    }
    return Search(statement=statement, parameters=parameters, settings=settings)


def _shape(query: SearchQuery, way: Way, catalog: Catalog) -> Shape:
    layout = catalog.layout.whole if way.index else catalog.layout
    return conditions.shape(query.filters, layout, owner=query.owner)


def _parameters(query: SearchQuery, catalog: Catalog) -> dict[str, Any]:
    return {
        **conditions.values(query.filters, catalog.layout),
        "vector": literal(query.vector, catalog.target.kind),
        "owner": query.owner,
        "scope": catalog.scope,
    }


async def carry_out(connection: AsyncConnection, search: Search, meanwhile: Meanwhile = None) -> Rows:
    """Return the rows found.

    Arguments:
        connection: nobody else's.
        search: what to send.
        meanwhile: called once that is sent, as the server is at work then, and we are not.
    """
    if meanwhile:
        asyncio.get_running_loop().call_soon(meanwhile)
    return await _send(connection, search, search.statement.text)


async def explain(connection: AsyncConnection, search: Search) -> Sequence[str]:
    """Return the server's own account, in lines; nothing is executed."""
    rows = await _send(connection, search, f"EXPLAIN {search.statement.text}")
    return [_CONSTANT.sub(_shortened, line) for (line,) in rows]


def _shortened(constant: re.Match[str]) -> str:
    return constant[0] if len(constant[1]) <= SHOWN else f"'{constant[1][:SHOWN]}…'"


async def _send(connection: AsyncConnection, search: Search, statement: str) -> Rows:
    """Send settings and statement together, as one transaction: the settings end with it.

    The values are put into the text on our side, for only a statement without parameters can travel with others; and it
    is planned for just these values, while a prepared one would keep a plan made under other settings.
    """
    cursor, parameters = AsyncClientCursor(connection), search.parameters
    if settings := search.settings:
        numbered = {f"setting{n}": name for n, name in enumerate(settings)}
        values = {f"value{n}": value for n, value in enumerate(settings.values())}
        statement = "; ".join((statements.assign(len(settings)).text, statement))
        parameters = {**parameters, **numbered, **values}
    await cursor.execute(statement, parameters)
    while cursor.nextset():
        pass
    return await cursor.fetchall()
