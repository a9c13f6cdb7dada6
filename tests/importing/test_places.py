"""Places in the forms that postings have."""

import sys

import pytest

from jobmatch.importing import cities
from jobmatch.importing.places import in_columns, in_record, in_text, merged, point
from jobmatch.importing.workplaces import among, told
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
        ("US, CA, Remote", [us(None, "CA")]),
        ("CA - Canada", [Place(country="CA")]),
        ("Remote - Georgia, USA", [us(None, "Georgia")]),
        ("DE-Berlin-Trion Building", [Place(city="Berlin", country="DE")]),
        ("CA-Ontario-Toronto", [Place(city="Toronto", region="Ontario", country="CA")]),
        ("Remote Sensing Lab, Boulder, CO", [us("Boulder", "CO")]),
        ("Mumbai, IN, Delhi, IN", [Place(city="Mumbai", country="IN"), Place(city="Delhi", country="IN")]),
    ],
)
def test_places_in_a_text(text: str, places: list[Place]) -> None:
    assert list(in_text(text)) == places


@pytest.mark.parametrize(
    "text",
    [
        "Mainz, DE", "Heidelberg, DE", "Surat, IN", "Coimbatore, IN", "Marrakech, MA", "Bandung, ID", "Surabaya, ID",
        "Leiden, NL", "Groningen, NL", "Burnaby, CA", "Haifa, IL", "Cordoba, AR", "Barranquilla, CO", "Durres, AL",
        "Arequipa, PE", "Tunis, TN", "Valletta, MT", "Kosice, SK", "IN - Pune",
    ],
)  # fmt: skip
def test_a_code_is_a_country_beside_its_cities(text: str) -> None:
    city, code = text.split(", ") if "," in text else reversed(text.split(" - "))
    assert in_text(text) == (Place(city=city, country=code),)
    assert in_columns(city, code, None, None) == (Place(city=city, country=code),)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Terre Haute, IN", "US"), ("Santa Clara, CA", "US"), ("Menlo Park, CA", "US"), ("St. Louis, MO", "US"),
        ("Coeur d'Alene, ID", "US"), ("Lebanon, IN", "US"), ("Peru, IL", "US"), ("Paris, IL", "US"),
        ("Berlin, MD", "US"), ("Rome, GA", "US"), ("Lee's Summit, MO", "US"), ("North Decatur, GA", "US"),
        ("Rehoboth Beach, DE", "US"), ("Winston-Salem, NC", "US"), ("Wilkes-Barre, PA", "US"), ("Ontario, CA", "US"),
        ("St. John's, NL", "CA"), ("Moose Jaw, SK", "CA"), ("London, ON", "CA"), ("Perth, ON", "CA"),
        ("Paris, TX", "US"), ("O'Fallon, MO", "US"), ("O Fallon, IL", "US"),
    ],
)  # fmt: skip
def test_a_code_is_a_state_beside_its_cities(text: str, country: str) -> None:
    city, code = text.split(", ")
    assert in_text(text) == (Place(city=city, region=code, country=country),)


@pytest.mark.parametrize("text", ["Nowhereville, DE", "Xanadu, CA", "Perth, WA", "Florianopolis, SC", "Milano, MI"])
def test_a_code_is_open_beside_a_city_that_is_not_known_to_be_there(text: str) -> None:
    city, code = text.split(", ")
    assert in_text(text) == (Place(city=city, region=code),)


def test_a_column_for_states_holds_states() -> None:
    assert in_columns("Palo Altp", "CA", None, None) == (us("Palo Altp", "CA"),)
    assert in_columns("Perth", "WA", None, None) == (Place(city="Perth", region="WA"),)
    assert in_columns("Perth", "WA", "AU", None) == (Place(city="Perth", region="WA", country="AU"),)


def test_large_cities_are_known_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    memories = (cities._cities_of, cities._abroad, cities._far_away, cities.is_abroad, cities.is_elsewhere)
    monkeypatch.setitem(sys.modules, "zipcodes", None)
    monkeypatch.setitem(sys.modules, "airportsdata", None)
    try:
        for memory in memories:
            memory.cache_clear()
        assert cities.is_abroad("Mainz", "DE", "DE") is True
        assert cities.is_abroad("St. Louis", "MO", "MO") is False
        assert cities.is_abroad("Menlo Park", "CA", "CA") is False
        assert cities.is_abroad("Terre Haute", "IN", "IN") is None
    finally:
        for memory in memories:
            memory.cache_clear()


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
    assert among(["Seattle", "US - Remote"]) is Workplace.REMOTE
    assert among(["London (Hybrid)"]) is Workplace.HYBRID
    assert among(["London (Hybrid)", "Remote - UK"]) is Workplace.REMOTE
    assert among(["No remote, Paris"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "Remote", "US Remote", "Remote U.S.", "Remote Canada", "Remote EMEA", "Toronto Remote", "Remote Toronto",
        "Remote, Canada only", "Remote (US only)", "Anywhere in the United States", "Remote within Canada",
        "100% remote, Germany", "Fully remote in the US", "Work At Home-Texas", "IL - Work from home", "Virtual US",
        "San Francisco, CA, US; Remote, US", "London, UK or Remote", "Remote-Friendly (Travel-Required) | Austin, TX",
        "Denver, CO - Hybrid; United States - Remote", "Home based, Manchester", "Remote Opportunity, US",
        "Remote, not hybrid", "Remote or hybrid, London",
    ],
)  # fmt: skip
def test_remote_work(text: str) -> None:
    assert told(text) is Workplace.REMOTE


@pytest.mark.parametrize(
    "text",
    [
        "Hybrid - London", "Hybrid remote in Austin, TX", "Remote/Hybrid - Austin, TX", "Hybride, Lyon",
        "Work from home 2 days a week, Leeds", "Leeds, 2 days WFH", "2-3 days in office, London", "50% remote, Bern",
        "3 days onsite - New York, NY", "Remote 3 days per week", "Remote (two days/week), Berlin",
        "Part-remote, Leeds",
        "Partially remote; Boston, MA", "Remote (partially), Oslo", "Télétravail partiel, Paris", "Homeoffice möglich",
        "Hybrid (not remote) - London", "Up to 3 days per week from home",
    ],
)  # fmt: skip
def test_hybrid_work(text: str) -> None:
    assert told(text) is Workplace.HYBRID


@pytest.mark.parametrize(
    "text",
    [
        "Remote not possible", "Leeds (remote not allowed)", "Remote work is not available, Denver, CO", "Remote: no",
        "Not a remote position, Chicago, IL", "This role is not remote", "Non-remote, Austin, TX", "no work from home",
        "Remote unavailable", "Never remote",
    ],
)  # fmt: skip
def test_work_that_is_not_remote(text: str) -> None:
    assert told(text) is Workplace.ONSITE
    assert among([text]) is None


@pytest.mark.parametrize(
    "text",
    [
        "Temporarily remote", "Temporarily remote, Leeds", "Currently remote", "Remote until January 2027, Dallas, TX",
        "Initially remote, then Paris", "Remote during onboarding", "Remote Sensing Lab, Boulder, CO", "Leeds",
        "Remote Site, Alaska", "Virtual Reality Studio, Boston, MA", "Remote Area Medical, Knoxville, TN",
        "Homestead, FL",
    ],
)  # fmt: skip
def test_what_tells_no_workplace(text: str) -> None:
    assert told(text) is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Remote - US only", [us(None)]),
        ("Remote, Canada only", [Place(country="CA")]),
        ("Temporarily remote, Leeds", [Place(city="Leeds")]),
        ("Remote not possible", []),
        ("Hybrid remote in Austin, TX", [us("Austin", "TX")]),
        ("Work from home 2 days a week, Leeds", [Place(city="Leeds")]),
        ("Remote within Canada or United States", [Place(country="CA"), us(None)]),
        ("United States - Remote Opportunity", [us(None)]),
        ("Remote Toronto", [Place(city="Toronto")]),
        ("Remote office", []),
        ("Virtual Office, Denver, CO", [us("Denver", "CO")]),
    ],
)
def test_places_beside_a_workplace(text: str, places: list[Place]) -> None:
    assert list(in_text(text)) == places


def test_a_text_too_long_for_a_place_tells_no_workplace() -> None:
    assert among(["remote " * 20_000]) is None
    assert among(["Leeds; " * 100 + "Remote"]) is Workplace.REMOTE
