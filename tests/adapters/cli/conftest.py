"""Commands run in this process on memory backends, or as processes of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner, Result

from jobmatch.adapters.cli.root import cli
from jobmatch.backends.postgres import embedded, index_build

Invoke = Callable[..., Result]
#: How the installed script starts.
SCRIPT = [sys.executable, "-c", "from jobmatch.adapters.cli import main; main()"]


@pytest.fixture(autouse=True)
def _noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else searches here, whom the old index would have to be kept for."""
    monkeypatch.setattr(index_build, "NOTICED", 0.0)


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of the test: no variables, no ``.env``."""
    for name in list(os.environ):
        if name.startswith(("JOBMATCH_", "DB_", "VECTOR_", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run a command in this process; `code` is the exit code that it must have."""
    monkeypatch.setenv("JOBMATCH_BACKEND", "memory")

    def run(*arguments: object, code: int = 0, input: str | bytes | None = None) -> Result:  # noqa: A002
        result = CliRunner().invoke(cli, [str(a) for a in arguments], input=input, prog_name="jobmatch")
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder for an embedded server."""
    # Not below pytest's own: every other session of it shuts that to all but its user, and the server has its own.
    with TemporaryDirectory(prefix="jobmatch-") as folder:
        yield Path(folder)
        embedded.leave(Path(folder))


@pytest.fixture
def called(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command in this process, on the embedded server, and return what it prints; quicker than another one."""
    monkeypatch.setenv("JOBMATCH_HOME", str(home))

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(cli, [str(a) for a in arguments], prog_name="jobmatch")
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


@pytest.fixture
def process(home: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a command as a process of its own, on the embedded server unless other variables are given."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **variables: str) -> "subprocess.Popen[str]":
        environment = {**os.environ, "JOBMATCH_HOME": str(home), **variables}
        command = [*SCRIPT, *map(str, arguments)]
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(command, env=environment, text=True, stdin=pipe, stdout=pipe, stderr=pipe))
        return running[-1]

    yield start
    for left in running:
        left.kill()
        left.wait()
