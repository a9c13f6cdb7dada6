"""A `JobTable` as a `Layout`: a subquery with our names, which the server sees through to the table and its indexes."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    TIMESTAMP,
    BindParameter,
    ColumnClause,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    Float,
    FromClause,
    Text,
    TextClause,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR, array
from sqlalchemy.sql.visitors import replacement_traverse

from jobmatch.backends.postgres.expressions import lexemes
from jobmatch.backends.postgres.layout import Layout, Words
from jobmatch.backends.postgres.mapped.given import PLAIN, value_of
from jobmatch.backends.postgres.mapped.job_table import VOCABULARIES, JobTable
from jobmatch.backends.postgres.schema import Box

_FOLDED = ("region", "city", "company", "industry", "language", "skills")
_TIMES = ("posted_at", "expires_at")
_ACCENTS = "[\u0300-\u036f]"


@lru_cache(maxsize=64)
def layout(table: JobTable) -> Layout:
    """Return where a search finds what it asks for."""
    columns = dict(_columns(table))
    own = {
        "id": cast(table.columns["id"], Text),
        "vector": table.vector,
        "row": _row(table),
        "summary": _summary(table),
    }
    rows = select(*(written(value).label(name) for name, value in {**own, **columns}.items())).select_from(table.table)
    rows = rows.where(own["id"].is_not(None))  # nobody could be told of it
    posting = (rows if table.where is None else rows.where(written(table.where))).subquery("posting")
    return Layout(
        source=posting,
        table=table.holder,
        row=posting.c.row,
        id=posting.c.id,
        vector=posting.c.vector,
        summary=posting.c.summary,
        columns={name: posting.c[name] for name in columns},
        words=_words(table),
    )


def written(expression: ColumnElement[Any] | TextClause) -> ColumnElement[Any]:
    """Return an expression with its constants written out: they are of the table, not of a request."""

    def constant(element: Any, **_: Any) -> ColumnElement[Any] | None:
        if not isinstance(element, BindParameter):
            return None
        return literal_column(str(element.compile(dialect=PLAIN, compile_kwargs={"literal_binds": True})), element.type)

    written: Any = replacement_traverse(expression, {}, constant)
    whole: ColumnElement[Any] = written
    return whole


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
    """Return a workplace, a contract or a level in our words."""
    value = table.columns[name]
    if words := table.values.get(name) or _of_ours(value, VOCABULARIES[name]):
        return case(
            {value_of(value, theirs): literal(ours, Text) for theirs, ours in words.items()}, value=value, else_=null()
        )
    return cast(value, Text)


def _of_ours(value: ColumnElement[Any], vocabulary: Iterable[str]) -> dict[str, str]:
    """Return those words of an enumeration that are ours: they are compared as they are, so that an index can help."""
    labels = value.type.enums if isinstance(value.type, Enum) else ()
    return {str(word): str(word) for word in vocabulary if word in labels}


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
    if isinstance(value.type, Date) or (isinstance(value.type, DateTime) and not value.type.timezone):
        return func.timezone("UTC", cast(value, TIMESTAMP), type_=TIMESTAMP(timezone=True))
    return cast(value, TIMESTAMP(timezone=True))


def _points(latitude: ColumnElement[Any], longitude: ColumnElement[Any]) -> Iterator[tuple[str, ColumnElement[Any]]]:
    latitude, longitude = cast(latitude, Float(53)), cast(longitude, Float(53))
    point = func.point(longitude, latitude)
    yield "area", func.box(point, point, type_=Box())
    yield "latitude", array([latitude])
    yield "longitude", array([longitude])


def _folded(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a text, or each of several, as `jobmatch.model.text.fold` makes it."""
    if not isinstance(value.type, ARRAY):
        return _fold(cast(value, Text))
    one = func.unnest(cast(value, ARRAY(Text))).column_valued("one")
    return type_coerce(func.array(select(_fold(one)).scalar_subquery()), ARRAY(Text))


def _fold(value: ColumnElement[Any]) -> ColumnElement[Any]:
    plain = func.pg_catalog.normalize(func.replace(func.lower(value), "ß", "ss"), "NFKD")
    return func.btrim(func.regexp_replace(func.regexp_replace(plain, _ACCENTS, "", "g"), r"\s+", " ", "g"), type_=Text)


def expressions(table: JobTable) -> dict[str, ColumnElement[Any]]:
    """Return what conditions compare, by name, with the constants written out; ``text`` are the stemmed words."""
    found = dict(_columns(table))
    if "text" in table.columns:
        found["text"] = _search(table.columns["text"])
    return {name: written(value) for name, value in found.items()}


def _search(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return text if isinstance(text.type, TSVECTOR) else lexemes(func.coalesce(cast(text, Text), ""))


def _words(table: JobTable) -> Words | None:
    text = table.columns.get("text")
    if text is None:
        return None
    words: FromClause = (
        select(cast(table.columns["id"], Text).label("job_id"), written(_search(text)).label("search"))
        .select_from(table.table)
        .subquery("words")
    )
    return Words(table=words, job_id=words.c.job_id, search=words.c.search)


def _summary(table: JobTable) -> ColumnElement[Any]:
    told: dict[str, Any] = {
        "id": cast(table.columns["id"], Text),
        "title": func.coalesce(cast(table.columns["title"], Text), ""),
    }
    told |= {name: cast(table.columns[name], Text) for name in ("company", "industry", "url") if name in table.columns}
    if "posted_at" in table.columns:
        time = _time(table.columns["posted_at"])
        told["posted_at"] = case((func.isfinite(time), time), else_=null())
    for name, words in VOCABULARIES.items():
        if name in table.columns:
            value = kind(table, name)
            told[name] = case((value.in_([str(word) for word in words]), value), else_=null())
    if "skills" in table.columns:
        told["skills"] = func.coalesce(
            func.to_json(func.array_remove(_texts(table.columns["skills"]), null())), literal_column("'[]'::json", JSON)
        )
    if place := {name: _shown(table, name) for name in _PLACE if name in table.columns}:
        told["places"] = func.json_build_array(_object(place))
    if "pay" in table.columns:
        paid = _object({"maximum": table.columns["pay"], "currency": _code(table.columns.get("pay_currency"))})
        amount = cast(table.columns["pay"], Float(53))  # NaN is greater than anything
        told["pay"] = case((amount.between(literal_column("0"), literal_column("1e300")), paid), else_=null())
    return _object(told)


def _shown(table: JobTable, name: str) -> ColumnElement[Any]:
    value = table.columns[name]
    return value if name in {"latitude", "longitude"} else cast(value, Text)


_PLACE = ("city", "region", "country", "latitude", "longitude")


def _object(values: dict[str, Any]) -> ColumnElement[Any]:
    return func.json_build_object(*(part for item in values.items() for part in item), type_=JSON)
