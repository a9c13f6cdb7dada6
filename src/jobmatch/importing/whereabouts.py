"""Where a posting is: its cells for places read together, and codes settled that may be a state or a country."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from jobmatch.importing import countries, pay, places
from jobmatch.importing.cells import Cells
from jobmatch.importing.countries import Meant
from jobmatch.importing.habits import Habits
from jobmatch.model import Place
from jobmatch.model.languages import language

#: Countries with the code of a state or province where a language is spoken.
_LANDS_OF = {
    "ar": ("MA", "TN", "SD"), "az": ("AZ",), "de": ("DE",), "es": ("AR", "CO", "PA", "PE"),
    "fr": ("GA", "MA", "NE", "TN"), "he": ("IL",), "hi": ("IN",), "id": ("ID",), "mn": ("MN",), "mt": ("MT",),
    "nl": ("NL",), "ro": ("MD",), "sk": ("SK",), "sq": ("AL",),
}  # fmt: skip


def read(cells: Cells) -> tuple[tuple[Place, ...], list[str]]:
    """Return the places of a posting, and the texts that were read for them."""
    written: list[str] = []
    known = cells.take("places", partial(_listed, written=written))
    named = cells.take("location", partial(_listed, written=written))
    if known is None:
        return _from_columns(cells, named or ()), written
    return places.merged(known, named or ()), written


def _listed(value: Any, *, written: list[str]) -> tuple[Place, ...] | None:
    """Return places from a text, a record, or a list of these; None where there is none to be read."""
    found: list[Place] = []
    for one in value if isinstance(value, list) else (value,):
        if isinstance(one, dict):
            found += places.in_record(one)
        elif isinstance(one, str):
            written.append(one)
            found += places.in_text(one)
    return tuple(dict.fromkeys(found)) or None


def _from_columns(cells: Cells, named: tuple[Place, ...]) -> tuple[Place, ...]:
    city, region = cells.take("city", places.cell), cells.take("region", places.cell)
    country = cells.take("country", places.land)
    where = _point(cells)
    if city or not named:
        return places.in_columns(city, region, country, where)
    return places.refined(named, region, places.code(country, region), where)


def _point(cells: Cells) -> tuple[float, float] | None:
    latitude, longitude = cells.take("latitude", places.degrees), cells.take("longitude", places.degrees)
    found = places.point(latitude, longitude)
    if found is None and (latitude or longitude):
        cells.warn("latitude", "not on Earth, or without a longitude")
    return found


def settled(found: tuple[Place, ...], cells: Cells, habits: Habits, default: str | None) -> tuple[Place, ...]:
    """Return places with codes settled that may be a state or a country, as far as anything tells.

    First the other places of the posting tell, then the currency of its pay and its language, the importer's *default*,
    and at last what the codes of the other rows mean.

    Arguments:
        found: as they were read alone.
        cells: of the posting.
        habits: what other rows told.
        default: the country of places that name none.
    """
    if any(map(_is_open, found)):
        beside = [one.country for one in found if not _is_open(one)]
        found = tuple(_settled(one, beside, cells, habits, default) if _is_open(one) else one for one in found)
    if default is None:
        return found
    return tuple(map(partial(_at_least_in, default), found)) or (places.place(None, None, default),)


def _settled(one: Place, beside: list[str | None], cells: Cells, habits: Habits, default: str | None) -> Place:
    code = one.region or ""
    told = (
        _meaning(code, lands) for lands in (beside, _lands_of_pay(cells, code), _lands_of_language(cells), [default])
    )
    meant = next((meaning for meaning in told if meaning), None)
    if meant is None and not countries.is_elsewhere(code, one.city):  # of Perth, Seattle does not tell
        meant = habits.meaning(code)
    if meant is None:
        cells.warn("country", f"{code.upper()} may be a state or something else")
    return _known(one, meant)


def _at_least_in(country: str, one: Place) -> Place:
    if one.country or _is_open(one):
        return one
    return places.place(one.city, one.region, country, one.latitude, one.longitude)


def _lands_of_pay(cells: Cells, code: str) -> Iterator[str]:
    """Yield countries with the currency that is named; that of the United States is used far beyond them."""
    money = cells.glimpse("pay_currency", pay.currency) or cells.glimpse("pay", pay.currency_in)
    for land in {countries.home(code), countries.country(code)}:
        own = pay.currency_of(land)
        if land and money and own in ({money.usual} if money.usual else money.codes) and (own != "USD" or land == "US"):
            yield land


def _lands_of_language(cells: Cells) -> Iterable[str]:
    spoken = cells.glimpse("language", lambda value: language(value) if isinstance(value, str) else None)
    return _LANDS_OF.get(spoken or "", ())


def _is_open(one: Place) -> bool:
    """Tell whether it is open if the region of a place is a state, or a country."""
    return bool(one.country is None and one.region and countries.meant(one.region, one.city) is Meant.OPEN)


def _known(one: Place, meant: Meant | None) -> Place:
    """Return an open place with the country that it is in if its region is meant as a state or as a country."""
    if meant is Meant.STATE:
        return places.place(one.city, one.region, countries.home(one.region or ""), one.latitude, one.longitude)
    if meant is Meant.COUNTRY:
        return places.place(one.city, None, countries.country(one.region or ""), one.latitude, one.longitude)
    return one


def _meaning(code: str, lands: Iterable[str | None]) -> Meant | None:
    """Return what a code of both kinds means where something else points to *lands*."""
    found = {countries.home(code): Meant.STATE, countries.country(code): Meant.COUNTRY}
    meanings = {found[land] for land in lands if land and land in found}
    return meanings.pop() if len(meanings) == 1 else None
