"""The examples run as their readers would run them. The documentation shows nothing else."""

import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from typing import Any

import httpx
import pytest

from jobmatch import Job, Settings, plugins
from jobmatch.errors import NotReady

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
IN_MEMORY = {"JOBMATCH_BACKEND": "memory"}
#: What the output of each script must contain.
SCRIPTS = {
    "first_match.py": ["2 jobs imported", "1. 0.", "Registered Nurse", "complete: True"],
    "narrow.py": ["1. 0.", "Registered Nurse, Surgical Ward, Alder Hospital", "keywords: 1.0 found ('night shifts',)"],
    "own_notifier.py": ["to ada: your match completed, 1 jobs"],
    "quickstart.py": ["1. Telephone Triage Nurse", "completed: 1 of 3"],
    "sync_script.py": ["1. 0.", "Registered Nurse", "keywords: wound care"],
}
#: Examples that something else below runs, or that are parts of others.
ELSEWHERE = {"change_embedder.py", "look_after_index.py", "own_table.py", "mount_starlette.py", "mount_fastapi.py"}
ELSEWHERE |= {"gunicorn.conf.py", "sync_flask.py"}
#: In tests of what it is about.
ELSEWHERE |= {"alembic_env.py"}


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return *environment* on top of ours, without what ours says of jobmatch."""
    ours = {name: value for name, value in os.environ.items() if name not in Settings.variables()}
    path = os.pathsep.join([str(Path(sys.executable).parent), ours.get("PATH", "")])
    return {**ours, "PATH": path, **environment}


def run(*command: str | Path, environment: Mapping[str, str], cwd: Path = ROOT, timeout: float = 120) -> str:
    """Run a program, from the root of the checkout unless told otherwise; return what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, env=clean(environment), cwd=cwd, timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def load(name: str) -> ModuleType:
    """Import an example as a module of its own."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in IN_MEMORY.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_a_script_prints_what_it_says(script: str) -> None:
    output = run(sys.executable, "-W", "error", EXAMPLES / script, environment=IN_MEMORY)
    for expected in SCRIPTS[script]:
        assert expected in output


def test_every_python_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SCRIPTS) | ELSEWHERE


async def matched(app: Any, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """Start a match over HTTP, wait for it, and return the finished document."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client,
    ):
        assert (await client.get("/")).status_code == 200
        started = await client.post("/jobs/match", json={"profile": {"titles": ["Nurse"]}})
        assert started.status_code == 202, started.text
        done = await client.get(started.headers["Location"], headers={"Prefer": "wait=10"})
        document: Mapping[str, Any] = done.json()
        assert (
            await client.post("/jobs/match", json={}, headers={"Authorization": "", "Cookie": ""})
        ).status_code == 401
        return document


async def test_mounted_into_starlette(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBMATCH_TOKENS", "secret=ada")
    document = await matched(load("mount_starlette").app, {"Authorization": "Bearer secret"})
    assert document["status"] == "completed"


async def test_mounted_into_fastapi() -> None:
    pytest.importorskip("fastapi", reason="needs fastapi")
    document = await matched(load("mount_fastapi").app, {"Cookie": "session=session-1"})
    assert document["status"] == "completed"


def test_each_process_of_a_flask_app_opens_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flask", reason="needs flask")
    monkeypatch.syspath_prepend(EXAMPLES)
    hooks = runpy.run_path(str(EXAMPLES / "gunicorn.conf.py"))
    example = sys.modules["sync_flask"]
    hooks["post_fork"](None, None)
    example.engine.import_jobs([Job(id="1", title="Welder"), Job(id="2", title="Nurse")])
    found = example.app.test_client().post("/best", data="I am a nurse").get_json()
    hooks["worker_exit"](None, None)
    assert [match["title"] for match in found] == ["Nurse", "Welder"]
    with pytest.raises(NotReady):
        example.engine.count()


@pytest.mark.parametrize(("plugin", "other"), [("asyncio", "anyio"), ("anyio", "asyncio")])
def test_an_app_is_tested(plugin: str, other: str) -> None:
    for name in ("fastapi", "pytest_asyncio"):
        pytest.importorskip(name, reason=f"needs {name}")
    folder = EXAMPLES / "testing"
    options = ("-q", "-W", "error", "-p", "no:cacheprovider", "-p", f"no:{other}", "-c", folder / f"{plugin}.ini")
    assert " passed" in run(sys.executable, "-m", "pytest", *options, folder, environment={})


needs_own_backend = pytest.mark.skipif(
    "hashing" not in plugins.names("embedder"), reason="needs: pip install examples/own_backend"
)

needs_own_strategy = pytest.mark.skipif(
    "constellation" not in plugins.names("strategy"), reason="needs: pip install examples/own_strategy"
)


@needs_own_backend
def test_the_own_backend_is_found_by_its_name() -> None:
    output = run(sys.executable, EXAMPLES / "quickstart.py", environment={**IN_MEMORY, "JOBMATCH_EMBEDDER": "hashing"})
    assert "completed: 1 of 3" in output


@needs_own_backend
def test_the_own_backend_keeps_the_contract() -> None:
    output = run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLES / "own_backend", environment={}
    )
    assert " passed" in output


@needs_own_strategy
def test_the_own_strategy_keeps_the_contract_and_lives_its_life() -> None:
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLES / "own_strategy")
    output = run(*command, environment={}, timeout=600)  # it builds a dozen indexes
    assert " passed" in output


@pytest.mark.parametrize("path", sorted((EXAMPLES / "settings").glob("*.env")), ids=lambda path: path.stem)
def test_settings_files_are_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)
    assert Settings.load(path) != Settings.from_environ({})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Settings for a server of our own with a data folder of its own."""
    return reachable(tmp_path_factory.mktemp("home"))


def reachable(folder: Path) -> Mapping[str, str]:
    """Return settings for a server in a folder; its user has to get there when root runs it."""
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    return {"JOBMATCH_HOME": str(folder)}


def test_the_quickstart_starts_a_server_of_its_own_and_finds_its_jobs_again(home: Mapping[str, str]) -> None:
    for _ in range(2):
        assert "completed: 1 of 3" in run(sys.executable, EXAMPLES / "quickstart.py", environment=home)


def test_the_quickstart_counts_what_was_there_before(home: Mapping[str, str], checkout: Path) -> None:
    run("jobmatch", "sample", "--jobs", "50", "--out", checkout / "sample.jsonl", environment=home)
    run("jobmatch", "import", checkout / "sample.jsonl", environment=home)
    output = run(sys.executable, EXAMPLES / "quickstart.py", environment=home)
    assert re.search(r" of [1-9][\d,]+ jobs, to be done from home", output)


def shell(name: str, environment: Mapping[str, str], *, cwd: Path = ROOT, port: int = 8000) -> str:
    """Run a shell example as it stands, but for the port."""
    script = (EXAMPLES / "shell" / name).read_text(encoding="utf-8").replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    return run("bash", "-c", script, environment=environment, cwd=cwd)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the root of a checkout, in which examples may leave files."""
    (tmp_path / "examples").symlink_to(EXAMPLES)
    return tmp_path


def test_files_are_imported_as_they_come(home: Mapping[str, str], checkout: Path) -> None:
    output = shell("import.sh", home, cwd=checkout)
    assert "Nurse" in output
    rejected = (checkout / "rejected.jsonl").read_text(encoding="utf-8")
    assert len(rejected.splitlines()) == 1


def test_an_index_over_nothing_cannot_be_measured(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = reachable(tmp_path_factory.mktemp("empty"))
    script = [sys.executable, str(EXAMPLES / "look_after_index.py")]
    done = subprocess.run(script, capture_output=True, text=True, env=clean(home), timeout=120)
    told = "there are no postings that a search can find; import some: jobmatch import FILE; or"
    assert (done.returncode, done.stderr.startswith(told), done.stderr.count("\n")) == (1, True, 1)


def test_the_vector_index_is_looked_after(home: Mapping[str, str], checkout: Path) -> None:
    run("jobmatch", "sample", "--jobs", "500", "--out", checkout / "sample.jsonl", environment=home)
    run("jobmatch", "import", checkout / "sample.jsonl", environment=home)
    output = run(sys.executable, "-W", "error", EXAMPLES / "look_after_index.py", environment=home)
    assert " postings, 0 MB" in output
    assert "recall 1.000" in output
    assert "100.00% pass" in output


def test_the_embedder_is_changed_there_and_back(home: Mapping[str, str]) -> None:
    script = (sys.executable, "-W", "error", EXAMPLES / "change_embedder.py", home["JOBMATCH_HOME"])
    output = run(*script, environment={})
    assert "100% ready\nsearches use letters-1 (26 dimensions), wordllama" in output
    assert "1. Night nurse" in output
    resume = EXAMPLES / "data" / "resume.txt"
    refused = subprocess.run(
        ["jobmatch", "match", resume], capture_output=True, text=True, env=clean(home), timeout=120
    )
    assert refused.returncode == 1
    assert "run jobmatch embedder change" in refused.stderr
    output = shell("change_embedder.sh", home)
    assert "retired   letters-1 (26 dimensions)" in output


def test_a_table_that_is_there_already_is_searched(home: Mapping[str, str]) -> None:
    output = run(sys.executable, "-W", "error", EXAMPLES / "own_table.py", environment=home)
    assert "cannot be asked for: region, latitude" in output
    assert "1. Nurse, O'Brien & Söhne\n2. Welder" in output
    output = shell("own_table.sh", home)
    assert "nothing: all is there" in output
    assert "3 postings is ready" in output
    assert re.search(r"^index +hnsw .*jobmatch_\w+_vector", output, re.MULTILINE)
    assert re.search(r"Nurse +O'Brien & Söhne", output)
    assert "Removed: hnsw" in output


def test_a_new_database_is_set_up(home: Mapping[str, str]) -> None:
    assert shell("own_postgres.sh", home)


def test_what_grows_is_removed(home: Mapping[str, str]) -> None:
    assert re.findall(r"^\d+ (\w+) removed$", shell("keep_tidy.sh", home), re.MULTILINE) == [
        *["postings"] * 3,
        *["interactions"] * 2,
        "tasks",
    ]


def test_the_command_line_serves(home: Mapping[str, str], port: int) -> None:
    needs("curl")
    (command,) = re.findall(r"^jobmatch serve$", (EXAMPLES / "shell" / "serve.sh").read_text(), re.MULTILINE)
    tokens = {"JOBMATCH_TOKENS": "a-long-random-secret=ada"}
    with started(*command.split(), "--port", str(port), port=port, environment={**home, **tokens}):
        assert '"completed"' in shell("http.sh", {}, port=port)


def test_a_worker_runs_until_it_is_told_to_stop(home: Mapping[str, str]) -> None:
    text = (EXAMPLES / "shell" / "worker.sh").read_text()
    upgrade, work = re.findall(r"^jobmatch .*$", text, re.MULTILINE)
    environment = clean({**home, "JOBMATCH_RUNNER": "procrastinate"})
    run(*upgrade.split(), environment=environment)
    with subprocess.Popen(work.split(), env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            assert process.stderr.readline().startswith("Working, up to 4 tasks")
            process.terminate()
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()  # or leaving the block would wait for it


def test_a_secret_for_callbacks_is_made() -> None:
    secret = shell("webhook_secret.sh", {}).strip()
    assert Settings.from_environ({"JOBMATCH_WEBHOOK_SECRET": secret}).webhook_secrets == (secret,)


def test_every_shell_example_is_run() -> None:
    run_above = {
        "change_embedder.sh",
        "http.sh",
        "import.sh",
        "keep_tidy.sh",
        "own_postgres.sh",
        "own_table.sh",
        "serve.sh",
        "webhook_secret.sh",
        "worker.sh",
    }
    # These two install packages, which the sessions of nox do; what is left of them is run above.
    assert {path.name for path in (EXAMPLES / "shell").iterdir()} == run_above | {"install.sh", "own_backend.sh"}


def needs(program: str) -> str:
    """Return the path of a program; skip the test where it is missing."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program}")
    return found


@contextmanager
def started(*command: str | Path, port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a server while the block runs, from when it answers on."""
    with subprocess.Popen(command, env=clean(environment), cwd=ROOT) as process:
        try:
            answering(f"http://127.0.0.1:{port}/jobs/health/live", process)
            yield
            process.terminate()
            process.wait(timeout=60)
        finally:
            process.kill()  # or leaving the block would wait for it


def answering(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=60).raise_for_status()
        except httpx.HTTPError:
            sleep(0.05)
        else:
            return
    pytest.fail("the server did not start")


@pytest.fixture(scope="module")
def port(free_port: Callable[[], int]) -> int:
    return free_port()


@pytest.fixture(scope="module")
def service(port: int, home: Mapping[str, str]) -> Iterator[int]:
    """The port of the Starlette example with the quickstart's jobs, served as its first lines say."""
    run(sys.executable, EXAMPLES / "quickstart.py", environment=home)
    command = ("uvicorn", "mount_starlette:app", "--app-dir", EXAMPLES, "--port", str(port), "--log-level", "warning")
    with started(*command, port=port, environment={**home, "JOBMATCH_TOKENS": "a-long-random-secret=ada"}):
        yield port


def test_curl_starts_a_match_and_sees_it_end(service: int) -> None:
    needs("curl")
    output = shell("http.sh", {}, port=service)
    assert output.count('"pending"') == 1
    assert output.count('"completed"') == 2


def test_the_javascript_client_gets_its_jobs(service: int) -> None:
    client = (needs("node"), EXAMPLES / "client.mjs", f"http://127.0.0.1:{service}/jobs")
    assert run(*client, "a-long-random-secret", environment={}).startswith("1. ")
    with pytest.raises(AssertionError, match="credentials"):
        run(*client, "wrong", environment={})
