"""The documentation says what is so, and shows nothing that does not run."""

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobmatch import MatchEngine, Settings, caching, composing, planning
from jobmatch.adapters.asgi import app, create_app, serving
from jobmatch.adapters.cli import running
from jobmatch.backends.embedders import openai
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.backends.postgres import server
from jobmatch.backends.postgres.together import MOST
from jobmatch.backends.procrastinate import queueing, worker
from jobmatch.backends.webhook import notifier, sending
from jobmatch.engine import work
from jobmatch.errors import InvalidSettings
from jobmatch.model import request
from jobmatch.ranking import criteria, order, scoring
from jobmatch.testing import HashingEmbedder

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
#: What a program printed, or a picture of text; all other blocks are parts of examples.
SHOWN = {"text", "json"}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INCLUDE = re.compile(r'--8<-- "[\w./:]+"')
_CELL = re.compile(r"`([^`]*)`")


def page_id(path: Path) -> str:
    return str(path.relative_to(DOCS))


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_a_page_shows_parts_of_examples_only(page: Path) -> None:
    for language, code in _FENCE.findall(page.read_text(encoding="utf-8")):
        assert language, f"a block in {page.name} names no language"
        if language not in SHOWN:
            assert all(_INCLUDE.fullmatch(line) for line in code.splitlines()), code


def examples() -> Iterator[str]:
    """Yield the lines of all examples, without indentation and section marks."""
    for path in sorted((ROOT / "examples").rglob("*")):
        if path.suffix in {".py", ".sh", ".env", ".ini", ".mjs", ".toml"}:
            lines = path.read_text(encoding="utf-8").splitlines()
            yield "\n".join(line.strip() for line in lines if "--8<--" not in line)


def test_the_readme_shows_parts_of_examples_only() -> None:
    everything = "\n".join(examples())
    for language, code in _FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        if language not in SHOWN:
            wanted = "\n".join(line.strip() for line in code.strip().splitlines())
            assert wanted in everything, code


def test_files_that_the_readme_names_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith(("http", "#"))]
    assert named
    assert [link for link in named if not (ROOT / link.partition("#")[0]).exists()] == []


def rows(page: str) -> Iterator[list[str]]:
    """Yield the cells of the tables on a page whose first cell is code."""
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


SETTINGS = {cells[0].strip("`"): cells[1:3] for cells in rows("reference/settings.md")}
RANGES = {
    name: tuple(float(part) for part in allowed.split(" to "))
    for name, (_, allowed) in SETTINGS.items()
    if " to " in allowed
}


def test_every_setting_is_listed() -> None:
    assert sorted(SETTINGS) == sorted(Settings.variables())


def test_settings_listed_defaults_are_the_defaults() -> None:
    listed = {name: default.strip("`") for name, (default, _) in SETTINGS.items() if default}
    assert Settings.from_environ(listed) == Settings.from_environ({})


def together(name: str, value: float) -> dict[str, str]:
    """Return an environment in which *value* meets the conditions that bind two variables."""
    others = {"DB_POOL_MIN_SIZE": {"DB_POOL_MAX_SIZE": "1000"}, "DB_POOL_MAX_SIZE": {"DB_POOL_MIN_SIZE": "0"}}
    others |= {"VECTOR_HNSW_M": {"VECTOR_HNSW_EF_CONSTRUCTION": "1000"}}
    others |= {"VECTOR_HNSW_EF_CONSTRUCTION": {"VECTOR_HNSW_M": "2"}}
    return {name: f"{value:.12g}", **others.get(name, {})}


@pytest.mark.parametrize("name", sorted(RANGES))
def test_settings_listed_bounds_are_the_bounds(name: str) -> None:
    low, high = RANGES[name]
    Settings.from_environ(together(name, low))
    Settings.from_environ(together(name, high))
    for beyond in (low - 1, high + 1):
        with pytest.raises(InvalidSettings, match=name):
            Settings.from_environ(together(name, beyond))


def test_every_route_is_listed() -> None:
    engine = MatchEngine(
        jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=HashingEmbedder()
    )
    made: Any = create_app(engine, allow_anonymous=True)
    served = {f"{method} {route.path}" for route in made.routes for method in route.methods - {"HEAD"}}
    assert served == {
        found for cells in rows("reference/http.md") for found in _CELL.findall(cells[0]) if " /" in found
    }


def test_every_instrument_is_listed() -> None:
    from jobmatch import telemetry

    source = Path(telemetry.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'"(matching_service\.[\w.]+)"', source))
    assert names == {cells[0].strip("`") for cells in rows("reference/metrics.md")}


def generator() -> Any:
    """Return the module that fills the reference."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("commands", ["## `jobmatch import`", "## `jobmatch db upgrade`", "Usage: jobmatch match"]),
        ("errors", ["        * `TaskNotFound`: No task with this id", "`TimedOut` (a `TimeoutError`)"]),
        ("import_fields", ["| `title` | `title` `job_title`"]),
        (
            "model",
            ["## `MatchEngine`", "### `from_settings`", "async def submit(request: MatchRequest", "## `Filters`"],
        ),
        ("parts", ["## `JobTable`", "from jobmatch.adapters.asgi import create_app", "TaskPolicy(", "Metric"]),
        (
            "ports",
            [
                "## `JobIndex`",
                "### `search`",
                "## `Notifier`",
                "## `IndexMethod`",
                "(strategy: S, target: Target)",
                "### `SearchResult`",
            ],
        ),
        ("tables", ["| `match_task` | tasks |", "| `procrastinate_jobs` | what is queued |"]),
    ],
)
def test_the_reference_is_made_from_the_code(what: str, expected: list[str]) -> None:
    page = generator().on_page_markdown(f"Before\n\n<!-- generate: {what} -->\n\nAfter")
    for text in expected:
        assert text in page


def test_every_extra_that_is_named_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for text in ((ROOT / "examples/shell/install.sh").read_text(), (ROOT / "README.md").read_text()):
        for extras in re.findall(r"(?:'\.|jobmatch)\[([\w,]+)\]", text):
            assert set(extras.split(",")) <= set(project["optional-dependencies"])


#: Figures in prose, and the constants that they repeat.
FIGURES = [
    ("explanation/embeddings.md", composing.BODY_CHARACTERS, 2_500, "first 2,500 characters"),
    ("how-to/embedder.md", composing.BODY_CHARACTERS, 2_500, "first 2,500 characters"),
    ("how-to/embedder.md", openai.TEXT_CHARACTERS, 8_000, "first 8,000 characters"),
    ("explanation/planner.md", (request.OVERFETCH, request.FEWEST), (4, 100), "four times as many, and a hundred"),
    (
        "explanation/ranking.md",
        (request.OVERFETCH, request.FEWEST, request.MOST),
        (4, 100, 1_000),
        "least 100, at most 1,000",
    ),
    ("explanation/ranking.md", scoring.NEUTRAL, 0.3, "more than a miss**: 0.3"),
    ("explanation/ranking.md", criteria.HALF_LIFE_DAYS, 30, "halves every 30 days"),
    ("explanation/ranking.md", criteria.LEVEL_FIT, (1.0, 0.6, 0.2), "the same 1, one step 0.6, two steps 0.2"),
    ("explanation/ranking.md", order.COMPANY_SHARE, 3, "the fourth and further"),
    ("explanation/ranking.md", order.MOST_MOVED, 0.15, "no more than 0.15 of the score"),
    ("how-to/narrow.md", order.MOST_MOVED, 0.15, "0.15 of the score at most"),
    ("explanation/caching.md", caching.ENTRIES, 10_000, "ten thousand"),
    ("explanation/caching.md", (caching.DEADLINE, caching.COOL_DOWN), (0.25, 5), "a quarter of a second"),
    ("how-to/notify.md", len(notifier.SCHEDULE) + 1, 10, "ten attempts over 15 hours"),
    ("how-to/notify.md", sum(notifier.SCHEDULE) // 3_600, 15, "ten attempts over 15 hours"),
    ("how-to/notify.md", work.TELLING, 30, "may take 30 seconds"),
    ("explanation/planner.md", (planning.HEDGE, planning.PERSISTENCE), (0.65, 0.5), "at most half as much"),
    ("explanation/tasks.md", MOST, 25, "all who wait, up to 25"),
    ("how-to/notify.md", sending.TIMEOUT, 15, "15 seconds"),
    ("how-to/worker.md", queueing.POOL_SIZE, 4, "at most 4 connections"),
    ("how-to/worker.md", worker.POLL, 2, "every 2 seconds"),
    ("explanation/tasks.md", worker.POLL, 2, "costs 2 seconds"),
    ("explanation/tasks.md", worker.STALLED, 30, "no sign of life for 30 seconds"),
    ("how-to/service.md", (serving.GRACE, running.LAST), (5, 30), "under way get 5 seconds to end"),
    ("reference/http.md", app.MAX_WAIT, 30, "30 seconds at most"),
    ("how-to/own-postgres.md", server.OLDEST_SERVER, 15, "PostgreSQL 15 or later"),
    ("how-to/own-postgres.md", server.OLDEST_PGVECTOR, (0, 8, 4), "pgvector 0.8.4 or later"),
]


@pytest.mark.parametrize(("page", "is_now", "was", "text"), FIGURES)
def test_figures_in_prose_are_those_of_the_code(page: str, is_now: object, was: object, text: str) -> None:
    assert is_now == was, f"{page} says otherwise"
    assert text in " ".join((DOCS / page).read_text(encoding="utf-8").split())


def test_programs_that_are_named_exist() -> None:
    for page in [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for name in re.findall(r"\b(?:benchmarks|examples)/[\w/]+\.\w+", page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), name
