"""What is asked: `Profile`, `Filters`, `Weights` and the `MatchRequest` they make up."""

from datetime import datetime

from attrs import astuple, field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model import fields
from jobmatch.model.kinds import EmploymentType, Level, Sort, Workplace

#: The most matches that one answer can hold, offset included.
MAX_RESULTS = 1_000
#: The longest résumé that is read, in characters.
MAX_PROFILE_TEXT = 200_000
_MANY = fields.at_most(10_000)
_SOME = fields.at_most(200)


@frozen(kw_only=True)
class Profile:
    """A candidate.

    Arguments:
        text: the résumé, plain text.
        titles: jobs held or wanted.
        skills: names of skills.
        level: experience.
        vector: an embedding of the résumé, shape (dimensions,), to be used instead of embedding the text.
    """

    text: str = field(default="", converter=fields.text, validator=fields.at_most(MAX_PROFILE_TEXT), repr=False)
    titles: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    skills: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    level: Level | None = field(default=None, converter=fields.level_or_none)
    vector: tuple[float, ...] | None = field(
        default=None, converter=fields.vector_or_none, validator=fields.all_finite, repr=False
    )

    def __bool__(self) -> bool:
        return bool(self.text or self.titles or self.skills or self.vector)


@frozen(kw_only=True)
class Filters:
    """Hard conditions: a job that fails one is not in the answer. Conditions add up; alternatives within one are "any
    of".

    Arguments:
        country: ISO 3166-1 alpha-2 codes; holds for remote jobs too.
        city: names of cities; a remote job passes wherever it is.
        latitude: degrees; with longitude and radius_km.
        longitude: degrees; with latitude and radius_km.
        radius_km: greatest distance from the point to one of the job's places, kilometres.
        remote: True for remote jobs only, False for all others.
        workplace: allowed workplaces.
        experience: allowed levels.
        employment_type: allowed kinds of contract.
        salary_min: least pay per full-time year, in the posting's own currency.
        posted_after: earliest time of posting.
        companies: only these companies.
        exclude_companies: none of these companies.
        skills: the posting names all of these.
        keywords: the text of the posting has all of these words or phrases, stemmed.
        exclude_job_ids: none of these jobs.
        keep_unknown: whether a posting that does not tell its level, contract, pay, workplace or date passes the
            condition on it. A posting that has expired never passes.
    """

    country: tuple[str, ...] = field(default=(), converter=fields.upper_texts, validator=[_SOME, fields.country_codes])
    city: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    latitude: float | None = field(default=None, validator=fields.between(-90, 90))
    longitude: float | None = field(default=None, validator=fields.between(-180, 180))
    radius_km: float | None = field(default=None, validator=fields.between(0, 30_000))
    remote: bool | None = field(default=None, validator=fields.flag)
    workplace: tuple[Workplace, ...] = field(default=(), converter=fields.workplaces)
    experience: tuple[Level, ...] = field(default=(), converter=fields.levels)
    employment_type: tuple[EmploymentType, ...] = field(default=(), converter=fields.employment_types)
    salary_min: float | None = field(default=None, validator=fields.between(0, 1e12))
    posted_after: datetime | None = field(default=None, converter=fields.utc)
    companies: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_MANY)
    exclude_companies: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_MANY)
    skills: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    keywords: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    exclude_job_ids: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_MANY)
    keep_unknown: bool = False

    def __attrs_post_init__(self) -> None:
        point = (self.latitude, self.longitude, self.radius_km)
        if any(v is None for v in point) and any(v is not None for v in point):
            raise InvalidInput("filters.radius_km", "goes with latitude and longitude: give all three or none")

    def __bool__(self) -> bool:
        return self != _NO_FILTERS


_NO_FILTERS = Filters()


@frozen(kw_only=True)
class Weights:
    """How much each criterion counts, relative to the others; all at least 0, one above.

    Arguments:
        semantic: nearness of meaning between profile and posting.
        keywords: share of the keywords in the posting, rare ones counting more.
        skills: share of the posting's skills in the profile.
        title: overlap of the profile's titles and the posting's.
        level: nearness of experience levels.
        recency: how new the posting is.
    """

    semantic: float = 0.60
    keywords: float = 0.20
    skills: float = 0.10
    title: float = 0.10
    level: float = 0.05
    recency: float = 0.05

    def __attrs_post_init__(self) -> None:
        values = astuple(self)
        if not all(0 <= v <= 1_000_000 for v in values) or not any(values):
            raise InvalidInput("weights", "must be numbers of at least 0, one of them above 0")


@frozen(kw_only=True)
class MatchRequest:
    """One question to the index.

    Arguments:
        profile: the candidate.
        filters: what a job must fulfil.
        weights: how much each criterion counts.
        keywords: words or phrases that should count, beyond the profile.
        sort: order of the answer.
        limit: number of matches wanted, 1 to 1,000 with offset.
        offset: number of best matches to leave out.
    """

    profile: Profile = Profile()
    filters: Filters = _NO_FILTERS
    weights: Weights = Weights()
    keywords: tuple[str, ...] = field(default=(), converter=fields.texts, validator=fields.at_most(50))
    sort: Sort = field(default=Sort.RECOMMENDED, converter=Sort)
    limit: int = field(default=25, validator=[fields.whole, fields.between(1, MAX_RESULTS)])
    offset: int = field(default=0, validator=[fields.whole, fields.between(0, MAX_RESULTS)])

    def __attrs_post_init__(self) -> None:
        if self.limit + self.offset > MAX_RESULTS:
            raise InvalidInput("request.limit", f"with offset must be at most {MAX_RESULTS:,}")
        if not (self.profile or self.keywords):
            raise InvalidInput("request.profile", "is empty: give a résumé text, titles, skills or keywords")
