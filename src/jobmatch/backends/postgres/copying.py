"""A batch of jobs in PostgreSQL's binary COPY format.

Written by hand, for it is on the way of every imported posting: adapting each value by itself takes several times
longer. The format is that of https://www.postgresql.org/docs/current/sql-copy.html.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from struct import Struct
from typing import Any

import msgspec

from jobmatch.backends.postgres import geography
from jobmatch.backends.postgres.schema import incoming
from jobmatch.model import Job, JobSummary, Pay, Place
from jobmatch.model.keywords import of_job
from jobmatch.model.text import fold
from jobmatch.ports import Entry

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_JSONB_VERSION = b"\x01"
_NULL = b"\xff\xff\xff\xff"
_TEXT_TYPE, _FLOAT_TYPE = 25, 701
_length = Struct(">i").pack
_float = Struct(">id").pack
_long = Struct(">iq").pack
_box = Struct(">idddd").pack
_array = Struct(">iiiiii").pack
_vector = Struct(">iHH").pack
_FIELDS = Struct(">h").pack(len(incoming.columns))
_EMPTY_TEXTS = Struct(">iiii").pack(12, 0, 0, _TEXT_TYPE)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode
_SUMMARY_FIELDS = JobSummary.__struct_fields__
_summary = attrgetter(*_SUMMARY_FIELDS)


def batch(entries: Sequence[Entry], metadata_fields: Collection[str] = ()) -> bytes:
    """Return a whole COPY, in order of the ids, so that two batches at once lock rows in the same order.

    Arguments:
        entries: what is put.
        metadata_fields: the metadata that can be asked for.
    """
    rows = (_row(entry, metadata_fields) for entry in sorted(entries, key=lambda entry: entry.job.id))
    return b"".join((_HEADER, *rows, _TRAILER))


def _row(entry: Entry, metadata_fields: Collection[str]) -> bytes:
    """Return one row: its fields in the order of the columns of `incoming`."""
    job, fingerprint = entry.job, entry.fingerprint
    fields = (
        _FIELDS,
        _text(job.id),
        _halfvec(entry),
        _time(job.expires_at),
        _time(job.posted_at),
        *_pay(job.pay),
        _text(job.workplace),
        _text(job.employment_type),
        _text(job.level),
        _geography(job.places),
        _texts(dict.fromkeys(map(fold, job.skills))),
        _folded(job.company),
        _folded(job.industry),
        _folded(job.language),
        _facts(job.metadata, metadata_fields),
        _bytes(_encode(dict(zip(_SUMMARY_FIELDS, _summary(job), strict=True)))),
        _text(fingerprint.content),
        _text(fingerprint.text),
        *_long_texts(job),
    )
    return b"".join(fields)


def _long_texts(job: Job) -> tuple[bytes, ...]:
    return _text(of_job(job)), _text(job.description), _bytes(_encode(job.metadata))


def _pay(pay: Pay | None) -> tuple[bytes, bytes]:
    return (_NULL, _NULL) if pay is None else (_number(pay.yearly()), _text(pay.currency))


def _folded(name: str | None) -> bytes:
    return _text(fold(name) if name else None)


def _facts(metadata: Mapping[str, Any], fields: Collection[str]) -> bytes:
    """Return a ``jsonb`` with those of the metadata that can be asked for; null is none."""
    facts = {name: metadata[name] for name in fields if metadata.get(name) is not None}
    return _bytes(_JSONB_VERSION + _encode(facts))


@lru_cache(maxsize=16_384)
def _geography(places: tuple[Place, ...]) -> bytes:
    """Return the fields from ``countries`` to ``longitudes``; a few thousand places hold most jobs."""
    points = [place for place in places if place.latitude is not None and place.longitude is not None]
    fields = (
        _texts({place.country: None for place in places if place.country}),
        _texts(dict.fromkeys(fold(place.region) for place in places if place.region)),
        _texts(dict.fromkeys(fold(place.city) for place in places if place.city)),
        _area(places),
        _floats([point.latitude or 0.0 for point in points]),
        _floats([point.longitude or 0.0 for point in points]),
    )
    return b"".join(fields)


def _area(places: tuple[Place, ...]) -> bytes:
    found = geography.bounds(places)
    if found is None:
        return _NULL
    west, south, east, north = found
    return _box(32, east, north, west, south)


def _text(value: str | None) -> bytes:
    return _NULL if value is None else _bytes(value.encode())


def _bytes(data: bytes) -> bytes:
    return _length(len(data)) + data


def _texts(values: Iterable[str]) -> bytes:
    items = [_text(value) for value in values]
    return _items(items, _TEXT_TYPE) if items else _EMPTY_TEXTS


def _floats(values: Sequence[float]) -> bytes:
    return _items([_float(8, value) for value in values], _FLOAT_TYPE) if values else _NULL


def _items(items: Sequence[bytes], kind: int) -> bytes:
    data = b"".join(items)
    return _array(20 + len(data), 1, 0, kind, len(items), 1) + data


def _number(value: float | None) -> bytes:
    return _NULL if value is None else _float(8, value)


def _time(value: datetime | None) -> bytes:
    return _NULL if value is None else _long(8, (value - _EPOCH) // _MICROSECOND)


def _halfvec(entry: Entry) -> bytes:
    if entry.vector is None:
        return _NULL
    data = entry.vector.astype(">f2").tobytes()
    return _vector(4 + len(data), len(data) // 2, 0) + data
