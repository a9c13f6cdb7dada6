"""The words that postings use for workplace, contract and level, and ours for them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple, TypeVar

from jobmatch.importing import workplaces
from jobmatch.importing.text import one_line
from jobmatch.model import EmploymentType, Level, Workplace

_WORKPLACES = {
    Workplace.REMOTE: (
        "remote|fully remote|100 remote|remote only|remote first|work from home|home office|wfh|telecommute|telework|"
        "virtual|anywhere|distributed|home based|remote job|remote work"
    ),
    Workplace.HYBRID: (
        "hybrid|partially remote|partly remote|hybrid remote|remote hybrid|part remote|partial|"
        "partially|partly|teilweise"
    ),
    Workplace.ONSITE: (
        "onsite|on site|on premises|in person|office|in office|office based|no remote|not remote|on location"
    ),
}
_REMOTE_FLAGS = {Workplace.REMOTE: "true|yes|y|1|1 0", Workplace.ONSITE: "false|no|n|0|0 0"}
_EMPLOYMENT_TYPES = {
    EmploymentType.FULL_TIME: (
        "full time|fulltime|full|ft|f|permanent|regular|permanent full time|full time permanent|fulltime permanent|"
        "regular full time|full time regular|full time employee|fulltime fixed term|employee|unbefristet|vollzeit|cdi|"
        "festanstellung|temps plein|temps complet|jornada completa|tiempo completo|tempo pieno|perm"
    ),
    EmploymentType.PART_TIME: (
        "part time|parttime|part|pt|p|permanent part time|part time permanent|parttime permanent|regular part time|"
        "parttime fixed term|part time regular|teilzeit|temps partiel|media jornada|jornada parcial|"
        "tiempo parcial|minijob"
    ),
    EmploymentType.CONTRACT: (
        "contract|contractor|independent contractor|independent contractor ft|freelance|freelancer|fixed term|"
        "contract to hire|consultant|consulting|self employed|1099|b2b|cdd|fixed term contract|ftc"
    ),
    EmploymentType.TEMPORARY: "temporary|temp|seasonal|casual|per diem|prn|interim|locum|befristet|zeitarbeit",
    EmploymentType.INTERNSHIP: (
        "internship|intern|interns|trainee|apprentice|apprenticeship|working student|werkstudent|co op|coop|"
        "praktikum|stage|ausbildung|alternance"
    ),
}
_LEVELS = {
    Level.INTERN: "intern|internship|student|trainee|apprentice|apprenticeship|working student",
    Level.ENTRY: (
        "entry|entry level|junior|jr|jr level|junior level|graduate|new grad|new graduate|early career|beginner|"
        "associate|no experience|starter"
    ),
    Level.MID: (
        "mid|mid level|middle|medior|intermediate|intermediate level|experienced|experienced non manager|professional|"
        "mid senior|mid senior level|regular|mid career"
    ),
    Level.SENIOR: "senior|sr|senior level|sr level|expert|advanced|staff",
    Level.LEAD: "lead|team lead|tech lead|leader|principal|manager|management|manager level|supervisor|head",
    Level.EXECUTIVE: (
        "executive|executive level|director|director level|vp|vice president|c level|cxo|chief|president|"
        "senior executive|senior management"
    ),
}
_Kind = TypeVar("_Kind", bound=StrEnum)
_BETWEEN = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST = 60


def _words(several: Mapping[_Kind, str]) -> dict[str, _Kind]:
    found: dict[str, _Kind] = {}
    for kind, words in several.items():
        found |= dict.fromkeys((str(kind), *words.split("|")), kind)
    return found


_WORKPLACE_OF = _words(_WORKPLACES)
_FLAG_OF = {word: kind for kind, words in _REMOTE_FLAGS.items() for word in words.split("|")}
_EMPLOYMENT_OF = _words(_EMPLOYMENT_TYPES)
_LEVEL_OF = _words(_LEVELS)
_HOURS = {EmploymentType.FULL_TIME, EmploymentType.PART_TIME}
#: Words that mean a contract, or its hours, among others too.
_IN_CONTRACTS = re.compile(
    r"\b(?:full time|fulltime|part time|parttime|vollzeit|teilzeit|temps plein|temps partiel|contract|contractor|"
    r"freelance|freelancer|fixed term|temporary|temp|seasonal|internship|intern|apprenticeship|praktikum|"
    r"werkstudent|befristet)\b"
)


def _looked_up(value: object, known: Mapping[str, _Kind]) -> _Kind | None:
    """Return what *value*, or the first known one of several values, is called here."""
    if isinstance(value, str):
        return known.get(value) or (known.get(_plain(value)) if len(value) <= _LONGEST else None)
    if isinstance(value, list):
        return next(_known(value, known), None)
    return None


def _known(values: Iterable[object], known: Mapping[str, _Kind]) -> Iterator[_Kind]:
    return (kind for one in values if isinstance(one, str) and (kind := known.get(_plain(one))))


def _plain(value: str) -> str:
    return _BETWEEN.sub(" ", _CAMEL.sub(" ", one_line(value)).lower()).strip()


class Told(NamedTuple):
    """A workplace, and whether no more was told than whether work is remote."""

    workplace: Workplace
    by_flag: bool = False


def workplace(value: object) -> Told | None:
    """Return where the work is done: from a word or a few of them, or from a flag that says whether it is remote."""
    if isinstance(value, bool | int | float):
        flagged = {1.0: Workplace.REMOTE, 0.0: Workplace.ONSITE}.get(value)
    else:
        flagged = _looked_up(value, _FLAG_OF)
    if flagged:
        return Told(flagged, by_flag=True)
    found = _looked_up(value, _WORKPLACE_OF)
    if found is None and isinstance(value, str) and len(value) <= _LONGEST:
        found = workplaces.told(one_line(value))
    return Told(found) if found else None


def employment_type(value: object) -> EmploymentType | None:
    """Return the kind of contract, the first known one of a list.

    A text may name several: ``Temporary, full-time`` is temporary, for that tells more than the hours; of
    ``Full-time or part-time`` the first counts.
    """
    if found := _looked_up(value, _EMPLOYMENT_OF):
        return found
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    named = [_EMPLOYMENT_OF[word] for word in _IN_CONTRACTS.findall(_plain(value))]
    return next((kind for kind in named if kind not in _HOURS), named[0] if named else None)


def level(value: object) -> Level | None:
    """Return the level of experience."""
    return _looked_up(value, _LEVEL_OF)


def is_kind(value: str) -> bool:
    """Tell whether *value* is a word for a workplace, a contract or a level."""
    plain = _plain(value)
    return plain in _WORKPLACE_OF or plain in _FLAG_OF or plain in _EMPLOYMENT_OF or plain in _LEVEL_OF
