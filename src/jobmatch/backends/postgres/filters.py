"""`Filters` as SQL: which conditions there are (`shape`), and what is bound to them (`values`).

Everything of any length is one parameter, so that there are few shapes and each is compiled once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from jobmatch.backends.postgres import geography, jsonpaths
from jobmatch.backends.postgres.conditions import SIMPLE
from jobmatch.backends.postgres.layout import OURS, Layout
from jobmatch.backends.postgres.shape import Shape
from jobmatch.conditions import ROUNDING_KM, ago
from jobmatch.model import Filters, Workplace
from jobmatch.model.text import fold

_CAN_BE_UNKNOWN = frozenset(Filters.CAN_BE_UNKNOWN)
_PLAIN = ("country", "workplace", "experience", "employment_type", "exclude_job_ids", "exclude_interactions")
_FOLDED = (
    "region",
    "city",
    "companies",
    "exclude_companies",
    "industries",
    "language",
    "skills",
    "skills_any",
)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def shape(filters: Filters, layout: Layout = OURS, *, owner: str | None = None) -> Shape:
    """Return the shape of *filters* over a layout; what an owner did before counts only if there is one."""
    asked = {name for name in SIMPLE if getattr(filters, name) not in {None, ()}}
    if owner is None:
        asked.discard("exclude_interactions")
    asked_unknown = asked if filters.remote is None else asked | {"remote"}
    return Shape(
        conditions=tuple(name for name in SIMPLE if name in asked),
        keep_unknown=frozenset(filter(filters.keeps_unknown, asked_unknown & _CAN_BE_UNKNOWN)),
        remote=filters.remote,
        on_site=_on_site(filters),
        currency=filters.salary_currency is not None,
        boxes=len(_boxes(filters)),
        keywords=len(filters.keywords),
        exclude_keywords=len(filters.exclude_keywords),
        layout=layout,
    )


def _on_site(filters: Filters) -> bool:
    allowed = filters.workplace or (Workplace.REMOTE,)
    return filters.remote is False or Workplace.REMOTE not in allowed


def _boxes(filters: Filters) -> list[geography.BoxValue]:
    if filters.latitude is None or filters.longitude is None or filters.radius_km is None:
        return []
    return geography.around(filters.latitude, filters.longitude, filters.radius_km)


def values(filters: Filters, layout: Layout = OURS) -> dict[str, Any]:
    """Return the parameters of *filters* over a layout; those of conditions that a shape lacks are not looked at."""
    return {
        **{name: list(map(str, getattr(filters, name))) for name in _PLAIN},
        **{name: [fold(value) for value in getattr(filters, name)] for name in _FOLDED},
        **{name: getattr(filters, name) for name in ("latitude", "longitude", "salary_currency")},
        "radius_km": None if filters.radius_km is None else filters.radius_km + ROUNDING_KM,
        "salary_min": filters.yearly_salary_min,
        "metadata": jsonpaths.path(filters.metadata),
        **_times(filters),
        **{f"box{n}": geography.literal(box) for n, box in enumerate(_boxes(filters))},
        **spelled("keyword", filters.keywords, layout),
        **spelled("unwanted", filters.exclude_keywords, layout),
    }


def spelled(name: str, keywords: Sequence[str], layout: Layout) -> dict[str, str]:
    """Return keywords as parameters, numbered."""
    if layout.words is None:
        return {}
    return {f"{name}{number}": layout.words.spelled(keyword) for number, keyword in enumerate(keywords)}


def _times(filters: Filters) -> dict[str, datetime | None]:
    return {
        "posted_after": filters.posted_after,
        "max_age_days": _ago(filters.max_age_days),
        "recorded_after": _ago(filters.cool_down_days) or _EVER,
    }


def _ago(days: float | None) -> datetime | None:
    return None if days is None else ago(days)
