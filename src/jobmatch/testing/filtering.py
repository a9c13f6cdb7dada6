"""Postings that differ in everything, and which of them pass which filters."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from jobmatch.errors import InvalidInput
from jobmatch.model import Filters, Pay, Place

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BERLIN = Place(city="Berlin", region="Berlin", country="DE", latitude=52.52, longitude=13.405)
POTSDAM = Place(city="Potsdam", region="Brandenburg", country="DE", latitude=52.4, longitude=13.06)
BOSTON = Place(city="Boston", region="MA", country="US", latitude=42.36, longitude=-71.06)

JOBS: dict[str, dict[str, Any]] = {
    "berlin": {
        "title": "Welder",
        "company": "Stahl & Söhne",
        "places": (BERLIN,),
        "workplace": "onsite",
        "level": "senior",
        "employment_type": "full_time",
        "skills": ("MIG welding", "Blueprints"),
        "pay": Pay(minimum=20, maximum=30, currency="EUR", period="hour"),
        "posted_at": NOW,
        "description": "Night shifts and welding of heavy pipes.",
        "industry": "Métal  Works",
        "language": "de",
        "metadata": {"visa": True, "team": 12, "grade": "b", "tags": ["union", "night"], "secret": 1, "grid": [5, 9]},
    },
    "remote": {
        "title": "Python developer",
        "company": "O'Brien",
        "places": (POTSDAM,),
        "workplace": "remote",
        "level": "mid",
        "employment_type": "contract",
        "skills": ("Python", "SQL"),
        "pay": Pay(minimum=90_000, currency="EUR"),
        "posted_at": NOW - timedelta(days=30),
        "description": "You write services in Python.",
        "industry": "Software",
        "language": "EN",
        "metadata": {
            "visa": False,
            "team": 3.5,
            "grade": 7,
            "tags": [],
            "note": 'a "quote" \\ $.x || true',
            "grid": [[5]],
        },
    },
    "boston": {
        "title": "Nurse",
        "company": "General Hospital",
        "places": (BOSTON, BERLIN),
        "workplace": "hybrid",
        "level": "entry",
        "skills": ("Triage",),
        "posted_at": NOW - timedelta(days=90),
        "language": "nb",
        "metadata": {"visa": None, "team": "12", "tags": "night"},
    },
    "unknown": {"title": "Something"},
    "expired": {"title": "Old", "expires_at": datetime(2020, 1, 1, tzinfo=UTC), "places": (BERLIN,)},
}

#: What breaks out of a statement, a pattern, a path or a query that was put together as text.
HOSTILE = (
    "x'); DROP TABLE match_job; -- \\ %s %(id)s {} \" $$ :y",
    "o\"brien'' /* & | ! ( <-> :* */ ${jndi} %_ \t?",
)


def given(name: str, text: str) -> dict[str, Any]:
    """Return the arguments of `Filters` that ask for a text in one field."""
    return {name: {"note": text} if name == "metadata" else text}


def _takes(name: str, text: str) -> bool:
    try:
        return bool(Filters(**given(name, text)))
    except InvalidInput:
        return False


#: The filters that take any text: all fields but those that take words of ours, codes, numbers and times.
TEXT_FILTERS = tuple(f.name for f in attrs.fields(Filters) if _takes(f.name, HOSTILE[0]))

#: The metadata that the index under test must let filters ask for.
METADATA_FIELDS = ("visa", "team", "grade", "tags", "note", "grid", "no'thing")

FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"berlin", "remote", "boston", "unknown"}),
    ({"country": "de"}, {"berlin", "remote", "boston"}),
    ({"country": ["US", "FR"]}, {"boston"}),
    ({"country": "FR"}, set()),
    ({"city": "berlin"}, {"berlin", "remote", "boston"}),
    ({"city": "BERLIN", "remote": False}, {"berlin", "boston"}),
    ({"city": "Paris"}, {"remote"}),
    ({"region": "brandenburg"}, {"remote"}),
    ({"region": ["ma", "Berlin"]}, {"berlin", "remote", "boston"}),
    ({"region": ["MA"], "remote": False}, {"boston"}),
    ({"latitude": 52.5, "longitude": 13.4, "radius_km": 10}, {"berlin", "boston"}),
    ({"latitude": 52.5, "longitude": 13.4, "radius_km": 50}, {"berlin", "boston", "remote"}),
    ({"latitude": 52.52, "longitude": 13.405, "radius_km": 0}, {"berlin", "boston"}),
    ({"latitude": 0, "longitude": 0, "radius_km": 30_000}, {"berlin", "boston", "remote"}),
    ({"remote": True}, {"remote"}),
    ({"remote": False}, {"berlin", "boston"}),
    ({"remote": False, "keep_unknown": True}, {"berlin", "boston", "unknown"}),
    ({"workplace": ["onsite", "hybrid"]}, {"berlin", "boston"}),
    ({"experience": "senior"}, {"berlin"}),
    ({"experience": ["senior", "mid"], "keep_unknown": True}, {"berlin", "remote", "unknown"}),
    ({"employment_type": "contract"}, {"remote"}),
    ({"salary_min": 60_000}, {"berlin", "remote"}),
    ({"salary_min": 70_000}, {"remote"}),
    ({"salary_min": 70_000, "keep_unknown": True}, {"remote", "boston", "unknown"}),
    ({"salary_min": 29, "salary_period": "hour"}, {"berlin", "remote"}),
    ({"salary_min": 31, "salary_period": "hour"}, {"remote"}),
    ({"salary_min": 7_000, "salary_period": "month"}, {"remote"}),
    ({"salary_min": 1_000, "salary_period": "week", "salary_currency": "eur"}, {"berlin", "remote"}),
    ({"salary_min": 1, "salary_currency": "USD"}, set()),
    ({"salary_min": 1, "salary_currency": "USD", "keep_unknown": True}, {"boston", "unknown"}),
    ({"posted_after": NOW - timedelta(days=31)}, {"berlin", "remote"}),
    ({"posted_after": NOW}, {"berlin"}),
    ({"max_age_days": 36_500}, {"berlin", "remote", "boston"}),
    ({"max_age_days": 0}, set()),
    ({"max_age_days": 0, "keep_unknown": ["max_age_days"]}, {"unknown"}),
    ({"max_age_days": 0, "keep_unknown": ["experience"]}, set()),
    ({"remote": False, "experience": "senior", "keep_unknown": "experience"}, {"berlin"}),
    ({"remote": True, "experience": "senior", "keep_unknown": ["remote", "experience"]}, {"unknown"}),
    ({"workplace": "onsite", "remote": True}, set()),
    ({"workplace": "onsite", "remote": True, "keep_unknown": True}, {"unknown"}),
    ({"companies": "O'Brien", "exclude_companies": "o'brien"}, set()),
    ({"industries": "metal works"}, {"berlin"}),
    ({"industries": ["METAL WORKS", "x"], "keep_unknown": True}, {"berlin", "boston", "unknown"}),
    ({"language": "en"}, {"remote"}),
    ({"language": "English"}, {"remote"}),
    ({"language": ["DE", "fr"], "keep_unknown": True}, {"berlin", "unknown"}),
    ({"language": "Norwegian"}, {"boston"}),
    ({"language": "nn"}, set()),
    ({"companies": ["stahl & SOHNE", "nobody"]}, {"berlin"}),
    ({"exclude_companies": "o'brien"}, {"berlin", "boston", "unknown"}),
    ({"skills": ["python"]}, {"remote"}),
    ({"skills": ["Python", "triage"]}, set()),
    ({"skills_any": ["Python", "triage"]}, {"remote", "boston"}),
    ({"skills_any": ["cobol"]}, set()),
    ({"keywords": ["welded"]}, {"berlin"}),
    ({"exclude_keywords": ["night shift", "service"]}, {"boston", "unknown"}),
    ({"exclude_keywords": ["shift night"]}, {"berlin", "remote", "boston", "unknown"}),
    ({"keywords": "python", "exclude_keywords": "python"}, set()),
    ({"metadata": {"visa": True}}, {"berlin"}),
    ({"metadata": {"visa": [True, False]}}, {"berlin", "remote"}),
    ({"metadata": {"visa": {"exists": True}}}, {"berlin", "remote"}),
    ({"metadata": {"visa": {"exists": False}}}, {"boston", "unknown"}),
    ({"metadata": {"visa": 1}}, set()),
    ({"metadata": {"team": 12}}, {"berlin"}),
    ({"metadata": {"team": "12"}}, {"boston"}),
    ({"metadata": {"team": {"eq": 3.5}}}, {"remote"}),
    ({"metadata": {"team": {"min": 3.5}}}, {"berlin", "remote"}),
    ({"metadata": {"team": {"min": 3.6, "max": 12.0}}}, {"berlin"}),
    ({"metadata": {"team": {"min": -5, "max": 3}}}, set()),
    ({"metadata": {"team": {"min": "1"}}}, {"boston"}),
    ({"metadata": {"grade": ["b", 7]}}, {"berlin", "remote"}),
    ({"metadata": {"grade": {"min": "a", "max": "c"}}}, {"berlin"}),
    ({"metadata": {"tags": "night"}}, {"berlin", "boston"}),
    ({"metadata": {"tags": {"exists": True}}}, {"berlin", "remote", "boston"}),
    ({"metadata": {"tags": {"in": ["union", "x"]}, "visa": True}}, {"berlin"}),
    ({"metadata": {"tags": {"eq": "night", "in": ["union", "x"]}}}, {"berlin"}),
    ({"metadata": {"tags": {"in": ["union", "x"], "eq": "night"}}}, {"berlin"}),
    ({"metadata": {"team": {"eq": 12, "in": [3.5, 12], "exists": True}}}, {"berlin"}),
    ({"metadata": {"team": {"eq": 12, "in": [3.5]}}}, set()),
    ({"metadata": {"visa": {"exists": False, "eq": True}}}, set()),
    ({"metadata": {"tags": {"exists": False, "max": "z"}}}, set()),
    ({"metadata": {"team": {"min": 12.5, "max": 3}}}, set()),
    ({"metadata": {"grid": {"min": 9, "max": 5}}}, set()),
    ({"metadata": {"grid": {"eq": 9, "max": 5}}}, {"berlin"}),
    ({"metadata": {"grade": {"min": "b", "max": "B"}}}, set()),
    ({"metadata": {"grid": 5}}, {"berlin"}),
    ({"metadata": {"grid": {"min": 5, "max": 6}}}, {"berlin"}),
    ({"metadata": {"note": 'a "quote" \\ $.x || true'}}, {"remote"}),
    ({"metadata": {"note": '" || true || $.x == "'}}, set()),
    ({"metadata": {"no'thing": "'; DROP TABLE match_job; --"}}, set()),
    ({"keywords": ["night shift"]}, {"berlin"}),
    ({"keywords": ["shift night"]}, set()),
    ({"keywords": ["night_shift"]}, {"berlin"}),
    ({"keywords": ["pipes", "welding"]}, {"berlin"}),
    ({"keywords": ["the heavy"]}, {"berlin"}),
    ({"exclude_job_ids": ["berlin", "unknown", "nobody"]}, {"remote", "boston"}),
    ({"exclude_job_ids": [f"x{n}" for n in range(9_999)] + ["berlin"]}, {"remote", "boston", "unknown"}),
    ({"country": "DE", "experience": "mid", "skills": "sql"}, {"remote"}),
    ({"companies": "x'; DROP TABLE match_job; --"}, set()),
    ({"city": "100% \\ _"}, {"remote"}),
    ({"keywords": ["' | & ! ( pipes"]}, {"berlin"}),
]
