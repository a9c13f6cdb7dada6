"""What callers without types may give: refused at once and in words, before it fails somewhere inside."""

from collections.abc import AsyncIterable, Iterable, Sequence
from typing import Any
from uuid import UUID

from jobmatch.caching import ResultCache
from jobmatch.errors import InvalidInput
from jobmatch.model import IndexStrategy, InteractionKind, Job, MatchRequest, TaskState
from jobmatch.model.fields import called, several, texts
from jobmatch.model.job import MAX_ID
from jobmatch.model.keys import check_owner
from jobmatch.model.policy import TaskPolicy
from jobmatch.model.task import uuid_or_none
from jobmatch.model.vocabularies import interaction_kind
from jobmatch.ports import JobIndex, TaskRunner, TaskStore
from jobmatch.settings import Settings

#: Jobs that one call can record something of.
MOST_RECORDED = 10_000
_REQUEST = "a MatchRequest, such as MatchRequest(profile=Profile(text=…))"
_JOB = "a Job; jobmatch.importing.jobs_from_records makes them of mappings"


def check(name: str, value: object, *, fits: bool, allowed: str) -> None:
    """Refuse a value that does not fit.

    Raises:
        InvalidInput: names it, what is allowed, and its type.
    """
    if not fits:
        raise InvalidInput(name, f"must be {allowed}, not {type(value).__name__}")


def check_parts(
    *, jobs: object, tasks: object, runner: object, embedder: object, cache: object, notifiers: Any, policy: object
) -> None:
    """Refuse what no engine can be made of."""
    check("jobs", jobs, fits=isinstance(jobs, JobIndex), allowed="a JobIndex")
    check("tasks", tasks, fits=isinstance(tasks, TaskStore), allowed="a TaskStore")
    check("runner", runner, fits=isinstance(runner, TaskRunner), allowed="a TaskRunner")
    check("embedder", embedder, fits=callable(getattr(embedder, "embed", None)), allowed="an Embedder")
    check("cache", cache, fits=cache is None or isinstance(cache, ResultCache), allowed="a ResultCache or None")
    check("policy", policy, fits=isinstance(policy, TaskPolicy), allowed="a TaskPolicy")
    sequence = isinstance(notifiers, Sequence) and not isinstance(notifiers, str)
    check("notifiers", notifiers, fits=sequence, allowed="a sequence of Notifiers")
    for notifier in notifiers:
        check("notifiers", notifier, fits=callable(notifier), allowed="Notifiers")


def settings_of(settings: Settings | None) -> Settings:
    """Return the settings that were given, or those of the environment."""
    check("settings", settings, fits=settings is None or isinstance(settings, Settings), allowed="Settings or None")
    return settings or Settings.load()


def check_request(request: object) -> None:
    """Refuse what is no request."""
    check("request", request, fits=isinstance(request, MatchRequest), allowed=_REQUEST)


def check_jobs(jobs: Any) -> Iterable[Job] | AsyncIterable[Job]:
    """Return *jobs* if they can be gone through."""
    if isinstance(jobs, AsyncIterable):
        return jobs
    return called("jobs", several)(jobs, "Jobs, one after the other")


def check_batch(batch: Sequence[object], before: int) -> None:
    """Refuse what is no posting.

    Arguments:
        batch: postings, or not.
        before: how many came before them.
    """
    for number, job in enumerate(batch, before):
        check(f"jobs[{number}]", job, fits=isinstance(job, Job), allowed=_JOB)


def check_progress(progress: object) -> None:
    """Refuse what cannot be told of progress."""
    check("progress", progress, fits=progress is None or callable(progress), allowed="a function or None")


def check_strategy(strategy: object) -> None:
    """Refuse what is no way of indexing vectors."""
    check("strategy", strategy, fits=isinstance(strategy, IndexStrategy), allowed="an IndexStrategy, such as Hnsw()")


def requests_of(requests: Iterable[MatchRequest]) -> Sequence[MatchRequest]:
    """Return several requests."""
    given = tuple(called("requests", several)(requests, "MatchRequests, one after the other"))
    for number, request in enumerate(given):
        check(f"requests[{number}]", request, fits=isinstance(request, MatchRequest), allowed=_REQUEST)
    return given


def task_id_of(task_id: str | UUID, owner: str | None) -> str:
    """Return the text of a task's id.

    Raises:
        InvalidInput: it is neither a text nor a UUID, or the owner is none.
    """
    check("task_id", task_id, fits=isinstance(task_id, (str, UUID)), allowed="a text or a UUID")
    check_owner(owner)
    return str(uuid_or_none(task_id) or task_id)


def job_ids_of(name: str, job_ids: str | Iterable[str]) -> Sequence[str]:
    """Return ids of postings, given as one text or several."""
    return called(name, texts)(job_ids)


def recorded_of(job_ids: str | Iterable[str]) -> Sequence[str]:
    """Return ids of postings that something can be recorded of at once.

    Raises:
        InvalidInput: they are too many, or one is longer than any posting's.
    """
    ids = job_ids_of("job_ids", job_ids)
    if len(ids) > MOST_RECORDED:
        raise InvalidInput("job_ids", f"must have at most {MOST_RECORDED:,} entries, not {len(ids):,}")
    if (longest := max(map(len, ids), default=0)) > MAX_ID:
        raise InvalidInput("job_ids", f"must have at most {MAX_ID:,} characters each, not {longest:,}")
    return ids


def kind_of(kind: InteractionKind | str) -> InteractionKind:
    """Return a kind of interaction by its name."""
    return called("kind", interaction_kind)(kind)


def state_of(state: TaskState | str | None) -> TaskState | None:
    """Return a state of tasks by its name."""
    try:
        return None if state is None else TaskState(state)
    except ValueError:
        raise InvalidInput("state", f"must be one of {', '.join(TaskState)}") from None
