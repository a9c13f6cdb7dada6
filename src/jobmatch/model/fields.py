"""Converters and validators that the values share.

A converter makes one spelling of what may be spelled in several ways; a validator refuses the rest and names the field.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol, SupportsFloat, TypeVar

from jobmatch.errors import InvalidInput
from jobmatch.model.languages import language, meant
from jobmatch.model.text import storable

if TYPE_CHECKING:
    from attrs import Attribute

_Value = TypeVar("_Value")
Validator = Callable[[Any, "Attribute[Any]", Any], None]


class Numbers(Protocol):
    """A list of numbers, a tuple, an array."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __getitem__(self, index: int, /) -> Any: ...


def named(instance: Any, attribute: "Attribute[Any]") -> str:
    """Return the dotted name under which a caller knows the field."""
    return f"{type(instance).__name__.removeprefix('Match').lower()}.{attribute.name}"


def naming(owner: str) -> Callable[[type, "list[Attribute[Any]]"], "list[Attribute[Any]]"]:
    """Return a field transformer: what a converter refuses is called ``owner.field``.

    Converters that are told the field by attrs itself have no types that mypy understands.
    """

    def transform(_: type, attributes: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
        return [
            a.evolve(converter=called(f"{owner}.{a.name}", a.converter)) if callable(a.converter) else a
            for a in attributes
        ]

    return transform


def called(name: str, converter: Callable[..., _Value]) -> Callable[..., _Value]:
    """Return *converter*, which then calls what it refuses by *name*."""

    def convert(value: Any, *more: Any) -> _Value:
        try:
            return converter(value, *more)
        except InvalidInput as error:
            raise InvalidInput(name, error.reason) from None

    return convert


def wrong(value: object, allowed: str) -> InvalidInput:
    """Return the error for a value of a type that is not allowed; `called` gives it the field's name."""
    return InvalidInput("value", f"must be {allowed}, not {type(value).__name__}")


def text(value: str) -> str:
    """Strip *value*."""
    if not isinstance(value, str):
        raise wrong(value, "a text")
    return storable(value).strip()


def text_or_none(value: str | None) -> str | None:
    """Strip *value*; an empty text is none at all."""
    return (text(value) or None) if value is not None else None


def code_or_none(value: str | None) -> str | None:
    """Like `text_or_none`, in upper case."""
    return (text(value).upper() or None) if value is not None else None


def several(value: Any, allowed: str) -> Iterator[Any]:
    """Go through what gives one value after the other.

    Raises:
        InvalidInput: it is one value, a text or a mapping.
    """
    try:
        if not isinstance(value, (str, bytes, dict)):
            return iter(value)
    except TypeError:  # as an array of NumPy without dimensions has it
        pass
    raise wrong(value, allowed)


def texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """One text or several: stripped, without empty ones and repetitions, in the given order."""
    if value is None:
        return ()
    given = (value,) if isinstance(value, str) else several(value, "a text or several")
    return tuple(dict.fromkeys(t for one in given if (t := text(one))))


def upper_texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """Like `texts`, in upper case: codes of countries and currencies."""
    return tuple(t.upper() for t in texts(value))


def utc(value: datetime | None) -> datetime | None:
    """Return *value* in UTC. A time without a zone is UTC; one at the edge of the calendar keeps its figures."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise wrong(value, "a datetime")
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return value.replace(tzinfo=UTC)


def number(value: SupportsFloat) -> float:
    """Return *value* as a plain number: those of NumPy and decimals could not be stored."""
    if type(value) is float or type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        raise wrong(value, "a number")
    return float(value)


def number_or_none(value: SupportsFloat | None) -> float | None:
    """Like `number`."""
    return None if value is None else number(value)


def vector_or_none(value: Iterable[float] | None) -> tuple[float, ...] | None:
    """Return *value* as plain floats, from a list, a tuple or an array."""
    if value is None:
        return None
    try:
        return tuple(map(float, several(value, "numbers")))
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput("value", "must be a flat sequence of numbers") from None


def a(wanted: type, example: str) -> Validator:
    """Return a validator for values of a type; *example* shows how one is made."""

    def validate(instance: Any, attribute: "Attribute[Any]", value: Any) -> None:
        check_type(named(instance, attribute), value, wanted, example)

    return validate


def check_type(name: str, value: object, wanted: type, example: str) -> None:
    """Refuse what is not of a type; *example* shows how one is made."""
    if not isinstance(value, wanted):
        raise InvalidInput(name, f"must be a {wanted.__name__}, such as {example}, not {type(value).__name__}")


def all_finite(instance: Any, attribute: "Attribute[Any]", value: Iterable[float] | None) -> None:
    """Refuse a vector with NaN or infinity in it."""
    if value is not None and not all(map(math.isfinite, value)):
        raise InvalidInput(named(instance, attribute), "must be finite numbers")


def between(low: float, high: float) -> Validator:
    """Return a validator for numbers from *low* to *high*, both allowed; None passes, NaN does not."""

    def validate(instance: Any, attribute: "Attribute[Any]", value: float | None) -> None:
        within(named(instance, attribute), value, low, high)

    return validate


def within(name: str, value: SupportsFloat | None, low: float, high: float) -> float | None:
    """Return *value* if it is a number from *low* to *high*, or None."""
    if value is None:
        return None
    plain = called(name, number)(value)
    if not low <= plain <= high:
        raise InvalidInput(name, f"must be between {low:,} and {high:,}, not {value}")
    return plain


def count(name: str, value: int, low: int, high: int) -> int:
    """Return *value* if it is a whole number from *low* to *high*."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(name, "must be a whole number")
    within(name, value, low, high)
    return value


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


#: Codes that ISO 3166 has set aside for what others call a country: no posting has them, and people write them.
_OTHERWISE = {"UK": "GB"}


def country_or_none(value: str | None) -> str | None:
    """Return an ISO 3166-1 alpha-2 code in upper case, or None."""
    code = code_or_none(value)
    if code is not None and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise InvalidInput("value", "must be a two-letter ISO 3166 code such as US or DE")
    return _OTHERWISE.get(code, code) if code else code


def countries(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """Like `upper_texts`, with the codes of ISO 3166 for those that are in use beside them."""
    return tuple(_OTHERWISE.get(code, code) for code in upper_texts(value))


def country_codes(instance: Any, attribute: "Attribute[Any]", value: tuple[str, ...]) -> None:
    """Refuse codes that `country_or_none` would refuse."""
    for one in value:
        called(named(instance, attribute), country_or_none)(one)


def language_or_none(value: str | None) -> str | None:
    """Return the code of a language given by code or name, or None."""
    name = text_or_none(value)
    if name is None:
        return None
    if (code := language(name)) is None:
        raise InvalidInput("value", "must be an ISO 639-1 code such as en or de, or the English name of a language")
    return code


def languages(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """One language or several, by code or name, each with its written forms."""
    named = (code for name in texts(value) if (code := language_or_none(name)))
    return tuple(dict.fromkeys(code for one in named for code in meant(one)))


def currency_or_none(value: str | None) -> str | None:
    """Return an ISO 4217 code in upper case, or None."""
    code = code_or_none(value)
    if code is not None and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise InvalidInput("value", "must be a three-letter ISO 4217 code such as USD or EUR")
    return code


def currency_code(instance: Any, attribute: "Attribute[Any]", value: str | None) -> None:
    """Refuse a code that `currency_or_none` would refuse."""
    called(named(instance, attribute), currency_or_none)(value)
