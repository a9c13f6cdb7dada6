"""Pay bands in the currency and the period that fit country and contract."""

from collections.abc import Callable
from typing import Any

from jobmatch.sample.levels import Level
from jobmatch.sample.occupation import Occupation
from jobmatch.sample.places import Country

PER_YEAR = {"hour": 1950, "day": 220, "week": 48, "month": 12, "year": 1}
LOWEST = 30_000
"""US dollars a year: no level is so low that one could not live on it."""
SHOWN = {"US": 0.8, "GB": 0.85, "DE": 0.5, "FR": 0.5, "JP": 0.6}


def pay(
    work: Occupation,
    level: Level,
    country: Country,
    employment: str | None,
    draw: Callable[[], float],
) -> dict[str, Any] | None:
    """A band, or None where the employer keeps it to itself, which the country's habit decides."""
    if draw() > SHOWN.get(country.code, 0.65):
        return None
    unit = period(work, country, employment)
    yearly = max(work.pay * 1000 * level.pay, LOWEST) * country.scale
    low = yearly / PER_YEAR[unit] * (0.88 + 0.2 * draw())
    return {
        "minimum": rounded(low),
        "maximum": rounded(low * (1.12 + 0.25 * draw())),
        "currency": country.currency,
        "period": unit,
    }


def period(work: Occupation, country: Country, employment: str | None) -> str:
    if employment == "contract":
        return "hour" if work.paid == "hour" else "day"
    if employment == "temporary":
        return "week"
    if employment == "internship":
        return "month"
    return country.wages if work.paid == "hour" else country.salaries


def rounded(amount: float) -> float:
    """Round to half a unit of the second digit, as adverts do: 23.5, 1,850, 64,000."""
    step = 10.0 ** (len(str(int(amount))) - 2) / 2
    return round(amount / step) * step
