"""Skills: a list of names, of records with a name, or one text with a delimiter."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from jobmatch.importing.text import is_missing, one_line, several_lines

_DELIMITERS = re.compile(r"\s*[;；|\n•·]\s*")
_COMMA = re.compile(r"\s*[,，、،]\s*(?![^(（]*[)）])")
_LONGEST = 80
_MOST_WORDS = 6
_MOST = 200


def skills(value: object) -> tuple[str, ...] | None:
    """Return names of skills, each once in whatever case; None for prose and for what is nothing of the kind."""
    if isinstance(value, str):
        return _in_text(value)
    if not isinstance(value, list):
        return None
    if all(type(one) is str and len(one) <= _LONGEST for one in value):
        return _each_once(map(one_line, value))
    return _short([name for one in value if (name := _name(one))])


def _name(one: Any) -> str | None:
    found = (
        next((one[key] for key in ("name", "skill", "title", "label") if key in one), None)
        if isinstance(one, dict)
        else one
    )
    return one_line(found) if isinstance(found, str) else None


def _in_text(text: str) -> tuple[str, ...] | None:
    if text.startswith("["):
        try:
            return skills(msgspec.json.decode(text.replace("'", '"') if '"' not in text else text))
        except (ValueError, RecursionError):
            return None
    text = several_lines(text)  # before it is split: the « ; » of « &amp; » is no delimiter
    parts = _DELIMITERS.split(text)
    names = [one_line(p) for p in (parts if len(parts) > 1 else _COMMA.split(text))]
    return None if any(name.count(" ") >= _MOST_WORDS for name in names) else _short(names)


def _short(names: list[str]) -> tuple[str, ...] | None:
    found = [name for name in names if not is_missing(name)]
    return _each_once(found) if found and all(len(name) <= _LONGEST for name in found) else None


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())[:_MOST]
