"""Conditions on metadata as one ``jsonpath``, which a GIN index over the metadata can serve.

It is bound as a parameter like any other value. Names and values are written in it as JSON, for so are the literals of
that language.
"""

from collections.abc import Iterable, Iterator

import msgspec

from jobmatch.model import MetadataCondition

_encode = msgspec.json.Encoder().encode


#: The path that is left to itself would look into the elements of a list.
_OBJECT = '$.type() == "object"'


def path(conditions: Iterable[MetadataCondition]) -> str:
    """Return a path that is true for metadata that fulfil all conditions. What is no object has no metadata in it."""
    return " && ".join(f"({part})" for condition in conditions for part in _parts(condition))


def _parts(condition: MetadataCondition) -> Iterator[str]:
    field = f"$.{_literal(condition.name)}"
    if condition.exists is not None:
        there = f'{_OBJECT} && {field}.type() != "null"'
        yield there if condition.exists else f"!({there})"
    if condition.any_of:
        yield _OBJECT
        yield " || ".join(f"{field} == {_literal(value)}" for value in condition.any_of)
    if condition.limits:
        limits = ((">=", condition.at_least), ("<=", condition.at_most))
        within = " && ".join(f"@ {operator} {_literal(limit)}" for operator, limit in limits if limit is not None)
        yield _OBJECT
        # An array is opened once, its elements are compared; left to itself a comparison opens one in an array, too.
        yield f'exists({field} ? (@.type() != "array" && {within}))'


def _literal(value: str | float) -> str:
    return _encode(value).decode()
