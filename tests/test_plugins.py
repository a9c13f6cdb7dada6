"""Backends by name."""

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

import pytest

from jobmatch import plugins
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput, InvalidSettings
from jobmatch.model import Exact, Hnsw, Job, MatchRequest, Storage
from jobmatch.plugins import Backends, find, index_types, names, strategy
from jobmatch.settings import Settings


def backends(**environment: str) -> Backends:
    """Return backends for an environment."""
    return Backends(Settings.from_environ(environment))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("index", {"memory", "postgres"}),
        ("tasks", {"memory", "postgres"}),
        ("runner", {"local", "procrastinate"}),
        ("embedder", {"wordllama", "openai"}),
        ("strategy", {"hnsw", "ivfflat"}),
    ],
)
def test_our_own_are_found_like_any_other(kind: str, expected: set[str]) -> None:
    assert expected <= set(names(kind))
    assert names(kind) == sorted(names(kind))


def test_of_an_unknown_kind_there_is_nothing() -> None:
    assert names("nonsense") == []
    with pytest.raises(InvalidInput, match="nonsense: 'memory' is not allowed; use none"):
        find("nonsense", "memory")


@pytest.mark.parametrize("name", ["nonsense", "", "memory "])
def test_an_unknown_name_is_told_with_those_installed(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        find("index", name)
    assert str(caught.value).startswith(f"JOBMATCH_BACKEND: {name!r} is not allowed; use ")
    assert {"memory", "postgres"} <= set(str(caught.value).partition("use ")[2].split(" or "))


def test_each_call_makes_a_new_backend() -> None:
    made = backends()
    index, other = made.make("index", "memory"), made.make("index", "memory")
    assert isinstance(index, MemoryJobIndex)
    assert isinstance(made.make("tasks", "memory"), MemoryTaskStore)
    assert index is not other


async def test_settings_reach_the_backend() -> None:
    runner = backends(JOBMATCH_QUEUE_SIZE="1").make("runner", "local")
    assert isinstance(runner, LocalTaskRunner)


def test_what_is_shared_is_made_once() -> None:
    calls: list[Settings] = []

    def pool(settings: Settings) -> object:
        calls.append(settings)
        return object()

    def nothing(settings: Settings) -> Any:
        calls.append(settings)

    made = backends()
    assert made.shared(pool) is made.shared(pool)
    assert made.shared(nothing) is made.shared(nothing) is None
    assert calls == [made.settings] * 2
    assert backends().shared(pool) is not made.shared(pool)


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an index of somebody's installed, and nothing else of theirs."""
    found = EntryPoint("index.mine", "jobmatch.backends.memory.plugin:job_index", plugins.GROUP)
    others = entry_points(group=plugins.GROUP)

    def installed(**wanted: Any) -> EntryPoints:
        return EntryPoints((*others, found)).select(**wanted)

    monkeypatch.setattr(plugins, "entry_points", installed)


@pytest.mark.usefixtures("mine")
async def test_an_index_alone_is_enough_for_a_backend() -> None:
    assert type(backends(JOBMATCH_BACKEND="mine").with_tasks("tasks")).__name__ == "PostgresTaskStore"
    settings = Settings.from_environ({"JOBMATCH_BACKEND": "mine", "JOBMATCH_TASKS": "memory"})
    async with MatchEngine.from_settings(settings) as engine:
        await engine.import_jobs([Job(id="1", title="Nurse")])
        task = await engine.submit(MatchRequest(keywords="nurse"), owner="ada")
        assert (await engine.wait(task.id, owner="ada", timeout=60)).total == 1


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("backend", "tasks", "keeper", "schema"),
    [
        ("postgres", "", "postgres", "postgres"),
        ("postgres", "memory", "memory", "postgres"),
        ("memory", "postgres", "postgres", "postgres"),
        ("memory", "", "memory", None),
        ("mine", "", "postgres", "postgres"),
        ("mine", "memory", "memory", None),
    ],
)
def test_tasks_are_kept_with_the_postings_or_where_it_is_set(
    backend: str, tasks: str, keeper: str, schema: str | None
) -> None:
    made = backends(JOBMATCH_BACKEND=backend, JOBMATCH_TASKS=tasks)
    assert made.keeper == keeper
    assert keeper in type(made.with_tasks("deliveries")).__name__.lower()
    if schema:
        assert schema in type(made.schema()).__module__
        return
    with pytest.raises(InvalidSettings, match=f"JOBMATCH_BACKEND: '{backend}' is not allowed; use postgres"):
        made.schema()


def test_a_wrong_name_is_told_with_its_variable() -> None:
    with pytest.raises(InvalidSettings, match=r"JOBMATCH_TASKS: 'nowhere' is not allowed; use memory or postgres"):
        backends(JOBMATCH_TASKS="nowhere").with_tasks("tasks")
    with pytest.raises(InvalidSettings, match="JOBMATCH_BACKEND: 'nowhere' is not allowed"):
        backends(JOBMATCH_BACKEND="nowhere").with_tasks("tasks")
    with pytest.raises(InvalidSettings, match="JOBMATCH_BACKEND: 'nowhere' is not allowed"):
        backends(JOBMATCH_BACKEND="nowhere").schema()


def test_the_index_is_the_one_that_is_set() -> None:
    assert strategy(Settings.from_environ({"VECTOR_HNSW_M": "8"})) == Hnsw(m=8)
    assert strategy(Settings.from_environ({"VECTOR_INDEX_TYPE": "none"})) == Exact()


class Sparkling(Hnsw):
    """Somebody's."""


class SparklingMethod:
    """Theirs as well."""

    strategy = Sparkling


@pytest.fixture
def sparkling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a strategy of somebody's installed."""
    found = EntryPoint("strategy.sparkling", f"{__name__}:SparklingMethod", plugins.GROUP)
    monkeypatch.setattr(found.__class__, "load", lambda self: SparklingMethod)
    others = entry_points(group=plugins.GROUP)

    def installed(**wanted: Any) -> EntryPoints:
        return EntryPoints((*others, found)).select(**wanted)

    monkeypatch.setattr(plugins, "entry_points", installed)


@pytest.mark.usefixtures("sparkling")
def test_an_index_that_others_bring_is_set_by_its_name() -> None:
    assert {"hnsw", "ivfflat", "none", "sparkling"} <= set(index_types())
    found = strategy(Settings.from_environ({"VECTOR_INDEX_TYPE": " Sparkling ", "VECTOR_STORAGE": "vector"}))
    assert found == Sparkling(storage=Storage.VECTOR)


def test_an_unknown_index_is_refused_with_those_installed() -> None:
    settings = Settings.from_environ({"VECTOR_INDEX_TYPE": "flat"})
    for ask in (strategy, Settings.strategy):
        with pytest.raises(InvalidSettings, match=r"VECTOR_INDEX_TYPE: 'flat' is not allowed; use .*hnsw or ivfflat"):
            ask(settings)


#: Loads an entry point where a package is not installed.
WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == sys.argv[1]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from jobmatch.errors import MissingExtra
from jobmatch.plugins import find
try:
    find(sys.argv[2], sys.argv[3]).load()
except MissingExtra as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("package", "kind", "name", "extra"),
    [
        ("procrastinate", "runner", "procrastinate", "procrastinate"),
        ("procrastinate", "tables", "procrastinate", "procrastinate"),
        ("psycopg_pool", "runner", "procrastinate", "procrastinate"),
        ("httpcore", "notifier", "webhook", "webhook"),
        ("sqlalchemy", "index", "postgres", "postgres"),
        ("pgvector", "index", "postgres", "postgres"),
    ],
)
def test_a_backend_whose_extra_is_missing_says_what_to_install(package: str, kind: str, name: str, extra: str) -> None:
    program = [sys.executable, "-c", WITHOUT, package, kind, name]
    told = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert told.startswith(package)
    assert f"jobmatch[{extra}]" in told
