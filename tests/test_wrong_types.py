"""Everything public, given what it cannot take: it is refused in words, and what is accepted works."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
import msgspec
import numpy as np
import pytest

import jobmatch
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import MatchEngine, VectorIndex
from jobmatch.errors import InvalidInput, JobmatchError
from jobmatch.importing import jobs_from_records
from jobmatch.importing.mapping import NAMES
from jobmatch.model import Filters, Job, MatchRequest, Pay, Place, Profile, Weights
from jobmatch.model.keywords import unsearchable
from jobmatch.settings import Settings
from jobmatch.sync import SyncMatchEngine
from jobmatch.testing import HashingEmbedder


def odd() -> Iterator[Any]:
    """Yield one of every kind that somebody may have at hand, and some that nobody should."""
    yield from (None, True, 0, 5, -1, 2**70, 1.5, float("nan"), float("inf"), Decimal("1.5"), 1j)
    yield from ("", "x", "5", "\x00", "\ud800", "2026-01-01", "US", b"x", bytearray(b"x"))
    yield from ([], ["x"], [None], [5], [["x"]], (), ("x", 5), {}, {"x": 1}, {5: 5}, {"x"}, frozenset({1}), range(3))
    yield from (iter(["x"]), (n for n in [object()]), map(str, range(2)), datetime(2026, 1, 1), date(2026, 1, 1))
    yield from (
        np.float32(1),
        np.float64(1),
        np.int64(1),
        np.str_("x"),
        np.array([1.0, 2.0]),
        np.ones((2, 2)),
        np.array(1.0),
        UUID(int=1),
    )
    yield from (object(), object, len, lambda: None, Ellipsis, NotImplemented, ValueError("x"))
    yield from (Job(id="x", title="x"), Place(city="Bonn"), Pay(minimum=1), Profile(text="x"), Filters(country="US"))


def scalars() -> Iterator[Any]:
    """Yield all but arrays, which compare themselves with every word of a vocabulary before anybody can object."""
    return (value for value in odd() if not isinstance(value, np.ndarray))


#: What a value needs at least, so that one field at a time can be wrong.
NEEDED: dict[type, dict[str, Any]] = {Job: {"id": "j", "title": "Welder"}, MatchRequest: {"keywords": ("x",)}}
VALUES: tuple[Any, ...] = (Job, Place, Pay, Profile, Filters, Weights, MatchRequest)


def made(kind: Any, name: str) -> Iterator[Any]:
    """Yield what comes of every odd value for one field, where anything does; else the field is named."""
    owner = kind.__name__.removeprefix("Match").lower()
    for value in odd():
        try:
            yield kind(**(NEEDED.get(kind, {}) | {name: value}))
        except InvalidInput as error:
            if error.field.split(".")[0] != owner:
                pytest.fail(f"{name}={value!r}: {error}")


def fields_of(*kinds: Any) -> list[tuple[Any, str]]:
    return [(kind, field.name) for kind in kinds for field in attrs.fields(kind)]


@pytest.mark.parametrize(("kind", "name"), fields_of(*VALUES))
def test_a_value_is_refused_or_can_be_stored_and_read(kind: Any, name: str) -> None:
    for value in made(kind, name):
        stored = value.summary() if kind is Job else value
        assert msgspec.json.decode(msgspec.json.encode(stored), type=type(stored)) == stored
        assert isinstance(hash(stored), int)
        if kind is Job and name != "vector":
            assert value.fingerprint()


@pytest.mark.parametrize("operator", ["eq", "in", "min", "max", "exists", None])
async def test_a_condition_on_metadata_is_refused_or_can_be_stored_and_asked(operator: str | None) -> None:
    async with engine() as opened:
        await opened.import_jobs([Job(id="j", title="x", metadata={"x": number}) for number in (1, "a")])
        for value in odd():
            with suppress(InvalidInput):
                filters = Filters(metadata={"x": value if operator is None else {operator: value}})
                assert msgspec.json.decode(msgspec.json.encode(filters), type=Filters) == filters
                await opened.match(MatchRequest(keywords="x", filters=filters))


@pytest.mark.parametrize("kind", [jobmatch.Hnsw, jobmatch.IvfFlat])
def test_a_strategy_is_refused_or_can_be_described(kind: Any) -> None:
    for _, name in fields_of(kind):
        for value in scalars():
            with suppress(InvalidInput):
                assert kind(**{name: value}).describe()


@pytest.mark.parametrize("name", ["EmploymentType", "InteractionKind", "Level", "PayPeriod", "Sort", "Workplace"])
def test_what_is_no_word_of_a_vocabulary_is_told_those_that_are(name: str) -> None:
    for value in scalars():
        with pytest.raises(InvalidInput, match="must be one of"):
            getattr(jobmatch, name)(value)


def engine() -> MatchEngine:
    return MatchEngine(
        jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(grace=0), embedder=HashingEmbedder()
    )


async def test_what_is_accepted_can_be_imported_and_searched() -> None:
    postings = [
        attrs.evolve(job, id=f"{name}-{number}")
        for kind, name in fields_of(Job)
        if name != "vector"
        for number, job in enumerate(made(kind, name))
    ]
    places = [place for kind, name in fields_of(Place) for place in made(kind, name)]
    paid = [pay for kind, name in fields_of(Pay) for pay in made(kind, name)]
    postings += [Job(id=f"place {number}", title="x", places=[place]) for number, place in enumerate(places)]
    postings += [Job(id=f"pay {number}", title="x", pay=pay) for number, pay in enumerate(paid)]
    async with engine() as opened:
        assert (await opened.import_jobs(postings)).added == len(postings)
        for kind, name in fields_of(Filters):
            for filters in made(kind, name):
                request = MatchRequest(keywords="x", filters=filters)
                if unsearchable((*filters.keywords, *filters.exclude_keywords)):
                    with pytest.raises(InvalidInput, match="has no word that can be looked for"):
                        await opened.match(request)
                    continue
                page = await opened.match(request, owner="ada")
                assert page.total <= len(postings)


#: What the methods of an engine take, all of it right.
RIGHT: dict[str, Any] = {
    "jobs": (Job(id="j", title="Welder"),),
    "job_ids": "j",
    "ids": ["j"],
    "kind": "saved",
    "owner": "ada",
    "request": MatchRequest(keywords="x"),
    "task_id": str(UUID(int=7)),
    "timeout": 0,
    "strategy": jobmatch.Hnsw(),
}


def parameters_of(kind: type) -> list[tuple[str, str]]:
    """Return the parameters of all methods but the one that is for runners, and never raises."""
    return [
        (method, name)
        for method, function in vars(kind).items()
        if inspect.isfunction(function) and not method.startswith("_") and method != "run"
        for name in inspect.signature(function).parameters
        if name != "self"
    ]


async def carried_out(method: Callable[..., Any], arguments: dict[str, Any]) -> None:
    result = method(**arguments)
    if inspect.isasyncgen(result):
        await anext(result)
        await result.aclose()
    else:
        await result


async def refuses(call: Callable[..., Any], name: str) -> None:
    needed = {key: RIGHT[key] for key in inspect.signature(call).parameters if key in RIGHT}
    for value in odd():
        if name == "progress" and callable(value):
            continue  # what a function of the caller's raises is theirs
        with suppress(JobmatchError):
            await carried_out(call, needed | {name: value})


@pytest.mark.parametrize(("method", "name"), parameters_of(MatchEngine))
async def test_a_method_of_the_engine_refuses_in_words(method: str, name: str) -> None:
    async with engine() as opened:
        await refuses(getattr(opened, method), name)


@pytest.mark.parametrize(("method", "name"), parameters_of(VectorIndex))
async def test_a_method_of_the_index_refuses_in_words(method: str, name: str) -> None:
    async with engine() as opened:
        await opened.import_jobs([Job(id=f"{number}", title=f"Welder {number}") for number in range(5)])
        await refuses(getattr(opened.index, method), name)


@pytest.mark.parametrize("name", ["jobs", "tasks", "runner", "embedder", "cache", "notifiers", "policy"])
def test_an_engine_is_made_of_its_parts_only(name: str) -> None:
    parts: dict[str, Any] = {
        "jobs": MemoryJobIndex(),
        "tasks": MemoryTaskStore(),
        "runner": LocalTaskRunner(),
        "embedder": HashingEmbedder(),
    }
    with pytest.raises(InvalidInput, match=rf"^{name}: must be "):
        MatchEngine(**(parts | {name: object()}))


def test_settings_and_what_is_made_of_them_are_refused_in_words() -> None:
    makers: list[Callable[[Any], Any]] = [
        Settings.from_environ,
        MatchEngine.from_settings,
        SyncMatchEngine,
        SyncMatchEngine.from_settings,
    ]
    for value in odd():
        for make in makers:
            if value is not None and not isinstance(value, dict):
                with pytest.raises(InvalidInput):
                    make(value)
    for variable in Settings.variables():
        for value in odd():
            with suppress(InvalidInput):
                Settings.from_environ({variable: value})


def test_records_that_are_none_are_told_by_their_number() -> None:
    for value in odd():
        if not isinstance(value, dict) or 5 in value:
            with pytest.raises(InvalidInput, match=r"^records\[0\]: must be a mapping"):
                list(jobs_from_records([value]))


def test_a_record_may_hold_anything() -> None:
    for value in odd():
        for name in NAMES:
            with suppress(InvalidInput):
                list(jobs_from_records([{"id": "j", "title": "Welder", name: value}]))
        for mapping in (value, {"title": value}):
            with suppress(InvalidInput):
                list(jobs_from_records([{"title": "Welder"}], mapping))


def test_nan_of_a_data_frame_is_nothing_and_its_times_are_times() -> None:
    empty = dict.fromkeys(NAMES, float("nan")) | {"id": "j", "title": "Welder", "more": float("nan")}
    posted = datetime(2026, 1, 1, tzinfo=UTC)
    assert list(jobs_from_records([empty])) == [Job(id="j", title="Welder")]
    assert list(jobs_from_records([empty | {"posted_at": posted, "expires_at": date(2026, 2, 1)}])) == [
        Job(id="j", title="Welder", posted_at=posted, expires_at=datetime(2026, 2, 2, tzinfo=UTC))
    ]


async def test_mappings_are_sent_to_what_reads_them() -> None:
    mixed: list[Any] = [Job(id="j", title="x"), {"id": "k", "title": "y"}]
    async with engine() as opened:
        with pytest.raises(InvalidInput, match=r"^jobs\[1\]: must be a Job; jobmatch\.importing\.jobs_from_records"):
            await opened.import_jobs(mixed)


async def test_a_task_may_be_asked_for_by_a_uuid() -> None:
    async with engine() as opened:
        task = await opened.submit(MatchRequest(keywords="x"), owner="ada")
        for task_id in (UUID(task.id), task.id.upper()):
            assert (await opened.wait(task_id, owner="ada", timeout=10)).id == task.id
            assert (await opened.status(task_id, owner="ada")).id == task.id
            assert [seen.id async for seen in opened.events(task_id, owner="ada")] == [task.id]
            assert (await opened.results(task_id, owner="ada")).total == 0
            assert (await opened.cancel(task_id, owner="ada")).id == task.id
            assert (await opened.retry(task_id, owner="ada")).id == task.id
        with pytest.raises(jobmatch.JobmatchError, match=f"no task '{UUID(int=7)}'"):
            await opened.status(UUID(int=7), owner="ada")


@pytest.mark.parametrize("kind", VALUES)
def test_a_wrong_name_is_an_error_of_the_language(kind: Any) -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        kind(**NEEDED.get(kind, {}), nonsense=1)
