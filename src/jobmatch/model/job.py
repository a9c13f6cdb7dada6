"""A posting: `Job`, its `Place` and `Pay`, and the short form that an answer carries."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import attrs
import msgspec
from attrs import field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model import fields
from jobmatch.model.kinds import EmploymentType, Level, PayPeriod, Workplace
from jobmatch.model.text import storable_values

#: Working hours, days, weeks and months of a full-time year, to compare pay across periods.
PERIODS_PER_YEAR = {
    PayPeriod.HOUR: 2080.0,
    PayPeriod.DAY: 260.0,
    PayPeriod.WEEK: 52.0,
    PayPeriod.MONTH: 12.0,
    PayPeriod.YEAR: 1.0,
}


# Of places and pay, converters check the values: msgspec, reading what we stored, would run validators anew for every
# posting that is found.
def _country(value: str | None) -> str | None:
    return fields.country("place.country", value)


def _latitude(value: float | None) -> float | None:
    return fields.within("place.latitude", value, -90, 90)


def _longitude(value: float | None) -> float | None:
    return fields.within("place.longitude", value, -180, 180)


def _minimum(value: float | None) -> float | None:
    return fields.within("pay.minimum", value, 0, 1e12)


def _maximum(value: float | None) -> float | None:
    return fields.within("pay.maximum", value, 0, 1e12)


@frozen(kw_only=True)
class Place:
    """Where a job is.

    Arguments:
        city: name of the city, as written.
        region: state, province or the like.
        country: ISO 3166-1 alpha-2 code, e.g. ``US``.
        latitude: degrees north, −90 to 90.
        longitude: degrees east, −180 to 180.
    """

    city: str | None = field(default=None, converter=fields.text_or_none)
    region: str | None = field(default=None, converter=fields.text_or_none)
    country: str | None = field(default=None, converter=_country)
    latitude: float | None = field(default=None, converter=_latitude)
    longitude: float | None = field(default=None, converter=_longitude)

    def __attrs_post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            raise InvalidInput("place.latitude", "goes with longitude: give both or neither")

    def __str__(self) -> str:
        return ", ".join(part for part in (self.city, self.region, self.country) if part)


@frozen(kw_only=True)
class Pay:
    """What a job pays, before tax.

    Arguments:
        minimum: lowest amount per period, at least 0.
        maximum: highest amount per period.
        currency: ISO 4217 code; None when unknown.
        period: the time that the amounts are for.
    """

    minimum: float | None = field(default=None, converter=_minimum)
    maximum: float | None = field(default=None, converter=_maximum)
    currency: str | None = field(default="USD", converter=fields.code_or_none)
    period: PayPeriod = field(default=PayPeriod.YEAR, converter=PayPeriod)

    def yearly(self) -> float | None:
        """Return the highest amount named, for a full-time year."""
        amount = self.maximum if self.maximum is not None else self.minimum
        return None if amount is None else amount * PERIODS_PER_YEAR[self.period]


@frozen(kw_only=True)
class Fingerprint:
    """Digests of a job: of all of it, and of what its vector comes from."""

    content: str
    text: str


@frozen(kw_only=True)
class JobSummary:
    """What an answer carries of a job: everything but the long text, the metadata and the vector."""

    id: str
    title: str
    company: str | None = None
    places: tuple[Place, ...] = ()
    workplace: Workplace | None = None
    employment_type: EmploymentType | None = None
    level: Level | None = None
    industry: str | None = None
    skills: tuple[str, ...] = ()
    pay: Pay | None = None
    posted_at: datetime | None = None
    url: str | None = None


def _places(value: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(value)


@frozen(kw_only=True)
class Job:
    """A posting, as imported.

    Arguments:
        id: the posting's own id, unique in the index.
        title: what the job is called.
        company: who offers it.
        description: the full text.
        places: where it is; a posting may name several.
        workplace: on site, hybrid or remote; None when unknown.
        employment_type: the kind of contract; None when unknown.
        level: experience asked for; None when unknown.
        industry: of the company.
        skills: names of skills asked for.
        pay: what it pays; None when unknown.
        posted_at: when it was posted; a time without a zone is UTC.
        expires_at: from when on it is not offered any more.
        url: where to apply.
        language: ISO 639-1 code of the text.
        metadata: anything else, JSON values.
        vector: an embedding of the posting, shape (dimensions,), if the caller has one; it is normalised on import.
    """

    id: str = field(converter=fields.text, validator=[fields.not_empty, fields.at_most(512)])
    title: str = field(converter=fields.text, validator=fields.not_empty)
    company: str | None = field(default=None, converter=fields.text_or_none)
    description: str = field(default="", converter=fields.text)
    places: tuple[Place, ...] = field(default=(), converter=_places)
    workplace: Workplace | None = field(default=None, converter=fields.workplace_or_none)
    employment_type: EmploymentType | None = field(default=None, converter=fields.employment_type_or_none)
    level: Level | None = field(default=None, converter=fields.level_or_none)
    industry: str | None = field(default=None, converter=fields.text_or_none)
    skills: tuple[str, ...] = field(default=(), converter=fields.texts)
    pay: Pay | None = None
    posted_at: datetime | None = field(default=None, converter=fields.utc)
    expires_at: datetime | None = field(default=None, converter=fields.utc)
    url: str | None = field(default=None, converter=fields.text_or_none)
    language: str | None = field(default=None, converter=fields.text_or_none)
    metadata: Mapping[str, Any] = field(factory=dict, converter=storable_values)
    vector: Sequence[float] | None = field(default=None, eq=False, repr=False)

    def fingerprint(self) -> Fingerprint:
        """Return the digests by which an import sees what has changed."""
        source = (self.title, self.description) if self.vector is None else (_bytes(self.vector),)
        text = _digest(source)
        return Fingerprint(content=_digest((*_CONTENT(self), text)), text=text)

    def summary(self) -> JobSummary:
        """Return the short form that answers carry."""
        return JobSummary(**dict(zip(_SUMMARY_FIELDS, _SUMMARY(self), strict=True)))


def _bytes(vector: Sequence[float]) -> bytes:
    with suppress(TypeError):
        view = memoryview(vector)  # type: ignore[arg-type]  # an array of float32 needs no conversion
        if (view.format, view.ndim) == ("f", 1):
            return view.tobytes()
    try:
        return array("f", vector).tobytes()
    except TypeError:
        raise InvalidInput("job.vector", "must be a flat sequence of numbers") from None


def _digest(values: Iterable[Any]) -> str:
    return blake2b(_encode(values), digest_size=16).hexdigest()


_encode = msgspec.json.Encoder(order="deterministic").encode
_CONTENT = attrgetter(*(a.name for a in attrs.fields(Job) if a.name != "vector"))
_SUMMARY_FIELDS = tuple(a.name for a in attrs.fields(JobSummary))
_SUMMARY = attrgetter(*_SUMMARY_FIELDS)
