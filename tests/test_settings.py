"""Settings: each variable, good and bad, and what they never show."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from jobmatch.errors import InvalidInput, InvalidSettings
from jobmatch.model import Exact, Hnsw, IvfFlat
from jobmatch.settings import Settings

WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GOOD: list[tuple[str, str, str, Any]] = [
    ("DATABASE_URL", "postgresql://u:p@h:5432/n", "database_url", "postgresql://u:p@h:5432/n"),
    ("DATABASE_URL", "postgres://h/n", "database_url", "postgres://h/n"),
    (
        "DATABASE_URL",
        "postgresql+psycopg://u:p@h/n?sslmode=require",
        "database_url",
        "postgresql://u:p@h/n?sslmode=require",
    ),
    ("DATABASE_URL", "postgresql+asyncpg:///n", "database_url", "postgresql:///n"),
    ("DATABASE_URL", "", "database_url", None),
    ("DB_POOL_MIN_SIZE", "0", "pool_min_size", 0),
    ("DB_POOL_MAX_SIZE", "1000", "pool_max_size", 1_000),
    ("DB_POOL_TIMEOUT", "0.5", "pool_timeout", 0.5),
    ("DB_POOL_MAX_IDLE", "60", "pool_max_idle", 60.0),
    ("DB_STATEMENT_TIMEOUT", " 1000 ", "statement_timeout", 1_000),
    ("VECTOR_INDEX_TYPE", " IVFFlat ", "index_type", "ivfflat"),
    ("VECTOR_STORAGE", "BIT", "index_storage", "bit"),
    ("VECTOR_IVF_LISTS", "32768", "ivf_lists", 32_768),
    ("VECTOR_IVF_PROBES", "1", "ivf_probes", 1),
    ("VECTOR_HNSW_M", "32", "hnsw_m", 32),
    ("VECTOR_HNSW_EF_CONSTRUCTION", "1000", "hnsw_ef_construction", 1_000),
    ("VECTOR_HNSW_EF_SEARCH", "1", "hnsw_ef_search", 1),
    ("JOBMATCH_HOME", "~/jobs", "home", Path("~/jobs").expanduser()),
    ("JOBMATCH_BACKEND", "memory", "backend", "memory"),
    ("JOBMATCH_TASKS", "memory", "tasks", "memory"),
    ("JOBMATCH_JOB_TABLE", " shop.search:JOBS ", "job_table", "shop.search:JOBS"),
    ("JOBMATCH_EMBEDDER", "openai", "embedder", "openai"),
    ("JOBMATCH_EMBEDDER_URL", "http://localhost:1", "embedder_url", "http://localhost:1"),
    ("JOBMATCH_EMBEDDER_MODEL", "m", "embedder_model", "m"),
    ("JOBMATCH_EMBEDDER_DIMENSIONS", "256", "embedder_dimensions", 256),
    ("JOBMATCH_EMBEDDER_KEY", "k", "embedder_key", "k"),
    ("JOBMATCH_EMBEDDER_KEY", "", "embedder_key", None),
    ("JOBMATCH_METADATA_FIELDS", " visa, team size,visa,", "metadata_fields", ("visa", "team size")),
    ("JOBMATCH_RUNNER", " local ", "runner", "local"),
    ("JOBMATCH_CONCURRENCY", "1", "concurrency", 1),
    ("JOBMATCH_QUEUE_SIZE", "1", "queue_size", 1),
    ("JOBMATCH_QUEUE", " bulk ", "queue", "bulk"),
    ("JOBMATCH_PRIORITY", "-10", "priority", -10),
    ("JOBMATCH_WORKER_QUEUES", "bulk, jobmatch,", "worker_queues", ("bulk", "jobmatch")),
    ("JOBMATCH_GRACE", "0.5", "grace", 0.5),
    ("JOBMATCH_TASK_LEASE", "30", "task_lease", 30.0),
    ("JOBMATCH_TASK_ATTEMPTS", "1", "task_attempts", 1),
    ("JOBMATCH_TASK_TIMEOUT", "2.5", "task_timeout", 2.5),
    ("JOBMATCH_TASK_POLL", "0.05", "task_poll", 0.05),
    ("JOBMATCH_RECALL_SAMPLE", "0.01", "recall_sample", 0.01),
    ("JOBMATCH_TASK_RETENTION", "3600", "task_retention", 3_600.0),
    ("JOBMATCH_CACHE_TTL", "0", "cache_ttl", 0.0),
    ("JOBMATCH_CACHE_URL", "redis://h", "cache_url", "redis://h"),
    ("JOBMATCH_TOKENS", "a=ada, b=bob,", "tokens", {"a": "ada", "b": "bob"}),
    ("JOBMATCH_TOKENS", "", "tokens", {}),
    ("JOBMATCH_WEBHOOK_SECRET", f" {WEBHOOK_SECRET}, ", "webhook_secrets", (WEBHOOK_SECRET,)),
    ("JOBMATCH_WEBHOOK_SECRET", "", "webhook_secrets", ()),
    ("JOBMATCH_WEBHOOK_ALLOW_HTTP", "1", "webhook_allow_http", True),
    ("JOBMATCH_WEBHOOK_ALLOW_PRIVATE", "on", "webhook_allow_private", True),
    ("JOBMATCH_DEBUG", "yes", "debug", True),
    ("JOBMATCH_DEBUG", "0", "debug", False),
]

BAD: list[tuple[str, str, str]] = [
    ("DB_POOL_MIN_SIZE", "-1", "use a whole number from 0 to 1000"),
    ("DB_POOL_MIN_SIZE", "11", "use at most DB_POOL_MAX_SIZE (10)"),
    ("DB_POOL_MIN_SIZE", "", "use a whole number from 0 to 1000"),
    ("DB_POOL_MAX_SIZE", "ten", "use a whole number from 1 to 1000"),
    ("DB_POOL_MAX_SIZE", "1.5", "use a whole number from 1 to 1000"),
    ("DB_POOL_TIMEOUT", "nan", "use a number from 0.01 to 3600"),
    ("DB_POOL_MAX_IDLE", "inf", "use a number from 1 to 86400"),
    ("DB_STATEMENT_TIMEOUT", "0", "use a whole number from 1 to 86400000"),
    ("VECTOR_STORAGE", "float", "use halfvec or vector or bit"),
    ("VECTOR_IVF_LISTS", "32769", "use a whole number from 1 to 32768"),
    ("VECTOR_IVF_PROBES", "0", "use a whole number from 1 to 32768"),
    ("VECTOR_HNSW_M", "101", "use a whole number from 2 to 100"),
    ("VECTOR_HNSW_EF_CONSTRUCTION", "63", "use at least 2 × VECTOR_HNSW_M (64)"),
    ("VECTOR_HNSW_EF_SEARCH", "1001", "use a whole number from 1 to 1000"),
    ("JOBMATCH_EMBEDDER_DIMENSIONS", "0", "use a whole number from 1 to 16000"),
    ("JOBMATCH_CONCURRENCY", "0", "use a whole number from 1 to 1000"),
    ("JOBMATCH_QUEUE_SIZE", "0", "use a whole number from 1 to 1000000"),
    ("JOBMATCH_PRIORITY", "1001", "use a whole number from -1000 to 1000"),
    ("JOBMATCH_GRACE", "-1", "use a number from 0 to 3600"),
    ("JOBMATCH_TASK_LEASE", "0", "use a number from 1 to 3600"),
    ("JOBMATCH_TASK_ATTEMPTS", "0", "use a whole number from 1 to 100"),
    ("JOBMATCH_TASK_TIMEOUT", "0", "use a number from 1 to 86400"),
    ("JOBMATCH_TASK_POLL", "0", "use a number from 0.05 to 300"),
    ("JOBMATCH_RECALL_SAMPLE", "1.1", "use a number from 0 to 1"),
    ("JOBMATCH_TASK_RETENTION", "59", "use a number from 60 to 315360000"),
    ("JOBMATCH_CACHE_TTL", "-1", "use a number from 0 to 604800"),
]
SECRETS = {
    "DATABASE_URL": "postgresql://u:hunter2@h/n",
    "JOBMATCH_TOKENS": "hunter2=ada",
    "JOBMATCH_EMBEDDER_KEY": "hunter2",
    "JOBMATCH_EMBEDDER_URL": "https://u:hunter2@h",
    "JOBMATCH_CACHE_URL": "redis://:hunter2@h",
    "JOBMATCH_WEBHOOK_SECRET": "whsec_" + "hunter2x" * 4,
}


def test_the_defaults_are_those_that_are_promised() -> None:
    settings = Settings.from_environ({})
    assert (settings.pool_min_size, settings.pool_max_size, settings.pool_timeout) == (2, 10, 30.0)
    assert (settings.pool_max_idle, settings.statement_timeout) == (300, 60_000)
    assert (settings.index_type, settings.ivf_lists, settings.ivf_probes) == ("hnsw", 100, 10)
    assert (settings.hnsw_m, settings.hnsw_ef_construction, settings.hnsw_ef_search) == (32, 256, 40)
    assert (settings.runner, settings.backend, settings.embedder) == ("local", "postgres", "wordllama")
    assert (settings.home, settings.database_url, settings.tokens) == (None, None, {})


@pytest.mark.parametrize(("variable", "value", "field", "expected"), GOOD)
def test_good_values(variable: str, value: str, field: str, expected: Any) -> None:
    assert getattr(Settings.from_environ({variable: value}), field) == expected


def test_every_variable_is_tried() -> None:
    assert {variable for variable, *_ in GOOD} == set(Settings.variables())


@pytest.mark.parametrize(("variable", "value", "allowed"), BAD)
def test_bad_values_are_named_with_what_is_allowed(variable: str, value: str, allowed: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_environ({variable: value})
    assert str(caught.value) == f"{variable}: {value!r} is not allowed; {allowed}"
    assert isinstance(caught.value, InvalidInput)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://u:hunter2@h/n"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "postgresql+://u:hunter2@h/n"),
        ("DATABASE_URL", "sqlite+postgresql://u:hunter2@h/n"),
        ("JOBMATCH_TOKENS", "hunter2"),
        ("JOBMATCH_TOKENS", "hunter2="),
        ("JOBMATCH_TOKENS", "a=ada,=hunter2"),
        ("JOBMATCH_WEBHOOK_SECRET", "hunter2"),
        ("JOBMATCH_WEBHOOK_SECRET", "whsec_hunter2"),
        ("JOBMATCH_WEBHOOK_SECRET", "whsec_aHVudGVyMg=="),
        ("JOBMATCH_WEBHOOK_SECRET", f"{WEBHOOK_SECRET},whsec_hunter2"),
    ],
)
def test_messages_repeat_no_secret(variable: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"^{variable}: must ") as caught:
        Settings.from_environ({variable: value})
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("variable", SECRETS)
def test_settings_show_no_secret(variable: str) -> None:
    shown = repr(Settings.from_environ({variable: SECRETS[variable]}))
    assert "hunter2" not in shown
    assert "***" in shown
    assert "pool_min_size=2" in shown


def test_settings_do_show_what_is_not_set() -> None:
    shown = repr(Settings.from_environ({}))
    assert "database_url=None" in shown
    assert "tokens={}" in shown


@pytest.mark.parametrize(
    ("variable", "hint"), [("JOBMATCH_CACHE_TLL", "did you mean JOBMATCH_CACHE_TTL?"), ("JOBMATCH_", "is not known")]
)
def test_unknown_variables_of_ours_are_refused(variable: str, hint: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_environ({variable: "hunter2"})
    assert str(caught.value).startswith(f"{variable}: ")
    assert hint in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_variables_of_others_do_not_matter() -> None:
    assert Settings.from_environ({"PATH": "/bin", "DB_POOL_SIZE": "x", "HOME": ""}) == Settings.from_environ({})


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a ``.env`` in the working folder, in an environment that has none of our variables."""
    monkeypatch.chdir(tmp_path)
    for variable in Settings.variables():
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / ".env"


def test_a_dotenv_file_is_read(dotenv: Path) -> None:
    dotenv.write_text('# ours\nexport DB_POOL_MAX_SIZE=3\nJOBMATCH_TOKENS="a=ada"\nEMPTY\n')
    settings = Settings.load()
    assert (settings.pool_max_size, settings.tokens) == (3, {"a": "ada"})


def test_the_environment_is_above_the_dotenv_file(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.write_text("DB_POOL_MAX_SIZE=3\nDB_POOL_MIN_SIZE=1\n")
    monkeypatch.setenv("DB_POOL_MAX_SIZE", "4")
    settings = Settings.load()
    assert (settings.pool_max_size, settings.pool_min_size) == (4, 1)


def test_no_dotenv_file_is_fine(dotenv: Path) -> None:
    assert Settings.load() == Settings.from_environ({})


def test_a_bad_value_in_a_dotenv_file_is_named_too(dotenv: Path) -> None:
    dotenv.write_text("JOBMATCH_RUNER=local\n")
    with pytest.raises(InvalidSettings, match="did you mean JOBMATCH_RUNNER"):
        Settings.load()


@pytest.mark.parametrize(
    ("environment", "strategy"),
    [
        ({}, Hnsw(m=32, ef_construction=256, ef_search=40)),
        ({"VECTOR_HNSW_M": "8", "VECTOR_HNSW_EF_SEARCH": "100"}, Hnsw(m=8, ef_construction=256, ef_search=100)),
        ({"VECTOR_INDEX_TYPE": "ivfflat", "VECTOR_IVF_LISTS": "50"}, IvfFlat(lists=50, probes=10)),
        ({"VECTOR_INDEX_TYPE": "none"}, Exact()),
    ],
)
def test_the_strategy_is_the_one_that_is_set(environment: dict[str, str], strategy: object) -> None:
    assert Settings.from_environ(environment).strategy() == strategy


def test_every_allowed_combination_makes_a_strategy() -> None:
    for m, ef in (("2", "4"), ("100", "200"), ("100", "1000")):
        environment = {"VECTOR_HNSW_M": m, "VECTOR_HNSW_EF_CONSTRUCTION": ef}
        assert isinstance(Settings.from_environ(environment).strategy(), Hnsw)


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings.from_environ({}).backend = "memory"


def test_a_changed_copy_keeps_the_rest() -> None:
    good = {variable: value for variable, value, *_ in GOOD if value.strip()}
    settings: Any = Settings.from_environ(good)
    assert attrs.evolve(settings) == settings
    assert attrs.evolve(settings, worker_queues=("a",)).worker_queues == ("a",)
