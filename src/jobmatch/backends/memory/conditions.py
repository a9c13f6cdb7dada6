"""`passes`: the filters, one plain function a condition. Read it to know what a filter means."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import asin, cos, radians, sin, sqrt

from jobmatch.backends.memory.lexicon import has_phrase, lexemes, trimmed
from jobmatch.model import Filters, Job, Place, Workplace
from jobmatch.model.text import fold

EARTH_RADIUS_KM = 6_371.0088
Lexemes = Sequence[str | None]
Condition = Callable[[Job, Filters], bool]


def country(job: Job, filters: Filters) -> bool:
    """One of the job's places is in one of the countries."""
    return not filters.country or any(place.country in filters.country for place in job.places)


def city(job: Job, filters: Filters) -> bool:
    """One of the job's places is in one of the cities, or the job is remote."""
    if not filters.city or job.workplace is Workplace.REMOTE:
        return True
    wanted = {fold(name) for name in filters.city}
    return any(place.city is not None and fold(place.city) in wanted for place in job.places)


def radius(job: Job, filters: Filters) -> bool:
    """One of the job's places is near enough."""
    return filters.radius_km is None or any(_near(place, filters) for place in job.places)


def _near(place: Place, filters: Filters) -> bool:
    if place.latitude is None or place.longitude is None:
        return False
    here = (place.latitude, place.longitude)
    return distance_km(here, (filters.latitude or 0.0, filters.longitude or 0.0)) <= (filters.radius_km or 0.0)


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance by the haversine formula, kilometres; points are (latitude, longitude) in degrees."""
    lat1, lon1, lat2, lon2 = map(radians, (*here, *there))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(h, 1.0)))


def remote(job: Job, filters: Filters) -> bool:
    """Remote only, or all but remote."""
    if filters.remote is None:
        return True
    if job.workplace is None:
        return filters.keep_unknown
    return (job.workplace is Workplace.REMOTE) == filters.remote


def workplace(job: Job, filters: Filters) -> bool:
    """An allowed workplace."""
    return _known_in(job.workplace, filters.workplace, filters)


def experience(job: Job, filters: Filters) -> bool:
    """An allowed level."""
    return _known_in(job.level, filters.experience, filters)


def employment_type(job: Job, filters: Filters) -> bool:
    """An allowed kind of contract."""
    return _known_in(job.employment_type, filters.employment_type, filters)


def _known_in(value: object, allowed: Sequence[object], filters: Filters) -> bool:
    if not allowed:
        return True
    return filters.keep_unknown if value is None else value in allowed


def salary_min(job: Job, filters: Filters) -> bool:
    """Pays enough in a year."""
    if filters.salary_min is None:
        return True
    yearly = job.pay.yearly() if job.pay else None
    return filters.keep_unknown if yearly is None else yearly >= filters.salary_min


def posted_after(job: Job, filters: Filters) -> bool:
    """New enough."""
    if filters.posted_after is None:
        return True
    return filters.keep_unknown if job.posted_at is None else job.posted_at >= filters.posted_after


def companies(job: Job, filters: Filters) -> bool:
    """One of the companies."""
    return not filters.companies or fold(job.company or "") in {fold(name) for name in filters.companies}


def exclude_companies(job: Job, filters: Filters) -> bool:
    """None of the companies."""
    return fold(job.company or "") not in {fold(name) for name in filters.exclude_companies}


def skills(job: Job, filters: Filters) -> bool:
    """All of the skills."""
    return {fold(name) for name in filters.skills} <= {fold(name) for name in job.skills}


def exclude_job_ids(job: Job, filters: Filters) -> bool:
    """Not one of those."""
    return job.id not in filters.exclude_job_ids


CONDITIONS: tuple[Condition, ...] = (
    country,
    city,
    radius,
    remote,
    workplace,
    experience,
    employment_type,
    salary_min,
    posted_after,
    companies,
    exclude_companies,
    skills,
    exclude_job_ids,
)


def passes(job: Job, text: Lexemes, filters: Filters) -> bool:
    """Whether a job fulfils all conditions and has not expired.

    Arguments:
        job: the posting.
        text: lexemes of its text.
        filters: the conditions.
    """
    if job.expires_at is not None and job.expires_at <= datetime.now(UTC):
        return False
    return all(condition(job, filters) for condition in CONDITIONS) and all(
        has_keyword(text, keyword) is not False for keyword in filters.keywords
    )


def has_keyword(text: Lexemes, keyword: str) -> bool | None:
    """Whether a text has a keyword; None for a keyword of nothing but stop words."""
    phrase = trimmed(lexemes(keyword))
    return has_phrase(text, phrase) if phrase else None
