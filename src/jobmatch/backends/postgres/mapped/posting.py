"""A `JobTable` as a `Layout`: a subquery with our names, which the server sees through to the table and its indexes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    ARRAY,
    JSON,
    TIMESTAMP,
    Boolean,
    Column,
    ColumnClause,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    Float,
    Text,
    and_,
    case,
    cast,
    collate,
    column,
    func,
    literal,
    literal_column,
    null,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, array

from jobmatch.backends.postgres.layout import Layout
from jobmatch.backends.postgres.mapped.given import value_of, written
from jobmatch.backends.postgres.mapped.job_table import VOCABULARIES, JobTable
from jobmatch.backends.postgres.mapped.wording import fold
from jobmatch.backends.postgres.mapped.words import searched, words
from jobmatch.backends.postgres.schema import Box

_FOLDED = ("region", "city", "company", "industry", "language", "skills")
_TIMES = ("posted_at", "expires_at")
#: The times that a calendar here has, the last day that can be made such a time, and the numbers that an amount can be:
#: NaN is greater than any.
_FIRST = literal_column("timestamptz '0001-01-01 00:00:00+00'", TIMESTAMP(timezone=True))
_LAST = literal_column("timestamptz '9999-12-31 23:59:59.999999+00'", TIMESTAMP(timezone=True))
_LAST_DAY = literal_column("date '9999-12-31'", Date)
_LEAST_PAY, _MOST_PAY = literal_column("0", Float(53)), literal_column("1e300", Float(53))
_NONE = literal_column("'[]'::json", JSON)
#: What words may have between their parts.
_BETWEEN = " -_./"


@lru_cache(maxsize=64)
def layout(table: JobTable) -> Layout:
    """Return where a search finds what it asks for."""
    return attrs.evolve(_layout(table), open=None if table.where is None else _layout(table, whole=True))


def _layout(table: JobTable, *, whole: bool = False) -> Layout:
    """Return a layout, with all rows and a flag that tells which of them can be found if it is to be *whole*."""
    columns = dict(_columns(table))
    own = {
        "id": cast(table.columns["id"], Text),
        "vector": table.vector,
        "row": _row(table),
        "summary": _summary(table),
    }
    if whole:
        own["kept"] = type_coerce(table.where, Boolean)
    rows = select(*(written(value).label(name) for name, value in {**own, **columns}.items())).select_from(table.table)
    rows = rows.where(own["id"].is_not(None))  # nobody could be told of it
    posting = (rows if whole or table.where is None else rows.where(written(table.where))).subquery("posting")
    return Layout(
        source=posting,
        table=table.holder,
        row=posting.c.row,
        id=posting.c.id,
        vector=posting.c.vector,
        summary=posting.c.summary,
        columns={name: posting.c[name] for name in columns},
        words=words(table),
        always=(posting.c.kept,) if whole else (),
        sound={name: sound(posting.c[name]) for name, sound in _SOUND.items() if name in columns},
        unmeasured=frozenset(
            name
            for name in ("country", *_FOLDED, *VOCABULARIES, "pay", "posted_at")
            if name in table.columns and not _measured(name, table.columns[name])
        ),
    )


def _measured(name: str, value: ColumnElement[Any]) -> bool:
    """Whether a fact is compared as the table has it, so that the server knows how many there are.

    Names and words are not, and the server would take any for one in 200 unless there is an index of just that.
    """
    if not isinstance(value, Column):
        return False
    if name == "pay":
        return isinstance(value.type, Float)
    return name == "posted_at" and bool(getattr(value.type, "timezone", False))


def _time_told(time: ColumnElement[Any]) -> ColumnElement[bool]:
    return time.between(_FIRST, _LAST)


def _paid(amount: ColumnElement[Any]) -> ColumnElement[bool]:
    return cast(amount, Float(53)).between(_LEAST_PAY, _MOST_PAY)


#: What can be told of a column, where it may hold other things. A column for itself, so that an index of it can help.
_SOUND: dict[str, Callable[[ColumnElement[Any]], ColumnElement[bool]]] = {"posted_at": _time_told, "pay": _paid}


def _row(table: JobTable) -> ColumnElement[Any]:
    row: ColumnClause[Any] = column("ctid")
    row.table = table.holder
    return row


def _columns(table: JobTable) -> Iterator[tuple[str, ColumnElement[Any]]]:
    yield "workplace", cast(null(), Text)  # cities ask for it whether or not there is one
    for name, value in table.columns.items():
        if name == "skills":
            yield name, _folded(_texts(value))
        elif name in _FOLDED:
            yield name, _folded(value)
        elif name == "metadata":
            yield name, cast(value, JSONB)
        elif name == "country":
            yield name, func.upper(cast(value, Text), type_=Text)
        elif name == "pay_currency":
            yield name, _code(value)
        elif name in VOCABULARIES:
            yield name, kind(table, name)
        elif name in _TIMES:
            yield name, _time(value)
        elif name not in {"id", "title", "vector", "url", "text", "latitude", "longitude"}:
            yield name, value
    if "latitude" in table.columns and "longitude" in table.columns:
        yield from _points(table.columns["latitude"], table.columns["longitude"])


def _code(value: ColumnElement[Any] | None) -> ColumnElement[Any]:
    return cast(null(), Text) if value is None else func.upper(cast(value, Text), type_=Text)


def kind(table: JobTable, name: str) -> ColumnElement[Any]:
    """Return a workplace, a contract or a level in our words; what is in other words is unknown."""
    value = table.columns[name]
    if words := table.values.get(name) or _of_ours(value, VOCABULARIES[name]):
        return case(
            {value_of(value, theirs): literal(ours, Text) for theirs, ours in words.items()}, value=value, else_=null()
        )
    ours = {literal(_bare(str(word)), Text): literal(str(word), Text) for word in VOCABULARIES[name]}
    return case(ours, value=_bare_text(cast(value, Text)), else_=null())


def _of_ours(value: ColumnElement[Any], vocabulary: Iterable[str]) -> dict[str, str]:
    """Return our words for those of an enumeration: they are compared as they are, so that an index can help."""
    labels = value.type.enums if isinstance(value.type, Enum) else ()
    ours = {_bare(str(word)): str(word) for word in vocabulary}
    return {label: ours[_bare(label)] for label in labels if _bare(label) in ours}


def _bare(word: str) -> str:
    return word.lower().translate(dict.fromkeys(map(ord, _BETWEEN)))


def _bare_text(value: ColumnElement[Any]) -> ColumnElement[Any]:
    # Of our words all letters are of ASCII; not every language has the same small letters for those.
    return func.translate(func.lower(collate(value, "C")), _BETWEEN, "", type_=Text)


def _texts(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return an array of texts, also of what is declared to be a document with one in it."""
    if not isinstance(value.type, JSON):
        return cast(value, ARRAY(Text))
    document = cast(value, JSONB)
    listed = case((func.jsonb_typeof(document) == "array", document), else_=literal_column("'[]'::jsonb", JSONB))
    one = func.jsonb_array_elements_text(listed).column_valued("element")
    return type_coerce(func.array(select(one).scalar_subquery()), ARRAY(Text))


def _time(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a time; one that is declared to have no zone is UTC, whatever that of the session is."""
    if isinstance(value.type, Date):  # of days so far away that no time can be, none is known
        value = case((value <= _LAST_DAY, cast(value, TIMESTAMP)), else_=null())
        return func.timezone("UTC", value, type_=TIMESTAMP(timezone=True))
    if isinstance(value.type, DateTime) and not value.type.timezone:
        return func.timezone("UTC", cast(value, TIMESTAMP), type_=TIMESTAMP(timezone=True))
    return cast(value, TIMESTAMP(timezone=True))


def _points(latitude: ColumnElement[Any], longitude: ColumnElement[Any]) -> Iterator[tuple[str, ColumnElement[Any]]]:
    there = _on_earth(latitude, longitude)
    latitude, longitude = cast(latitude, Float(53)), cast(longitude, Float(53))
    point = func.point(longitude, latitude)
    yield "area", func.box(point, point, type_=Box())  # whatever is there: the two others decide
    yield "latitude", array([case((there, latitude), else_=null())])
    yield "longitude", array([case((there, longitude), else_=null())])


def _on_earth(latitude: ColumnElement[Any], longitude: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether there are coordinates: both of them, and within their bounds; NaN is not."""
    edges = [literal_column(str(edge), Float(53)) for edge in (90, 180)]
    degrees = zip((latitude, longitude), edges, strict=True)
    return and_(*(cast(value, Float(53)).between(-edge, edge) for value, edge in degrees))


def _folded(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a text, or each of several, as `jobmatch.model.text.fold` makes it."""
    if not isinstance(value.type, ARRAY):
        return fold(cast(value, Text))
    one = func.unnest(cast(value, ARRAY(Text))).column_valued("one")
    return type_coerce(func.array(select(fold(one)).scalar_subquery()), ARRAY(Text))


def expressions(table: JobTable) -> dict[str, ColumnElement[Any]]:
    """Return what conditions compare, by name, with the constants written out; ``text`` are the stemmed words."""
    found = dict(_columns(table))
    if "text" in table.columns:
        found["text"] = searched(table)
    return {name: written(value) for name, value in found.items()}


def _summary(table: JobTable) -> ColumnElement[Any]:
    told: dict[str, Any] = {
        "id": cast(table.columns["id"], Text),
        "title": func.coalesce(cast(table.columns["title"], Text), ""),
    }
    told |= {name: cast(table.columns[name], Text) for name in ("company", "industry", "url") if name in table.columns}
    if "posted_at" in table.columns:
        told["posted_at"] = _time_shown(_time(table.columns["posted_at"]))
    told |= {name: kind(table, name) for name in VOCABULARIES if name in table.columns}
    if "skills" in table.columns:
        told["skills"] = func.coalesce(func.to_json(func.array_remove(_texts(table.columns["skills"]), null())), _NONE)
    if place := _place(table.columns):
        known = func.num_nonnulls(*place.values()) > literal_column("0")
        told["places"] = case((known, func.json_build_array(_object(place))), else_=_NONE)
    if "pay" in table.columns:
        paid = _object({"maximum": table.columns["pay"], "currency": _code(table.columns.get("pay_currency"))})
        told["pay"] = case((_paid(table.columns["pay"]), paid), else_=null())
    return _object(told)


def _time_shown(time: ColumnElement[Any]) -> ColumnElement[Any]:
    # Not in the zone of the session, in which it may be of another year, or have seconds in its offset.
    told = func.to_json(func.timezone("UTC", time)).op("#>>")(literal_column("'{}'::text[]"))
    return case((_time_told(time), told.concat("Z")), else_=null())


def _place(columns: Mapping[str, ColumnElement[Any]]) -> dict[str, ColumnElement[Any]]:
    names = ("city", "region", "country")
    place: dict[str, ColumnElement[Any]] = {name: cast(columns[name], Text) for name in names if name in columns}
    if "latitude" in columns and "longitude" in columns:
        point = {name: columns[name] for name in ("latitude", "longitude")}
        there = _on_earth(**point)
        place |= {name: case((there, degrees), else_=null()) for name, degrees in point.items()}
    return place


def _object(values: dict[str, Any]) -> ColumnElement[Any]:
    return func.json_build_object(*(part for item in values.items() for part in item), type_=JSON)
