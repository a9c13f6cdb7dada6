"""Text of somebody's table as it is compared: what `jobmatch.model` does with ours before it is stored, in SQL.

All functions are immutable, so that there can be an index over what they make.
"""

import unicodedata
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Text, func, literal, literal_column

from jobmatch.backends.postgres.mapped.given import PLAIN
from jobmatch.model.keywords import ABBREVIATIONS, MARK
from jobmatch.model.signs import RULES
from jobmatch.model.text import UNSPACED

_ACCENTS = r"[\u0300-\u036f]+"
#: Marks and signs, as ranges that do not depend on what the database knows of letters: a class of characters would, and
#: in a database with ``LC_CTYPE`` C nothing but ASCII is a letter.
_BETWEEN_WORDS = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    r"\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\ue000-\uf8ff\ufe00-\ufe0f\ufeff\U0001f000-\U0001faff]+"
)
_ABBREVIATION = rf"\m(?:{'|'.join(sorted(ABBREVIATIONS))})\M"
#: The alphabets whose capitals every database is to know: Latin, Greek, Cyrillic.
_ALPHABETS = (range(0x41, 0x180), range(0x391, 0x3D0), range(0x400, 0x430), range(0x490, 0x492))


def fold(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a text as `jobmatch.model.text.fold` makes it, whatever the database takes for a capital."""
    small = func.translate(_unaccented(value), _constant(_capitals()), _constant(_capitals().casefold()))
    return func.btrim(_replaced(_folded(small), r"\s+", " "), type_=Text)


def plain(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the words of a text, much as `jobmatch.model.keywords.plain` does.

    Capitals are left to the database: to translate each by itself takes longer than all the rest.
    """
    words = _unaccented(value)
    for _, pattern, letters in RULES:
        words = _replaced(words, pattern, letters)
    words = _replaced(_replaced(words, f"[{UNSPACED}]", r" \& "), _BETWEEN_WORDS, " ")
    return _folded(_replaced(words, _ABBREVIATION, rf"{MARK}\&"))


def _unaccented(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return _replaced(func.pg_catalog.normalize(value, _constant("NFKD")), _ACCENTS, "")


def _folded(value: ColumnElement[Any]) -> ColumnElement[Any]:
    small = func.replace(func.lower(value), _constant("ß"), _constant("ss"))
    return func.replace(small, _constant("ς"), _constant("σ"), type_=Text)


def _replaced(value: ColumnElement[Any], pattern: str, by: str) -> ColumnElement[Any]:
    return func.regexp_replace(value, _constant(pattern), _constant(by), _constant("g"), type_=Text)


def _constant(text: str) -> ColumnElement[Any]:
    """Return a text as it is written in SQL."""
    return literal_column(str(literal(text, Text).compile(dialect=PLAIN, compile_kwargs={"literal_binds": True})), Text)


@cache
def _capitals() -> str:
    """Return what `casefold` makes another single letter of, and no decomposition."""
    letters = (chr(number) for alphabet in _ALPHABETS for number in alphabet)
    return "".join(filter(_has_a_small_one, letters))


def _has_a_small_one(letter: str) -> bool:
    small = letter.casefold()
    whole = unicodedata.normalize("NFKD", letter) == letter and unicodedata.normalize("NFKD", small) == small
    return whole and small != letter and len(small) == 1 and not unicodedata.combining(letter)
