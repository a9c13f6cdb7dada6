"""What an import costs: nobody pays for a driver that they do not use."""

import subprocess
import sys

import pytest

DRIVERS = {"sqlalchemy", "psycopg", "click", "starlette", "httpx", "wordllama", "rich", "procrastinate", "redis"}


def loaded_by(program: str) -> set[str]:
    """Return the top-level modules that *program* loads in a new interpreter."""
    listing = "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", program + listing], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "program",
    [
        "import jobmatch",
        "from jobmatch import *",
        "from jobmatch import MatchEngine, SyncMatchEngine",
        "from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore",
        "import jobmatch.backends.embedders.openai, jobmatch.backends.embedders.wordllama",
    ],
)
def test_an_import_loads_no_driver(program: str) -> None:
    assert loaded_by(program).isdisjoint(DRIVERS)


def test_the_package_alone_loads_not_even_numpy() -> None:
    assert loaded_by("import jobmatch").isdisjoint({"numpy", "attrs", "msgspec", "anyio"})


def test_every_public_name_is_there() -> None:
    import jobmatch

    assert all(getattr(jobmatch, name) is not None for name in jobmatch.__all__)
    assert set(jobmatch.__all__) <= set(dir(jobmatch))
    with pytest.raises(AttributeError, match="'jobmatch' has no attribute 'MatchEngin'"):
        _ = jobmatch.MatchEngin  # type: ignore[attr-defined]
