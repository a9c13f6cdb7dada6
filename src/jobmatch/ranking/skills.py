"""`Known`: whether a candidate's texts name a skill."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from jobmatch.model.text import bare, spaced, unaccented, words
from jobmatch.ranking.titles import FUNCTION_WORDS

_PRODUCTS = """
access ada airflow alpine amber ant asana atom aurora avid bamboo basecamp bash basic beam behave blackboard bottle
brackets bun cactus camel canvas cargo chai chef circle cocoa compass concourse confluence consul cucumber cypress
dagger dart dash domino eclipse edge elastic elm ember epic excel express fiber fission flask flutter fusion gatsby
ghost gin git go grape grasshopper groovy grunt gulp harbor helm hive horizon impala ionic jasmine jest julia karma
kettle keynote koala lambda less lotus maya mercury meteor mint mocha monday next nexus nomad notion nuke octopus
onion oracle outlook packer parcel pascal phoenix pig postman premiere presto prism puppet racket rails rake react
relay remedy rest rhino rocket rollup ruby rust safari sage salt sauce scala shell sinatra slack snowflake soap sonar
spark splunk spring storm struts swift symphony teams terra torch trello trinity unity unreal vagrant vault vim vue
wave weave wire word yarn zig zoom
"""
#: Names of programs, languages and methods that are words of everyday language, or names of people, too.
EVERYDAY = frozenset(_PRODUCTS.split())
_MADE_BY = """
adobe apache apple atlassian autodesk aws azure gnu google jetbrains microsoft ms oracle
"""
_MAKERS = frozenset(_MADE_BY.split())
_KNOWN_HOW = """
advanced basic beginner excellent expert fluent good intermediate proficient strong
"""
_GRADES = frozenset(_KNOWN_HOW.split())
_FOLLOWED_BY = """
api apis app apps code coding container containers dashboard dashboards database databases developer developers engineer
engineers framework language library macro macros microservice microservices programmer programmers programming script
scripting scripts skills spreadsheet spreadsheets
"""
#: Before these words a name is that of a language or a program.
_TRADE = frozenset(_FOLLOWED_BY.split())
_LETTER = r"[^\W\d_](?![\w+#])"
#: Arrows, squares, ticks and the like, and what fonts of their own make of them: a list has them before its items.
_BULLETS = r"•·‣⁃§»\u2190-\u21ff\u25a0-\u27bf\ue000-\uf8ff"
#: Between the items of a list. A stroke between two letters, as in A/B, is none.
_BETWEEN = re.compile(rf"[,;:、・|*\t()\[\]{{}}{_BULLETS}]|(?<!\b\w)/|/(?!{_LETTER})|(?<!\S)[-–—+](?!\S)")
#: Quotes and the like about an item.
_ABOUT = re.compile(r"^[^\w.]+|[^\w+#]+$")
_ENDS = re.compile(r"[\r\n。]+|[.!?](?!\S)")
_JOINED = re.compile(r"(\S+)\s+(?:and|or|und|oder|et|ou|y|o|e)\s+(\S+)|([^\s&]{2,})\s*&\s*([^\s&]{2,})")
_LEADING = re.compile(r"(?:and|or|und|oder|et|ou|y|o|e|&)\s+")
#: A letter at the head of a list, behind what leads up to it: *Proficient in R, SAS*.
_HEAD = re.compile(r".*\b(?:in|using|with|including)\s+([A-Z])")
_YEAR = re.compile(r"(?:19|20)\d\d")
#: Characters beside a word in which its neighbours are looked for: a text may be one line.
_BESIDE = 80


@lru_cache(maxsize=65_536)
def phrase(text: str) -> str:
    """Return the folded words of *text* between single spaces, so that ``in`` finds whole words only."""
    return f" {' '.join(words(text))} "


@lru_cache(maxsize=65_536)
def ambiguous(name: str) -> bool:
    """Whether a text may have the word *name*, folded, without naming the skill."""
    return len(name) == 1 or name in EVERYDAY or name in FUNCTION_WORDS


class Known(dict[str, bool]):
    """Whether a candidate names a skill. Each is looked up once, for the hits of one search ask for much the same ones.

    Whole words have to be there. Of a name that is an everyday word as well, such as *Go* and *Excel*, or a letter,
    it has to be written that it is a name: see `Prose`.

    Arguments:
        texts: of the candidate; no phrase is found across two of them.
        skills: that the candidate lists: those are names, whatever words they are.
    """

    def __init__(self, texts: Sequence[str], skills: Sequence[str]) -> None:
        super().__init__()
        self._texts = texts
        self._skills = skills

    @cached_property
    def _listed(self) -> str:
        return _joined(self._skills)

    @cached_property
    def _text(self) -> str:
        # Not before it is asked: a match by meaning alone names no skills.
        return _joined(self._texts)

    @cached_property
    def _prose(self) -> "Prose":
        return Prose(self._texts)

    def __missing__(self, skill: str) -> bool:
        known = self[skill] = self._names(phrase(skill), skill)
        return known

    def _names(self, wanted: str, skill: str) -> bool:
        if wanted.isspace():
            return False
        if wanted in self._listed:
            return True
        name = wanted.strip()
        return wanted in self._text and (not ambiguous(name) or self._prose.names(name, capitals=skill.isupper()))


def _joined(pieces: Sequence[str]) -> str:
    return f" {' | '.join(' '.join(words(piece)) for piece in pieces)} "  # no word is a bar


class Prose:
    """Texts in which a word is a name if it is written as one.

    It is an item of a list by itself, such as *Java, Go, C*; or stands behind its maker, or before a word such as
    *developer*; or has a capital within a sentence, and no capitals beside it, which would make it part of another
    name. A letter is a name only in the first ways.

    Arguments:
        texts: of the candidate.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._lines = [line for text in texts for line in _ENDS.split(spaced(unaccented(text)))]

    @cached_property
    def _items(self) -> frozenset[str]:
        return frozenset(bare(item) for line in self._lines for item in _items(line))

    def names(self, name: str, *, capitals: bool) -> bool:
        """Whether it has a name, folded; in nothing but *capitals* if it is written so."""
        if name in self._items:
            return True
        word = re.compile(rf"(?<![\w+#.&/-]){re.escape(name)}(?![\w+#&/-])", re.IGNORECASE)
        return any(_is_name(found, line, capitals) for line in self._lines for found in word.finditer(line))


def _items(line: str) -> Iterator[str]:
    first, *others = items = [_ABOUT.sub("", item) for item in _BETWEEN.split(line)]
    if others and (head := _HEAD.fullmatch(first)):
        yield head[1]
    for number, item in enumerate(items):
        joined = _JOINED.fullmatch(item) if number else None
        parts = list(filter(None, joined.groups())) if joined else []
        for one in parts if parts and not _said(parts) else [_LEADING.sub("", item, count=1)]:
            yield _unqualified(one)


def _said(parts: Sequence[str]) -> bool:
    """Whether two joined words are but a turn of phrase, as *more or less* is."""
    return not FUNCTION_WORDS.isdisjoint(map(bare, parts))


def _unqualified(item: str) -> str:
    """Return an item without its maker, and without how well it is known."""
    parts = item.split()
    while len(parts) > 1 and parts[0].casefold() in _MAKERS | _GRADES:
        del parts[0]
    return " ".join(parts)


def _is_name(found: re.Match[str], line: str, capitals: bool) -> bool:
    start, end = found.span()
    before, after = line[max(start - _BESIDE, 0) : start].split(), line[end : end + _BESIDE].split()
    previous, following = before[-1] if before else "", after[0] if after and line[end].isspace() else ""
    if previous.casefold() in _MAKERS or following.strip(",;)").casefold() in _TRADE:
        return True
    word = found[0]
    named = word.isupper() if capitals else word[0].isupper()
    return len(word) > 1 and named and _goes_on(previous) and _stands_alone(following)


def _goes_on(previous: str) -> bool:
    return previous[-1:].isalpha() and previous == previous.lower()


def _stands_alone(following: str) -> bool:
    return not (following[:1].isupper() or _YEAR.match(following))
