"""The filters, one plain function a condition. Read it to know what a filter means.

Conditions on words are the index's own business, for they depend on how it knows words.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any, TypeAlias

from jobmatch.model import Filters, Job, JobSummary, MetadataCondition, Place, Workplace
from jobmatch.model.text import fold

EARTH_RADIUS_KM = 6_371.0088
#: What rounding may add to a distance: points on one spot may be spelled in two ways, at a pole and at 180 degrees.
ROUNDING_KM = 1e-6
#: Lists of a filter that are kept as sets. By identity, for to hash a list takes longer than to look up a name in it.
KEPT = 32
_kept: dict[tuple[int, Callable[[str], str]], tuple[Sequence[str], frozenset[str]]] = {}
#: Most conditions are on what the short form tells as well.
Posting: TypeAlias = Job | JobSummary
Condition: TypeAlias = Callable[[Any, Filters], bool]


def country(job: Posting, filters: Filters) -> bool:
    """One of the job's places is in one of the countries."""
    return not filters.country or any(place.country in filters.country for place in job.places)


def region(job: Posting, filters: Filters) -> bool:
    """One of the job's places is in one of the regions, or the job is remote."""
    return _is_there((place.region for place in job.places), filters.region, job)


def city(job: Posting, filters: Filters) -> bool:
    """One of the job's places is in one of the cities, or the job is remote."""
    return _is_there((place.city for place in job.places), filters.city, job)


def _is_there(names: Iterable[str | None], wanted: Sequence[str], job: Posting) -> bool:
    if not wanted or job.workplace is Workplace.REMOTE:
        return True
    return not _folded(wanted).isdisjoint(fold(name) for name in names if name is not None)


def _folded(wanted: Sequence[str]) -> frozenset[str]:
    return _set(wanted, fold)


def _set(wanted: Sequence[str], form: Callable[[str], str]) -> frozenset[str]:
    """Return a list of a filter to look names up in, made once for all the postings that it is held against."""
    key = id(wanted), form  # no other list has this id as long as this one is kept
    if (kept := _kept.get(key)) is None:
        if len(_kept) >= KEPT:
            _kept.clear()
        kept = _kept[key] = wanted, frozenset(map(form, wanted))
    return kept[1]


def radius(job: Posting, filters: Filters) -> bool:
    """One of the job's places is near enough."""
    return filters.radius_km is None or any(_near(place, filters) for place in job.places)


def _near(place: Place, filters: Filters) -> bool:
    if place.latitude is None or place.longitude is None:
        return False
    here, there = (place.latitude, place.longitude), (filters.latitude or 0.0, filters.longitude or 0.0)
    return distance_km(here, there) <= (filters.radius_km or 0.0) + ROUNDING_KM


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance by the haversine formula, kilometres; points are (latitude, longitude) in degrees."""
    lat1, lon1, lat2, lon2 = map(radians, (*here, *there))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(h, 1.0)))


def remote(job: Posting, filters: Filters) -> bool:
    """Remote only, or all but remote."""
    if filters.remote is None:
        return True
    if job.workplace is None:
        return filters.keeps_unknown("remote")
    return (job.workplace is Workplace.REMOTE) == filters.remote


def workplace(job: Posting, filters: Filters) -> bool:
    """An allowed workplace."""
    return _known_in(job.workplace, "workplace", filters)


def experience(job: Posting, filters: Filters) -> bool:
    """An allowed level."""
    return _known_in(job.level, "experience", filters)


def employment_type(job: Posting, filters: Filters) -> bool:
    """An allowed kind of contract."""
    return _known_in(job.employment_type, "employment_type", filters)


def _known_in(value: object, name: str, filters: Filters) -> bool:
    allowed = getattr(filters, name)
    if not allowed:
        return True
    return filters.keeps_unknown(name) if value is None else value in allowed


def salary_min(job: Posting, filters: Filters) -> bool:
    """Pays enough in a year, in the currency asked for."""
    least = filters.yearly_salary_min
    if least is None:
        return True
    yearly = job.pay.yearly() if job.pay else None
    if job.pay is None or yearly is None:
        return filters.keeps_unknown("salary_min")
    return yearly >= least and filters.salary_currency in {None, job.pay.currency}


def posted_after(job: Posting, filters: Filters) -> bool:
    """Posted late enough."""
    return _since(job, filters.posted_after, "posted_after", filters)


def max_age_days(job: Posting, filters: Filters) -> bool:
    """New enough."""
    age = filters.max_age_days
    return _since(job, None if age is None else ago(age), "max_age_days", filters)


def _since(job: Posting, earliest: datetime | None, name: str, filters: Filters) -> bool:
    if earliest is None:
        return True
    return filters.keeps_unknown(name) if job.posted_at is None else job.posted_at >= earliest


def ago(days: float) -> datetime:
    """Return the time that was some days ago."""
    return datetime.now(UTC) - timedelta(days=days)


def companies(job: Posting, filters: Filters) -> bool:
    """One of the companies."""
    return not filters.companies or _is_one_of(job.company, filters.companies)


def exclude_companies(job: Posting, filters: Filters) -> bool:
    """None of the companies."""
    return not _is_one_of(job.company, filters.exclude_companies)


def _is_one_of(name: str | None, wanted: Sequence[str]) -> bool:
    return name is not None and fold(name) in _folded(wanted)


def industries(job: Posting, filters: Filters) -> bool:
    """One of the industries."""
    return _named_in(job.industry, "industries", filters)


def language(job: Job, filters: Filters) -> bool:
    """Written in one of the languages."""
    return _named_in(job.language, "language", filters)


def _named_in(value: str | None, name: str, filters: Filters) -> bool:
    allowed = getattr(filters, name)
    if not allowed:
        return True
    return filters.keeps_unknown(name) if value is None else fold(value) in _folded(allowed)


def skills(job: Posting, filters: Filters) -> bool:
    """All of the skills."""
    return _folded(filters.skills).issubset(map(fold, job.skills))


def skills_any(job: Posting, filters: Filters) -> bool:
    """At least one of the skills."""
    return not filters.skills_any or not _folded(filters.skills_any).isdisjoint(map(fold, job.skills))


def metadata(job: Job, filters: Filters) -> bool:
    """All that is asked about the metadata."""
    return all(_fulfils(job.metadata.get(condition.name), condition) for condition in filters.metadata)


def _fulfils(value: object, asked: MetadataCondition) -> bool:
    """Whether a value is one of those asked for, and within the limits; of a list one element must be."""
    if asked.exists is not None and asked.exists is (value is None):
        return False
    elements = value if isinstance(value, (list, tuple)) else (value,)
    named = not asked.any_of or any(_same(one, wanted) for one in elements for wanted in asked.any_of)
    return named and (not asked.limits or any(_within(one, asked) for one in elements))


def _same(value: object, wanted: object) -> bool:
    return _sort(value) is _sort(wanted) and _exact(value) == _exact(wanted)


def _exact(value: Any) -> Any:
    """Return a number as it is written in JSON, in which ``1e30`` is a power of ten, and no float is."""
    return Decimal(repr(value)) if isinstance(value, float) and isfinite(value) else value


def _sort(value: object) -> type | None:
    """Return what a value can be compared with."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float
    return type(value) if isinstance(value, (str, bool)) else None


def _within(value: Any, asked: MetadataCondition) -> bool:
    if any(_sort(value) is not _sort(limit) for limit in asked.limits):
        return False
    had, least, most = _exact(value), _exact(asked.at_least), _exact(asked.at_most)
    known = had == had  # or else it is no number
    return known and (least is None or had >= least) and (most is None or had <= most)


def exclude_job_ids(job: Posting, filters: Filters) -> bool:
    """Not one of those."""
    return job.id not in _set(filters.exclude_job_ids, str)


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


def asked(filters: Filters) -> dict[str, Condition]:
    """Return the conditions that *filters* have, by field."""
    return {name: condition for name, condition in CONDITIONS.items() if _given(getattr(filters, name))}


def told(filters: Filters) -> list[Condition]:
    """Return those of them that make a difference, and about which the short form of a posting tells, and quickly."""
    return [
        condition
        for name, condition in asked(filters).items()
        if name not in UNTOLD and name != NEGLIGIBLE and not _long(getattr(filters, name))
    ]


def all_told(filters: Filters) -> bool:
    """Tell whether these are all that make a difference."""
    return not any(_given(getattr(filters, name)) for name in UNTOLD) and not any(
        _long(getattr(filters, name)) for name in CONDITIONS if name != NEGLIGIBLE
    )


def _given(value: object) -> bool:
    return value is not None and value != ()


def _long(value: object) -> bool:
    return isinstance(value, tuple) and len(value) > SHORT
