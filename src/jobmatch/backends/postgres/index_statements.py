"""The statements about a vector index: postings drawn at random, and what was measured."""

from functools import cache
from typing import Any

from sqlalchemy import Integer, Text, bindparam, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSON, insert

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.conditions import conditions
from jobmatch.backends.postgres.expressions import sent
from jobmatch.backends.postgres.layout import drawn_at_random
from jobmatch.backends.postgres.schema import match_index
from jobmatch.backends.postgres.shape import Shape
from jobmatch.model import Storage


@cache
def sample(shape: Shape) -> Compiled:
    """Postings drawn at random from a share of the table's pages: summary and vector."""
    layout = shape.layout
    columns: list[Any] = [cast(layout.summary, Text).label("summary"), cast(layout.vector, Text).label("vector")]
    drawn = (
        select(*columns)
        .select_from(layout.source)
        .where(drawn_at_random(layout), conditions(shape))
        .order_by(func.random())
    )
    return compiled(drawn.limit(bindparam("count", type_=Integer)))


@cache
def witnesses(shape: Shape, kind: Storage, *, short: bool) -> Compiled:
    """Postings of a share of the table's pages, by ``seed``: whether they pass, vector in binary, summary.

    Arguments:
        shape: what passes.
        kind: of the vectors.
        short: whether the summaries of those that pass are wanted.
    """
    layout, passes = shape.layout, conditions(shape)
    columns: list[Any] = [passes, sent(layout.vector, kind)]
    if short:
        columns.append(case((passes, cast(layout.summary, Text))))
    drawn = select(*columns).select_from(layout.source).where(drawn_at_random(layout, seed="seed"))
    return compiled(drawn.limit(bindparam("count", type_=Integer)))


@cache
def keep() -> Compiled:
    """Keep what was measured of an index; what is NULL leaves what is there."""
    names, documents = ("relation", "index"), ("calibration", "recall")
    new = insert(match_index).values(
        {name: bindparam(name, type_=Text) for name in names}
        | {name: cast(bindparam(name, type_=Text), JSON) for name in documents}
    )
    kept = {name: func.coalesce(new.excluded[name], match_index.c[name]) for name in documents}
    return compiled(new.on_conflict_do_update(index_elements=names, set_=kept))
