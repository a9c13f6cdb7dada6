"""The filters in SQL, one plain function a condition."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONPATH

from jobmatch.backends.postgres.expressions import Condition, has, haversine, lexemes, number, texts, time
from jobmatch.backends.postgres.layout import Words
from jobmatch.backends.postgres.schema import ANY_SCOPE, Box, match_interaction
from jobmatch.backends.postgres.shape import Shape
from jobmatch.model import Workplace

_ANY_SCOPE = literal_column(f"'{ANY_SCOPE}'", Text)
_NO_METADATA: ColumnElement[Any] = literal_column("'{}'::jsonb")
_REMOTE = literal_column(f"'{Workplace.REMOTE.value}'", Text)


def conditions(wanted: Shape, *, each: bool = False) -> Condition:
    """Return all conditions of a shape, and those that every search has: a vector, and not expired.

    Arguments:
        wanted: the shape.
        each: whether but a few rows are asked, one after the other: their words are looked up then, where otherwise all
            that have the keywords are found first.
    """
    return and_(
        wanted.layout.vector.is_not(None),
        *wanted.layout.always,
        *_offered(wanted),
        *(_CONDITIONS[name](wanted) for name in wanted.conditions),
        *_remote(wanted),
        *_radius(wanted),
        *_keywords(wanted, each),
        *_exclude_keywords(wanted, each),
    )


def _offered(wanted: Shape) -> Iterator[Condition]:
    if "expires_at" in wanted.layout:
        expires_at = wanted.layout["expires_at"]
        yield or_(expires_at.is_(None), expires_at > func.now())


def _known(column: str, name: str, condition: Condition, wanted: Shape) -> Condition:
    """Let what is unknown pass if that is wanted, and only then: nothing does not by itself, but nonsense may."""
    keep, sound = name in wanted.keep_unknown, wanted.layout.sound.get(column)
    unknown = [wanted.layout[column].is_(None)] if keep else []
    if sound is None:
        return or_(*unknown, condition)
    return or_(*unknown, not_(sound), condition) if keep else and_(sound, condition)


def _any_of(column: ColumnElement[Any], name: str) -> Condition:
    """Whether a column has one of the values asked for: its value, or one of its values."""
    if isinstance(column.type, ARRAY):
        return column.op("&&", is_comparison=True)(texts(name))
    return column == func.any(texts(name))


def _there(name: str) -> Callable[[Shape], Condition]:
    """Return the condition that a job is in one of the places, or remote, unless that does not pass anyway.

    Without the alternative an index on places can serve.
    """

    def there(wanted: Shape) -> Condition:
        in_place = _any_of(wanted.layout[name], name)
        return in_place if wanted.on_site else or_(in_place, wanted.layout["workplace"] == _REMOTE)

    return there


def _one_of(column: str, name: str) -> Callable[[Shape], Condition]:
    """Return the condition that a column has one of the values asked for, or is unknown if that will do."""
    return lambda wanted: _known(column, name, _any_of(wanted.layout[column], name), wanted)


def _since(name: str) -> Callable[[Shape], Condition]:
    """Return the condition that a job was posted late enough."""
    return lambda wanted: _known("posted_at", name, wanted.layout["posted_at"] >= time(name), wanted)


def _salary_min(wanted: Shape) -> Condition:
    condition: Condition = wanted.layout["pay"] >= number("salary_min")
    if wanted.currency:
        condition = and_(condition, wanted.layout["pay_currency"] == bindparam("salary_currency", type_=Text))
    return _known("pay", "salary_min", condition, wanted)


def _exclude_companies(wanted: Shape) -> Condition:
    company = wanted.layout["company"]
    return or_(company.is_(None), company != func.all(texts("exclude_companies")))


def _metadata(wanted: Shape) -> Condition:
    asked, metadata = cast(bindparam("metadata", type_=Text), JSONPATH), wanted.layout["metadata"]
    # The server knows beforehand whether none at all will do: if not, an index can help.
    none_will_do = _NO_METADATA.op("@@", is_comparison=True)(asked)
    return or_(metadata.op("@@", is_comparison=True)(asked), and_(metadata.is_(None), none_will_do))


def _exclude_interactions(wanted: Shape) -> Condition:
    done = match_interaction.c
    recorded = exists().where(
        done.owner == bindparam("owner", type_=Text),
        done.job_id == wanted.layout.id,
        done.kind == func.any(texts("exclude_interactions")),
        or_(done.scope == bindparam("scope", type_=Text), done.scope == _ANY_SCOPE),
        done.recorded_at > time("recorded_after"),
    )
    return not_(recorded.correlate(wanted.layout.source))


_CONDITIONS: dict[str, Callable[[Shape], Condition]] = {
    "country": lambda wanted: _any_of(wanted.layout["country"], "country"),
    "region": _there("region"),
    "city": _there("city"),
    "workplace": _one_of("workplace", "workplace"),
    "experience": _one_of("level", "experience"),
    "employment_type": _one_of("employment_type", "employment_type"),
    "salary_min": _salary_min,
    "posted_after": _since("posted_after"),
    "max_age_days": _since("max_age_days"),
    "companies": lambda wanted: _any_of(wanted.layout["company"], "companies"),
    "exclude_companies": _exclude_companies,
    "industries": _one_of("industry", "industries"),
    "language": _one_of("language", "language"),
    "skills": lambda wanted: wanted.layout["skills"].op("@>", is_comparison=True)(texts("skills")),
    "skills_any": lambda wanted: _any_of(wanted.layout["skills"], "skills_any"),
    "metadata": _metadata,
    "exclude_job_ids": lambda wanted: wanted.layout.id != func.all(texts("exclude_job_ids")),
    "exclude_interactions": _exclude_interactions,
}
#: Names of the conditions that are there or not, whatever is asked.
SIMPLE = tuple(_CONDITIONS)


def _remote(wanted: Shape) -> Iterator[Condition]:
    if wanted.remote is not None:
        workplace = wanted.layout["workplace"]
        yield _known("workplace", "remote", workplace == _REMOTE if wanted.remote else workplace != _REMOTE, wanted)


def _radius(wanted: Shape) -> Iterator[Condition]:
    if not wanted.boxes:
        return
    # The boxes can use an index and keep nearly all other rows out; the points decide.
    area = wanted.layout["area"].op("&&", is_comparison=True)
    yield or_(*(area(bindparam(f"box{n}", type_=Box)) for n in range(wanted.boxes)))
    points = func.unnest(wanted.layout["latitude"], wanted.layout["longitude"])
    point = points.table_valued("latitude", "longitude").render_derived("point")
    yield (
        exists()
        .where(haversine(point.c.latitude, point.c.longitude) <= number("radius_km"))
        .correlate(wanted.layout.source)
    )


def _keywords(wanted: Shape, each: bool) -> Iterator[Condition]:
    words = wanted.layout.words
    if wanted.keywords and words is not None:
        query = _phrases(words, "keyword", wanted.keywords, "&&")
        if each and words.by_id:
            yield _has(wanted, words, query)
        else:
            yield wanted.layout.id.in_(select(words.job_id).where(_having(words, query)))


def _exclude_keywords(wanted: Shape, each: bool) -> Iterator[Condition]:
    words = wanted.layout.words
    if wanted.exclude_keywords and words is not None:
        query = _phrases(words, "unwanted", wanted.exclude_keywords, "||")
        if each and words.by_id:
            yield not_(_has(wanted, words, query))
            return
        # Not "not in", for which the server may go through the whole list for each row.
        having = exists().where(words.job_id == wanted.layout.id, _having(words, query))
        yield not_(having.correlate(wanted.layout.source))


def _has(wanted: Shape, words: Words, query: ColumnElement[Any]) -> Condition:
    """Whether one posting has the words: a subquery for a value, which the server never carries out for all at once."""
    found = select(_having(words, query)).where(words.job_id == wanted.layout.id)
    return func.coalesce(found.correlate(wanted.layout.source).scalar_subquery(), false(), type_=Boolean)


def _phrases(words: Words, name: str, count: int, operator: str) -> ColumnElement[Any]:
    query = words.asked(f"{name}0")
    for n in range(1, count):
        query = query.op(operator)(words.asked(f"{name}{n}"))
    return query


def _having(words: Words, query: ColumnElement[Any]) -> Condition:
    found = has(words.search, query)
    if words.waiting is None:
        return found
    return or_(found, and_(words.search.is_(None), has(lexemes(words.waiting), query)))
