"""Converters to words of the closed vocabularies."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from jobmatch.model.fields import texts, wrong
from jobmatch.model.kinds import EmploymentType, InteractionKind, Level, PayPeriod, Recall, Sort, Workplace

_Kind = TypeVar("_Kind", bound=StrEnum)


def kind(value: str, vocabulary: type[_Kind]) -> _Kind:
    """A member of a vocabulary, by name."""
    if not isinstance(value, str):
        raise wrong(value, f"one of {', '.join(vocabulary)}")
    return vocabulary(value)


def kinds(value: str | Iterable[str] | None, vocabulary: type[_Kind]) -> tuple[_Kind, ...]:
    """One member of a vocabulary or several, by name."""
    return tuple(vocabulary(name) for name in texts(value))


def workplaces(value: str | Iterable[str] | None) -> tuple[Workplace, ...]:
    """One workplace or several."""
    return kinds(value, Workplace)


def levels(value: str | Iterable[str] | None) -> tuple[Level, ...]:
    """One level or several."""
    return kinds(value, Level)


def employment_types(value: str | Iterable[str] | None) -> tuple[EmploymentType, ...]:
    """One kind of contract or several."""
    return kinds(value, EmploymentType)


def interaction_kind(value: str) -> InteractionKind:
    """A kind of interaction by name."""
    return kind(value, InteractionKind)


def interaction_kinds(value: str | Iterable[str] | None) -> tuple[InteractionKind, ...]:
    """One kind of interaction or several."""
    return kinds(value, InteractionKind)


def sort(value: str) -> Sort:
    """An order by name."""
    return kind(value, Sort)


def recall(value: str) -> Recall:
    """A recall by name."""
    return kind(value, Recall)


def pay_period(value: str) -> PayPeriod:
    """A period of pay by name."""
    return kind(value, PayPeriod)


def pay_period_or_none(value: str | None) -> PayPeriod | None:
    """A period of pay by name."""
    return None if value is None else kind(value, PayPeriod)


def workplace_or_none(value: str | None) -> Workplace | None:
    """A workplace by name."""
    return None if value is None else kind(value, Workplace)


def level_or_none(value: str | None) -> Level | None:
    """A level by name."""
    return None if value is None else kind(value, Level)


def employment_type_or_none(value: str | None) -> EmploymentType | None:
    """A kind of contract by name."""
    return None if value is None else kind(value, EmploymentType)
