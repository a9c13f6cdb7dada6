"""Words as PostgreSQL's ``english`` text search sees them: stemmed, stop words left out but counted in positions."""

from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

from jobmatch.model.text import PLAIN_WORD, STOP_WORDS, bare

_stemmer = snowballstemmer.stemmer("english")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of one folded word."""
    stemmed: str = _stemmer.stemWord(word)
    return stemmed


def lexemes(text: str) -> list[str | None]:
    """Return the stems of *text* in order, None in the place of a stop word."""
    return [None if word in STOP_WORDS else stem(word) for word in PLAIN_WORD.findall(bare(text))]


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
