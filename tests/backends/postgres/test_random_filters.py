"""Memory is the oracle: whatever the postings and the filters, PostgreSQL finds the same jobs in the same order."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from uuid import uuid4

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.model import (
    EmploymentType,
    Filters,
    Hnsw,
    InteractionKind,
    Level,
    Method,
    Pay,
    PayPeriod,
    Place,
    Plan,
    Workplace,
)
from jobmatch.ports import Entry, SearchQuery
from jobmatch.settings import Settings
from jobmatch.testing import DIMENSIONS, EMBEDDER, axis, entry

EXACT = Plan(method=Method.EXACT, fetch=100)
NOW = datetime.now(UTC)
COUNTRIES, REGIONS = ["US", "DE", "FJ"], ["MA", "Île-de-France", "o'Region"]
CITIES, COMPANIES = ["Bonn", "São Paulo", "SAO  PAULO", "x'; --"], ["Acme", "ACME", "Größe & Co", '"quoted"']
SKILLS = ["Python", "C++", "sql", "Zürich"]
WORDS = ["nurse", "nurses", "night shift", "pipes", "the pipes", "IT", "C++ & SQL | !x"]
INDUSTRIES, LANGUAGES = ["Steel", "Métal"], ["en", "EN", "de"]
NAMES = ["visa", "team", "tags"]
SCALARS = st.one_of(
    st.booleans(), st.integers(-2, 3), st.sampled_from([0.5, 2.0, -1.5]), st.sampled_from(["a", "B", "'"])
)
LATITUDES, LONGITUDES = [-90.0, -17.5, 0.0, 52.5, 89.9, 90.0], [-180.0, -179.9, 0.0, 13.4, 179.9, 180.0]
DAYS = st.integers(0, 40)
#: A job, what was done with it, and whether it was the one who asks.
Done = tuple[str, InteractionKind, bool]


def some(values: list[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), max_size=most)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def places(draw: st.DrawFn) -> Place:
    point = draw(maybe(st.tuples(st.sampled_from(LATITUDES), st.sampled_from(LONGITUDES)))) or (None, None)
    return Place(
        city=draw(maybe(st.sampled_from(CITIES))),
        region=draw(maybe(st.sampled_from(REGIONS))),
        country=draw(maybe(st.sampled_from(COUNTRIES))),
        latitude=point[0],
        longitude=point[1],
    )


PAY = st.builds(
    Pay,
    minimum=maybe(st.integers(0, 25)),
    maximum=maybe(st.integers(25, 50)),
    currency=maybe(st.sampled_from(["EUR", "USD"])),
    period=st.sampled_from(PayPeriod),
)
JOBS = st.fixed_dictionaries(
    {
        "lean": st.integers(0, 9),
        "company": maybe(st.sampled_from(COMPANIES)),
        "places": st.lists(places(), max_size=2),
        "workplace": maybe(st.sampled_from(Workplace)),
        "employment_type": maybe(st.sampled_from(EmploymentType)),
        "level": maybe(st.sampled_from(Level)),
        "industry": maybe(st.sampled_from(INDUSTRIES)),
        "language": maybe(st.sampled_from(LANGUAGES)),
        "skills": some(SKILLS),
        "pay": maybe(PAY),
        "posted": maybe(DAYS),
        "expires": maybe(st.integers(-5, 5).filter(bool)),
        "description": some(WORDS, 4).map(" and ".join),
        "metadata": st.dictionaries(st.sampled_from(NAMES), maybe(SCALARS | st.lists(SCALARS, max_size=3)), max_size=3),
    }
)


def conditions() -> st.SearchStrategy[Any]:
    limits = st.sampled_from(
        [
            {"min": -1},
            {"max": 2.0},
            {"min": 0, "max": 2},
            {"min": 2, "max": 0},
            {"min": "a"},
            {"min": "A", "max": "Z"},
            {"min": "a", "max": "B"},
            {"exists": False, "max": 2},
        ]
    )
    values = st.lists(SCALARS, min_size=1, max_size=3).map(lambda some: {"in": some})
    return SCALARS | limits | values | st.booleans().map(lambda flag: {"exists": flag})


def points() -> st.SearchStrategy[dict[str, float]]:
    return st.fixed_dictionaries(
        {
            "latitude": st.sampled_from(LATITUDES),
            "longitude": st.sampled_from(LONGITUDES),
            "radius_km": st.sampled_from([0.0, 30.0, 800.0, 11_000.0, 30_000.0]),
        }
    )


def pays() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"salary_min": st.sampled_from([0, 1, 20, 5_000])},
        optional={"salary_currency": st.sampled_from(["EUR", "USD"]), "salary_period": st.sampled_from(PayPeriod)},
    )


def interactions() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"exclude_interactions": st.lists(st.sampled_from(InteractionKind), min_size=1, max_size=2)},
        optional={"cool_down_days": st.sampled_from([0, 1, 3_000])},
    )


PARTS: dict[str, st.SearchStrategy[Any]] = {
    "country": some(COUNTRIES),
    "region": some(REGIONS),
    "city": some(CITIES),
    "remote": st.booleans(),
    "workplace": some(list(Workplace)),
    "experience": some(list(Level)),
    "employment_type": some(list(EmploymentType)),
    "posted_after": DAYS.map(lambda days: NOW - timedelta(days=days)),
    "max_age_days": DAYS.map(lambda days: days + 0.5),
    "companies": some(COMPANIES),
    "exclude_companies": some(COMPANIES),
    "industries": some(INDUSTRIES),
    "language": some(LANGUAGES),
    "skills": some(SKILLS, 2),
    "skills_any": some(SKILLS),
    "keywords": some(WORDS, 2),
    "exclude_keywords": some(WORDS, 2),
    "metadata": st.dictionaries(st.sampled_from(NAMES), conditions(), max_size=2),
    "exclude_job_ids": some([f"j{n:02}" for n in range(40)], 10),
    "interactions": interactions(),
    "keep_unknown": st.booleans() | some(list(Filters.CAN_BE_UNKNOWN)),
    "point": points(),
    "pay": pays(),
}


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    """One condition mostly, or a few: of many at once hardly any posting would be left."""
    names = draw(st.lists(st.sampled_from(list(PARTS)), max_size=4, unique=True))
    asked = {name: draw(PARTS[name]) for name in names}
    joint = [asked.pop(name, {}) for name in ("point", "pay", "interactions")]
    return Filters(**dict(chain.from_iterable(part.items() for part in joint)), **asked)


def made(number: int, *, lean: int, posted: int | None, expires: int | None, **fields: Any) -> Entry:
    posted_at = None if posted is None else NOW - timedelta(days=posted)
    expires_at = None if expires is None else NOW + timedelta(days=expires)
    vector = axis(0, towards=1, by=lean / 10)
    return entry(f"j{number:02}", vector, posted_at=posted_at, expires_at=expires_at, **fields)


@pytest.fixture
def compare(database_url: str, settings_for: Callable[..., Settings]) -> Iterator[Callable[..., None]]:
    """Put postings into both indexes, and ask both the same."""
    allowed = settings_for(database_url, JOBMATCH_METADATA_FIELDS=",".join(NAMES))
    with start_blocking_portal() as portal:
        index = PostgresJobIndex(Database(allowed))
        with portal.wrap_async_context_manager(index):
            portal.call(index.bind, EMBEDDER, DIMENSIONS)
            # With all indexes, so that conditions are looked up in them too.
            portal.call(index.put, [entry("x")])
            portal.call(index.create_index, Hnsw())
            portal.call(index.remove, ["x"])

            async def same(entries: list[Entry], done: list[Done], asked: list[Filters]) -> None:
                memory = MemoryJobIndex(metadata_fields=NAMES)
                await memory.bind(EMBEDDER, DIMENSIONS)
                await index.remove([f"j{n:02}" for n in range(40)])
                for one in (memory, index):
                    await one.put(entries)
                owner, other = str(uuid4()), str(uuid4())
                known = {one.job.id for one in entries}
                for job_id, kind, mine in done:
                    for one in (memory, index) if job_id in known else ():
                        await one.record([job_id], kind, owner=owner if mine else other)
                for conditions in asked:
                    query = SearchQuery(vector=axis(0), filters=conditions, keywords=("nurse", "the"), owner=owner)
                    expected, found = await memory.search(query, EXACT), await index.search(query, EXACT)
                    assert [(h.job.id, h.keywords) for h in found.hits] == [
                        (h.job.id, h.keywords) for h in expected.hits
                    ], conditions
                    assert found.complete

            yield lambda *values: portal.call(same, *values)


def test_memory_and_postgres_find_the_same(compare: Callable[..., None]) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(
        jobs=st.lists(JOBS, min_size=5, max_size=25),
        done=st.lists(
            st.tuples(
                st.integers(0, 24).map(lambda n: f"j{n:02}"),
                st.sampled_from(InteractionKind),
                st.integers(0, 2).map(bool),
            ),
            max_size=10,
        ),
        asked=st.lists(filters(), min_size=20, max_size=20),
    )
    def check(jobs: list[dict[str, Any]], done: list[Done], asked: list[Filters]) -> None:
        compare([made(number, **job) for number, job in enumerate(jobs)], done, asked)

    check()
