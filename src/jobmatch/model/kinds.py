"""The closed vocabularies."""

from enum import StrEnum
from typing import Any

from jobmatch.errors import InvalidInput


class _Vocabulary(StrEnum):
    @classmethod
    def _missing_(cls, value: object) -> Any:
        allowed = ", ".join(member.value for member in cls)
        raise InvalidInput(cls.field(), f"must be one of {allowed}")

    @classmethod
    def field(cls) -> str:
        """Return the name of the field that holds this vocabulary."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")


class Workplace(_Vocabulary):
    """Where the work is done."""

    ONSITE = "onsite"
    HYBRID = "hybrid"
    REMOTE = "remote"


class EmploymentType(_Vocabulary):
    """The kind of contract."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    CONTRACT = "contract"
    TEMPORARY = "temporary"
    INTERNSHIP = "internship"


class Level(_Vocabulary):
    """The experience a posting asks for, in ascending order."""

    INTERN = "intern"
    ENTRY = "entry"
    MID = "mid"
    SENIOR = "senior"
    LEAD = "lead"
    EXECUTIVE = "executive"


class PayPeriod(_Vocabulary):
    """The time that an amount of pay is for."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Sort(_Vocabulary):
    """The order of an answer.

    ``recommended``: by score, near-duplicates and runs of one company moved down. ``score``: by score alone.
    ``date``: the best matches, newest first.
    """

    RECOMMENDED = "recommended"
    SCORE = "score"
    DATE = "date"
