"""`Filters` as SQL: which conditions there are (`Shape`), what is bound to them (`values`), and the conditions.

Everything of any length is one parameter, so that there are few shapes and each is compiled once.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from attrs import frozen
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Float,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP

from jobmatch.backends.postgres import geography
from jobmatch.backends.postgres.schema import Box, match_job, match_text
from jobmatch.backends.postgres.words import meaningful
from jobmatch.model import Filters, Workplace
from jobmatch.model.text import fold

Condition = ColumnElement[bool]
_TEXTS = ARRAY(Text)
_job = match_job.c
# Constants are written out, so that what runs can be read.
_HALF, _ONE, _TWO = (literal_column(number, Float(53)) for number in ("0.5", "1", "2"))
_DIAMETER_KM = literal_column(str(2 * geography.EARTH_RADIUS_KM), Float(53))
_REMOTE = literal_column(f"'{Workplace.REMOTE.value}'", Text)
_ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")


@frozen
class Shape:
    """Which conditions a statement has.

    Arguments:
        conditions: names of the fields of `Filters` that are set.
        keep_unknown: whether what is unknown passes.
        remote: what is asked about remote work, if anything.
        boxes: number of boxes that the radius takes.
        keywords: number of keywords that are not stop words only.
    """

    conditions: tuple[str, ...]
    keep_unknown: bool = False
    remote: bool | None = None
    boxes: int = 0
    keywords: int = 0

    SIMPLE: ClassVar[tuple[str, ...]] = (
        "country",
        "city",
        "workplace",
        "experience",
        "employment_type",
        "salary_min",
        "posted_after",
        "companies",
        "exclude_companies",
        "skills",
        "exclude_job_ids",
    )


def shape(filters: Filters) -> Shape:
    """Return the shape of *filters*."""
    return Shape(
        conditions=tuple(name for name in Shape.SIMPLE if getattr(filters, name) not in {None, ()}),
        keep_unknown=filters.keep_unknown,
        remote=filters.remote,
        boxes=len(_boxes(filters)),
        keywords=len(meaningful(filters.keywords)),
    )


def _boxes(filters: Filters) -> list[geography.BoxValue]:
    if filters.latitude is None or filters.longitude is None or filters.radius_km is None:
        return []
    return geography.around(filters.latitude, filters.longitude, filters.radius_km)


def values(filters: Filters) -> dict[str, Any]:
    """Return the parameters of *filters*; those of conditions that a shape lacks are not looked at."""
    return {
        "country": list(filters.country),
        "city": _folded(filters.city),
        "workplace": list(map(str, filters.workplace)),
        "experience": list(map(str, filters.experience)),
        "employment_type": list(map(str, filters.employment_type)),
        "salary_min": filters.salary_min,
        "posted_after": filters.posted_after,
        "companies": _folded(filters.companies),
        "exclude_companies": _folded(filters.exclude_companies),
        "skills": _folded(filters.skills),
        "exclude_job_ids": list(filters.exclude_job_ids),
        "latitude": filters.latitude,
        "longitude": filters.longitude,
        "radius_km": filters.radius_km,
        **{f"box{n}": geography.literal(box) for n, box in enumerate(_boxes(filters))},
        **{f"keyword{n}": words for n, words in enumerate(meaningful(filters.keywords))},
    }


def _folded(names: Iterable[str]) -> list[str]:
    return [fold(name) for name in names]


def conditions(wanted: Shape) -> Condition:
    """Return all conditions of a shape, and those that every search has: a vector, and not expired."""
    return and_(
        _job.vector.is_not(None),
        or_(_job.expires_at.is_(None), _job.expires_at > func.now()),
        *(_CONDITIONS[name](wanted) for name in wanted.conditions),
        *_remote(wanted),
        *_radius(wanted),
        *_keywords(wanted),
    )


def texts(name: str) -> ColumnElement[Any]:
    """Return a parameter that holds any number of texts."""
    return bindparam(name, type_=_TEXTS)


def _any_of(column: Column[Any], name: str, wanted: Shape) -> Condition:
    return _known(column, column == func.any(texts(name)), wanted)


def _known(column: Column[Any], condition: Condition, wanted: Shape) -> Condition:
    """Let what is unknown pass if that is wanted; in SQL it does not by itself."""
    return or_(column.is_(None), condition) if wanted.keep_unknown else condition


def _city(wanted: Shape) -> Condition:
    return or_(_job.cities.op("&&", is_comparison=True)(texts("city")), _job.workplace == _REMOTE)


_CONDITIONS: dict[str, Callable[[Shape], Condition]] = {
    "country": lambda wanted: _job.countries.op("&&", is_comparison=True)(texts("country")),
    "city": _city,
    "workplace": lambda wanted: _any_of(_job.workplace, "workplace", wanted),
    "experience": lambda wanted: _any_of(_job.level, "experience", wanted),
    "employment_type": lambda wanted: _any_of(_job.employment_type, "employment_type", wanted),
    "salary_min": lambda wanted: _known(
        _job.yearly_pay, _job.yearly_pay >= bindparam("salary_min", type_=Float(53)), wanted
    ),
    "posted_after": lambda wanted: _known(
        _job.posted_at, _job.posted_at >= bindparam("posted_after", type_=TIMESTAMP(timezone=True)), wanted
    ),
    "companies": lambda wanted: _job.company_folded == func.any(texts("companies")),
    "exclude_companies": lambda wanted: or_(
        _job.company_folded.is_(None), _job.company_folded != func.all(texts("exclude_companies"))
    ),
    "skills": lambda wanted: _job.skills.op("@>", is_comparison=True)(texts("skills")),
    "exclude_job_ids": lambda wanted: _job.id != func.all(texts("exclude_job_ids")),
}


def _remote(wanted: Shape) -> Iterator[Condition]:
    if wanted.remote is not None:
        yield _known(_job.workplace, _job.workplace == _REMOTE if wanted.remote else _job.workplace != _REMOTE, wanted)


def _radius(wanted: Shape) -> Iterator[Condition]:
    if not wanted.boxes:
        return
    # The boxes can use an index and keep nearly all other rows out; the points decide.
    overlaps = (_job.area.op("&&", is_comparison=True)(bindparam(f"box{n}", type_=Box)) for n in range(wanted.boxes))
    yield or_(*overlaps)
    point = func.unnest(_job.latitudes, _job.longitudes).table_valued("latitude", "longitude").render_derived("point")
    yield (
        exists()
        .where(haversine(point.c.latitude, point.c.longitude) <= bindparam("radius_km", type_=Float(53)))
        .correlate(match_job)
    )


def haversine(latitude: ColumnElement[float], longitude: ColumnElement[float]) -> ColumnElement[float]:
    """Return the great-circle distance to the point asked for, kilometres."""
    here, there = bindparam("latitude", type_=Float(53)), bindparam("longitude", type_=Float(53))
    height = func.power(func.sind((latitude - here) * _HALF), _TWO)
    width = func.cosd(latitude) * func.cosd(here) * func.power(func.sind((longitude - there) * _HALF), _TWO)
    return _DIAMETER_KM * func.asin(func.sqrt(func.least(height + width, _ONE)))


def _keywords(wanted: Shape) -> Iterator[Condition]:
    if not wanted.keywords:
        return
    query = phrase("keyword0")
    for number in range(1, wanted.keywords):
        query = query.op("&&")(phrase(f"keyword{number}"))
    waiting = and_(match_text.c.search.is_(None), has(lexemes(match_text.c.words), query))
    yield _job.id.in_(select(match_text.c.job_id).where(or_(has(match_text.c.search, query), waiting)))


def has(text: ColumnElement[Any], query: ColumnElement[Any]) -> Condition:
    """Whether a text has the phrases of a query."""
    return text.op("@@", is_comparison=True)(query)


def phrase(name: str) -> ColumnElement[Any]:
    """Return a parameter as a phrase of stemmed words."""
    return func.phraseto_tsquery(_ENGLISH, bindparam(name, type_=Text))


def lexemes(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the stemmed words of a text."""
    return func.to_tsvector(_ENGLISH, text)
