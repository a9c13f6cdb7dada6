"""Converters and validators that the values share.

A converter makes one spelling of what may be spelled in several ways; a validator refuses the rest and names the field.
"""

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from jobmatch.errors import InvalidInput
from jobmatch.model.kinds import EmploymentType, Level, Workplace
from jobmatch.model.text import storable

if TYPE_CHECKING:
    from attrs import Attribute

_Kind = TypeVar("_Kind", Workplace, Level, EmploymentType)
Validator = Callable[[Any, "Attribute[Any]", Any], None]


def named(instance: Any, attribute: "Attribute[Any]") -> str:
    """Return the dotted name under which a caller knows the field."""
    return f"{type(instance).__name__.removeprefix('Match').lower()}.{attribute.name}"


def text(value: str) -> str:
    """Strip *value*."""
    if not isinstance(value, str):
        raise InvalidInput("text", f"must be a text, not {type(value).__name__}")
    return storable(value).strip()


def code(value: str) -> str:
    """Strip *value*, in upper case."""
    return storable(value).strip().upper()


def code_or_none(value: str | None) -> str | None:
    """Like `code`; an empty code is none at all."""
    return (value.strip().upper() or None) if value is not None else None


def text_or_none(value: str | None) -> str | None:
    """Strip *value*; an empty text is none at all."""
    return (storable(value).strip() or None) if value is not None else None


def texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """One text or several: stripped, without empty ones and repetitions, in the given order."""
    several = () if value is None else (value,) if isinstance(value, str) else value
    return tuple(dict.fromkeys(t for one in several if (t := storable(one).strip())))


def upper_texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """Like `texts`, in upper case: codes of countries and currencies."""
    return tuple(t.upper() for t in texts(value))


def kinds(value: str | Iterable[str] | None, kind: type[_Kind]) -> tuple[_Kind, ...]:
    """One member of a vocabulary or several, by name."""
    return tuple(kind(name) for name in texts(value))


def workplaces(value: str | Iterable[str] | None) -> tuple[Workplace, ...]:
    """One workplace or several."""
    return kinds(value, Workplace)


def levels(value: str | Iterable[str] | None) -> tuple[Level, ...]:
    """One level or several."""
    return kinds(value, Level)


def employment_types(value: str | Iterable[str] | None) -> tuple[EmploymentType, ...]:
    """One kind of contract or several."""
    return kinds(value, EmploymentType)


def workplace_or_none(value: str | None) -> Workplace | None:
    """A workplace by name."""
    return None if value is None else Workplace(value)


def level_or_none(value: str | None) -> Level | None:
    """A level by name."""
    return None if value is None else Level(value)


def employment_type_or_none(value: str | None) -> EmploymentType | None:
    """A kind of contract by name."""
    return None if value is None else EmploymentType(value)


def utc(value: datetime | None) -> datetime | None:
    """Return *value* in UTC. A time without a zone is UTC; one at the edge of the calendar keeps its figures."""
    if value is None:
        return None
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return value.replace(tzinfo=UTC)


def vector_or_none(value: Iterable[float] | None) -> tuple[float, ...] | None:
    """Return *value* as plain floats, from a list, a tuple or an array."""
    return None if value is None else tuple(map(float, value))


def all_finite(instance: Any, attribute: "Attribute[Any]", value: Iterable[float] | None) -> None:
    """Refuse a vector with NaN or infinity in it."""
    if value is not None and not all(map(math.isfinite, value)):
        raise InvalidInput(named(instance, attribute), "must be finite numbers")


def between(low: float, high: float) -> Validator:
    """Return a validator for numbers from *low* to *high*, both allowed; None passes, NaN does not."""

    def validate(instance: Any, attribute: "Attribute[Any]", value: float | None) -> None:
        if value is not None and not low <= value <= high:
            raise InvalidInput(named(instance, attribute), f"must be between {low:,} and {high:,}, not {value}")

    return validate


def whole(instance: Any, attribute: "Attribute[Any]", value: int) -> None:
    """Refuse what is not a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(named(instance, attribute), "must be a whole number")


def flag(instance: Any, attribute: "Attribute[Any]", value: bool | None) -> None:
    """Refuse what is neither yes nor no, nor None."""
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(named(instance, attribute), "must be True or False")


def not_empty(instance: Any, attribute: "Attribute[Any]", value: str) -> None:
    """Refuse a text of nothing but white space."""
    if not value:
        raise InvalidInput(named(instance, attribute), "must not be empty")


def at_most(count: int) -> Validator:
    """Return a validator for collections and texts of at most *count* items or characters."""

    def validate(instance: Any, attribute: "Attribute[Any]", value: Any) -> None:
        if value is not None and len(value) > count:
            raise InvalidInput(named(instance, attribute), f"must have at most {count:,} entries, not {len(value):,}")

    return validate


def country_code(instance: Any, attribute: "Attribute[Any]", value: str | None) -> None:
    """Refuse what does not look like an ISO 3166-1 alpha-2 code."""
    if value is not None and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise InvalidInput(named(instance, attribute), "must be a two-letter ISO 3166 code such as US or DE")


def country_codes(instance: Any, attribute: "Attribute[Any]", value: tuple[str, ...]) -> None:
    """Refuse codes that `country_code` would refuse."""
    for one in value:
        country_code(instance, attribute, one)
