"""The statement of a search: nearest postings that pass the filters.

There is one for each shape of filters, number of keywords, and way of searching; each is compiled once.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from attrs import frozen
from pgvector.sqlalchemy import BIT, HALFVEC, VECTOR
from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.conditions import conditions
from jobmatch.backends.postgres.expressions import folded, has
from jobmatch.backends.postgres.layout import Layout, Words
from jobmatch.backends.postgres.shape import Shape
from jobmatch.backends.postgres.strategies import Metric, Target
from jobmatch.backends.postgres.strategies.target import HAMMING
from jobmatch.model import Storage

_TYPES: dict[Storage, Any] = {Storage.VECTOR: VECTOR, Storage.HALFVEC: HALFVEC}
#: The cosine distance of a vector without direction is not a number; its posting counts as one with nothing in common.
_UNRELATED = literal_column("1", Float(53))
_NAN: ColumnElement[float] = literal_column("'NaN'::float8")
_UNRANKED: ColumnElement[Any] = cast(null(), Integer).label("rank")
_NOTHING: ColumnElement[int] = literal_column("0", Integer)


@frozen(kw_only=True)
class Way:
    """How a search goes about it.

    Arguments:
        target: the column of vectors.
        index: what the index holds that is to be used; None for comparing every row.
        first: whether the index hands out the nearest before it is asked which of them pass the filters.
        every: whether it hands out all of them, and the nearest that pass are chosen from those; or they are taken as
            they come, until there are enough.
        shown: how many of the nearest come with their vectors.
    """

    target: Target
    index: Storage | None = None
    first: bool = False
    every: bool = False
    shown: int = 0


@lru_cache(maxsize=1_024)
def search(shape: Shape, keywords: int, way: Way) -> Compiled:
    """Nearest jobs: summary, distance, rank among all that were handed out if it is known, vectors of as many as are
    shown, by other metrics the cosine distance, and a flag for each keyword."""
    found = _nearest(shape, way).cte("nearest").prefix_with("MATERIALIZED")
    return compiled(_told(found, shape.layout, keywords, way))


@lru_cache(maxsize=1_024)
def aside(shape: Shape, way: Way, sides: int) -> Compiled:
    """Distances below ``farthest``, of those that pass among what the index holds for nearest to each of some
    *sides*."""
    distance = _known(_distance(shape.layout.vector, way)).label("distance")
    looks = [_among_near(shape, way, distance, query=f"side{number}").subquery() for number in range(sides)]
    seen = union_all(*map(select, looks)).subquery("seen")
    nearer = seen.c.distance < bindparam("farthest", type_=Float(53))
    return compiled(select(seen.c.distance).where(seen.c.passes, nearer).distinct())


def _nearest(shape: Shape, way: Way) -> Select[Any]:
    layout = shape.layout
    if way.first and not way.every and way.index is way.target.kind:
        return _first_passing(shape, way)
    if way.first or way.index is Storage.BIT:
        return _passing(_neighbours(shape, way))
    if way.index:
        return _in_turn(shape, way, *_columns(layout, way)).limit(bindparam("fetch", type_=Integer))
    found = select(*_columns(layout, way)).select_from(layout.source).where(conditions(shape))
    # The index serves exactly its own expression; any other keeps it out, and makes room for a second key.
    order = [_known(_distance(layout.vector, way)), layout.id]
    return found.order_by(*order).limit(bindparam("fetch", type_=Integer))


def _in_turn(shape: Shape, way: Way, *columns: ColumnElement[Any], query: str = "vector") -> Select[Any]:
    """Return those that pass, as the index hands them out.

    Where a layout leaves rows out, the server may take those that stay for so few that it would rather sort them. So it
    is not to know before the index has handed them out.
    """
    layout, passes = shape.layout, conditions(shape)
    found = select(*columns).select_from(layout.source).order_by(_order(layout, way, query))
    if not layout.always:
        return found.where(passes)
    every = found.add_columns(passes.label("fits")).offset(_NOTHING).subquery("every")
    those = [column for column in every.c if column is not every.c.fits]
    return select(*those).where(every.c.fits)


def _first_passing(shape: Shape, way: Way) -> Select[Any]:
    """Return the first of the neighbours that pass, each with its rank among all.

    The distances of the index are the true ones, so these are the nearest, as far as its effort goes, and beyond that
    nearly so; the others need not be looked at.
    """
    neighbours = _near(shape, way).subquery("neighbours")
    number = func.row_number().over().label("rank")  # as they are handed out: by another order all would be sorted
    ranked = select(neighbours, number).order_by(neighbours.c.distance).subquery("ranked")
    return _kept(ranked, ranked.c.distance)


def _neighbours(shape: Shape, way: Way) -> CTE:
    """Return what the index takes for nearest, with true distances, and with whether it passes the filters."""
    return _near(shape, way).cte("neighbours").prefix_with("MATERIALIZED")


def _near(shape: Shape, way: Way) -> Select[Any]:
    return _among_near(shape, way, *_columns(shape.layout, way))


def _among_near(shape: Shape, way: Way, *columns: ColumnElement[Any], query: str = "vector") -> Select[Any]:
    limit = bindparam("near", type_=Integer)
    if not way.first:
        return _in_turn(shape, way, *columns, true().label("passes"), query=query).limit(limit)
    found = select(*columns, conditions(shape, each=True).label("passes")).select_from(shape.layout.source)
    return found.order_by(_order(shape.layout, way, query)).limit(limit)


def _columns(layout: Layout, way: Way) -> Iterator[ColumnElement[Any]]:
    yield layout.id.label("id")
    # Of what cannot be found nothing may be made: it may be left out because that fails.
    summary = case((and_(*layout.always), layout.summary)) if layout.always else layout.summary
    yield summary.label("summary")
    yield _distance(layout.vector, way).label("distance")
    if way.shown or way.target.metric is not Metric.COSINE:
        yield layout.vector.label("vector")


def _passing(neighbours: CTE) -> Select[Any]:
    """Return the nearest of the neighbours that pass, each with its rank among all."""
    number = func.row_number().over(order_by=_known(neighbours.c.distance)).label("rank")
    ranked = select(neighbours, number).subquery("ranked")
    return _kept(ranked, _known(ranked.c.distance), ranked.c.id)


def _kept(ranked: Subquery, *order: ColumnElement[Any]) -> Select[Any]:
    columns = [column for column in ranked.c if column is not ranked.c.passes]
    kept = select(*columns).where(ranked.c.passes).order_by(*order)
    return kept.limit(bindparam("fetch", type_=Integer))


def _signs(vector: ColumnElement[Any], way: Way) -> ColumnElement[Any]:
    return cast(func.binary_quantize(vector), BIT(way.target.dimensions))


def _order(layout: Layout, way: Way, query: str) -> ColumnElement[float]:
    """Return the distance as the index has it, by its name if it is shown: so the vector is sent and read but once."""
    if query == "vector" and way.index is way.target.kind:
        return literal_column("distance", Float(53))
    return _by_index(layout, way, query)


def _by_index(layout: Layout, way: Way, query: str) -> ColumnElement[float]:
    if way.index is Storage.BIT:
        signs = _signs(_query(way.target.kind, query), way)
        return _signs(layout.vector, way).op(HAMMING, return_type=Float(53))(signs)
    if way.index in (None, way.target.kind):
        return _distance(layout.vector, way, query)
    held = cast(layout.vector, _TYPES[way.index](way.target.dimensions))
    return held.op(way.target.metric.operator, return_type=Float(53))(_query(way.index, query))


def _distance(vector: ColumnElement[Any], way: Way, query: str = "vector") -> ColumnElement[float]:
    return vector.op(way.target.metric.operator, return_type=Float(53))(_query(way.target.kind, query))


def _query(kind: Storage, name: str = "vector") -> ColumnElement[Any]:
    return cast(bindparam(name, type_=Text), _TYPES[kind]())


def _known(distance: ColumnElement[float]) -> ColumnElement[float]:
    return func.coalesce(func.nullif(distance, _NAN), _UNRELATED)


def _told(found: CTE, layout: Layout, keywords: int, way: Way) -> Select[Any]:
    known = _known(found.c.distance)
    rank = found.c.get("rank", _UNRANKED)
    columns: list[Any] = [cast(found.c.summary, Text).label("summary"), known.label("distance"), rank]
    if way.shown:
        number = func.row_number().over(order_by=[known, found.c.id])
        columns.append(case((number <= way.shown, folded(found.c.vector, way.target.kind))).label("shown"))
    if way.target.metric is not Metric.COSINE:
        cosine = found.c.vector.op(Metric.COSINE.operator, return_type=Float(53))(_query(way.target.kind))
        columns.append(_known(cosine).label("cosine_distance"))
    answer = select(*columns).order_by(known, found.c.id)
    if layout.words is None or not keywords:
        return answer
    if not layout.words.made:
        joined = found.outerjoin(layout.words.table, layout.words.job_id == found.c.id)
        return answer.add_columns(*_flags(layout.words, layout.words.stemmed(), keywords)).select_from(joined)
    read = _read(found, layout.words)
    answer = answer.join_from(found, read, read.c.id == found.c.id)
    return answer.add_columns(*_flags(layout.words, read.c.search, keywords))


def _read(found: CTE, words: Words) -> CTE:
    """Return the words of what was found; they are made of the texts but once, not again for each keyword."""
    read = select(found.c.id, words.search.label("search"))
    joined = found.join(words.table, words.job_id == found.c.id)
    return read.select_from(joined).cte("read").prefix_with("MATERIALIZED")


def _flags(words: Words, search: ColumnElement[Any], keywords: int) -> Iterator[ColumnElement[bool]]:
    for number in range(keywords):
        yield has(search, words.asked(f"told{number}")).label(f"has{number}")
