"""Places: from columns, from records, and from the many ways in which postings write them.

``Dublin, IE`` · ``US, CA, Santa Clara`` · ``FL - Miami Beach`` · ``1 Main St, Austin,TX 78701`` · ``Remote - India`` ·
``San Francisco, CA | New York, NY`` are read; ``3 Locations`` is no place at all.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jobmatch.importing import countries, workplaces
from jobmatch.importing.countries import Meant
from jobmatch.importing.text import is_missing, one_line
from jobmatch.model import Place
from jobmatch.model.text import fold

_NO_PLACE = re.compile(
    r"\b(?:on-?site|in[- ]office|(?<=\w )office|nationwide|offsite/home|distributed|head ?quarters?|hq|blank|"
    r"(?:no|not|non)[- ]hybrid|travel[- ]required)\b|^(?:field-|within )|\b(?:only|based|preferred)$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\(([^)]*)\)")
_SEVERAL = re.compile(
    r"\blocations?\b|(?:\d+|multiple|various|several|all|many) (?:sites?|cities|places|offices)", re.IGNORECASE
)
_FIRM = re.compile(r"\b(?:L\.?L\.?C|Inc|Ltd|Corp|GmbH|S\.A|Pharmacy)\b")
_NEXT = re.compile(r"\s*(?:[;|•\n]|\bor\b| / |,\s*(?=[A-Z]{2}-))\s*")
_COMMA = re.compile(r"\s*,\s*")
_DASH = re.compile(r"\s+[-–—]\s+")
_CODED = re.compile(r"([A-Z]{2,3})([-.])(?:([A-Z]{2})\2)?([^\W\d_][^.,]*)")
_ZIP = re.compile(r"(.*[,\d])\s*([^,\d]+?),?\s*\b([A-Z]{2}),?\s+\d{5}(?:-\d{4})?(?:,? (?:US|USA|United States))?")
_STREET = re.compile(
    r"^\S.*\s(?:ave|avenue|blvd|dr|drive|hwy|lane|ln|mall|pkwy|pl|rd|road|st|street|way)\.? ", re.IGNORECASE
)
_NATION = re.compile(r"(?<=[\w.]) (?=(?:United States|USA|US|UK|United Kingdom|Canada|India)$)")
_AREA = re.compile(r"^(?:greater|metro) | (?:bay area|area|metro|metro area|metropolitan area|region)$", re.IGNORECASE)
_CITY = re.compile(r"[^\W\d_][^\d_@:/\\+]*")
_NO_CITY = workplaces.WIDE | {"location", "various", "multiple", "other"}
_NICKNAMES = {"nyc": "New York", "sf": "San Francisco"}
_ALSO_CITIES = {"new york", "washington", "georgia", "quebec"}
_CITY_STATES = {"SG": "Singapore", "HK": "Hong Kong", "MC": "Monaco", "MO": "Macao"}
_LONGEST = 300
_LONGEST_CITY = 60
_MOST_PIECES = 4


@lru_cache(maxsize=65_536)
def place(
    city: str | None,
    region: str | None = None,
    country: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Place:
    """Return a place; the same object for the same place."""
    return Place(city=city, region=region, country=country, latitude=latitude, longitude=longitude)


def point(latitude: object, longitude: object) -> tuple[float, float] | None:
    """Return coordinates, None unless both are on Earth; 0, 0 is where missing ones end up."""
    found = degrees(latitude), degrees(longitude)
    north, east = found
    if north is None or east is None or abs(north) > 90 or abs(east) > 180 or found == (0, 0):
        return None
    return north, east


def degrees(value: object) -> float | None:
    """Return an angle given as a number or in text."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


@lru_cache(maxsize=16_384)
def in_text(text: str) -> tuple[Place, ...]:
    """Return the places that a text names; none where it cannot be told."""
    text = one_line(text) if "\n" not in text else text
    if len(text) > _LONGEST:
        return ()
    found = (one for part in _NEXT.split(text) for one in _in_part(part))
    return tuple(dict.fromkeys(found))


def _in_part(part: str) -> Iterator[Place]:
    outside = _ASIDE.sub(" ", part)
    cleaned = _bare(outside) or _bare(" ".join(_ASIDE.findall(part)))
    if is_missing(cleaned) or _SEVERAL.search(cleaned) or _FIRM.search(cleaned):
        return
    if address := _ZIP.fullmatch(cleaned):
        yield place(_STREET.sub("", address[2]).strip() or None, address[3], "US")
    elif (coded := _CODED.fullmatch(cleaned)) and countries.is_larger(coded[1]):
        yield from _from_pieces([*_site(coded[4], coded[3] or coded[1]), *filter(None, (coded[3], coded[1]))])
    else:
        yield from _from_pieces(_pieces(cleaned))


def _site(named: str, code: str) -> list[str]:
    """Return the pieces of ``Berlin-Trion Building`` in DE and ``Ontario-Toronto`` in CA, the smallest place first."""
    first, _, rest = named.partition("-")
    if rest and len(first) > 2 and countries.home(first) == countries.country(code):
        return [rest, first]
    return [first if countries.meant(code, named) is Meant.OPEN is not countries.meant(code, first) else named]


def _bare(part: str) -> str:
    """Return what is left of *part* without the words that tell how, not where, one works."""
    return one_line(_NO_PLACE.sub(" ", one_line(workplaces.without(part)))).strip(" ,-–—/:")


def _pieces(part: str) -> list[str]:
    """Split a text into its parts, the smallest place first."""
    dashed = [p for p in _DASH.split(part) if fold(p) not in _NO_CITY]
    if len(dashed) > 1 and countries.is_larger(dashed[0]):
        dashed = dashed[:2] if len(dashed) > 2 and not countries.is_larger(dashed[1]) else dashed[:3]
        dashed.reverse()
    pieces = [p for p in _COMMA.split(_NATION.sub(", ", ", ".join(dashed))) if p and fold(p) not in _NO_CITY]
    if len(pieces) > 1 and countries.country(pieces[0]) and not countries.is_larger(pieces[-1]):
        pieces.reverse()
    return pieces


def _from_pieces(pieces: Sequence[str]) -> Iterator[Place]:
    while len(pieces) > 1 and any(c.isdigit() for c in pieces[0]):
        pieces = pieces[1:]
    if len(pieces) == 1:
        yield from _from_one(pieces[0])
    elif len(pieces) % 2 == 0 and len(pieces) > 2 and all(countries.is_state(p) for p in pieces[1::2]):
        for pair in zip(pieces[::2], pieces[1::2], strict=True):
            yield from _from_several(pair)
    elif pieces:
        yield from _from_several(pieces)


def _from_one(piece: str) -> Iterator[Place]:
    key = fold(piece)
    code = countries.country(piece) if len(piece) > 2 or piece in {"US", "UK"} else None
    if key in _NICKNAMES or code in _CITY_STATES:
        yield place(_NICKNAMES.get(key) or _CITY_STATES[code or ""], None, code)
    elif len(piece) > 2 and key not in _ALSO_CITIES and (land := countries.of_region(piece, None)):
        yield place(None, piece, land)
    elif code:
        yield place(None, None, code)
    elif _is_city(piece) and not (piece.isupper() and len(piece) < 5):
        yield place(_city(piece))


def _is_city(piece: str) -> bool:
    return len(piece) <= _LONGEST_CITY and bool(_CITY.fullmatch(piece)) and len(piece.split()) <= 6


def _city(piece: str) -> str | None:
    piece = _AREA.sub("", _AREA.sub("", piece)).strip()
    return piece if _is_city(piece) else None


def _from_several(pieces: Sequence[str]) -> Iterator[Place]:
    """Read « city, region, country », what is left of it, or a list of cities.

    Where the last may be a state or a country and it is open which, it becomes the region, and the country stays open.
    """
    *smaller, last = pieces
    if land := _land_beside(smaller, last):
        yield _in_country(pieces, land)
        return
    city = next((p for p in smaller if countries.meant(last, p) is not Meant.OPEN), smaller[0])
    meant = countries.meant(last, city)
    if meant in {Meant.STATE, Meant.OPEN} and len(pieces) < _MOST_PIECES:
        yield place(_city(city), last, countries.home(last) if meant is Meant.STATE else None)
    elif code := countries.country(last):
        yield _in_country(smaller, code)
    elif all(map(_is_city, pieces)):
        yield from (place(_city(piece)) for piece in pieces)


def _land_beside(smaller: Sequence[str], last: str) -> str | None:
    """Return the country in ``US, CA`` and ``Canada, CA``: one that is named before the code that it explains."""
    if not (len(last) == 2 and countries.meant(last, smaller[0]) is Meant.OPEN):
        return None
    named = countries.country(smaller[0]) if len(smaller[0]) > 2 or smaller[0] == "US" else None
    return named if named in {countries.home(last), countries.country(last)} else None


def _in_country(named: Sequence[str], code: str) -> Place:
    pieces = [p for p in named if countries.country(p) != code or (p.isupper() and countries.home(p) == code)]
    if not pieces or len(pieces) >= _MOST_PIECES:
        return place(None, None, code)
    if (
        len(pieces) == 1
        and countries.of_region(pieces[0], None) == code
        and fold(pieces[0]) not in _ALSO_CITIES - {"georgia"}
    ):
        return place(None, pieces[0], code)
    region = pieces[1] if len(pieces) > 1 and _is_city(pieces[1]) else None
    return place(_city(pieces[0]), region, code)


_CITY_KEYS = ("city", "locality", "address_locality", "addressLocality", "town")
_REGION_KEYS = ("region", "state", "province", "admin1", "address_region", "addressRegion", "state_code")
_COUNTRY_KEYS = ("country", "country_code", "countryCode", "address_country", "addressCountry")
_TEXT_KEYS = ("name", "location", "text", "display_name", "formatted", "label", "fullLocation")


def in_record(record: Mapping[str, Any]) -> tuple[Place, ...]:
    """Return the place that a record describes, in our own words, schema.org's or the likes of ``lat`` and ``lng``."""
    for inner in ("address", "geo", "coordinates"):
        if isinstance(record.get(inner), dict):
            record = {**record, **record[inner]}
    found = in_columns(
        _first(record, _CITY_KEYS),
        _first(record, _REGION_KEYS),
        _first(record, _COUNTRY_KEYS),
        point(_first(record, ("latitude", "lat")), _first(record, ("longitude", "lon", "lng", "long"))),
    )
    if found or not isinstance(written := _first(record, _TEXT_KEYS), str):
        return found
    return in_text(written)


def _first(record: Mapping[str, Any], keys: Iterable[str]) -> Any:
    for key in keys:
        value = record.get(key)
        if value not in (None, ""):
            return value.get("name") if isinstance(value, dict) else value
    return None


def in_columns(city: object, region: object, country: object, where: tuple[float, float] | None) -> tuple[Place, ...]:
    """Return the place that separate columns describe; a city column may hold more than a city."""
    town, state, land = cell(city), cell(region), cell(country)
    land = code(land, state, town)
    if town and not _plain_city(town):
        return refined(in_text(town), state, land, where)
    if not (town or state or land or where):
        return ()
    if state and (len(state) < 2 or state.isdigit() or _is_land(state, town)):
        state = None
    return (place(town, state, land, *(where or (None, None))),)


def _is_land(region: str, city: str | None) -> bool:
    return len(region) == 2 and countries.meant(region, city) is Meant.COUNTRY


def code(country: str | None, region: str | None, city: str | None = None) -> str | None:
    """Return the code of a country that is named, or that a region lies in.

    What stands in a column for states is one, unless the city is known to lie somewhere else.
    """
    if country and (found := countries.country(country)):
        return found
    if not region:
        return None
    if _is_land(region, city):
        return countries.country(region)
    if countries.meant(region, city) is Meant.OPEN and not countries.is_elsewhere(region, city):
        return countries.home(region)
    return countries.of_region(region, city)


def cell(value: object) -> str | None:
    """Return a short text for part of a place."""
    if not isinstance(value, str):
        return None
    cleaned = one_line(value)
    return None if is_missing(cleaned) or len(cleaned) > _LONGEST else cleaned


def land(value: object) -> str | None:
    """Return the code of a country given by code or name, or as a record with a name."""
    text = cell(value.get("name") if isinstance(value, dict) else value)
    return countries.country(text) if text else None


@lru_cache(maxsize=16_384)
def _plain_city(text: str) -> bool:
    return _is_city(text) and "," not in text and not _NEXT.search(text) and _bare(text) == text


def refined(
    found: tuple[Place, ...], region: str | None, country: str | None, where: tuple[float, float] | None
) -> tuple[Place, ...]:
    """Return places with what other columns know; coordinates only where they can belong to one alone."""
    if not found:
        return in_columns(None, region, country, where)
    if len(found) > 1:
        return found
    one = found[0]
    return (place(one.city, one.region or region, one.country or country, *(where or (None, None))),)


def merged(known: Sequence[Place], written: Sequence[Place]) -> tuple[Place, ...]:
    """Return the places with coordinates, and those in writing that they do not cover.

    Coordinates in another country than the one in writing were looked up by name alone, and are left out.
    """
    lands = {p.country for p in written}
    if len(known) == len(written) == 1:
        return tuple(known if None in lands or known[0].country in {None, *lands} else written)
    cities, covered = {_key(p.city) for p in known}, {p.country for p in known}
    more = (p for p in written if (_key(p.city) not in cities if p.city else p.country not in covered))
    return tuple(dict.fromkeys((*known, *more)))


def _key(city: str | None) -> str:
    return fold(city or "").removesuffix(" city")
