"""Text as it must be before it is compared or stored."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from numbers import Integral, Real
from typing import Any

import msgspec

from jobmatch.errors import InvalidInput

_SURROGATE = re.compile("[\ud800-\udfff]")
# The accents of Latin, Greek and Cyrillic; in other scripts such marks make up letters.
_ACCENT = re.compile("[\u0300-\u036f]")
#: Characters of scripts that put no spaces between words, as a class without its brackets: Thai and Lao, Burmese,
#: Khmer, and what Chinese and Japanese write.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{UNSPACED}]+")
#: A word, the likes of ``c++``, ``c#`` and ``.net`` whole.
WORD = re.compile(r"\.?[^\W_][\w+#]*")
#: Lists and mappings in one another: what reads and writes JSON follows them only so far.
DEEPEST = 100
_PLAIN = frozenset({bool, int, float})


def storable(text: str) -> str:
    """Return *text* without what PostgreSQL cannot hold: NUL and lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def storable_values(value: Any, depth: int = 0) -> Any:
    """Return a JSON value with all of its texts, keys too, made `storable`.

    Arguments:
        value: the value.
        depth: of lists and mappings that it is in.

    Raises:
        InvalidInput: it is nested deeper than anything that reads JSON would follow, or JSON has nothing like it.
    """
    if isinstance(value, str):
        return storable(str(value))
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, (Mapping, list, tuple)) and depth == DEEPEST:
        raise InvalidInput("metadata", f"must not be nested deeper than {DEEPEST} levels")
    if isinstance(value, Mapping):
        return {_storable_name(key): storable_values(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable_values(one, depth + 1) for one in value]
    return storable_values(_plain(value), depth)


def _storable_name(name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidInput("metadata", f"must have texts for names, not {type(name).__name__}")
    return storable(str(name))


def _plain(value: Any) -> Any:
    """Return what JSON makes of a time, a set, a number of NumPy and the like."""
    if isinstance(value, Real):
        return int(value) if isinstance(value, Integral) else float(value)
    try:
        return msgspec.to_builtins(value)
    except (TypeError, ValueError, RecursionError):
        if isinstance(value, date):  # of a subclass, as pandas has it
            return value.isoformat()
        raise InvalidInput("metadata", f"must be JSON values; {type(value).__name__} is none") from None


def unaccented(text: str) -> str:
    """Return *text* without accents, and with plain letters for those that are but another form of them."""
    return text if text.isascii() else _ACCENT.sub("", unicodedata.normalize("NFKD", text))


def bare(text: str) -> str:
    """Return *text* without accents and case."""
    return unaccented(text).casefold()


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Return *text* for comparing names: no accents, no case, single spaces."""
    return " ".join(bare(text).split())


def spaced(text: str) -> str:
    """Return *text*, each character of a script without spaces by itself."""
    return text if text.isascii() else _UNSPACED.sub(_apart, text)


def _apart(run: re.Match[str]) -> str:
    # By runs, not by characters, which takes several times as long: every import waits.
    return f" {' '.join(run[0])} "


def words(text: str) -> list[str]:
    """Return the folded words of *text*, keeping the likes of ``c++``, ``c#`` and ``.net`` whole. Of scripts without
    spaces each character is one."""
    return WORD.findall(spaced(bare(text)))
