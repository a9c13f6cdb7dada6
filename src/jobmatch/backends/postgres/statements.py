"""The statements over jobs: pure functions from the model to SQL, compiled once for each shape."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    null,
    select,
    tablesample,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateTable

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.filters import Shape, conditions, has, lexemes, phrase, texts
from jobmatch.backends.postgres.schema import incoming, match_job, match_space, match_text
from jobmatch.model import Method

_job = match_job.c
#: The cosine distance of a vector without direction is not a number; its posting counts as one with nothing in common.
_UNRELATED = literal_column("1", Float(53))
_NAN: ColumnElement[float] = literal_column("'NaN'::float8")
_ANY: ColumnElement[Any] = literal_column("1")


@lru_cache(maxsize=1_024)
def search(shape: Shape, keywords: int, method: Method) -> Compiled:
    """Nearest jobs that pass the filters: summary, distance, and a flag for each keyword."""
    return compiled(_search(shape, keywords, method))


def _search(shape: Shape, keywords: int, method: Method) -> Select[Any]:
    distance = _job.vector.op("<=>", return_type=Float(53))(cast(bindparam("vector", type_=Text), HALFVEC()))
    nearest = select(_job.id, _job.summary, distance.label("distance")).where(conditions(shape))
    # The index serves exactly this expression; any other keeps it out, and makes room for a second key.
    order = [distance] if method is Method.APPROXIMATE else [_known(distance), _job.id]
    limited = nearest.order_by(*order).limit(bindparam("fetch", type_=Integer))
    found = limited.cte("nearest").prefix_with("MATERIALIZED")
    known = _known(found.c.distance)
    columns: list[Any] = [cast(found.c.summary, Text).label("summary"), known.label("distance"), *_flags(keywords)]
    answer = select(*columns).order_by(known, found.c.id)
    return answer.select_from(found.outerjoin(match_text, match_text.c.job_id == found.c.id)) if keywords else answer


def _known(distance: ColumnElement[float]) -> ColumnElement[float]:
    return func.coalesce(func.nullif(distance, _NAN), _UNRELATED)


def _flags(keywords: int) -> Iterator[ColumnElement[bool]]:
    text = func.coalesce(match_text.c.search, lexemes(match_text.c.words))
    for number in range(keywords):
        yield has(text, phrase(f"told{number}")).label(f"has{number}")


@cache
def assign(count: int) -> Compiled:
    """Set some of the server's settings until the transaction ends."""
    names = [(bindparam(f"setting{n}", type_=Text), bindparam(f"value{n}", type_=Text)) for n in range(count)]
    return compiled(select(*(func.set_config(name, value, true()) for name, value in names)))


@lru_cache(maxsize=1_024)
def matching(shape: Shape) -> Compiled:
    """Jobs that pass the filters; only ever explained, never executed."""
    return compiled(select(_ANY).select_from(match_job).where(conditions(shape)))


@lru_cache(maxsize=1_024)
def sampled(shape: Shape) -> Compiled:
    """Jobs that pass the filters, counted in a sample of the table's pages."""
    sample = tablesample(match_job, func.system(bindparam("percent", type_=Float(53))), name="sample")
    rows = select(literal_column("sample.ctid")).select_from(sample).scalar_subquery()
    chosen = literal_column("match_job.ctid") == func.any(func.array(rows))
    return compiled(select(func.count()).select_from(match_job).where(chosen, conditions(shape)))


@cache
def create_incoming() -> str:
    """Create the table that a batch is copied into; what fits into a page is not compressed there, for it soon goes."""
    storage = f"ALTER TABLE {incoming.name} SET (toast_tuple_target = 8160)"
    return f"{compiled(CreateTable(incoming)).text}; {storage}"


@cache
def move_jobs() -> Compiled:
    """Move a batch into place."""
    columns = [column.name for column in match_job.columns if column.name in incoming.c]
    new = insert(match_job).from_select(
        columns, select(*(incoming.c[name] for name in columns)), include_defaults=False
    )
    vector = func.coalesce(new.excluded.vector, match_job.c.vector)
    changes = {name: new.excluded[name] for name in columns[1:]} | {"vector": vector, "imported_at": func.now()}
    return compiled(new.on_conflict_do_update(index_elements=[match_job.c.id], set_=changes))


@cache
def move_texts(*, stemmed: bool) -> Compiled:
    """Move the texts of a batch into place, with their words stemmed, or as they are to wait for that."""
    words = [lexemes(incoming.c.words), null()] if stemmed else [null(), incoming.c.words]
    columns = ("language", "description", "metadata")
    source = select(incoming.c.id, *words, *(incoming.c[name] for name in columns))
    new = insert(match_text).from_select(["job_id", "search", "words", *columns], source, include_defaults=False)
    changes = {name: new.excluded[name] for name in ("search", "words", *columns)}
    return compiled(new.on_conflict_do_update(index_elements=[match_text.c.job_id], set_=changes))


@cache
def stem() -> Compiled:
    """Stem the words of some texts that wait for it."""
    waiting = select(match_text.c.job_id).where(match_text.c.search.is_(None)).limit(bindparam("batch", type_=Integer))
    chosen = match_text.c.job_id.in_(waiting.with_for_update(skip_locked=True).scalar_subquery())
    stemmed = update(match_text).where(chosen).values(search=lexemes(match_text.c.words), words=null())
    return compiled(stemmed)


@cache
def remove() -> Compiled:
    """Delete jobs by id."""
    ids = texts("ids")
    gone = delete(match_text).where(match_text.c.job_id == func.any(ids)).returning(_ANY).cte("texts")
    return compiled(delete(match_job).where(_job.id == func.any(ids)).returning(_ANY).add_cte(gone))


@cache
def fingerprints() -> Compiled:
    """Fingerprints by id."""
    columns = (_job.id, _job.content_fingerprint, _job.text_fingerprint)
    return compiled(select(*columns).where(_job.id == func.any(texts("ids"))))


@cache
def count() -> Compiled:
    """Exact number of jobs."""
    return compiled(select(func.count()).select_from(match_job))


@cache
def space() -> Compiled:
    """The embedder that the vectors come from."""
    return compiled(select(match_space.c.embedder, match_space.c.dimensions))
