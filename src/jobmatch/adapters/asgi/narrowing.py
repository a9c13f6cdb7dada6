"""The conditions of a request, as they travel."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType, to_builtins

from jobmatch.model import EmploymentType, InteractionKind, Level, PayPeriod, Workplace

#: One text or several.
Texts = str | list[str]
Scalar = str | bool | int | float


class Request(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Anything that a client sends."""


class Conditions(Request, frozen=True):
    """What can be asked for in a query string too."""

    country: Texts | None = None
    region: Texts | None = None
    city: Texts | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    workplace: Workplace | list[Workplace] | None = None
    experience: Level | list[Level] | None = None
    employment_type: EmploymentType | list[EmploymentType] | None = None
    salary_min: float | None = None
    salary_currency: str | None = None
    salary_period: PayPeriod | None = None
    posted_after: datetime | None = None
    max_age_days: float | None = None
    companies: Texts | None = None
    exclude_companies: Texts | None = None
    industries: Texts | None = None
    language: Texts | None = None
    skills_any: Texts | None = None
    exclude_keywords: Texts | None = None
    exclude_job_ids: Texts | None = None
    exclude_interactions: InteractionKind | list[InteractionKind] | None = None
    cool_down_days: float | None = None


class MetadataBody(Request, frozen=True, omit_defaults=True, rename={"one_of": "in"}):
    """A condition on one of the posting's metadata; at least one of the fields."""

    eq: Scalar | UnsetType = UNSET
    one_of: list[Scalar] | UnsetType = UNSET
    min: str | float | UnsetType = UNSET
    max: str | float | UnsetType = UNSET
    exists: bool | UnsetType = UNSET


class FiltersBody(Conditions, frozen=True):
    """Hard conditions: a job that fails one is not in the answer."""

    remote: bool | None = None
    skills: Texts | None = None
    keywords: Texts | None = None
    metadata: dict[str, MetadataBody | Scalar | list[Scalar]] | None = None
    keep_unknown: bool | Texts | None = None


#: Parameters that may be repeated, or hold several values with commas between them.
LISTS = frozenset(
    {
        "keywords",
        "country",
        "region",
        "city",
        "workplace",
        "experience",
        "employment_type",
        "industries",
        "language",
        "skills_any",
        "exclude_keywords",
        "exclude_interactions",
    }
)


def given(part: Struct | None) -> dict[str, Any]:
    """Return the fields of *part* that the client has given."""
    names = part.__struct_fields__ if part else ()
    return {name: value for name in names if (value := getattr(part, name)) is not None}


def given_filters(body: FiltersBody | None) -> dict[str, Any]:
    """Return the conditions that the client has given, as `Filters` takes them."""
    filters = given(body)
    if "metadata" in filters:
        filters["metadata"] = to_builtins(filters["metadata"])
    return filters
