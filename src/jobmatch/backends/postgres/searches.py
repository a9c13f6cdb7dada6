"""One search, ready to be carried out or explained: statement, parameters, and the server's settings for it."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
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
from jobmatch.backends.postgres.sight import ROUNDING
from jobmatch.backends.postgres.vectors import literal
from jobmatch.model import Hnsw, IndexStrategy, IvfFlat, Plan
from jobmatch.ports import SearchQuery

if TYPE_CHECKING:
    from jobmatch.ports import Vector

Meanwhile: TypeAlias = Callable[[], None] | None
#: Characters of a constant that an explanation shows: a vector would fill a page.
SHOWN = 40
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
    return Way(target=catalog.target, index=catalog.strategy.storage, first=plan.near > 0, every=plan.every)


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
