"""Converters and validators that the values share.

A converter makes one spelling of what may be spelled in several ways; a validator refuses the rest and names the field.
"""

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from jobmatch.errors import InvalidInput
from jobmatch.model.kinds import EmploymentType, InteractionKind, Level, PayPeriod, Workplace
from jobmatch.model.text import storable

if TYPE_CHECKING:
    from attrs import Attribute

_Kind = TypeVar("_Kind", Workplace, Level, EmploymentType, InteractionKind)
#: The longest address that is taken, in characters.
MAX_ADDRESS = 2_000
_NO_ADDRESS = re.compile(r"[^!-~]|[\\\"<>`{}|^]")
#: A host's name as the DNS takes it, and what browsers take for a number at its end: then all of it is an IPv4 address.
_NAME = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
Validator = Callable[[Any, "Attribute[Any]", Any], None]


def named(instance: Any, attribute: "Attribute[Any]") -> str:
    """Return the dotted name under which a caller knows the field."""
    return f"{type(instance).__name__.removeprefix('Match').lower()}.{attribute.name}"


def text(value: str) -> str:
    """Strip *value*."""
    if not isinstance(value, str):
        raise InvalidInput("text", f"must be a text, not {type(value).__name__}")
    return storable(value).strip()


def text_or_none(value: str | None) -> str | None:
    """Strip *value*; an empty text is none at all."""
    return (storable(value).strip() or None) if value is not None else None


def code_or_none(value: str | None) -> str | None:
    """Like `text_or_none`, in upper case."""
    return (storable(value).strip().upper() or None) if value is not None else None


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


def interaction_kinds(value: str | Iterable[str] | None) -> tuple[InteractionKind, ...]:
    """One kind of interaction or several."""
    return kinds(value, InteractionKind)


def pay_period_or_none(value: str | None) -> PayPeriod | None:
    """A period of pay by name."""
    return None if value is None else PayPeriod(value)


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
    """Return *value* in UTC. A time without a zone is UTC; one at the edge of the calendar keeps its figures.

    Raises:
        TypeError: it is no datetime, but a text or a date, say.
    """
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"a time must be a datetime, not {type(value).__name__}")
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
        within(named(instance, attribute), value, low, high)

    return validate


def within(name: str, value: float | None, low: float, high: float) -> float | None:
    """Return *value* if it is from *low* to *high*, or None."""
    if value is not None and not low <= value <= high:
        raise InvalidInput(name, f"must be between {low:,} and {high:,}, not {value}")
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


def country(name: str, value: str | None) -> str | None:
    """Return *value* in upper case if it looks like an ISO 3166-1 alpha-2 code, or None."""
    code = code_or_none(value)
    if code is not None and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise InvalidInput(name, "must be a two-letter ISO 3166 code such as US or DE")
    return code


def country_codes(instance: Any, attribute: "Attribute[Any]", value: tuple[str, ...]) -> None:
    """Refuse codes that `country` would refuse."""
    for one in value:
        country(named(instance, attribute), one)


def web_address(instance: Any, attribute: "Attribute[Any]", value: str | None) -> None:
    """Refuse what is not an absolute ``http`` or ``https`` URL. It may hold a secret, so it is not repeated."""
    if value is not None and not (len(value) <= MAX_ADDRESS and _is_web_address(value)):
        raise InvalidInput(
            named(instance, attribute),
            f"must be a URL such as https://example.org/hook, of at most {MAX_ADDRESS:,} characters, without user,"
            " password and fragment; its host a name in ASCII (xn--… for others) without a dot at its end, or an"
            " address such as 192.0.2.1 or [2001:db8::1]",
        )


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme in {"http", "https"} and not _NO_ADDRESS.search(value) and "@" not in parts.netloc
    return plain and _is_host(parts.netloc) and port != 0 and not parts.fragment


def _is_host(netloc: str) -> bool:
    """Tell whether everybody understands the same by the host of a URL.

    An address has one spelling: what reads others, such as 127.1 or 0x7f000001, does not agree on what they mean.
    """
    bracketed = re.fullmatch(r"\[([0-9a-f:.]+)\](:[0-9]*)?", netloc, re.IGNORECASE)
    host = bracketed[1] if bracketed else re.sub(r":[0-9]*\Z", "", netloc)
    if not bracketed and not _NUMBER.fullmatch(host):
        return _NAME.fullmatch(host) is not None
    try:
        (IPv6Address if bracketed else IPv4Address)(host)
    except ValueError:
        return False
    return True


def currency_code(instance: Any, attribute: "Attribute[Any]", value: str | None) -> None:
    """Refuse what does not look like an ISO 4217 code."""
    if value is not None and not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise InvalidInput(named(instance, attribute), "must be a three-letter ISO 4217 code such as USD or EUR")
