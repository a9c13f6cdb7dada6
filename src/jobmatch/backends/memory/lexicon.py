"""Words as PostgreSQL's ``english`` text search sees them: stemmed, stop words left out but counted in positions."""

from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

from jobmatch.model.text import words

_FUNCTION_WORDS = """
a about after all am an and any are as at be because been before being both but by can did do does doing down each
few for from further had has have having he her here hers him his how i if in into is it its just me more most my no
nor not now of off on once only or other our out over own s same she should so some such t than that the their them
then there these they this those through to too under until up very was we were what when where which while who whom
why will with you your
"""
#: The commonest function words; enough to keep a keyword such as "the" from matching nothing.
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
_stemmer = snowballstemmer.stemmer("english")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of one folded word."""
    stemmed: str = _stemmer.stemWord(word.strip(".+#") or word)
    return stemmed


def lexemes(text: str) -> list[str | None]:
    """Return the stems of *text* in order, None in the place of a stop word."""
    return [None if word in STOP_WORDS else stem(word) for word in words(text)]


def has_phrase(text: Sequence[str | None], phrase: Sequence[str | None]) -> bool:
    """Whether *phrase* stands in *text*, word after word; its stop words match anything."""
    length = len(phrase)
    return any(
        all(wanted is None or wanted == had for wanted, had in zip(phrase, text[start : start + length], strict=True))
        for start in range(len(text) - length + 1)
    )


def trimmed(phrase: Sequence[str | None]) -> Sequence[str | None]:
    """Return *phrase* without stop words at its ends."""
    kept = [position for position, word in enumerate(phrase) if word is not None]
    return phrase[kept[0] : kept[-1] + 1] if kept else ()
