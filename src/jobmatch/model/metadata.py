"""Conditions on a posting's metadata."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model.text import storable, storable_values

#: What metadata can be compared with.
Scalar = str | bool | int | float
#: The longest text that is compared, and the most values.
LONGEST, MOST = 1_000, 200
_FIELD = "filters.metadata"
_KEYS = {"eq": "any_of", "in": "any_of", "min": "at_least", "max": "at_most", "exists": "exists"}


def _told_apart(values: tuple[Scalar, ...]) -> tuple[tuple[bool, Scalar], ...]:
    """Return what equal conditions have in common: to Python True is 1, to a posting it is not."""
    return tuple((_is_flag(value), value) for value in values)


@frozen(kw_only=True)
class MetadataCondition:
    """A condition on one of a posting's metadata. Of a list it is enough that one element fulfils it.

    Arguments:
        name: which of the metadata.
        any_of: the value is one of these, of the same type.
        at_least: the value is not below this: a number, or a text that is not before it by its characters.
        at_most: the value is not above this.
        exists: True if there must be a value, False if there must be none; null is none.
    """

    name: str
    any_of: tuple[Scalar, ...] = field(default=(), eq=_told_apart)
    at_least: str | float | None = None
    at_most: str | float | None = None
    exists: bool | None = None

    @property
    def limits(self) -> tuple[str | float, ...]:
        """The limits that there are."""
        return tuple(limit for limit in (self.at_least, self.at_most) if limit is not None)

    @property
    def wants_a_value(self) -> bool:
        """Whether nothing fulfils it that has no value."""
        return bool(self.any_of or self.limits or self.exists)

    @property
    def inverted(self) -> bool:
        """Whether the least is above the most: both hold for the same element of a list, so none fulfils that."""
        least, most = exact(self.at_least), exact(self.at_most)
        return least is not None and most is not None and bool(least > most)

    def __attrs_post_init__(self) -> None:
        for value in (*self.any_of, *self.limits):
            _check(value)
        if len({isinstance(limit, str) for limit in self.limits}) > 1 or True in map(_is_flag, self.limits):
            raise InvalidInput(_FIELD, "min and max must be two numbers or two texts")
        if self.exists is not None and not _is_flag(self.exists):
            raise InvalidInput(_FIELD, "exists must be True or False")
        if not (self.any_of or self.limits or self.exists is not None):
            raise InvalidInput(
                _FIELD, f"says nothing about {self.name[:80]!r}: give a value, a list, min, max or exists"
            )


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _check(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(_FIELD, "must be compared with finite numbers")
    if not isinstance(value, Scalar) or (isinstance(value, str) and len(value) > LONGEST):
        raise InvalidInput(
            _FIELD, f"must be compared with numbers, true, false, or texts of up to {LONGEST:,} characters"
        )


def exact(value: Any) -> Any:
    """Return a number as it is written in JSON, in which ``1e30`` is a power of ten, and no float is."""
    return Decimal(repr(value)) if isinstance(value, float) and math.isfinite(value) else value


def contradictory(asked: Sequence[MetadataCondition]) -> bool:
    """Whether no metadata at all fulfil all conditions. Two values may be asked for: a list can have both."""
    absent = {condition.name for condition in asked if condition.exists is False}
    return any(one.inverted or (one.wants_a_value and one.name in absent) for one in asked)


def conditions(value: Mapping[str, Any] | Iterable[MetadataCondition] | None) -> tuple[MetadataCondition, ...]:
    """Conditions for each name: from a value, a list of them, or a mapping with ``eq``, ``in``, ``min``, …"""
    if not value:
        return ()
    if not isinstance(value, Mapping):
        return tuple(value)
    return tuple(one for name, asked in value.items() for one in _conditions(storable(name), asked))


def _conditions(name: str, asked: Any) -> Iterator[MetadataCondition]:
    """Yield one condition, or two if both ``eq`` and ``in`` are there: each of them holds."""
    if isinstance(asked, MetadataCondition):
        yield asked
        return
    asked = asked if isinstance(asked, Mapping) else {"in": asked}
    if unknown := [key for key in asked if key not in _KEYS]:
        raise InvalidInput(_FIELD, f"{str(unknown[0])[:80]!r} is not one of {', '.join(_KEYS)}")
    if {"eq", "in"} <= asked.keys():
        yield MetadataCondition(name=name, any_of=_value("eq", asked["eq"]))
        asked = {key: one for key, one in asked.items() if key != "eq"}
    yield MetadataCondition(name=name, **{_KEYS[key]: _value(key, one) for key, one in asked.items()})


def _value(key: str, value: Any) -> Any:
    if _KEYS[key] != "any_of":
        return storable_values(value)
    several = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(map(storable_values, several))


def at_most(instance: Any, attribute: Any, value: tuple[MetadataCondition, ...]) -> None:
    """Refuse more values than anybody means."""
    if len(value) > MOST or any(len(one.any_of) > MOST for one in value):
        raise InvalidInput(_FIELD, f"must have at most {MOST:,} names, and values for each")


def check_names(
    asked: Iterable[MetadataCondition], allowed: Collection[str], *, by: str = "JOBMATCH_METADATA_FIELDS"
) -> None:
    """Refuse conditions on metadata that nobody has allowed.

    Arguments:
        asked: the conditions.
        allowed: names that they can be about.
        by: what allows names.

    Raises:
        InvalidInput: names what is allowed, and how to allow more.
    """
    if any(condition.name not in allowed for condition in asked):
        names = ", ".join(sorted(allowed)) or "nothing yet"
        raise InvalidInput(_FIELD, f"can be about {names}; {by} allows more")
