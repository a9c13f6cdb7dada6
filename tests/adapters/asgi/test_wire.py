"""From JSON and query strings to the model."""

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from jobmatch.adapters.asgi.narrowing import FiltersBody
from jobmatch.adapters.asgi.wire import (
    NESTED,
    VOCABULARIES,
    MatchBody,
    MatchParameters,
    StatusParameters,
    WeightsBody,
    to_request,
)
from jobmatch.errors import InvalidInput
from jobmatch.model import (
    EmploymentType,
    Filters,
    InteractionKind,
    Level,
    MatchRequest,
    MetadataCondition,
    PayPeriod,
    Profile,
    Sort,
    Weights,
    Workplace,
)


def read(body: dict[str, Any], **query: Any) -> MatchRequest:
    """Return the request that body and query string make up."""
    return to_request(msgspec.convert(body, MatchBody), msgspec.convert(query, MatchParameters, strict=False))


def test_everything_nested() -> None:
    asked = read(
        {
            "profile": {"text": "me", "titles": ["Welder"], "skills": "MIG", "level": "senior"},
            "keywords": ["night shift"],
            "filters": {
                "country": ["us", "DE"],
                "city": "Bonn",
                "latitude": 50,
                "longitude": 8,
                "radius_km": 20,
                "remote": False,
                "workplace": "hybrid",
                "experience": ["mid", "senior"],
                "employment_type": "contract",
                "salary_min": 1000,
                "posted_after": "2026-01-02T03:04:05+01:00",
                "companies": "A",
                "exclude_companies": ["B"],
                "skills": ["c++"],
                "keywords": "tig",
                "exclude_job_ids": ["1"],
                "region": ["Hessen"],
                "salary_currency": "eur",
                "salary_period": "month",
                "max_age_days": 30,
                "industries": "Steel",
                "language": ["en"],
                "skills_any": ["c", "d"],
                "exclude_keywords": "travel",
                "metadata": {
                    "visa": True,
                    "grade": ["a", 7],
                    "team": {"min": 2, "max": 5.5},
                    "perk": {"in": ["bus", "gym"], "exists": True},
                    "type": {"eq": "x"},
                },
                "exclude_interactions": ["applied", "dismissed"],
                "cool_down_days": 90,
                "keep_unknown": ["experience", "salary_min"],
            },
            "min_score": 0.3,
            "weights": {"recency": 1},
            "sort": "date",
            "limit": 5,
            "offset": 10,
            "callback_url": "https://example.org/hook",
        }
    )
    assert asked == MatchRequest(
        profile=Profile(text="me", titles=("Welder",), skills=("MIG",), level=Level.SENIOR),
        keywords=("night shift",),
        filters=Filters(
            country=("US", "DE"),
            city=("Bonn",),
            latitude=50,
            longitude=8,
            radius_km=20,
            remote=False,
            workplace=(Workplace.HYBRID,),
            experience=(Level.MID, Level.SENIOR),
            employment_type=(EmploymentType.CONTRACT,),
            salary_min=1000,
            posted_after=datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC),
            companies=("A",),
            exclude_companies=("B",),
            skills=("c++",),
            keywords=("tig",),
            exclude_job_ids=("1",),
            region=("Hessen",),
            salary_currency="EUR",
            salary_period=PayPeriod.MONTH,
            max_age_days=30,
            industries=("Steel",),
            language=("en",),
            skills_any=("c", "d"),
            exclude_keywords=("travel",),
            metadata=(
                MetadataCondition(name="visa", any_of=(True,)),
                MetadataCondition(name="grade", any_of=("a", 7)),
                MetadataCondition(name="team", at_least=2, at_most=5.5),
                MetadataCondition(name="perk", any_of=("bus", "gym"), exists=True),
                MetadataCondition(name="type", any_of=("x",)),
            ),
            exclude_interactions=(InteractionKind.APPLIED, InteractionKind.DISMISSED),
            cool_down_days=90,
            keep_unknown=("experience", "salary_min"),
        ),
        weights=Weights(recency=1),
        min_score=0.3,
        sort=Sort.DATE,
        limit=5,
        offset=10,
        callback_url="https://example.org/hook",
    )


FLAT = {
    "keywords": ["python"],
    "country": ["US"],
    "city": ["Boston"],
    "latitude": "42.3",
    "longitude": "-71.1",
    "radius_km": "30",
    "experience": ["senior"],
    "is_remote_only": "true",
    "sort_type": "date",
    "offset": "5",
    "limit": "10",
}


def test_the_original_parameters_mean_the_same_in_body_and_query() -> None:
    typed = {
        **FLAT,
        "latitude": 42.3,
        "longitude": -71.1,
        "radius_km": 30,
        "is_remote_only": True,
        "offset": 5,
        "limit": 10,
    }
    expected = MatchRequest(
        keywords=("python",),
        filters=Filters(
            country=("US",),
            city=("Boston",),
            latitude=42.3,
            longitude=-71.1,
            radius_km=30,
            experience=("senior",),
            remote=True,
        ),
        sort=Sort.DATE,
        offset=5,
        limit=10,
    )
    assert read(typed) == read({}, **FLAT) == expected


def test_not_only_remote_is_no_condition() -> None:
    assert read({"keywords": "x", "is_remote_only": False}).filters == Filters()


def test_null_is_not_given() -> None:
    nothing = dict.fromkeys(MatchBody.__struct_fields__)
    assert read(nothing | {"keywords": ["x"]}) == MatchRequest(keywords=("x",))
    assert read({"keywords": "x", "filters": dict.fromkeys(FiltersBody.__struct_fields__)}).filters == Filters()


@pytest.mark.parametrize(
    ("body", "query", "field"),
    [
        ({"keywords": "x", "limit": 5}, {"limit": 6}, "limit"),
        ({"keywords": "x", "country": "US", "filters": {"country": "DE"}}, {}, "country"),
        ({"keywords": "x", "sort": "date", "sort_type": "date"}, {}, "sort"),
        ({"keywords": "x", "is_remote_only": True, "filters": {"remote": False}}, {}, "remote"),
        ({}, {}, "profile"),
        ({"keywords": "x", "filters": {"country": "USA"}}, {}, "filters.country"),
        ({"keywords": "x", "country": "USA"}, {}, "country"),
        ({"keywords": "x", "latitude": 5}, {}, "radius_km"),
        ({"keywords": "x", "limit": 900, "offset": 900}, {}, "limit"),
        ({"keywords": "x", "weights": {"title": -1}}, {}, "weights"),
        ({"keywords": "x"}, {"latitude": "nan", "longitude": "1", "radius_km": "inf"}, "latitude"),
    ],
)
def test_names_the_field_as_the_client_knows_it(body: dict[str, Any], query: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(body, **query)
    assert caught.value.field == field


def test_no_field_of_the_model_is_forgotten() -> None:
    names = {
        body: {a.name for a in kind.__attrs_attrs__} for body, kind in ((FiltersBody, Filters), (WeightsBody, Weights))
    }
    for body, expected in names.items():
        assert set(body.__struct_fields__) == expected


def test_every_vocabulary_has_its_words_named() -> None:
    kinds: list[type[msgspec.Struct]] = [MatchBody, StatusParameters, *NESTED.values()]
    for kind in kinds:
        schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
        closed = {name for name, value in schema["properties"].items() if _is_closed(value)}
        assert closed <= VOCABULARIES.keys()


def _is_closed(value: dict[str, Any]) -> bool:
    text = str(value)
    return "enum" in text or any(f"/{kind.__name__}'" in text for kind in (Level, Sort, Workplace, EmploymentType))


async def test_lists_in_a_query_string_are_repeated_or_have_commas(client: httpx.AsyncClient) -> None:
    for query in ("keywords=welder&country=DE&country=US&city=Berlin,Boston", "keywords=welder,python&country=DE,US"):
        response = await client.get(f"/match/legacy?{query}")
        assert {place["country"] for job in response.json() for place in job["places"]} == {"DE", "US"}
