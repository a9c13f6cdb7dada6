"""JSON ⇄ model: the shapes that travel, and nothing else.

The same classes parse requests, write answers and make up the OpenAPI document. A null field is one that was not
given.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from jobmatch.errors import InvalidInput
from jobmatch.model import (
    MAX_RESULTS,
    Criterion,
    Diagnostics,
    EmploymentType,
    Filters,
    Level,
    Match,
    MatchRequest,
    Page,
    Pay,
    Place,
    Profile,
    Sort,
    Task,
    TaskError,
    TaskState,
    Weights,
    Workplace,
)

#: One text or several.
Texts = str | list[str]
Limit = Annotated[int, Meta(ge=1, le=MAX_RESULTS)]
Offset = Annotated[int, Meta(ge=0, le=MAX_RESULTS)]
#: Places that are written out; more of them are counted.
PLACES_SHOWN = 3


class _Request(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Anything that a client sends."""


class ProfileBody(_Request, frozen=True):
    """The candidate: the text of a résumé, and what is known besides."""

    text: str | None = None
    titles: Texts | None = None
    skills: Texts | None = None
    level: Level | None = None


class FiltersBody(_Request, frozen=True):
    """Hard conditions: a job that fails one is not in the answer."""

    country: Texts | None = None
    city: Texts | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    remote: bool | None = None
    workplace: Workplace | list[Workplace] | None = None
    experience: Level | list[Level] | None = None
    employment_type: EmploymentType | list[EmploymentType] | None = None
    salary_min: float | None = None
    posted_after: datetime | None = None
    companies: Texts | None = None
    exclude_companies: Texts | None = None
    skills: Texts | None = None
    keywords: Texts | None = None
    exclude_job_ids: Texts | None = None
    keep_unknown: bool | None = None


class WeightsBody(_Request, frozen=True):
    """How much each criterion counts, relative to the others."""

    semantic: float | None = None
    keywords: float | None = None
    skills: float | None = None
    title: float | None = None
    level: float | None = None
    recency: float | None = None


class MatchParameters(_Request, frozen=True):
    """The flat parameters of the original endpoint, for the body or the query string."""

    keywords: Texts | None = None
    country: Texts | None = None
    city: Texts | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    experience: Level | list[Level] | None = None
    is_remote_only: bool | None = None
    sort_type: Sort | None = None
    limit: Limit | None = None
    offset: Offset | None = None
    wait: bool | None = None


class MatchBody(MatchParameters, frozen=True):
    """What to match, against what."""

    profile: ProfileBody | None = None
    filters: FiltersBody | None = None
    weights: WeightsBody | None = None
    sort: Sort | None = None


class StatusParameters(_Request, frozen=True):
    """How to show a task."""

    limit: Limit | None = None
    cursor: str | None = None
    format: Literal["document", "list"] = "document"


#: Fields that hold one of the above, to look for unknown names in.
NESTED: dict[str, type[Struct]] = {"profile": ProfileBody, "filters": FiltersBody, "weights": WeightsBody}
#: Fields that hold words of a closed vocabulary.
VOCABULARIES = {
    "level": Level,
    "experience": Level,
    "workplace": Workplace,
    "employment_type": EmploymentType,
    "sort": Sort,
    "sort_type": Sort,
    "format": ("document", "list"),
}
#: Parameters that may be repeated, or hold several values with commas between them.
LISTS = frozenset({"keywords", "country", "city", "experience"})
_CONDITIONS = ("country", "city", "latitude", "longitude", "radius_km", "experience")


def given(part: Struct | None) -> dict[str, Any]:
    """Return the fields of *part* that the client has given."""
    names = part.__struct_fields__ if part else ()
    return {name: value for name in names if (value := getattr(part, name)) is not None}


def to_request(body: MatchBody, query: MatchParameters) -> MatchRequest:
    """Return what body and query string ask for together.

    Raises:
        InvalidInput: a value is not allowed, or given twice; the field is named as the client knows it.
    """
    asked = _once(given(body), given(query))
    filters = _once(given(body.filters), _conditions(asked))
    try:
        return MatchRequest(
            profile=Profile(**given(body.profile)),
            filters=Filters(**filters),
            weights=Weights(**given(body.weights)),
            **_once(_pick(asked, "keywords", "limit", "offset", "sort"), _renamed(asked, "sort_type", "sort")),
        )
    except InvalidInput as error:
        raise InvalidInput(_known_as(error.field, body), error.reason) from None


def _once(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    for name in one.keys() & other.keys():
        raise InvalidInput(name, "is given twice: leave one of them out")
    return one | other


def _pick(asked: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: asked[name] for name in names if name in asked}


def _renamed(asked: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new: asked[old]} if old in asked else {}


def _conditions(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the filters among the flat parameters. Not to want remote jobs only is no condition."""
    remote = {"remote": True} if asked.get("is_remote_only") else {}
    return _pick(asked, *_CONDITIONS) | remote


def _known_as(field: str, body: MatchBody) -> str:
    """Return the name under which the client gave a field of the model."""
    flat = field.removeprefix("request.")
    return flat if body.filters else flat.removeprefix("filters.")


class Accepted(Struct, frozen=True, kw_only=True):
    """A match that was started."""

    task_id: str
    status: TaskState
    created_at: datetime


class RankedJob(Struct, frozen=True, kw_only=True):
    """One job of the answer. ``place`` is for people, ``places`` for programs."""

    rank: int
    score: float
    id: str
    title: str
    company: str | None
    places: tuple[Place, ...]
    place: str
    workplace: Workplace | None
    employment_type: EmploymentType | None
    level: Level | None
    skills: tuple[str, ...]
    pay: Pay | None
    posted_at: datetime | None
    url: str | None
    explanation: tuple[Criterion, ...]


class TaskDocument(Struct, frozen=True, kw_only=True):
    """A task. ``error`` is there when it failed; ``total``, ``next_cursor`` and ``diagnostics`` when it completed."""

    task_id: str
    status: TaskState
    result: list[RankedJob] | None
    created_at: datetime
    updated_at: datetime
    error: TaskError | UnsetType = UNSET
    total: int | UnsetType = UNSET
    next_cursor: str | UnsetType | None = UNSET
    diagnostics: Diagnostics | UnsetType = UNSET


def accepted(task: Task) -> Accepted:
    """Return what is told of a task that was just started."""
    return Accepted(task_id=task.id, status=task.state, created_at=task.created_at)


def unfinished(task: Task) -> TaskDocument:
    """Return the document of a task that has no result, or none yet."""
    return TaskDocument(
        task_id=task.id,
        status=task.state,
        result=None,
        created_at=task.created_at,
        updated_at=task.updated_at,
        error=task.error or UNSET,
    )


def completed(task: Task, page: Page) -> TaskDocument:
    """Return the document of a completed task, with one page of its result."""
    return TaskDocument(
        task_id=task.id,
        status=task.state,
        result=ranked(page.matches),
        created_at=task.created_at,
        updated_at=task.updated_at,
        total=page.total,
        next_cursor=page.cursor,
        diagnostics=page.diagnostics,
    )


def ranked(matches: Iterable[Match]) -> list[RankedJob]:
    """Return the bare list of jobs, best first."""
    return [_ranked(match) for match in matches]


def _ranked(match: Match) -> RankedJob:
    job = match.job
    return RankedJob(
        rank=match.rank,
        score=match.score,
        id=job.id,
        title=job.title,
        company=job.company,
        places=job.places,
        place=_readable(job.places),
        workplace=job.workplace,
        employment_type=job.employment_type,
        level=job.level,
        skills=job.skills,
        pay=job.pay,
        posted_at=job.posted_at,
        url=job.url,
        explanation=match.explanation.criteria,
    )


def _readable(places: tuple[Place, ...]) -> str:
    names = [str(place) for place in places if str(place)]
    more = f" and {len(names) - PLACES_SHOWN} more" if len(names) > PLACES_SHOWN else ""
    return "; ".join(names[:PLACES_SHOWN]) + more
