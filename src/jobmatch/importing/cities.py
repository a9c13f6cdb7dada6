"""Which cities lie where, for codes that are both a state and a country: ``Dover, DE`` and ``Mainz, DE``.

The extra ``places`` knows all cities of the United States and many of the world; without it only large ones are known.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from jobmatch.model.text import fold

#: Large cities of countries whose codes are states or provinces as well.
_ABROAD = """
DE berlin, munich, munchen, hamburg, frankfurt, frankfurt am main, cologne, koln, stuttgart, dusseldorf, leipzig,
dresden, hannover, nuremberg, nurnberg, bremen, bonn, karlsruhe, dortmund, essen, duisburg, bochum, wuppertal,
bielefeld, munster, mannheim, augsburg, wiesbaden, mainz, kiel, aachen, freiburg, heidelberg, potsdam, darmstadt,
regensburg, ingolstadt, ulm; IN bangalore, bengaluru, mumbai, delhi, new delhi, hyderabad, pune, chennai, kolkata,
gurgaon, gurugram, noida, ahmedabad, jaipur, kochi, surat, indore, nagpur, vadodara, coimbatore, lucknow, chandigarh,
mohali, mysore, mysuru, visakhapatnam, thane, navi mumbai, trivandrum, thiruvananthapuram, bhubaneswar, faridabad,
ghaziabad, greater noida, bhopal, patna; IL tel aviv, tel aviv-yafo, haifa, jerusalem, herzliya, petah tikva, ramat
gan, netanya, beer sheva, ra'anana, rehovot; CA toronto, montreal, calgary, ottawa, edmonton, winnipeg, mississauga,
waterloo, vancouver, quebec city, brampton, burnaby, surrey, markham, halifax, kitchener, laval, regina, saskatoon; CO
bogota, medellin, cali, barranquilla, cartagena, bucaramanga, pereira; AR buenos aires, rosario, mendoza, la plata; MA
casablanca, rabat, marrakech, marrakesh, tangier, tanger, fes, fez, agadir; ID jakarta, bandung, surabaya, medan,
semarang, yogyakarta, bali, denpasar, tangerang, bekasi, batam; PA panama city; AL tirana, durres; MT valletta,
sliema, birkirkara, st. julian's; ME podgorica; MD chisinau; LA vientiane; GA libreville; SC victoria; SD khartoum; TN
tunis, sfax, sousse; VA vatican city; AZ baku; MN ulaanbaatar; NC noumea; KY george town; AU perth, fremantle, darwin,
alice springs; IT milano, milan; NL amsterdam, rotterdam, the hague, den haag, utrecht, eindhoven, leiden, groningen,
delft, haarlem, tilburg, breda, nijmegen, arnhem, almere, maastricht, amersfoort, hilversum, zwolle, apeldoorn,
enschede, amstelveen, 's-hertogenbosch; PE lima, arequipa, trujillo, cusco, callao; SK bratislava, kosice, zilina,
nitra, trnava; GE tbilisi, batumi; NE niamey; MO macau
"""
#: Large cities of states and provinces whose codes are countries as well.
_AT_HOME = """
AL birmingham, huntsville, mobile, montgomery, tuscaloosa; AR little rock, bentonville, fayetteville, fort smith; AZ
phoenix, tucson, mesa, chandler, scottsdale, tempe, gilbert, glendale; CA los angeles, san francisco, san diego, san
jose, oakland, sacramento, fresno, long beach, irvine, santa clara, palo alto, mountain view, sunnyvale, menlo park,
redwood city, san mateo, fremont, santa monica, pasadena, anaheim, berkeley, cupertino, burbank, glendale, pleasanton,
bakersfield, riverside, santa ana, carlsbad, culver city, south san francisco; CO denver, boulder, colorado springs,
aurora, fort collins, lakewood; DE wilmington, dover, newark; GA atlanta, savannah, augusta, alpharetta, athens,
columbus, macon; ID boise, meridian, nampa, idaho falls, coeur d'alene; IL chicago, springfield, naperville, evanston,
aurora, peoria, rockford, schaumburg, oak brook, champaign; IN indianapolis, fort wayne, evansville, south bend,
bloomington, carmel, fishers, lafayette, west lafayette; KY louisville, lexington, frankfort, bowling green; LA new
orleans, baton rouge, shreveport, lafayette; MA boston, cambridge, worcester, waltham, somerville, burlington, lowell,
quincy, newton, framingham, springfield; MD baltimore, bethesda, rockville, columbia, annapolis, silver spring,
gaithersburg, frederick; ME portland, bangor, augusta; MN minneapolis, saint paul, rochester, bloomington, duluth,
eden prairie; MO saint louis, kansas city, springfield, columbia; MS jackson, gulfport; MT billings, bozeman,
missoula, helena; NC charlotte, raleigh, durham, greensboro, winston-salem, cary, asheville, wilmington, morrisville;
NE omaha, lincoln; PA philadelphia, pittsburgh, allentown, harrisburg, lancaster, king of prussia, erie, scranton; SC
charleston, columbia, greenville, spartanburg; SD sioux falls, rapid city; TN nashville, memphis, knoxville,
chattanooga, franklin, brentwood; VA arlington, richmond, mclean, reston, alexandria, norfolk, virginia beach,
herndon, chantilly, tysons, ashburn, roanoke; NL saint john's, conception bay south, mount pearl, corner brook,
gander, labrador city, happy valley-goose bay, grand falls-windsor, paradise; PE charlottetown, summerside, stratford,
cornwall; NU iqaluit; YT whitehorse, dawson city; SK saskatoon, regina, prince albert, moose jaw, swift current,
yorkton, north battleford, estevan, weyburn, lloydminster
"""
_SHORT = re.compile(r"\b(?:st|ft|mt)\b\.? ")
_LONG = {"s": "saint ", "f": "fort ", "m": "mount "}
_APOSTROPHE = re.compile(r"['’ʻ`]")
_NO_LETTER = re.compile(r"[^\w]+")
#: What an apostrophe, or a blank instead of it, joins to a name: ``O'Fallon``, ``Coeur d Alene``.
_JOINED = re.compile(r"\b([do]) (?=\w)")
_SIDE = re.compile(r"(?:north|south|east|west|downtown|upper|lower|greater|new) ")


@lru_cache(maxsize=16_384)
def _key(city: str) -> str:
    """Return a name as it is compared: ``St. Louis`` as ``Saint Louis``, ``Winston-Salem`` as ``Winston Salem``."""
    plain = _APOSTROPHE.sub("", fold(city))
    words = _NO_LETTER.sub(" ", _SHORT.sub(lambda found: _LONG[found[0][0]], plain)).strip()
    return _JOINED.sub(r"\1", words)


def _listed(table: str) -> frozenset[tuple[str, str]]:
    entries = (entry.strip().partition(" ") for entry in table.replace("\n", " ").split(";"))
    return frozenset((code, _key(city)) for code, _, cities in entries for city in cities.split(","))


_LISTED_ABROAD, _LISTED_AT_HOME = _listed(_ABROAD), _listed(_AT_HOME)


@cache
def _cities_of(state: str) -> frozenset[str]:
    """All cities of a state of the United States, if the extra is there.

    One state after the other, as they are asked for: all at once take seconds, and 150 MB.
    """
    try:
        import zipcodes
    except ImportError:
        return frozenset()
    entries = zipcodes.filter_by(state=state)  # type: ignore[no-untyped-call]
    return frozenset(map(_key, {name for entry in entries for name in (entry["city"], *entry["acceptable_cities"])}))


@cache
def _abroad() -> frozenset[tuple[str, str]]:
    """Cities with an airport, if the extra is there."""
    try:
        import airportsdata
    except ImportError:
        return frozenset()
    places = {(airport["country"], airport["city"]) for airport in airportsdata.load("ICAO").values()}
    return frozenset((country, _key(city)) for country, city in places if city)


def _names(city: str) -> Iterator[str]:
    """Yield *city*, and what stands after a slash in it."""
    yield _key(city)
    if "/" in city:
        yield _key(city.rpartition("/")[2])


@lru_cache(maxsize=16_384)
def is_abroad(city: str, state: str, land: str) -> bool | None:
    """Tell whether *city* lies in the country *land* rather than in the state or province *state*.

    None if it is not known to lie in either. A city that is in both is taken to be in the state, large ones of the
    country aside.
    """
    for name in _names(city):
        if (land, name) in _LISTED_ABROAD:
            return True
        if _is_in_state(name, state):
            return False
        if (land, name) in _abroad():
            return True
    return None


@lru_cache(maxsize=16_384)
def is_elsewhere(city: str, state: str) -> bool:
    """Tell whether *city* is known in other countries than the United States and Canada, and not in *state*."""
    name = _key(city)
    return name in _far_away() and not _is_in_state(name, state)


def _is_in_state(name: str, state: str) -> bool:
    """Tell whether a city, or one that *name* is a part of by its looks, is known to be in a state."""
    whole = _SIDE.sub("", name, count=1)
    return any((state, one) in _LISTED_AT_HOME or one in _cities_of(state) for one in (name, whole))


@cache
def _far_away() -> frozenset[str]:
    return frozenset(name for land, name in _LISTED_ABROAD | _abroad() if land not in {"US", "CA"})
