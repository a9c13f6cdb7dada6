"""The statements over jobs: pure functions from the model to SQL, compiled once for each shape."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateTable

from jobmatch.backends.postgres.compiled import Compiled, compiled
from jobmatch.backends.postgres.conditions import conditions
from jobmatch.backends.postgres.expressions import lexemes, texts
from jobmatch.backends.postgres.layout import OURS, Layout, drawn_at_random
from jobmatch.backends.postgres.schema import VECTOR, incoming, jobs_with, match_interaction, match_job, match_text
from jobmatch.backends.postgres.shape import Shape

_job = match_job.c
_ANY: ColumnElement[Any] = literal_column("1")


@cache
def assign(count: int) -> Compiled:
    """Set some of the server's settings until the transaction ends."""
    names = [(bindparam(f"setting{n}", type_=Text), bindparam(f"value{n}", type_=Text)) for n in range(count)]
    return compiled(select(*(func.set_config(name, value, true()) for name, value in names)))


@lru_cache(maxsize=1_024)
def matching(shape: Shape) -> Compiled:
    """Jobs that pass the filters; only ever explained, never executed."""
    return compiled(select(_ANY).select_from(shape.layout.source).where(conditions(shape)))


@lru_cache(maxsize=1_024)
def sampled(shape: Shape) -> Compiled:
    """Jobs that pass the filters, counted in a sample of the table's pages."""
    chosen = drawn_at_random(shape.layout)
    return compiled(select(func.count()).select_from(shape.layout.source).where(chosen, conditions(shape)))


@cache
def create_incoming() -> str:
    """Create the table that a batch is copied into; what fits into a page is not compressed there, for it soon goes."""
    storage = f"ALTER TABLE {incoming.name} SET (toast_tuple_target = 8160)"
    return f"{compiled(CreateTable(incoming)).text}; {storage}"


@cache
def move_jobs(vectors: str = VECTOR, filling: str | None = None) -> Compiled:
    """Move a batch into place.

    Arguments:
        vectors: the column for the vectors of the batch.
        filling: the one that another embedder's vectors are put into meanwhile; there, a new text has none yet.
    """
    jobs = jobs_with(vectors, filling)
    names = [column.name for column in match_job.columns if column.name in incoming.c]
    columns = [vectors if name == VECTOR else name for name in names]
    new = insert(jobs).from_select(columns, select(*(incoming.c[name] for name in names)), include_defaults=False)
    changes: dict[str, Any] = {name: new.excluded[name] for name in columns[1:]} | {"imported_at": func.now()}
    changes[vectors] = func.coalesce(new.excluded[vectors], jobs.c[vectors])
    if filling:
        same = jobs.c.text_fingerprint == new.excluded.text_fingerprint
        changes[filling] = case((same, jobs.c[filling]))
    return compiled(new.on_conflict_do_update(index_elements=[jobs.c.id], set_=changes))


@cache
def move_texts(*, stemmed: bool) -> Compiled:
    """Move the texts of a batch into place, with their words stemmed, or as they are to wait for that."""
    words = [lexemes(incoming.c.words), null()] if stemmed else [null(), incoming.c.words]
    columns = ("description", "metadata")
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
def record() -> Compiled:
    """Note that somebody has had to do with some jobs."""
    rows = select(
        *(bindparam("owner", type_=Text), func.unnest(texts("job_ids")), bindparam("kind", type_=Text)),
        *(bindparam("scope", type_=Text), func.now()),
    )
    new = insert(match_interaction).from_select(["owner", "job_id", "kind", "scope", "recorded_at"], rows)
    key = list(match_interaction.primary_key)
    return compiled(new.on_conflict_do_update(index_elements=key, set_={"recorded_at": new.excluded.recorded_at}))


@cache
def fingerprints() -> Compiled:
    """Fingerprints by id."""
    columns = (_job.id, _job.content_fingerprint, _job.text_fingerprint)
    return compiled(select(*columns).where(_job.id == func.any(texts("ids"))))


@cache
def count(layout: Layout = OURS) -> Compiled:
    """Exact number of jobs."""
    return compiled(select(func.count()).select_from(layout.source))
