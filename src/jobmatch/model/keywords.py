"""Words as keywords are looked for: those of a text, those of a keyword, and which of them there is no looking for."""

import re
from collections.abc import Iterable, Sequence

from jobmatch.errors import InvalidInput
from jobmatch.model.filters import Filters
from jobmatch.model.job import Job
from jobmatch.model.signs import in_letters
from jobmatch.model.text import spaced, unaccented

_STOP_WORDS = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
itself they them their theirs themselves what which who whom this that these those am is are was were be been being have
has had having do does did doing a an the and but if or because as until while of at by for with about against between
into through during before after above below to from up down in out on off over under again further then once here there
when where why how all any both each few more most other some such no nor not only own same so than too very s t can
will just don should now
"""
#: Function words that say nothing by themselves: those that PostgreSQL's ``english`` leaves out.
STOP_WORDS = frozenset(_STOP_WORDS.split())
_LONGEST = 3
#: Those that in capitals are something else, such as IT, WHO, or both words of AT&T. The longer ones are but shouted;
#: I and A are written so anyway.
ABBREVIATIONS = frozenset(word.upper() for word in STOP_WORDS if len(word) <= _LONGEST) - {"I", "A"}
#: Put before an abbreviation: then it is no stop word, and with a digit in it no stemmer touches it.
MARK = "0"
_MARKED = {word: MARK + word for word in ABBREVIATIONS}
_SEVERAL = frozenset(word for word in ABBREVIATIONS if len(word) > 1)
_SINGLE = tuple(f" {word} " for word in ABBREVIATIONS - _SEVERAL)
_SMALL = b"abcdefghijklmnopqrstuvwxyz"
#: Stands between pieces of a text that do not belong together. Stop words are counted in the places of the others, so
#: no phrase reaches across so many.
GAP = f" {'s ' * 6}"
#: A tsvector holds at most a megabyte; even if every character takes four bytes this many fit.
MAX_TITLE, MAX_SKILLS, MAX_DESCRIPTION = 2_000, 40_000, 150_000
_PLAIN_WORD = re.compile(r"[^\W_]+")
_ASCII = bytes(n if n < 128 and chr(n).isalnum() else ord(" ") for n in range(256))
#: What word processors put between words; most texts have nothing else that is not ASCII.
_MARKS = "’‘“”–—•…·"
#: Characters of a keyword that a message repeats.
SHOWN = 80


def plain(text: str) -> str:
    """Return *text* folded, with nothing but letters and digits between spaces, with abbreviations marked, the signs
    that make other words in letters, and in scripts without spaces each character by itself: a word is a phrase there.

    Left to itself, PostgreSQL's parser takes ``Java/Python`` for a file name and ``node.js`` for a host, and finds
    neither word in them.
    """
    if not text.isascii():
        for mark in _MARKS:
            text = text.replace(mark, " ")
    text = in_letters(unaccented(text))
    return _plain_ascii(text.encode()) if text.isascii() else _marked(_PLAIN_WORD.findall(spaced(text))).casefold()


def _plain_ascii(text: bytes) -> str:
    """Return the same of ASCII, in a tenth of the time if there seem to be no abbreviations: every import waits."""
    words = f" {text.translate(_ASCII).decode()} "
    capitals = text.translate(_ASCII, _SMALL).decode().split()
    none = _SEVERAL.isdisjoint(capitals) and not any(letter in words for letter in _SINGLE)
    return (words if none else _marked(words.split())).lower()


def _marked(words: Sequence[str]) -> str:
    return " ".join([_MARKED.get(word, word) for word in words])


def of_job(job: Job) -> str:
    """Return all words of a job: title, skills and description, the pieces apart."""
    skills = GAP.join(job.skills)
    return plain(GAP.join((job.title[:MAX_TITLE], skills[:MAX_SKILLS], job.description[:MAX_DESCRIPTION])))


def spelled(keyword: str) -> str:
    """Return a keyword with the capitals that mean something: in one that is all in capitals those of stop words do
    not, unless there are no other words.
    """
    shouted = keyword.isupper() and not STOP_WORDS.issuperset(plain(keyword.lower()).split())
    return _PLAIN_WORD.sub(_hushed, keyword) if shouted else keyword


def _hushed(word: re.Match[str]) -> str:
    return word[0].lower() if word[0] in ABBREVIATIONS else word[0]


def of_keyword(keyword: str) -> str:
    """Return the words of a keyword, as `plain` has them."""
    return plain(spelled(keyword))


def unsearchable(keywords: Iterable[str]) -> frozenset[str]:
    """Return those of *keywords* that there is no looking for, since all of their words are stop words."""
    return frozenset(keyword for keyword in keywords if STOP_WORDS.issuperset(of_keyword(keyword).split()))


def check(filters: Filters) -> None:
    """Refuse keywords that there is no looking for.

    Raises:
        InvalidInput: names the keyword.
    """
    if filters.keywords or filters.exclude_keywords:
        refuse(filters, unsearchable((*filters.keywords, *filters.exclude_keywords)))


def refuse(filters: Filters, unsearchable: Iterable[str]) -> None:
    """Refuse filters by keywords that there is no looking for.

    Raises:
        InvalidInput: names the keyword.
    """
    vain = frozenset(unsearchable)
    for name in ("keywords", "exclude_keywords"):
        if keyword := next((keyword for keyword in getattr(filters, name) if keyword in vain), None):
            raise InvalidInput(
                f"filters.{name}",
                f"{keyword[:SHOWN]!r} has no word that can be looked for: words such as 'the' are in every text;"
                " leave it out, or, if it is short for something, write it in capitals, as in 'IT'",
            )
