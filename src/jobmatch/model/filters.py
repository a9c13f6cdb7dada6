"""What must be: `Filters`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model import fields, metadata, vocabularies
from jobmatch.model.job import PERIODS_PER_YEAR
from jobmatch.model.kinds import EmploymentType, InteractionKind, Level, PayPeriod, Workplace
from jobmatch.model.metadata import MetadataCondition
from jobmatch.model.text import fold

_MANY = fields.at_most(10_000)
_SOME = fields.at_most(200)
#: The longest that days are counted back.
_MOST_DAYS = 36_500


def _unknown_policy(value: bool | str | Iterable[str]) -> bool | tuple[str, ...]:
    return value if isinstance(value, bool) else tuple(sorted(fields.texts(value))) or False


def _conditions(value: Mapping[str, Any] | Iterable[MetadataCondition] | None) -> tuple[MetadataCondition, ...]:
    if value is None or isinstance(value, Mapping):
        for name in value or ():
            if not isinstance(name, str):
                raise fields.wrong(name, "conditions by name, the names texts")
        return metadata.conditions(value)
    given = tuple(fields.several(value, "conditions by name"))
    for one in given:
        if not isinstance(one, MetadataCondition):
            raise fields.wrong(one, "conditions by name")
    return given


@frozen(kw_only=True, field_transformer=fields.naming("filters"))
class Filters:
    """Hard conditions: a job that fails one is not in the answer. Conditions add up; alternatives within one are "any
    of".

    Arguments:
        country: ISO 3166-1 alpha-2 codes; holds for remote jobs too. Of several places of a posting one may be in a
            country that is asked for, and another in a city.
        region: names of states, provinces and the like; a remote job passes wherever it is.
        city: names of cities, as postings write them; a remote job passes wherever it is.
        latitude: degrees; with longitude and radius_km.
        longitude: degrees; with latitude and radius_km.
        radius_km: greatest distance from the point to one of the job's places, kilometres.
        remote: True for remote jobs only, False for all others.
        workplace: allowed workplaces.
        experience: allowed levels.
        employment_type: allowed kinds of contract.
        salary_min: least pay, compared with the highest amount that a posting names, both for a full-time year.
        salary_currency: ISO 4217 code; postings that pay in another currency fail. Without it amounts are compared
            whatever their currency. Nothing is converted.
        salary_period: the time that salary_min is for; a year by default.
        posted_after: earliest time of posting.
        max_age_days: most days since the posting.
        companies: only these companies.
        exclude_companies: none of these companies.
        industries: only these industries.
        language: ISO 639-1 codes, or well-known names such as English; the posting is written in one of them.
            Norwegian, ``no``, is Bokmål, ``nb``, and Nynorsk, ``nn``, as well.
        skills: the posting names all of these.
        skills_any: the posting names at least one of these.
        keywords: the text of the posting has all of these words or phrases, stemmed; an index refuses what has none but
            function words, such as ``the``.
        exclude_keywords: the text of the posting has none of these.
        metadata: conditions on the posting's metadata, by name: a value, a list of values, or a mapping with ``eq``,
            ``in``, ``min``, ``max`` or ``exists``, all of which hold. The setup must allow the name.
        exclude_job_ids: none of these jobs.
        exclude_interactions: none that the owner of the request has had to do with in one of these ways.
        cool_down_days: days after which exclude_interactions forgets.
        keep_unknown: whether a posting passes a condition on something that it does not tell: True, or the names of the
            conditions for which it does. Those are `Filters.CAN_BE_UNKNOWN`. An expired posting never passes.
    """

    #: The conditions that keep_unknown is about.
    CAN_BE_UNKNOWN: ClassVar[tuple[str, ...]] = (
        "remote",
        "workplace",
        "experience",
        "employment_type",
        "salary_min",
        "posted_after",
        "max_age_days",
        "industries",
        "language",
    )

    country: tuple[str, ...] = field(default=(), converter=fields.countries, validator=[_SOME, fields.country_codes])
    region: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    city: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    latitude: float | None = field(default=None, converter=fields.number_or_none, validator=fields.between(-90, 90))
    longitude: float | None = field(default=None, converter=fields.number_or_none, validator=fields.between(-180, 180))
    radius_km: float | None = field(default=None, converter=fields.number_or_none, validator=fields.between(0, 30_000))
    remote: bool | None = field(default=None, validator=fields.flag)
    workplace: tuple[Workplace, ...] = field(default=(), converter=vocabularies.workplaces)
    experience: tuple[Level, ...] = field(default=(), converter=vocabularies.levels)
    employment_type: tuple[EmploymentType, ...] = field(default=(), converter=vocabularies.employment_types)
    salary_min: float | None = field(default=None, converter=fields.number_or_none, validator=fields.between(0, 1e12))
    salary_currency: str | None = field(default=None, converter=fields.code_or_none, validator=fields.currency_code)
    salary_period: PayPeriod | None = field(default=None, converter=vocabularies.pay_period_or_none)
    posted_after: datetime | None = field(default=None, converter=fields.utc)
    max_age_days: float | None = field(
        default=None, converter=fields.number_or_none, validator=fields.between(0, _MOST_DAYS)
    )
    companies: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_MANY)
    exclude_companies: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_MANY)
    industries: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    language: tuple[str, ...] = field(default=(), converter=fields.languages, validator=_SOME)
    skills: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    skills_any: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    keywords: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    exclude_keywords: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    metadata: tuple[MetadataCondition, ...] = field(default=(), converter=_conditions, validator=metadata.at_most)
    exclude_job_ids: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_MANY)
    exclude_interactions: tuple[InteractionKind, ...] = field(default=(), converter=vocabularies.interaction_kinds)
    cool_down_days: float | None = field(
        default=None, converter=fields.number_or_none, validator=fields.between(0, _MOST_DAYS)
    )
    keep_unknown: bool | tuple[str, ...] = field(default=False, converter=_unknown_policy)

    def __attrs_post_init__(self) -> None:
        point = (self.latitude, self.longitude, self.radius_km)
        if any(v is None for v in point) and any(v is not None for v in point):
            raise InvalidInput("filters.radius_km", "goes with latitude and longitude: give all three or none")
        self._check_dependent()
        for name in () if isinstance(self.keep_unknown, bool) else self.keep_unknown:
            if name not in self.CAN_BE_UNKNOWN:
                raise InvalidInput("filters.keep_unknown", f"must name some of {', '.join(self.CAN_BE_UNKNOWN)}")

    def _check_dependent(self) -> None:
        if self.salary_min is None and (self.salary_currency or self.salary_period):
            name = "salary_currency" if self.salary_currency else "salary_period"
            raise InvalidInput(f"filters.{name}", "goes with salary_min")
        if self.cool_down_days is not None and not self.exclude_interactions:
            raise InvalidInput("filters.cool_down_days", "goes with exclude_interactions")

    def __bool__(self) -> bool:
        return self != NO_FILTERS

    def keeps_unknown(self, condition: str) -> bool:
        """Whether a posting passes a condition on something that it does not tell."""
        return self.keep_unknown if isinstance(self.keep_unknown, bool) else condition in self.keep_unknown

    @property
    def yearly_salary_min(self) -> float | None:
        """Least pay for a full-time year."""
        if self.salary_min is None:
            return None
        return self.salary_min * PERIODS_PER_YEAR[self.salary_period or PayPeriod.YEAR]

    @property
    def contradictory(self) -> bool:
        """Whether no posting at all can pass."""
        return (
            self._no_company
            or self._no_workplace
            or not set(self.keywords).isdisjoint(self.exclude_keywords)
            or metadata.contradictory(self.metadata)
        )

    @property
    def _no_company(self) -> bool:
        if not (self.companies and self.exclude_companies):
            return False
        return {fold(name) for name in self.exclude_companies}.issuperset(map(fold, self.companies))

    @property
    def _no_workplace(self) -> bool:
        if (
            self.remote is None
            or not self.workplace
            or (self.keeps_unknown("remote") and self.keeps_unknown("workplace"))
        ):
            return False
        return not any((workplace is Workplace.REMOTE) == self.remote for workplace in self.workplace)


NO_FILTERS = Filters()
