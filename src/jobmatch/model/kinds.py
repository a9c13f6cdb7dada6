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
    ``date``: those that ``score`` puts into the same answer, newest first.
    """

    RECOMMENDED = "recommended"
    SCORE = "score"
    DATE = "date"


class Recall(_Vocabulary):
    """How many of the postings that are truly nearest an answer has to have.

    ``fast``: nine of ten on the average. ``balanced``: ninety-nine of a hundred. ``exact``: all, for certain.
    """

    FAST = "fast"
    BALANCED = "balanced"
    EXACT = "exact"

    @property
    def target(self) -> float:
        """The share, 0 to 1."""
        return {Recall.FAST: 0.9, Recall.BALANCED: 0.99, Recall.EXACT: 1.0}[self]


class Storage(_Vocabulary):
    """What an index holds of each vector.

    ``vector``: 4 bytes a dimension, at most 2,000 of them. ``halfvec``: 2 bytes, at most 4,000. ``bit``: the signs
    alone, at most 64,000; what it finds is compared once more with the vectors as they are stored.
    """

    VECTOR = "vector"
    HALFVEC = "halfvec"
    BIT = "bit"


class InteractionKind(_Vocabulary):
    """What somebody did with a posting."""

    APPLIED = "applied"
    DISMISSED = "dismissed"
    SAVED = "saved"
    VIEWED = "viewed"
