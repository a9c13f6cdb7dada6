"""JSON ⇄ model: the shapes that travel, and nothing else.

The same classes parse requests, write answers and make up the OpenAPI document. A null field is one that was not
given.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from jobmatch.adapters.asgi.narrowing import Conditions, FiltersBody, Request, Texts, given, given_filters
from jobmatch.errors import InvalidInput
from jobmatch.model import (
    MAX_RESULTS,
    Criterion,
    Diagnostics,
    EmploymentType,
    Filters,
    InteractionKind,
    Level,
    Match,
    MatchRequest,
    Page,
    Pay,
    PayPeriod,
    Place,
    Profile,
    Sort,
    Task,
    TaskError,
    TaskState,
    Weights,
    Workplace,
)

Limit = Annotated[int, Meta(ge=1, le=MAX_RESULTS)]
Offset = Annotated[int, Meta(ge=0, le=MAX_RESULTS)]
#: Of a posting. None has NUL in it, which would be left out.
Id = Annotated[str, Meta(pattern=r"^[^\x00]+$")]
#: Places that are written out; more of them are counted.
PLACES_SHOWN = 3


class ProfileBody(Request, frozen=True):
    """The candidate: the text of a résumé, and what is known besides."""

    text: str | None = None
    titles: Texts | None = None
    skills: Texts | None = None
    level: Level | None = None


class WeightsBody(Request, frozen=True):
    """How much each criterion counts, relative to the others."""

    semantic: float | None = None
    keywords: float | None = None
    skills: float | None = None
    title: float | None = None
    level: float | None = None
    recency: float | None = None


class MatchParameters(Conditions, frozen=True):
    """The flat parameters, those of the original endpoint among them, for the body or the query string."""

    keywords: Texts | None = None
    is_remote_only: bool | None = None
    min_score: float | None = None
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
    callback_url: str | None = None


class InteractionBody(Request, frozen=True):
    """What somebody did with one posting or several."""

    job_ids: Id | list[Id]
    kind: InteractionKind


class StatusParameters(Request, frozen=True):
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
    "salary_period": PayPeriod,
    "exclude_interactions": InteractionKind,
    "kind": InteractionKind,
    "sort": Sort,
    "sort_type": Sort,
    "format": ("document", "list"),
}
_PLAIN = ("keywords", "min_score", "limit", "offset", "sort", "callback_url")


def to_request(body: MatchBody, query: MatchParameters) -> MatchRequest:
    """Return what body and query string ask for together.

    Raises:
        InvalidInput: a value is not allowed, or given twice; the field is named as the client knows it.
    """
    asked = _once(given(body), given(query))
    filters = _once(given_filters(body.filters), _conditions(asked))
    with as_sent(body, query):
        return MatchRequest(
            profile=Profile(**given(body.profile)),
            filters=Filters(**filters),
            weights=Weights(**given(body.weights)),
            **_once(_pick(asked, *_PLAIN), _renamed(asked, "sort_type", "sort")),
        )


@contextmanager
def as_sent(body: MatchBody, query: MatchParameters) -> Iterator[None]:
    """Name the field that is wrong by the name under which the client sent it."""
    try:
        yield
    except InvalidInput as error:
        if type(error) is not InvalidInput:
            raise
        raise InvalidInput(_known_as(error.field, body, query), error.reason) from None


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
    return _pick(asked, *Conditions.__struct_fields__) | remote


def _known_as(field: str, body: MatchBody, query: MatchParameters) -> str:
    """Return the name under which the client gave a field of the model."""
    whole = field.removeprefix("request.")
    name = whole.removeprefix("filters.")
    if name == whole or name in given(body.filters):
        return whole
    alone = {"remote": "is_remote_only"}.get(name, name)
    return alone if alone in given(body) | given(query) or not body.filters else whole


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
