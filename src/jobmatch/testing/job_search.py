"""The contract of searching: what a `JobIndex` finds, however the postings got there."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs
import numpy as np
import pytest

from jobmatch.errors import InvalidInput
from jobmatch.model import Filters, InteractionKind, Method, Place, Plan
from jobmatch.ports import Entry, Hit, JobIndex, SearchQuery, SearchResult
from jobmatch.testing.filtering import BERLIN, FILTERS, HOSTILE, JOBS, TEXT_FILTERS, given
from jobmatch.testing.material import DIMENSIONS, axis, entry

EXACT = Plan(method=Method.EXACT, fetch=100)
#: Has an index hold entries.
Hold = Callable[[Sequence[Entry]], Awaitable[JobIndex]]


async def find(index: JobIndex, plan: Plan = EXACT, **filters: Any) -> SearchResult:
    """Search along the first axis."""
    return await index.search(SearchQuery(vector=axis(0), filters=Filters(**filters)), plan)


def ids(found: SearchResult) -> list[str]:
    """Return the ids of the hits, in order."""
    return [hit.job.id for hit in found.hits]


def fan(count: int) -> list[Entry]:
    """Return entries that lean further and further away from the first axis."""
    return [entry(f"j{n:04}", axis(0, towards=1, by=n / 10)) for n in range(count)]


class JobSearchContract:
    """Give a fixture ``hold``, which makes an index hold entries; it lets filters ask for `METADATA_FIELDS` alone."""

    @pytest.fixture
    async def filled(self, hold: Hold) -> JobIndex:
        """An index with a few jobs that differ in everything."""
        return await hold([entry(job_id, axis(0), **fields) for job_id, fields in JOBS.items()])

    async def test_nearest_come_first_with_their_cosine(self, hold: Hold) -> None:
        index = await hold([entry("far", axis(1)), entry("near", axis(0, towards=1, by=0.5)), entry("same", axis(0))])
        found = await find(index)
        assert ids(found) == ["same", "near", "far"]
        similarities = [hit.similarity for hit in found.hits]
        assert np.allclose(similarities, [1, 1 / np.sqrt(1.25), 0], atol=2e-3)

    async def test_ties_go_by_id(self, hold: Hold) -> None:
        index = await hold([entry(job_id) for job_id in ("c", "a", "b")])
        assert ids(await find(index)) == ["a", "b", "c"]

    async def test_fetch_bounds_the_hits(self, hold: Hold) -> None:
        index = await hold(fan(30))
        found = await find(index, attrs.evolve(EXACT, fetch=7))
        assert ids(found) == [f"j{n:04}" for n in range(7)]

    async def test_how_crowded_it_is_is_told_or_not_known(self, hold: Hold) -> None:
        index = await hold(fan(30))
        near = (await find(index, attrs.evolve(EXACT, fetch=10))).hits[-1].near
        told = [await index.crowding(axis(0), near, rank) for rank in (10, 20)]
        if told != [None, None]:
            tenth, twentieth = (crowding or 0.0 for crowding in told)
            assert tenth >= 1  # those within a distance are within more
            assert twentieth == pytest.approx(tenth / 2, rel=1e-3)

    async def test_a_hit_carries_the_job_in_short(self, filled: JobIndex) -> None:
        found = await find(filled, companies="Stahl & Söhne")
        assert found.hits[0].job == entry("berlin", **JOBS["berlin"]).job.summary()

    async def test_a_vector_of_the_wrong_shape_is_refused(self, filled: JobIndex) -> None:
        query = SearchQuery(vector=np.ones(3, dtype=np.float32), filters=Filters())
        with pytest.raises(InvalidInput):
            await filled.search(query, EXACT)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    async def test_a_vector_with_what_is_no_number_is_refused(self, filled: JobIndex, value: float) -> None:
        vector = axis(0)
        vector[3] = value
        with pytest.raises(InvalidInput, match="finite"):
            await filled.search(SearchQuery(vector=vector, filters=Filters()), EXACT)

    async def test_a_vector_without_direction_is_related_to_nothing(self, hold: Hold) -> None:
        zero = np.zeros(DIMENSIONS, dtype=np.float32)
        index = await hold([entry("zero", zero), entry("near"), entry("against", -axis(0))])
        found = await find(index)
        assert ids(found) == ["near", "zero", "against"]
        assert np.allclose([hit.similarity for hit in found.hits], [1, 0, -1], atol=2e-3)
        nowhere = await index.search(SearchQuery(vector=zero, filters=Filters()), EXACT)
        assert [(hit.job.id, hit.similarity) for hit in nowhere.hits] == [("against", 0), ("near", 0), ("zero", 0)]

    @pytest.mark.parametrize("name", TEXT_FILTERS)
    @pytest.mark.parametrize("text", HOSTILE)
    async def test_hostile_text_is_text_like_any_other(self, hold: Hold, name: str, text: str) -> None:
        place = Place(city=text, region=text, country="DE")
        fields: dict[str, Any] = {
            "title": text,
            "company": text,
            "industry": text,
            "description": text,
            "url": text,
        }
        hostile = entry(text, skills=(text,), places=(place,), metadata={"note": text}, **fields)
        index = await hold([hostile, entry("plain", metadata={"note": "plain"})])
        found = await find(index, **given(name, text))
        assert ids(found) == (["plain"] if name.startswith("exclude_") else [text])
        assert set(ids(await find(index))) == {text, "plain"}
        told = await index.search(SearchQuery(vector=axis(0), filters=Filters(), keywords=(text,), owner=text), EXACT)
        assert next(hit for hit in told.hits if hit.job.id == text) == Hit(
            job=hostile.job.summary(), similarity=told.hits[0].similarity, keywords=(True,)
        )
        assert (await index.survey(Filters(**given(name, text)))).total == 2

    async def test_metadata_that_are_not_allowed_are_refused(self, filled: JobIndex) -> None:
        filters = Filters(metadata={"secret": 1})
        with pytest.raises(InvalidInput, match=r"visa.*JOBMATCH_METADATA_FIELDS") as refused:
            filled.check(filters)
        assert "secret" not in str(refused.value)
        with pytest.raises(InvalidInput):
            await filled.search(SearchQuery(vector=axis(0), filters=filters), EXACT)
        with pytest.raises(InvalidInput):
            await filled.survey(filters)
        filled.check(Filters(metadata={"visa": 1}, country="US"))

    async def test_a_number_in_metadata_is_what_is_written_of_it(self, hold: Hold) -> None:
        numbers = {"whole": 10**30, "floating": 1e30, "tenth": 0.1, "one": 1.0}
        index = await hold([entry(name, metadata={"team": number}) for name, number in numbers.items()])
        for wanted in (10**30, 1e30, {"min": 1e30}, {"min": 10**30, "max": 1e30}):
            assert ids(await find(index, metadata={"team": wanted})) == ["floating", "whole"], wanted
        assert ids(await find(index, metadata={"team": [0.1, 1]})) == ["one", "tenth"]
        assert ids(await find(index, metadata={"team": {"max": 1e-1}})) == ["tenth"]

    async def test_what_the_owner_had_to_do_with_can_be_left_out(self, filled: JobIndex) -> None:
        await filled.record(["berlin", "nobody"], InteractionKind.APPLIED, owner="me")
        await filled.record(["boston"], InteractionKind.DISMISSED, owner="me")
        await filled.record(["boston", "boston"], InteractionKind.DISMISSED, owner="me")
        await filled.record(["remote"], InteractionKind.APPLIED, owner="o'ther")
        await filled.record([], InteractionKind.SAVED, owner="me")

        async def left(owner: str | None, **filters: Any) -> set[str]:
            query = SearchQuery(vector=axis(0), filters=Filters(**filters), owner=owner)
            return set(ids(await filled.search(query, EXACT)))

        everything = {"berlin", "remote", "boston", "unknown"}
        assert await left("me", exclude_interactions="applied") == everything - {"berlin"}
        assert await left("me", exclude_interactions=["applied", "dismissed"]) == {"remote", "unknown"}
        assert await left("me", exclude_interactions="saved") == everything
        assert await left("o'ther", exclude_interactions=["applied", "dismissed"]) == everything - {"remote"}
        assert await left(None, exclude_interactions="applied") == everything
        assert await left("me") == everything
        assert await left("me", exclude_interactions="applied", cool_down_days=1) == everything - {"berlin"}
        assert await left("me", exclude_interactions="applied", cool_down_days=0) == everything

    async def test_a_radius_reaches_each_of_a_jobs_places(self, hold: Hold) -> None:
        points = [(10.0, 20.0), (-40.0, 70.0), (50.0, -80.0), (0.0, 0.0)]
        places = [Place(latitude=latitude, longitude=longitude) for latitude, longitude in points]
        # Whichever of them is the first, and the last.
        index = await hold([entry(f"j{n}", places=places[n:] + places[:n]) for n in range(4)])
        for latitude, longitude in points:
            found = await find(index, latitude=latitude, longitude=longitude, radius_km=1)
            assert set(ids(found)) == {"j0", "j1", "j2", "j3"}

    async def test_a_radius_reaches_across_the_antimeridian(self, hold: Hold) -> None:
        fiji = Place(city="Suva", country="FJ", latitude=-18.14, longitude=178.44)
        samoa = Place(city="Apia", country="WS", latitude=-13.83, longitude=-171.77)
        index = await hold(
            [entry("fiji", places=(fiji,)), entry("both", places=(fiji, samoa)), entry("berlin", places=(BERLIN,))]
        )
        near: dict[str, Any] = {"latitude": -17.0, "longitude": -179.5, "radius_km": 400}
        assert set(ids(await find(index, **near))) == {"fiji", "both"}
        apia: dict[str, Any] = {"latitude": -13.8, "longitude": -171.8, "radius_km": 50}
        assert ids(await find(index, **apia)) == ["both"]

    async def test_a_radius_reaches_over_the_pole(self, hold: Hold) -> None:
        here = Place(latitude=89.9, longitude=0)
        there = Place(latitude=89.9, longitude=180)
        index = await hold(
            [entry("here", places=(here,)), entry("there", places=(there,)), entry("far", places=(BERLIN,))]
        )
        near: dict[str, Any] = {"latitude": 89.95, "longitude": 10, "radius_km": 50}
        assert set(ids(await find(index, **near))) == {"here", "there"}

    async def test_keywords_are_told_for_each_hit(self, filled: JobIndex) -> None:
        query = SearchQuery(vector=axis(0), filters=Filters(), keywords=("welds", "python", "night shift", "the"))
        found = await filled.search(query, EXACT)
        flags = {hit.job.id: hit.keywords for hit in found.hits}
        assert flags["berlin"] == (True, False, True, False)
        assert flags["remote"] == (False, True, False, False)
        assert flags["unknown"] == (False, False, False, False)

    @pytest.mark.parametrize(
        ("filters", "expected"), FILTERS, ids=lambda value: str(value)[:60] if isinstance(value, dict) else "jobs"
    )
    async def test_filters(self, filled: JobIndex, filters: dict[str, Any], expected: set[str]) -> None:
        found = await find(filled, **filters)
        assert set(ids(found)) == expected
        assert found.complete
