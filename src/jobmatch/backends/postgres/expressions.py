"""Pieces of SQL that conditions and statements share."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, TIMESTAMP, ColumnElement, Float, Text, bindparam, func, literal_column

from jobmatch.conditions import EARTH_RADIUS_KM
from jobmatch.model import Storage

Condition = ColumnElement[bool]
_TEXTS = ARRAY(Text)
# Constants are written out, so that what runs can be read.
_HALF, _ONE, _TWO = (literal_column(number, Float(53)) for number in ("0.5", "1", "2"))
_DIAMETER_KM = literal_column(str(2 * EARTH_RADIUS_KM), Float(53))
_BASE64 = literal_column("'base64'", Text)
#: How the words of our own tables are stemmed.
ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")


def texts(name: str) -> ColumnElement[Any]:
    """Return a parameter that holds any number of texts."""
    return bindparam(name, type_=_TEXTS)


def number(name: str) -> ColumnElement[float]:
    """Return a parameter that holds a number."""
    return bindparam(name, type_=Float(53))


def time(name: str) -> ColumnElement[datetime]:
    """Return a parameter that holds a time."""
    return bindparam(name, type_=TIMESTAMP(timezone=True))


def sent(vector: ColumnElement[Any], kind: Storage) -> ColumnElement[bytes]:
    """Return a vector as the server sends it in binary, which takes a tenth of the time to read."""
    return func.halfvec_send(vector) if kind is Storage.HALFVEC else func.vector_send(vector)


def folded(vector: ColumnElement[Any], kind: Storage) -> ColumnElement[str]:
    """Return the same as `sent` in base64, where all rows come as text: the server would write two digits a byte."""
    return func.encode(sent(vector, kind), _BASE64)


def haversine(latitude: ColumnElement[float], longitude: ColumnElement[float]) -> ColumnElement[float]:
    """Return the great-circle distance to the point asked for, kilometres."""
    here, there = number("latitude"), number("longitude")
    height = func.power(func.sind((latitude - here) * _HALF), _TWO)
    width = func.cosd(latitude) * func.cosd(here) * func.power(func.sind((longitude - there) * _HALF), _TWO)
    return _DIAMETER_KM * func.asin(func.sqrt(func.least(height + width, _ONE)))


def has(text: ColumnElement[Any], query: ColumnElement[Any]) -> Condition:
    """Whether a text has the phrases of a query."""
    return text.op("@@", is_comparison=True)(query)


def phrase(words: ColumnElement[Any], config: ColumnElement[Any] = ENGLISH) -> ColumnElement[Any]:
    """Return a phrase of stemmed words."""
    return func.phraseto_tsquery(config, words)


def lexemes(text: ColumnElement[Any], config: ColumnElement[Any] = ENGLISH) -> ColumnElement[Any]:
    """Return the stemmed words of a text."""
    return func.to_tsvector(config, text)
