"""What texts for places tell about the workplace: ``Remote - US``, ``Hybrid in Leeds``, ``2 days a week from home``.

``Remote not possible`` and ``Temporarily remote`` do not tell of remote work, and a ``Remote Sensing Lab`` is a place.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from jobmatch.importing import countries
from jobmatch.importing.text import one_line
from jobmatch.model import Workplace
from jobmatch.model.text import fold

_WIDE = "amer|amers|americas|north america|south america|latin america|latam|emea|apac|mena|asia|europe|eu|dach|nordics"
#: Parts of the world that are larger than a country.
WIDE = frozenset(f"{_WIDE}|global|worldwide|international".split("|"))
_HOME = r"work(?:ing)? (?:from|at) home|wfh|home[ -]?office|home[- ]based|telecommut(?:e|ing)|telework(?:ing)?|"
_HOME += r"t[ée]l[ée]travail|teletrabajo|mobile[ns]? arbeiten"
_ADJECTIVE = r"remote(?:ly)?|virtual|anywhere"
_AWAY = rf"(?:{_HOME}|{_ADJECTIVE})"
_WORK = r"(?:[- ](?:work(?:ing)?|jobs?|positions?|roles?|options?|opportunit(?:y|ies)|employees?|office))?"
_GIVEN = (
    r"(?:possible|allowed|available|offered|permitted|accepted|considered|eligible|supported|(?:an )?option|remote)"
)
_DENIED = (
    rf"\b(?:no|not|non|never|without|cannot be|can't be|isn't)[ -](?:an? |fully |100 ?% )?{_AWAY}\b{_WORK}"
    rf"|\b{_AWAY}{_WORK}(?: is| are|:)? (?:not|never|isn't|no longer)(?: currently| yet)?(?: an?\b)?(?: {_GIVEN}\b)?"
    rf"|\b{_AWAY}{_WORK}(?: is| are|:)? ?(?:unavailable|impossible|excluded|(?:no|none)(?=\s*(?:$|[,;)])))"
)
_BRIEF = (
    rf"\b(?:temporar(?:il)?y|currently|initially|at first|for now),? {_AWAY}{_WORK}"
    rf"|\b{_AWAY}{_WORK}[ (,-]{{1,3}}(?:temporar(?:il)?y|initially|at first|for now|to start|until\b[^,;)]*|"
    r"(?:during|due to|through) (?:the )?(?:covid|pandemic|training|onboarding)[^,;)]*)"
)
_NUMBER = r"(?:[1-4]|one|two|three|four|a few|some)"
_DAYS = (
    rf"{_NUMBER}(?: ?(?:-|–|to|or) ?{_NUMBER})?[ -]?(?:days?|times|x)\b(?: (?:a|per|each|every|of the|/) ?week|/week)?"
)
_THERE = r"(?:in[- ](?:the )?office|(?:in|at) the office|on-?site|in[- ]person|office)"
_HYBRID = re.compile(r"\b(?<!no )(?<!not )(?<!non-)(?:hybrid[eo]?|híbrido)\b", re.IGNORECASE)
_PARTLY = (
    rf"\b(?:partial(?:ly)?|partly|part|semi|some|occasional(?:ly)?|mostly|teilweise)[- ]{_AWAY}\b{_WORK}"
    rf"|\b{_AWAY}{_WORK}[ (,:-]{{1,3}}(?:partial(?:ly)?|partly|occasionally|sometimes|part of the week|"
    r"teilweise|möglich|partiel(?:lement)?|parcial)\b"
    rf"|\b{_AWAY}{_WORK}[ (,:-]{{1,3}}(?:up to )?{_DAYS}"
    rf"|\b(?:up to )?{_DAYS}[ (,:-]{{1,3}}(?:{_AWAY}|from home|at home|{_THERE})\b"
    rf"|\b(?<!\d)[1-9]\d? ?% {_AWAY}\b"
)
_DENIES, _BRIEFLY, _PARTLY_SO = (re.compile(p, re.IGNORECASE) for p in (_DENIED, _BRIEF, _PARTLY))
_SO = re.compile(
    rf"\b(?:fully |100 ?% |entirely |completely )?{_AWAY}\b(?:[- ](?:friendly|first|only|eligible|based|optional)\b)*"
    rf"{_WORK}(?: only\b)?(?:,? (?:in|within|across|from|anywhere)\b(?: the\b)?)*",
    re.IGNORECASE,
)
_NAMES = re.compile(rf"(?:{_ADJECTIVE})", re.IGNORECASE)
#: What is itself far away, or seen from afar, where it stands behind such a word alone.
_THINGS = re.compile(
    "access|areas?|assistance|camps?|campus|care|cent(?:er|re)s?|clinics?|communit(?:y|ies)|control|facilit(?:y|ies)|"
    "health|hospitals?|islands?|labs?|learning|locations?|monitoring|operations|reality|regions?|schools?|sensing|"
    "services?|sites?|stations?|studios?|support|systems?|villages?"
)
_FOLLOWING = re.compile(r" ([^\W\d_][^,;|()/:–-]*)")
_ALLOWED = re.compile(
    r"(?:or|and|only|possible|available|allowed|ok|okay|with|but|up to|usa?|u\.s|uk|team)\b",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s*(?:[;|•\n]|\bor\b)\s*")
#: What is longer names no place, and would take long to look through.
_LONGEST = 2_000
_ORDER = (Workplace.REMOTE, Workplace.HYBRID)


@lru_cache(maxsize=16_384)
def told(text: str) -> Workplace | None:
    """Return the workplace that one text tells: on site if it denies that work is remote, None if it says nothing."""
    found = {kind for part in _PARTS.split(text) if (kind := _in_part(part))}
    return next((kind for kind in (*_ORDER, Workplace.ONSITE) if kind in found), None)


def among(texts: Iterable[str]) -> Workplace | None:
    """Return the workplace that texts for places tell; remote if any of the places is.

    That work is not remote does not tell whether it is hybrid or on site.
    """
    found = {told(text) for text in texts if len(text) <= _LONGEST}
    return next((kind for kind in _ORDER if kind in found), None)


def _in_part(part: str) -> Workplace | None:
    if _HYBRID.search(part):
        return Workplace.HYBRID
    if _DENIES.search(part):
        return Workplace.ONSITE
    if _BRIEFLY.search(part):
        return None
    if _PARTLY_SO.search(part):
        return Workplace.HYBRID
    return Workplace.REMOTE if any(_is_meant(found) for found in _SO.finditer(part)) else None


def _is_meant(found: re.Match[str]) -> bool:
    """Tell whether work is called remote, not what stands behind it, as with a remote site."""
    if not _NAMES.fullmatch(found[0]):
        return True
    following = _FOLLOWING.match(found.string, found.end())
    if not following or _ALLOWED.match(following[1]):
        return True
    name = one_line(following[1]).strip(" .")
    if " " not in name:
        return not _THINGS.fullmatch(fold(name))
    return countries.is_larger(name) or fold(name) in WIDE or bool(countries.country(name.split(" ")[0]))


def without(text: str) -> str:
    """Return *text* without what tells the workplace."""
    for pattern in (_DENIES, _BRIEFLY, _PARTLY_SO, _HYBRID):
        text = pattern.sub(" ", text)
    return _SO.sub(lambda found: " " if _is_meant(found) else found[0], text)
