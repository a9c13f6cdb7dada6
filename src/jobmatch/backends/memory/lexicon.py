"""Words as PostgreSQL's ``english`` text search sees them: stemmed, stop words left out but counted in positions."""

from collections.abc import Sequence
from functools import lru_cache

from snowballstemmer.english_stemmer import EnglishStemmer

from jobmatch.model.keywords import STOP_WORDS

# Not `snowballstemmer.stemmer`, which takes another version if PyStemmer is installed.
_stemmer = EnglishStemmer()


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of one folded word; one with digits in it is its own."""
    stemmed: str = _stemmer.stemWord(word) if word.isalpha() else word
    return stemmed


def lexemes(words: str) -> list[str | None]:
    """Return the stems of plain words in order, None in the place of a stop word."""
    return [None if word in STOP_WORDS else stem(word) for word in words.split()]


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
