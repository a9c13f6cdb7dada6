"""What goes wrong is told, and tells nothing of a résumé."""

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import stamina
from dogpile.cache import make_region

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.caching import ResultCache
from jobmatch.engine import MatchEngine, work
from jobmatch.errors import (
    DatabaseUnavailable,
    EmbedderUnavailable,
    InvalidInput,
    InvalidSettings,
    Overloaded,
    TaskFailed,
    TimedOut,
)
from jobmatch.model import Claim, Job, MatchRequest, Plan, Profile, Result, Task, TaskError, TaskState
from jobmatch.model.policy import TaskPolicy
from jobmatch.model.task import WORKER_LOST
from jobmatch.ports import SearchQuery, SearchResult
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

Make = Callable[..., MatchEngine]
MARKER = "Xanthippe-Zebrowski"
ATTEMPTS = 5
HASTY = TaskPolicy(attempts=ATTEMPTS, backoff=0.01, poll=0.02)
PRIVATE = MatchRequest(profile=Profile(text=f"I am {MARKER} and I weld", skills=("welding",)), keywords=("weld",))


@pytest.fixture(autouse=True)
def _no_waiting_between_attempts() -> Iterator[None]:
    stamina.set_testing(True, attempts=ATTEMPTS, cap=True)
    yield
    stamina.set_testing(False)


class MoodyEmbedder(HashingEmbedder):
    """Raises the given errors, one a call, and then works."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors, self.calls = list(errors), 0

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return await super().embed(texts)


class MoodyIndex(MemoryJobIndex):
    """Raises the given errors, one a search, and then works."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def search(self, query: SearchQuery, plan: Plan) -> SearchResult:
        if self.errors:
            raise self.errors.pop(0)
        return await super().search(query, plan)


class TalkativeEmbedder(HashingEmbedder):
    """Fails, and quotes what it was given."""

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        try:
            raise KeyError(str(texts))
        except KeyError as error:
            raise ValueError(f"cannot embed {texts}") from error


async def end_of(engine: MatchEngine, request: MatchRequest = PRIVATE) -> Task:
    """Submit, and return the task as it ended."""
    task = await engine.submit(request, owner="ada")
    return await engine.wait(task.id, owner="ada", timeout=60)


async def test_a_transient_error_is_retried(make_engine: Make) -> None:
    embedder = MoodyEmbedder(EmbedderUnavailable("busy"), EmbedderUnavailable("busy"))
    index = MoodyIndex(DatabaseUnavailable("restarting"))
    async with make_engine(embedder=embedder, jobs=index, policy=HASTY) as engine:
        task = await end_of(engine)
    assert (task.state, task.attempts, embedder.calls, task.error) == (TaskState.COMPLETED, 4, 4, None)


async def test_what_stays_unavailable_fails_the_task(make_engine: Make, caplog: pytest.LogCaptureFixture) -> None:
    index = MoodyIndex(*[DatabaseUnavailable("db.internal:5432 does not answer")] * ATTEMPTS)
    async with make_engine(jobs=index, policy=HASTY) as engine:
        task = await end_of(engine)
        with pytest.raises(TaskFailed, match="database cannot be reached"):
            await engine.results(task.id, owner="ada")
    assert (task.state, task.attempts) == (TaskState.FAILED, ATTEMPTS)
    assert task.error is not None
    assert task.error.code == "database_unavailable"
    assert "db.internal" not in task.error.message
    assert f"task {task.id}: DatabaseUnavailable: db.internal:5432 does not answer" in caplog.text
    assert index.errors == []


async def test_what_is_wrong_with_the_request_is_told_and_not_tried_again(make_engine: Make) -> None:
    error = InvalidInput("profile.text", "is odd")
    async with make_engine(embedder=MoodyEmbedder(error), policy=HASTY) as engine:
        task = await end_of(engine)
    assert task.error == TaskError(code="invalid_input", message="profile.text: is odd")
    assert task.attempts == 1


async def test_what_is_wrong_with_our_settings_is_for_the_log_alone(
    make_engine: Make, caplog: pytest.LogCaptureFixture
) -> None:
    error = InvalidSettings("JOBMATCH_EMBEDDER_KEY", "http://10.0.0.5/v1/embeddings refuses it (401)")
    async with make_engine(embedder=MoodyEmbedder(error)) as engine:
        task = await end_of(engine)
    told = "An environment variable has a value that is not allowed."
    assert task.error == TaskError(code="invalid_settings", message=told)
    assert f"task {task.id}: InvalidSettings: {error}" in caplog.text


@pytest.mark.parametrize(
    "error", [TimedOut("slow"), Overloaded("full"), EmbedderUnavailable("429"), DatabaseUnavailable("40001")]
)
async def test_what_may_pass_is_tried_again(make_engine: Make, error: Exception) -> None:
    async with make_engine(jobs=MoodyIndex(error), policy=HASTY) as engine:
        task = await end_of(engine)
    assert (task.state, task.attempts) == (TaskState.COMPLETED, 2)


async def test_a_task_that_waits_for_its_next_attempt_and_is_retried_does_not_wait(make_engine: Make) -> None:
    index = MoodyIndex(DatabaseUnavailable("away"))
    async with make_engine(jobs=index, policy=TaskPolicy(backoff=3_600)) as engine:
        task = await engine.submit(PRIVATE, owner="ada")
        async with aclosing(engine.events(task.id, owner="ada")) as events:
            async for event in events:
                if event.not_before:
                    break
        await engine.cancel(task.id, owner="ada")
        await engine.retry(task.id, owner="ada")
        assert (await engine.wait(task.id, owner="ada", timeout=60)).state is TaskState.COMPLETED


async def test_between_attempts_a_task_is_pending_and_says_why(make_engine: Make) -> None:
    store = MemoryTaskStore()
    patient = TaskPolicy(backoff=60)
    async with make_engine(jobs=MoodyIndex(DatabaseUnavailable("away")), tasks=store, policy=patient) as engine:
        task = await engine.submit(PRIVATE, owner="ada")
        async with aclosing(engine.events(task.id, owner="ada")) as events:
            async for event in events:
                if event.not_before:
                    break
    assert (event.state, event.attempts) == (TaskState.PENDING, 1)
    assert event.error is not None
    assert event.error.code == "database_unavailable"


class SleepyEmbedder(HashingEmbedder):
    """Never answers."""

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        await anyio.sleep_forever()
        raise AssertionError


async def test_an_attempt_has_a_time_limit_whatever_signs_of_life_it_gives(make_engine: Make) -> None:
    policy = TaskPolicy(timeout=0.05, attempts=2, backoff=0.01, poll=0.02, beats=6_000)
    async with make_engine(embedder=SleepyEmbedder(), policy=policy) as engine:
        task = await end_of(engine)
    assert (task.state, task.attempts) == (TaskState.FAILED, 2)
    assert task.error == TaskError(code="timed_out", message="an attempt took longer than the 0.05 s that it may take")


@pytest.mark.parametrize("error", [ValueError(MARKER), RuntimeError(MARKER), KeyError(MARKER)])
async def test_unexpected_errors_are_internal(make_engine: Make, error: Exception) -> None:
    async with make_engine(jobs=MoodyIndex(error)) as engine:
        task = await end_of(engine)
    assert task.error is not None
    assert task.error.code == "internal"
    assert "log" in task.error.message


async def test_a_profile_without_meaning_fails_with_advice(make_engine: Make) -> None:
    async with make_engine() as engine:
        task = await end_of(engine, MatchRequest(profile=Profile(text="… — !!")))
    assert task.error is not None
    assert task.error.code == "invalid_input"
    assert "give more text" in task.error.message


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Return all that was logged, with everything that a handler could print of it."""
    return caplog.text + "".join(str(vars(record)) + record.getMessage() for record in caplog.records)


async def test_a_quoted_resume_reaches_no_log_and_no_error(make_engine: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with make_engine(embedder=TalkativeEmbedder()) as engine:
        task = await end_of(engine)
    assert task.state is TaskState.FAILED
    assert MARKER not in repr(task)
    assert MARKER not in told(caplog)
    assert task.id in caplog.text
    assert "ValueError" in caplog.text


async def test_retries_log_no_resume(make_engine: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with make_engine(embedder=MoodyEmbedder(EmbedderUnavailable("busy")), policy=HASTY) as engine:
        await end_of(engine)
    assert MARKER not in told(caplog)


async def test_a_good_run_tells_no_resume_either(
    make_engine: Make, caplog: pytest.LogCaptureFixture, postings: list[Job]
) -> None:
    caplog.set_level(logging.DEBUG)
    entries: dict[str, Any] = {}
    region = make_region().configure("dogpile.cache.memory", arguments={"cache_dict": entries})
    async with make_engine(cache=ResultCache(region)) as engine:
        await engine.import_jobs(postings)
        task = await end_of(engine)
        page = await engine.results(task.id, owner="ada")
    assert len(entries) == 1
    assert MARKER not in str(entries)
    assert MARKER not in told(caplog) + repr(page) + repr(PRIVATE)


class ForgetfulStore(MemoryTaskStore):
    """Cannot write a result."""

    def __init__(self) -> None:
        super().__init__()
        self.refused, self.twice = Counter[str](), anyio.Event()

    async def finish(self, claim: Claim, result: Result) -> bool:
        self.refused[claim.task_id] += 1
        if [count > ATTEMPTS + 1 for count in self.refused.values()] == [True] * 2:
            self.twice.set()
        raise DatabaseUnavailable("the disk is full")


async def test_a_store_that_fails_is_logged_and_stops_nothing(
    make_engine: Make, caplog: pytest.LogCaptureFixture
) -> None:
    store = ForgetfulStore()
    async with make_engine(tasks=store, runner=LocalTaskRunner(grace=0), policy=HASTY) as engine:
        first = await engine.submit(PRIVATE, owner="ada")
        second = await engine.submit(PRIVATE, owner="ada")
        with anyio.fail_after(60):
            await store.twice.wait()
        assert (await engine.status(second.id, owner="ada")).state is TaskState.PROCESSING
    for task in (first, second):
        assert f"task {task.id}: DatabaseUnavailable: the disk is full" in caplog.text


class StartledStore(MemoryTaskStore):
    """Fails whoever looks for tasks that were left behind, the first time."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.errors = [error]

    async def due(self, *, limit: int, idle: float = 0.0, scope: str = "") -> Sequence[str]:
        if self.errors:
            raise self.errors.pop()
        return await super().due(limit=limit, idle=idle, scope=scope)


@pytest.mark.parametrize("error", [DatabaseUnavailable("it is away"), RuntimeError("odd")])
async def test_what_keeps_tasks_going_is_kept_going_itself(
    make_engine: Make, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    store = StartledStore(error)
    left = await store.create(PRIVATE, owner="ada")
    async with make_engine(tasks=store, policy=HASTY) as engine:
        await engine.wait(left.id, owner="ada", timeout=60)
    assert "tasks are not looked after now" in caplog.text
    assert str(error) in caplog.text


class AwayStore(MemoryTaskStore):
    """Is away for whoever looks for tasks, until each chore has failed a few times."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = Counter[str]()

    def look(self, chore: str) -> None:
        self.looks[chore] += 1
        if min(self.looks["due"], self.looks["lost"]) < 5:
            raise DatabaseUnavailable("it is away")

    async def due(self, *, limit: int, idle: float = 0.0, scope: str = "") -> Sequence[str]:
        self.look("due")
        return await super().due(limit=limit, idle=idle, scope=scope)

    async def lost(self, *, limit: int, scope: str = "") -> Sequence[str]:
        self.look("lost")
        return await super().lost(limit=limit, scope=scope)


async def test_an_outage_is_said_once_and_its_end_as_well(make_engine: Make, caplog: pytest.LogCaptureFixture) -> None:
    store = AwayStore()
    left = await store.create(PRIVATE, owner="ada")
    async with make_engine(tasks=store, policy=HASTY) as engine:
        await engine.wait(left.id, owner="ada", timeout=60)
    said = [record.getMessage() for record in caplog.records if "looked after" in record.getMessage()]
    assert said == [
        "tasks are not looked after now: DatabaseUnavailable: it is away",
        "tasks are looked after again: no DatabaseUnavailable any more",
    ]


class LossyStore(MemoryTaskStore):
    """Loses the answers to the first writes."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self.losses = losses

    async def finish(self, claim: Claim, result: Result) -> bool:
        return self._lose(await super().finish(claim, result))

    async def fail(self, claim: Claim, error: TaskError, *, retry_in: float | None = None) -> bool:
        return self._lose(await super().fail(claim, error, retry_in=retry_in))

    def _lose(self, answer: bool) -> bool:
        self.losses -= 1
        if self.losses >= 0:
            raise DatabaseUnavailable("the connection was lost")
        return answer


@pytest.mark.parametrize("lost", [1, 3])
@pytest.mark.parametrize("error", [None, InvalidInput("profile", "odd")])
async def test_an_end_is_known_though_the_answer_of_the_store_was_lost(
    make_engine: Make, caplog: pytest.LogCaptureFixture, lost: int, error: Exception | None
) -> None:
    listener, embedder = Listener(), MoodyEmbedder(*[error] if error else [])
    with caplog.at_level(logging.INFO, "jobmatch.tasks"):
        async with make_engine(tasks=LossyStore(lost), embedder=embedder, notifiers=[listener]) as engine:
            task = await end_of(engine)
    assert task.state is (TaskState.FAILED if error else TaskState.COMPLETED)
    assert listener.heard == [task]
    assert f"task {task.id} {task.state}, the answer of the store was lost" in caplog.text


async def test_errors_of_match_come_through_as_they_are(make_engine: Make) -> None:
    error = DatabaseUnavailable("gone")
    async with make_engine(jobs=MoodyIndex(error)) as engine:
        with pytest.raises(DatabaseUnavailable) as caught:
            await engine.match(PRIVATE)
    assert caught.value is error


class Listener:
    """Keeps the tasks that it is told of."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[Task] = []
        self.error = error

    async def __call__(self, task: Task) -> None:
        self.heard.append(task)
        if self.error:
            raise self.error


async def test_notifiers_hear_of_each_final_task_once(make_engine: Make) -> None:
    listener = Listener()
    async with make_engine(embedder=MoodyEmbedder(ValueError()), notifiers=[listener]) as engine:
        failed = await end_of(engine)
        completed = await end_of(engine)
        await engine.run(completed.id)
    # Each once, in any order: who waits hears of an end before the notifiers do.
    assert sorted(listener.heard, key=lambda task: task.id) == sorted([failed, completed], key=lambda task: task.id)
    assert (failed.state, completed.state) == (TaskState.FAILED, TaskState.COMPLETED)


async def test_a_failing_notifier_harms_nobody(make_engine: Make, caplog: pytest.LogCaptureFixture) -> None:
    broken, listener = Listener(RuntimeError(MARKER)), Listener()
    async with make_engine(notifiers=[broken, listener]) as engine:
        task = await end_of(engine)
    assert task.state is TaskState.COMPLETED
    assert broken.heard == listener.heard == [task]
    assert MARKER not in told(caplog)


class Hanging(Listener):
    """Never comes to an end."""

    async def __call__(self, task: Task) -> None:
        await super().__call__(task)
        await anyio.sleep_forever()


async def test_a_notifier_that_hangs_does_not_keep_others_waiting(
    make_engine: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "TELLING", 0.05)
    hanging, listener = Hanging(), Listener()
    async with make_engine(notifiers=[hanging, listener], runner=LocalTaskRunner(concurrency=1)) as engine:
        first, second = await end_of(engine), await end_of(engine)
    assert hanging.heard == listener.heard == [first, second]
    assert f"task {first.id}: TimeoutError" in caplog.text


async def test_who_comes_too_late_does_not_tell_of_an_end_that_another_wrote(make_engine: Make) -> None:
    store, listener = LossyStore(0), Listener()
    slow = Slow(store)
    async with make_engine(tasks=store, embedder=slow, notifiers=[listener]) as engine:
        task = await end_of(engine)
    assert task.error == WORKER_LOST
    assert listener.heard == []


class Slow(HashingEmbedder):
    """While it works, its task ends: another process found that its worker was lost once too often."""

    def __init__(self, store: "LossyStore") -> None:
        super().__init__()
        self._store = store

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        [(task_id, row)] = self._store._rows.items()
        row.lease_until = row.task.created_at
        await self._store.claim(task_id, lease=60, attempts=1)
        self._store.losses = 1
        return await super().embed(texts)


@pytest.mark.parametrize("age", [math.nan, math.inf, -1.0, 1e300])
async def test_an_age_that_is_none_is_refused(make_engine: Make, age: float) -> None:
    async with make_engine() as engine:
        with pytest.raises(InvalidInput, match="age: must be between 0 and"):
            await engine.purge(age=age)
