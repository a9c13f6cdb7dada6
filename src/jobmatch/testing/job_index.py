"""The contract of `JobIndex`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import numpy as np
import pytest

from jobmatch.errors import Incompatible, InvalidInput
from jobmatch.model import Exact, Filters, Hnsw, IvfFlat, Method, Pay, Place, Plan
from jobmatch.ports import Entry, JobIndex, SearchQuery, SearchResult
from jobmatch.testing.material import DIMENSIONS, EMBEDDER, axis, entry

EXACT = Plan(method=Method.EXACT, fetch=100)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
BERLIN = Place(city="Berlin", country="DE", latitude=52.52, longitude=13.405)
POTSDAM = Place(city="Potsdam", country="DE", latitude=52.4, longitude=13.06)
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
    },
    "boston": {
        "title": "Nurse",
        "company": "General Hospital",
        "places": (BOSTON, BERLIN),
        "workplace": "hybrid",
        "level": "entry",
        "skills": ("Triage",),
        "posted_at": NOW - timedelta(days=90),
    },
    "unknown": {"title": "Something"},
    "expired": {"title": "Old", "expires_at": datetime(2020, 1, 1, tzinfo=UTC), "places": (BERLIN,)},
}

FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"berlin", "remote", "boston", "unknown"}),
    ({"country": "de"}, {"berlin", "remote", "boston"}),
    ({"country": ["US", "FR"]}, {"boston"}),
    ({"country": "FR"}, set()),
    ({"city": "berlin"}, {"berlin", "remote", "boston"}),
    ({"city": "BERLIN", "remote": False}, {"berlin", "boston"}),
    ({"city": "Paris"}, {"remote"}),
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
    ({"posted_after": NOW - timedelta(days=31)}, {"berlin", "remote"}),
    ({"posted_after": NOW}, {"berlin"}),
    ({"companies": ["stahl & SOHNE", "nobody"]}, {"berlin"}),
    ({"exclude_companies": "o'brien"}, {"berlin", "boston", "unknown"}),
    ({"skills": ["python"]}, {"remote"}),
    ({"skills": ["Python", "triage"]}, set()),
    ({"keywords": ["welded"]}, {"berlin"}),
    ({"keywords": ["night shift"]}, {"berlin"}),
    ({"keywords": ["shift night"]}, set()),
    ({"keywords": ["pipes", "welding"]}, {"berlin"}),
    ({"keywords": ["the"]}, {"berlin", "remote", "boston", "unknown"}),
    ({"exclude_job_ids": ["berlin", "unknown", "nobody"]}, {"remote", "boston"}),
    ({"exclude_job_ids": [f"x{n}" for n in range(9_999)] + ["berlin"]}, {"remote", "boston", "unknown"}),
    ({"country": "DE", "experience": "mid", "skills": "sql"}, {"remote"}),
    ({"companies": "x'; DROP TABLE match_job; --"}, set()),
    ({"city": "100% \\ _"}, {"remote"}),
    ({"keywords": ["' | & ! ("]}, {"berlin", "remote", "boston", "unknown"}),
]


async def find(index: JobIndex, plan: Plan = EXACT, **filters: Any) -> SearchResult:
    """Search along the first axis."""
    return await index.search(SearchQuery(vector=axis(0), filters=Filters(**filters)), plan)


def ids(found: SearchResult) -> list[str]:
    """Return the ids of the hits, in order."""
    return [hit.job.id for hit in found.hits]


def fan(count: int) -> list[Entry]:
    """Return entries that lean further and further away from the first axis."""
    return [entry(f"j{n:04}", axis(0, towards=1, by=n / 10)) for n in range(count)]


class JobIndexContract:
    """Give a fixture ``index``, open, empty and not bound."""

    @pytest.fixture
    async def bound(self, index: JobIndex) -> JobIndex:
        """The index, bound to an embedder."""
        await index.bind(EMBEDDER, DIMENSIONS)
        return index

    @pytest.fixture
    async def filled(self, bound: JobIndex) -> JobIndex:
        """The index with a few jobs that differ in everything."""
        await bound.put([entry(job_id, axis(0), **fields) for job_id, fields in JOBS.items()])
        return bound

    async def test_binding_again_is_fine(self, bound: JobIndex) -> None:
        await bound.bind(EMBEDDER, DIMENSIONS)

    async def test_another_embedder_is_refused_once_there_are_vectors(self, filled: JobIndex) -> None:
        with pytest.raises(Incompatible, match=EMBEDDER):
            await filled.bind("another", DIMENSIONS)
        with pytest.raises(Incompatible):
            await filled.bind(EMBEDDER, DIMENSIONS * 2)
        assert await filled.count() == len(JOBS)

    async def test_an_empty_index_finds_nothing(self, bound: JobIndex) -> None:
        found = await find(bound)
        assert (found.hits, found.complete) == ((), True)
        assert await bound.count() == 0

    async def test_nearest_come_first_with_their_cosine(self, bound: JobIndex) -> None:
        await bound.put([entry("far", axis(1)), entry("near", axis(0, towards=1, by=0.5)), entry("same", axis(0))])
        found = await find(bound)
        assert ids(found) == ["same", "near", "far"]
        similarities = [hit.similarity for hit in found.hits]
        assert np.allclose(similarities, [1, 1 / np.sqrt(1.25), 0], atol=2e-3)

    async def test_ties_go_by_id(self, bound: JobIndex) -> None:
        await bound.put([entry(job_id) for job_id in ("c", "a", "b")])
        assert ids(await find(bound)) == ["a", "b", "c"]

    async def test_fetch_bounds_the_hits(self, bound: JobIndex) -> None:
        await bound.put(fan(30))
        found = await find(bound, attrs.evolve(EXACT, fetch=7))
        assert ids(found) == [f"j{n:04}" for n in range(7)]

    async def test_a_hit_carries_the_job_in_short(self, filled: JobIndex) -> None:
        found = await find(filled, companies="Stahl & Söhne")
        assert found.hits[0].job == entry("berlin", **JOBS["berlin"]).job.summary()

    async def test_a_vector_of_the_wrong_shape_is_refused(self, filled: JobIndex) -> None:
        query = SearchQuery(vector=np.ones(3, dtype=np.float32), filters=Filters())
        with pytest.raises(InvalidInput):
            await filled.search(query, EXACT)

    @pytest.mark.parametrize(
        ("filters", "expected"), FILTERS, ids=lambda value: str(value)[:60] if isinstance(value, dict) else "jobs"
    )
    async def test_filters(self, filled: JobIndex, filters: dict[str, Any], expected: set[str]) -> None:
        found = await find(filled, **filters)
        assert set(ids(found)) == expected
        assert found.complete

    async def test_a_radius_reaches_across_the_antimeridian(self, bound: JobIndex) -> None:
        fiji = Place(city="Suva", country="FJ", latitude=-18.14, longitude=178.44)
        samoa = Place(city="Apia", country="WS", latitude=-13.83, longitude=-171.77)
        await bound.put(
            [entry("fiji", places=(fiji,)), entry("both", places=(fiji, samoa)), entry("berlin", places=(BERLIN,))]
        )
        near: dict[str, Any] = {"latitude": -17.0, "longitude": -179.5, "radius_km": 400}
        assert set(ids(await find(bound, **near))) == {"fiji", "both"}
        apia: dict[str, Any] = {"latitude": -13.8, "longitude": -171.8, "radius_km": 50}
        assert ids(await find(bound, **apia)) == ["both"]

    async def test_a_radius_reaches_over_the_pole(self, bound: JobIndex) -> None:
        here = Place(latitude=89.9, longitude=0)
        there = Place(latitude=89.9, longitude=180)
        await bound.put(
            [entry("here", places=(here,)), entry("there", places=(there,)), entry("far", places=(BERLIN,))]
        )
        near: dict[str, Any] = {"latitude": 89.95, "longitude": 10, "radius_km": 50}
        assert set(ids(await find(bound, **near))) == {"here", "there"}

    async def test_keywords_are_told_for_each_hit(self, filled: JobIndex) -> None:
        query = SearchQuery(vector=axis(0), filters=Filters(), keywords=("welds", "python", "night shift", "the"))
        found = await filled.search(query, EXACT)
        flags = {hit.job.id: hit.keywords for hit in found.hits}
        assert flags["berlin"] == (True, False, True, False)
        assert flags["remote"] == (False, True, False, False)
        assert flags["unknown"] == (False, False, False, False)

    async def test_put_replaces(self, bound: JobIndex) -> None:
        await bound.put([entry("a", title="Before")])
        await bound.put([entry("a", axis(2), title="After")])
        found = await find(bound)
        assert [hit.job.title for hit in found.hits] == ["After"]
        assert found.hits[0].similarity == pytest.approx(0, abs=1e-3)

    async def test_put_without_a_vector_keeps_the_stored_one(self, bound: JobIndex) -> None:
        await bound.put([entry("a", axis(0), title="Before")])
        await bound.put([attrs.evolve(entry("a", title="After"), vector=None)])
        found = await find(bound)
        assert [(hit.job.title, round(hit.similarity, 2)) for hit in found.hits] == [("After", 1.0)]

    async def test_put_nothing(self, bound: JobIndex) -> None:
        await bound.put([])
        assert await bound.count() == 0

    async def test_a_job_without_a_vector_is_counted_but_not_found(self, bound: JobIndex) -> None:
        await bound.put([attrs.evolve(entry("a"), vector=None)])
        assert await bound.count() == 1
        assert ids(await find(bound)) == []

    async def test_strange_texts_survive(self, bound: JobIndex) -> None:
        title = "Schweißer \\ 'quoted' \"double\" 焊工 \U0001f525 $1 %s {x} \t"
        await bound.put([entry("ключ/1", title=title, company="a,b{}", description="word " * 50_000)])
        found = await find(bound, companies="A,B{}")
        assert [hit.job.title for hit in found.hits] == [title.strip()]

    async def test_fingerprints(self, bound: JobIndex) -> None:
        one = entry("a")
        await bound.put([one])
        assert await bound.fingerprints(["a", "b"]) == {"a": one.fingerprint}
        assert await bound.fingerprints([]) == {}

    async def test_remove(self, filled: JobIndex) -> None:
        assert await filled.remove(["berlin", "nobody", "remote", "berlin"]) == 2
        assert set(ids(await find(filled))) == {"boston", "unknown"}
        assert await filled.remove([]) == 0

    async def test_a_survey_of_everything_tells_the_total(self, bound: JobIndex) -> None:
        await bound.put(fan(200))
        await bound.create_index(Exact())
        survey = await bound.survey(Filters())
        assert survey.total == pytest.approx(200, abs=40)
        assert survey.matching == pytest.approx(200, abs=40)
        assert isinstance(survey.strategy, Exact)

    @pytest.mark.parametrize("strategy", [Hnsw(), IvfFlat(lists=4, probes=2), Exact()], ids=lambda s: s.name)
    async def test_answers_are_the_same_with_any_index(self, bound: JobIndex, strategy: Any) -> None:
        await bound.put(fan(300))
        told: list[tuple[float, str]] = []
        await bound.create_index(strategy, progress=lambda part, stage: told.append((part, stage)))
        assert told[-1][0] == 1.0
        plan = Plan(method=Method.APPROXIMATE, fetch=10, effort=100)
        if isinstance(strategy, Exact):
            plan = attrs.evolve(EXACT, fetch=10)
        assert ids(await find(bound, plan)) == [f"j{n:04}" for n in range(10)]

    async def test_creating_an_index_again_is_fine(self, bound: JobIndex) -> None:
        await bound.put(fan(50))
        await bound.create_index(Hnsw())
        await bound.create_index(Hnsw())
        await bound.create_index(Hnsw(m=8))
        await bound.create_index(Exact())
        assert len(ids(await find(bound))) == 50

    async def test_an_approximate_search_never_comes_short(self, bound: JobIndex) -> None:
        """The few jobs that pass lie farthest from the query, where an index looks last."""
        rare = [entry(f"r{n}", axis(0, towards=1, by=100 + n), company="Rare") for n in range(5)]
        await bound.put([*fan(400), *rare])
        await bound.create_index(Hnsw())
        plan = Plan(method=Method.APPROXIMATE, fetch=10, effort=10)
        found = await find(bound, plan, companies="rare")
        assert ids(found) == [f"r{n}" for n in range(5)]
        assert found.complete

    async def test_jobs_put_after_the_index_are_found(self, bound: JobIndex) -> None:
        await bound.put(fan(50))
        await bound.create_index(Hnsw())
        await bound.put([entry("late", axis(0))])
        plan = Plan(method=Method.APPROXIMATE, fetch=2, effort=40)
        assert set(ids(await find(bound, plan))) == {"j0000", "late"}
