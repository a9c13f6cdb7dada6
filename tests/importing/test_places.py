"""Places in the forms that postings have."""

import pytest

from jobmatch.importing.places import in_columns, in_record, in_text, merged, point, workplace_in
from jobmatch.model import Place, Workplace


def us(city: str | None, state: str | None = None) -> Place:
    return Place(city=city, region=state, country="US")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Dublin, IE", [Place(city="Dublin", country="IE")]),
        ("New York, NY", [us("New York", "NY")]),
        ("US, CA, Santa Clara", [us("Santa Clara", "CA")]),
        ("FL - Miami Beach", [us("Miami Beach", "FL")]),
        ("PA - Wyoming", [us("Wyoming", "PA")]),
        ("IN - Angola", [us("Angola", "IN")]),
        ("US-NY-New York City-Remote", [us("New York City", "NY")]),
        ("1000 Nicollet Mall, Minneapolis,MN 55403-2542", [us("Minneapolis", "MN")]),
        ("30 Hudson Street, 26th Floor, Jersey City, NJ", [us("Jersey City", "NJ")]),
        ("Costa Mesa, California, United States", [us("Costa Mesa", "California")]),
        ("San Mateo, CA United States", [us("San Mateo", "CA")]),
        ("San Francisco, CA | New York, NY", [us("San Francisco", "CA"), us("New York", "NY")]),
        ("San Francisco, CA, New York, NY", [us("San Francisco", "CA"), us("New York", "NY")]),
        ("Remote - US", [us(None)]),
        ("Remote (Canada)", [Place(country="CA")]),
        ("Toronto, ON, CAN", [Place(city="Toronto", region="ON", country="CA")]),
        ("Munich, DE", [Place(city="Munich", country="DE")]),
        ("Dover, DE", [us("Dover", "DE")]),
        ("Bengaluru, Karnataka, India", [Place(city="Bengaluru", region="Karnataka", country="IN")]),
        ("Warsaw, , Poland", [Place(city="Warsaw", country="PL")]),
        ("Atlanta, Georgia", [us("Atlanta", "Georgia")]),
        ("Tbilisi, Georgia", [Place(city="Tbilisi", country="GE")]),
        ("Singapore", [Place(city="Singapore", country="SG")]),
        ("München", [Place(city="München")]),
    ],
)
def test_places_in_a_text(text: str, places: list[Place]) -> None:
    assert list(in_text(text)) == places


@pytest.mark.parametrize(
    "text",
    [
        "3 Locations",
        "Multiple locations",
        "Remote",
        "Hybrid",
        "N/A",
        "",
        "Europe",
        "05557 - Ohio CVS Pharmacy, L.L.C.",
        "?",
        "x" * 5000,
        "a" * 299,
        "USCA",
        "100 200 300",
    ],
)
def test_no_place(text: str) -> None:
    assert in_text(text) == ()


def test_records_in_several_vocabularies() -> None:
    ours = {"city": "Denver", "region": "Colorado", "country": "US", "latitude": 39.7, "longitude": -105.0}
    geo = {"lat": 39.7, "lon": -105, "country": "USA", "admin1": "CO", "city": "Denver"}
    schema_org = {
        "@type": "Place",
        "address": {"addressLocality": "Denver", "addressRegion": "CO", "addressCountry": {"name": "United States"}},
    }
    assert in_record(ours) == (Place(city="Denver", region="Colorado", country="US", latitude=39.7, longitude=-105.0),)
    assert in_record(geo) == (Place(city="Denver", region="CO", country="US", latitude=39.7, longitude=-105.0),)
    assert in_record(schema_org) == (us("Denver", "CO"),)
    assert in_record({"name": "Denver, CO"}) == (us("Denver", "CO"),)
    assert in_record({"name": None, "city": 7}) == ()


def test_columns() -> None:
    assert in_columns("Austin", "TX", None, (30.0, -97.0)) == (
        Place(city="Austin", region="TX", country="US", latitude=30.0, longitude=-97.0),
    )
    assert in_columns("New York, NY", None, "United States", None) == (us("New York", "NY"),)
    assert in_columns("3 Locations", "NY", "US", None) == (us(None, "NY"),)
    assert in_columns(None, None, None, None) == ()


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(91, 0), (0, 181), (None, 5), (5, None), (0, 0), ("x", "y"), (float("nan"), 1), (True, 1)],
)
def test_impossible_coordinates(latitude: object, longitude: object) -> None:
    assert point(latitude, longitude) is None


def test_coordinates_in_text() -> None:
    assert point("40.5", "-73.9") == (40.5, -73.9)


def test_coordinates_are_kept_and_other_places_added() -> None:
    known = [Place(city="New York City", country="US", latitude=40.7, longitude=-74.0)]
    assert merged(known, in_text("New York, NY (HQ)")) == (known[0],)
    assert merged(known, in_text("New York City; Palo Alto")) == (known[0], Place(city="Palo Alto"))
    assert merged(known, ()) == (known[0],)


def test_coordinates_in_another_country_are_not_believed() -> None:
    wrong = [Place(city="Mexico", country="PH", latitude=15.06, longitude=120.7)]
    assert merged(wrong, in_text("Mexico, Remote")) == (Place(country="MX"),)


def test_workplaces_in_texts() -> None:
    assert workplace_in(["Seattle", "US - Remote"]) is Workplace.REMOTE
    assert workplace_in(["London (Hybrid)"]) is Workplace.HYBRID
    assert workplace_in(["No remote, Paris"]) is None
