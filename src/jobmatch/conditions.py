"""The filters, one plain function a condition. Read it to know what a filter means.

Each makes out once what is asked, and returns what tells of a posting whether it passes: a filter is held against many.
Conditions on words are the index's own business, for they depend on how it knows words.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Any, TypeAlias

from jobmatch.model import Filters, Job, JobSummary, MetadataCondition, Place, Workplace
from jobmatch.model.metadata import exact
from jobmatch.model.text import fold

EARTH_RADIUS_KM = 6_371.0088
#: What rounding may add to a distance: points on one spot may be spelled in two ways, at a pole and at 180 degrees.
ROUNDING_KM = 1e-6
#: Most conditions are on what the short form tells as well.
Posting: TypeAlias = Job | JobSummary
Passes: TypeAlias = Callable[[Any], bool]
#: Of filters that ask for something by it.
Condition: TypeAlias = Callable[[Filters], Passes]


def country(filters: Filters) -> Passes:
    """One of the job's places is in one of the countries."""
    wanted = frozenset(filters.country)
    return lambda job: not wanted.isdisjoint([place.country for place in job.places])


def region(filters: Filters) -> Passes:
    """One of the job's places is in one of the regions, or the job is remote."""
    return _there(filters.region, lambda place: place.region)


def city(filters: Filters) -> Passes:
    """One of the job's places is in one of the cities, or the job is remote."""
    return _there(filters.city, lambda place: place.city)


def _there(names: Sequence[str], name_of: Callable[[Place], str | None]) -> Passes:
    wanted = _folded(names)

    def is_there(place: Place) -> bool:
        name = name_of(place)
        return name is not None and fold(name) in wanted

    return lambda job: job.workplace is Workplace.REMOTE or any(map(is_there, job.places))


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, names))


def radius(filters: Filters) -> Passes:
    """One of the job's places is near enough."""
    here, farthest = (filters.latitude or 0.0, filters.longitude or 0.0), (filters.radius_km or 0.0) + ROUNDING_KM

    def is_near(place: Place) -> bool:
        if place.latitude is None or place.longitude is None:
            return False
        return distance_km(here, (place.latitude, place.longitude)) <= farthest

    return lambda job: any(map(is_near, job.places))


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance by the haversine formula, kilometres; points are (latitude, longitude) in degrees."""
    lat1, lon1, lat2, lon2 = map(radians, (*here, *there))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(h, 1.0)))


def remote(filters: Filters) -> Passes:
    """Remote only, or all but remote."""
    wanted, unknown = filters.remote, filters.keeps_unknown("remote")
    return lambda job: unknown if job.workplace is None else (job.workplace is Workplace.REMOTE) == wanted


def workplace(filters: Filters) -> Passes:
    """An allowed workplace."""
    return _allowed("workplace", filters, lambda job: job.workplace)


def experience(filters: Filters) -> Passes:
    """An allowed level."""
    return _allowed("experience", filters, lambda job: job.level)


def employment_type(filters: Filters) -> Passes:
    """An allowed kind of contract."""
    return _allowed("employment_type", filters, lambda job: job.employment_type)


def _allowed(name: str, filters: Filters, value_of: Callable[[Any], object]) -> Passes:
    allowed = {*getattr(filters, name), *([None] if filters.keeps_unknown(name) else [])}
    return lambda job: value_of(job) in allowed


def salary_min(filters: Filters) -> Passes:
    """Pays enough in a year, in the currency asked for."""
    least, currency, unknown = (
        filters.yearly_salary_min or 0.0,
        filters.salary_currency,
        filters.keeps_unknown("salary_min"),
    )

    def passes(job: Posting) -> bool:
        yearly = job.pay.yearly() if job.pay else None
        if job.pay is None or yearly is None:
            return unknown
        return yearly >= least and (currency is None or currency == job.pay.currency)

    return passes


def posted_after(filters: Filters) -> Passes:
    """Posted late enough."""
    return _since(filters.posted_after, keeps_unknown=filters.keeps_unknown("posted_after"))


def max_age_days(filters: Filters) -> Passes:
    """New enough."""
    return _since(ago(filters.max_age_days or 0.0), keeps_unknown=filters.keeps_unknown("max_age_days"))


def _since(earliest: datetime | None, *, keeps_unknown: bool) -> Passes:
    return lambda job: keeps_unknown if job.posted_at is None else job.posted_at >= earliest


def ago(days: float) -> datetime:
    """Return the time that was some days ago."""
    return datetime.now(UTC) - timedelta(days=days)


def companies(filters: Filters) -> Passes:
    """One of the companies."""
    wanted = _folded(filters.companies)
    return lambda job: job.company is not None and fold(job.company) in wanted


def exclude_companies(filters: Filters) -> Passes:
    """None of the companies."""
    unwanted = _folded(filters.exclude_companies)
    return lambda job: job.company is None or fold(job.company) not in unwanted


def industries(filters: Filters) -> Passes:
    """One of the industries."""
    return _named("industries", filters, lambda job: job.industry)


def language(filters: Filters) -> Passes:
    """Written in one of the languages."""
    return _named("language", filters, lambda job: job.language)


def _named(name: str, filters: Filters, value_of: Callable[[Any], str | None]) -> Passes:
    wanted, unknown = _folded(getattr(filters, name)), filters.keeps_unknown(name)

    def passes(job: Posting) -> bool:
        value = value_of(job)
        return unknown if value is None else fold(value) in wanted

    return passes


def skills(filters: Filters) -> Passes:
    """All of the skills."""
    wanted = _folded(filters.skills)
    return lambda job: wanted.issubset(map(fold, job.skills))


def skills_any(filters: Filters) -> Passes:
    """At least one of the skills."""
    wanted = _folded(filters.skills_any)
    return lambda job: not wanted.isdisjoint(map(fold, job.skills))


def metadata(filters: Filters) -> Passes:
    """All that is asked about the metadata."""
    asked = filters.metadata
    return lambda job: all(_fulfils(job.metadata.get(condition.name), condition) for condition in asked)


def _fulfils(value: object, asked: MetadataCondition) -> bool:
    """Whether a value is one of those asked for, and within the limits; of a list one element must be."""
    if asked.exists is not None and asked.exists is (value is None):
        return False
    elements = value if isinstance(value, (list, tuple)) else (value,)
    named = not asked.any_of or any(_same(one, wanted) for one in elements for wanted in asked.any_of)
    return named and (not asked.limits or any(_within(one, asked) for one in elements))


def _same(value: object, wanted: object) -> bool:
    return _sort(value) is _sort(wanted) and exact(value) == exact(wanted)


def _sort(value: object) -> type | None:
    """Return what a value can be compared with."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float
    return type(value) if isinstance(value, (str, bool)) else None


def _within(value: Any, asked: MetadataCondition) -> bool:
    if any(_sort(value) is not _sort(limit) for limit in asked.limits):
        return False
    had, least, most = exact(value), exact(asked.at_least), exact(asked.at_most)
    known = had == had  # or else it is no number
    return known and (least is None or had >= least) and (most is None or had <= most)


def exclude_job_ids(filters: Filters) -> Passes:
    """Not one of those."""
    unwanted = frozenset(filters.exclude_job_ids)
    return lambda job: job.id not in unwanted


#: By the field of `Filters` that asks for it.
CONDITIONS: dict[str, Condition] = {
    "country": country,
    "region": region,
    "city": city,
    "radius_km": radius,
    "remote": remote,
    "workplace": workplace,
    "experience": experience,
    "employment_type": employment_type,
    "salary_min": salary_min,
    "posted_after": posted_after,
    "max_age_days": max_age_days,
    "companies": companies,
    "exclude_companies": exclude_companies,
    "industries": industries,
    "language": language,
    "skills": skills,
    "skills_any": skills_any,
    "metadata": metadata,
    "exclude_job_ids": exclude_job_ids,
}
#: The fields that ask for what the short form of a posting does not tell.
UNTOLD = frozenset({"language", "metadata", "keywords", "exclude_keywords"})
#: The field that makes no difference to how many pass: some jobs are left out by id.
NEGLIGIBLE = "exclude_job_ids"
#: Values that a condition compares in next to no time, one after the other.
SHORT = 20


def asked(filters: Filters) -> dict[str, Passes]:
    """Return what tells whether a posting passes, by the fields of *filters* that ask for something."""
    return {name: condition(filters) for name, condition in CONDITIONS.items() if _given(getattr(filters, name))}


def told(filters: Filters) -> dict[str, Passes]:
    """Return those of them that make a difference, and about which the short form of a posting tells, and quickly."""
    return {
        name: condition(filters)
        for name, condition in CONDITIONS.items()
        if name not in UNTOLD and name != NEGLIGIBLE and _given(value := getattr(filters, name)) and not _long(value)
    }


def all_told(filters: Filters) -> bool:
    """Tell whether these are all that make a difference."""
    return not any(_given(getattr(filters, name)) for name in UNTOLD) and not any(
        _long(getattr(filters, name)) for name in CONDITIONS if name != NEGLIGIBLE
    )


def decided(filters: Filters) -> bool:
    """Tell whether `told` tells which jobs pass, and not just about how many: none are left out by id."""
    return all_told(filters) and not (_given(filters.exclude_job_ids) or _given(filters.exclude_interactions))


def _given(value: object) -> bool:
    return value is not None and value != ()


def _long(value: object) -> bool:
    return isinstance(value, tuple) and len(value) > SHORT
