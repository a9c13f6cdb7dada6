"""A posting: `Job`, its `Place` and `Pay`, and the short form that an answer carries."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING, Any, SupportsFloat

import attrs
import msgspec
from attrs import Converter, field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model import fields, vocabularies
from jobmatch.model.kinds import EmploymentType, Level, PayPeriod, Workplace
from jobmatch.model.text import storable_values

if TYPE_CHECKING:
    from attrs import Attribute

#: Characters of an id.
MAX_ID = 512
#: Working hours, days, weeks and months of a full-time year, to compare pay across periods.
PERIODS_PER_YEAR = {
    PayPeriod.HOUR: 2080.0,
    PayPeriod.DAY: 260.0,
    PayPeriod.WEEK: 52.0,
    PayPeriod.MONTH: 12.0,
    PayPeriod.YEAR: 1.0,
}


# Converters check the values: msgspec, reading what we stored, would run validators anew for every posting that is
# found.
def _latitude(value: SupportsFloat | None) -> float | None:
    return fields.within("latitude", value, -90, 90)


def _longitude(value: SupportsFloat | None) -> float | None:
    return fields.within("longitude", value, -180, 180)


def _amount(value: SupportsFloat | None) -> float | None:
    return fields.within("amount", value, 0, 1e12)


def _not_below_minimum(value: SupportsFloat | None, pay: Any) -> float | None:
    maximum = fields.called("pay.maximum", _amount)(value)
    if maximum is not None and pay.minimum is not None and maximum < pay.minimum:
        raise InvalidInput("pay.maximum", "must not be below the minimum")
    return maximum


def _pay_fields(owner: type, attributes: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
    """Name the fields of `Pay`, and have the maximum compared with the minimum."""
    compared = {"maximum": Converter(_not_below_minimum, takes_self=True)}
    return [a.evolve(converter=compared.get(a.name, a.converter)) for a in fields.naming("pay")(owner, attributes)]


@frozen(kw_only=True, field_transformer=fields.naming("place"))
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
    country: str | None = field(default=None, converter=fields.country_or_none)
    latitude: float | None = field(default=None, converter=_latitude)
    longitude: float | None = field(default=None, converter=_longitude)

    def __attrs_post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            raise InvalidInput("place.latitude", "goes with longitude: give both or neither")

    def __str__(self) -> str:
        return ", ".join(part for part in (self.city, self.region, self.country) if part)


@frozen(kw_only=True, field_transformer=_pay_fields)
class Pay:
    """What a job pays, before tax.

    Arguments:
        minimum: lowest amount per period, at least 0.
        maximum: highest amount per period, not below the minimum.
        currency: ISO 4217 code; None when unknown: nobody takes it for dollars. A filter on a currency lets it fail.
        period: the time that the amounts are for.
    """

    minimum: float | None = field(default=None, converter=_amount)
    maximum: float | None = field(default=None, converter=_amount)
    currency: str | None = field(default=None, converter=fields.currency_or_none)
    period: PayPeriod = field(default=PayPeriod.YEAR, converter=vocabularies.pay_period)

    def yearly(self) -> float | None:
        """Return the highest amount named, for a full-time year."""
        amount = self.maximum if self.maximum is not None else self.minimum
        return None if amount is None else amount * PERIODS_PER_YEAR[self.period]


@frozen(kw_only=True)
class Fingerprint:
    """Digests of a job: of all of it, and of what its vector comes from."""

    content: str
    text: str


class JobSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


def _places(value: Iterable[Place] | None) -> tuple[Place, ...]:
    if value is None:
        return ()
    several = tuple(fields.several(value, "Places, such as [Place(city=…)]"))
    for one in several:
        if not isinstance(one, Place):
            raise fields.wrong(one, "Places, such as [Place(city=…)]")
    return several


def _pay(value: Pay | None) -> Pay | None:
    if value is not None and not isinstance(value, Pay):
        raise fields.wrong(value, "a Pay, such as Pay(minimum=50_000, currency=…)")
    return value


def _metadata(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise fields.wrong(value, "a mapping of JSON values by name")
    found: Mapping[str, Any] = _finite(storable_values(value or {}))
    return found


def _finite(value: Any) -> Any:
    """Return a value without what JSON has no number for: pandas says NaN where there is none."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _vector(value: fields.Numbers | None) -> Any:
    # The numbers themselves are looked at when they are needed: there may be millions of them.
    if isinstance(value, (str, bytes, Mapping)) or not (value is None or hasattr(value, "__len__")):
        raise fields.wrong(value, "a flat sequence of numbers")
    return value


@frozen(kw_only=True, field_transformer=fields.naming("job"))
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
        language: ISO 639-1 code of the text; a tag such as ``en-US`` or a well-known name becomes one.
        metadata: anything else, JSON values; a number that is not finite is none.
        vector: an embedding of the posting, shape (dimensions,), if the caller has one; it is normalised on import.
    """

    id: str = field(converter=fields.text, validator=[fields.not_empty, fields.at_most(MAX_ID)])
    title: str = field(converter=fields.text, validator=fields.not_empty)
    company: str | None = field(default=None, converter=fields.text_or_none)
    description: str = field(default="", converter=fields.text)
    places: tuple[Place, ...] = field(default=(), converter=_places)
    workplace: Workplace | None = field(default=None, converter=vocabularies.workplace_or_none)
    employment_type: EmploymentType | None = field(default=None, converter=vocabularies.employment_type_or_none)
    level: Level | None = field(default=None, converter=vocabularies.level_or_none)
    industry: str | None = field(default=None, converter=fields.text_or_none)
    skills: tuple[str, ...] = field(default=(), converter=fields.texts)
    pay: Pay | None = field(default=None, converter=_pay)
    posted_at: datetime | None = field(default=None, converter=fields.utc)
    expires_at: datetime | None = field(default=None, converter=fields.utc)
    url: str | None = field(default=None, converter=fields.text_or_none)
    language: str | None = field(default=None, converter=fields.language_or_none)
    metadata: Mapping[str, Any] = field(factory=dict, converter=_metadata)
    vector: Sequence[float] | None = field(default=None, converter=_vector, eq=False, repr=False)

    def fingerprint(self) -> Fingerprint:
        """Return the digests by which an import sees what has changed."""
        source = (self.title, self.description) if self.vector is None else (_bytes(self.vector),)
        text = _digest(source)
        return Fingerprint(content=_digest((_EDITION, *_CONTENT(self), text)), text=text)

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
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput("job.vector", "must be a flat sequence of numbers") from None


def _digest(values: Iterable[Any]) -> str:
    return blake2b(_encode(values), digest_size=16).hexdigest()


#: Counts the ways in which indexes have kept postings. Those kept in an earlier one count as changed when they are
#: imported again; their vectors stay.
_EDITION = 3
_encode = msgspec.json.Encoder(order="deterministic").encode
_CONTENT = attrgetter(*(a.name for a in attrs.fields(Job) if a.name != "vector"))
_SUMMARY_FIELDS = JobSummary.__struct_fields__
_SUMMARY = attrgetter(*_SUMMARY_FIELDS)
