"""The sample generator: same seed, same bytes; plausible, varied and skewed like the real thing."""

import hashlib
import json
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest

from jobmatch.sample import lines, postings, resumes
from jobmatch.sample.kit import kits
from jobmatch.sample.places import CITIES
from jobmatch.sample.posting import drafts
from jobmatch.sample.prose import text

KEYS = [
    "id", "title", "company", "description", "places", "workplace", "employment_type", "level", "industry", "skills",
    "pay", "posted_at", "expires_at", "url", "language", "metadata",
]  # fmt: skip
LEVELS = {None, "intern", "entry", "mid", "senior", "lead", "executive"}
WORKPLACES = {None, "onsite", "hybrid", "remote"}
EMPLOYMENTS = {None, "full_time", "part_time", "contract", "temporary", "internship"}
PERIODS = {"hour", "day", "week", "month", "year"}
OPTIONAL = {"workplace", "employment_type", "level", "pay", "expires_at"}
COUNT = 6_000
TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def many() -> list[dict[str, Any]]:
    return list(postings(COUNT, today=TODAY))


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    return list(resumes(500))


def duplicates(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if "duplicate_of" in record["metadata"]]


def share(records: list[dict[str, Any]], key: str) -> dict[Any, float]:
    return {value: n / len(records) for value, n in Counter(record[key] for record in records).items()}


def words(*texts: str) -> set[str]:
    return set(" ".join(texts).lower().replace(",", " ").replace(".", " ").split())


def test_same_seed_gives_the_same_bytes() -> None:
    assert list(lines(300, seed=7, today=TODAY)) == list(lines(300, seed=7, today=TODAY))


def test_bytes_are_the_same_on_every_python() -> None:
    """A changed digest means that everybody's sample data change: do it knowingly."""
    digest = hashlib.sha256()
    for line in lines(2_000):
        digest.update(line)
    for resume in resumes(200):
        digest.update(json.dumps(resume).encode())
    assert digest.hexdigest()[:16] == "bfb70dbea9275668"


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    assert list(lines(150, seed=3)) == list(islice(lines(5_000, seed=3), 150))
    assert list(resumes(20, seed=3)) == list(islice(resumes(200, seed=3), 20))


def test_seeds_differ() -> None:
    first, second = list(postings(200, seed=1)), list(postings(200, seed=2))
    assert not {record["id"] for record in first} & {record["id"] for record in second}
    assert sum(a["description"] == b["description"] for a, b in zip(first, second, strict=True)) == 0
    assert [r["text"] for r in resumes(5, seed=1)] != [r["text"] for r in resumes(5, seed=2)]


def test_today_moves_the_dates_and_nothing_else() -> None:
    for early, late in zip(postings(100, today=TODAY), postings(100, today=TODAY + timedelta(days=9)), strict=True):
        moved = datetime.fromisoformat(late["posted_at"]) - datetime.fromisoformat(early["posted_at"])
        assert moved == timedelta(days=9)
        assert early["description"] == late["description"]


def test_changing_a_record_does_not_change_later_ones() -> None:
    expected = list(postings(400))
    for record, untouched in zip(postings(400), expected, strict=True):
        assert record == untouched
        for value in (record["skills"], record["places"], record["metadata"], record["pay"] or {}):
            value.clear()


def test_lines_are_the_records() -> None:
    written = list(lines(300, seed=5, today=TODAY))
    assert [json.loads(line) for line in written] == list(postings(300, seed=5, today=TODAY))
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in written)


def test_no_posting_for_a_count_of_zero() -> None:
    assert not list(lines(0))
    assert not list(resumes(0))


def test_ids_are_numbered_from_one(many: list[dict[str, Any]]) -> None:
    assert many[0]["id"] == "sample-0-000001"
    assert many[-1]["id"] == f"sample-0-{COUNT:06}"
    assert len({record["id"] for record in many}) == len({record["url"] for record in many}) == COUNT


def test_every_posting_has_the_canonical_keys_and_no_empty_field(many: list[dict[str, Any]]) -> None:
    for record in many:
        assert list(record) == KEYS
        assert not [key for key, value in record.items() if not value and key not in OPTIONAL]
        assert all(value not in ("", [], {}) for value in record.values())


def test_enumerations_hold_every_value_and_no_other(many: list[dict[str, Any]]) -> None:
    assert {record["level"] for record in many} == LEVELS
    assert {record["workplace"] for record in many} == WORKPLACES
    assert {record["employment_type"] for record in many} == EMPLOYMENTS
    assert {record["pay"] and record["pay"]["period"] for record in many} == {None, *PERIODS}


def test_skills_are_distinct(many: list[dict[str, Any]]) -> None:
    assert all(4 <= len(record["skills"]) == len(set(record["skills"])) <= 8 for record in many)


def test_pay_is_a_band_in_the_currency_of_the_country(many: list[dict[str, Any]]) -> None:
    currencies = {city.country.code: city.country.currency for city in CITIES}
    for record in many:
        if (pay := record["pay"]) is not None:
            assert 0 < pay["minimum"] < pay["maximum"]
            assert pay["currency"] == currencies[record["places"][0]["country"]]


def test_pay_rises_with_the_level(many: list[dict[str, Any]]) -> None:
    def mean(level: str) -> float:
        yearly: list[float] = [
            record["pay"]["minimum"]
            for record in many
            if record["level"] == level and record["pay"] and record["pay"]["period"] == "year"
            if record["pay"]["currency"] == "USD"
        ]
        return sum(yearly) / len(yearly)

    order = ["entry", "mid", "senior", "lead", "executive"]
    assert all(mean(lower) < mean(higher) for lower, higher in pairwise(order))


def test_places_lie_on_the_globe_and_in_one_country(many: list[dict[str, Any]]) -> None:
    for record in many:
        places = record["places"]
        assert all(-60 < place["latitude"] < 70 and -180 <= place["longitude"] <= 180 for place in places)
        assert all(place["city"] and place["region"] and len(place["country"]) == 2 for place in places)
        assert len({place["country"] for place in places}) == 1
        assert len({place["city"] for place in places}) == len(places) <= 3
    assert 0.03 < sum(len(record["places"]) > 1 for record in many) / COUNT < 0.08


def test_dates_lie_in_the_last_120_days(many: list[dict[str, Any]]) -> None:
    ages = [(TODAY - datetime.fromisoformat(record["posted_at"]).date()).days for record in many]
    assert min(ages) == 1
    assert 110 < max(ages) <= 120
    assert all(r["expires_at"] is None or r["expires_at"] > r["posted_at"] for r in many)


def test_descriptions_are_paragraphs_of_a_sensible_length(many: list[dict[str, Any]]) -> None:
    for record in many:
        assert 500 <= len(record["description"]) <= 1300
        assert record["description"].count("\n\n") == 3
        assert not set("{}") & set(record["description"])


def test_countries_are_skewed() -> None:
    """Counted on the deck that postings draw from: the rarest are too rare for a small run."""
    cards = Counter(city.country.code for city in CITIES)
    assert cards["US"] / cards.total() > 0.5
    assert sum(n / cards.total() < 0.01 for n in cards.values()) >= 5
    assert sum(n / cards.total() <= 0.0002 for n in cards.values()) == 2
    assert len(cards) >= 15
    assert len({(city.name, city.country.code) for city in CITIES}) >= 100


def test_a_run_follows_the_skew(many: list[dict[str, Any]]) -> None:
    countries = Counter(record["places"][0]["country"] for record in many)
    assert 0.5 < countries["US"] / COUNT < 0.56
    assert 0.12 < countries["GB"] / COUNT < 0.16
    assert 0 < countries["CH"] / COUNT < 0.01


def test_every_facet_is_uneven_but_present(many: list[dict[str, Any]]) -> None:
    assert 0.06 < share(many, "workplace")["remote"] < 0.2
    assert 0.02 < share(many, "level")[None] < 0.12
    assert 0.15 < sum(record["pay"] is None for record in many) / COUNT < 0.4


def test_three_in_a_hundred_repeat_a_recent_posting(many: list[dict[str, Any]]) -> None:
    assert 0.02 < len(duplicates(many)) / COUNT < 0.04
    earlier = {record["id"]: record for record in many}
    for again in duplicates(many):
        original = earlier[again["metadata"]["duplicate_of"]]
        assert "duplicate_of" not in original["metadata"]
        assert 0 < int(again["id"][-6:]) - int(original["id"][-6:]) < 200
        assert original["posted_at"][:10] <= again["posted_at"][:10]
        for key in ("title", "company", "description", "places", "pay"):
            assert again[key] == original[key]


def test_descriptions_rarely_repeat_otherwise(many: list[dict[str, Any]]) -> None:
    assert len({record["description"] for record in many}) == COUNT - len(duplicates(many))


def test_no_skeleton_twice_in_a_row() -> None:
    before = ""
    for _, draft in islice(drafts(0), 3_000):
        skeletons = [name for paragraph in draft.paragraphs for name, _ in paragraph]
        assert all(one != other for one, other in pairwise(skeletons))
        assert skeletons[0] != before
        before = skeletons[0]


def test_the_skeletons_are_those_of_the_descriptions() -> None:
    for (ident, draft), record in zip(islice(drafts(4), 200), postings(200, seed=4), strict=True):
        assert record["id"] == ident
        assert record["description"] == text(draft.paragraphs)


def test_a_level_shows_in_the_title(many: list[dict[str, Any]]) -> None:
    for record in many:
        if record["level"] == "senior":
            assert record["title"].startswith(("Senior", "Experienced"))
        if record["level"] == "executive":
            assert record["title"].startswith(("Director", "Head", "Vice President", "General Manager"))


def test_the_tables_are_complete() -> None:
    assert len({kit.work.slug for kit in kits()}) == len(kits()) >= 50
    for kit in kits():
        work = kit.work
        assert len(work.titles) >= 3
        assert 10 <= len(set(work.skills)) == len(work.skills) <= 14
        assert len(set(work.duties)) == 8
        assert len(work.results) == len(work.settings) == len(work.needs) == 3
        assert all(work.studies + work.industries)


def test_every_occupation_is_posted(many: list[dict[str, Any]]) -> None:
    assert {record["metadata"]["occupation"] for record in many} == {kit.work.slug for kit in kits()}


def test_resumes_are_complete(people: list[dict[str, Any]]) -> None:
    for record in people:
        assert list(record) == ["id", "text", "titles", "skills", "level", "place", "occupation"]
        assert all(record.values())
        assert 600 <= len(record["text"]) <= 2000
        assert not set("{}") & set(record["text"])
        assert record["level"] in LEVELS
        assert all(title in record["text"] for title in record["titles"])
        assert all(skill in record["text"] for skill in record["skills"])


def test_occupations_take_turns_in_resumes(people: list[dict[str, Any]]) -> None:
    assert len({record["occupation"] for record in people[: len(kits())]}) == len(kits())


def test_the_words_of_a_resume_are_nearest_to_its_own_occupation(
    many: list[dict[str, Any]], people: list[dict[str, Any]]
) -> None:
    vocabulary: dict[str, set[str]] = {}
    for record in many:
        own = vocabulary.setdefault(record["metadata"]["occupation"], set())
        own |= words(record["title"], record["description"], *record["skills"])
    spread = Counter(word for own in vocabulary.values() for word in own)

    def nearness(resume: dict[str, Any], occupation: str) -> float:
        shared = words(resume["text"]) & vocabulary[occupation]
        return sum(1 / spread[word] for word in shared)

    def nearest(resume: dict[str, Any]) -> str:
        return max(vocabulary, key=lambda occupation: nearness(resume, occupation))

    assert sum(nearest(resume) == resume["occupation"] for resume in people) / len(people) > 0.95
