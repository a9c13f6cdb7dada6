"""Real processes on a real server: exit codes, interruption, and what is there afterwards."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import BinaryIO

import anyio
import httpx
import psycopg
import pytest

from jobmatch.backends.postgres import embedded
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.model import Claim, TaskError
from jobmatch.ports import TaskStore
from jobmatch.sample import lines
from jobmatch.settings import Settings
from jobmatch.testing.snapshots import REQUEST, result

Process = Callable[..., "subprocess.Popen[str]"]
Stored = Callable[[], int]
HEAVY = ["rich", "numpy", "msgspec", "attrs", "anyio", "jobmatch.engine", "jobmatch.settings", "sqlalchemy"]
JOBS = 4_000


def finished(process: "subprocess.Popen[str]", code: int = 0) -> tuple[str, str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    assert "Traceback" not in err
    return out, err


@pytest.fixture(scope="module")
def conninfo(home: Path) -> str:
    """Where the embedded server is, which this process keeps running for the others."""
    started = anyio.run(embedded.start, home)
    anyio.run(embedded.prepare, started)
    return started


@pytest.fixture(scope="module")
def stored(conninfo: str) -> Stored:
    """Count the postings in the embedded server."""

    def count() -> int:
        with psycopg.connect(conninfo) as connection:
            row = connection.execute("SELECT count(*) FROM match_job").fetchone()
        return int(row[0]) if row else 0

    return count


def test_help_loads_no_more_than_it_needs() -> None:
    code = f"""
import sys
sys.argv = ["jobmatch", "--help"]
from jobmatch.adapters.cli import main
try:
    main()
except SystemExit:
    print([name for name in {HEAVY} if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_demo_then_again(process: Process, stored: Stored) -> None:
    first = json.loads(finished(process("demo", "--json"))[0])
    again = json.loads(finished(process("demo", "--json"))[0])
    assert (first["imported"]["added"], again["imported"]) == (2_000, {"added": 0, "updated": 0, "unchanged": 2_000})
    assert [m["job"]["id"] for m in first["matches"]] == [m["job"]["id"] for m in again["matches"]]
    assert stored() == 2_000
    assert "completed" in finished(process("tasks", "list", "--owner", "demo"))[0]


async def submitted(home: Path) -> Sequence[str]:
    """Put tasks there: one that is pending, one that was under way and has failed, one that is done; return the ids."""
    async with PostgresTaskStore(Database(Settings.from_environ({"JOBMATCH_HOME": str(home)}))) as store:
        ids = [(await store.create(REQUEST, owner="op")).id for _ in range(3)]
        _, failed, done = ids
        assert await store.fail(await taken(store, failed), TaskError(code="odd", message="it was odd"))
        assert await store.finish(await taken(store, done), result(1_234))
    return ids


async def taken(store: TaskStore, task_id: str) -> Claim:
    claim = await store.claim(task_id, lease=60, attempts=9)
    assert isinstance(claim, Claim)
    return claim


def test_postings_are_removed(called: Callable[..., str], stored: Stored, tmp_path: Path) -> None:
    before, file = stored(), tmp_path / "a.csv"
    file.write_text("id,title,expires_at\nx1,Nurse,1999-01-30\nx2,Cook,1999-01-20\nx3,Baker,\nx4,Smith,\n")
    called("import", file)
    assert called("jobs", "purge", "--expired-before", "1999-01-25") == "1 postings removed\n"
    assert json.loads(called("jobs", "purge", "--expired-before", "1999-02-01T00:00:00", "--json")) == {"removed": 1}
    assert json.loads(called("jobs", "remove", "x3", "x4", "nobody", "--json")) == {"removed": 2}
    assert stored() == before


def test_operators_look_after_tasks(process: Process, called: Callable[..., str], stored: Stored, home: Path) -> None:
    pending, failed, done = anyio.run(submitted, home)

    def told(*arguments: object) -> str:
        return called("tasks", *arguments)

    listed = json.loads(told("list", "--owner", "op", "--state", "failed", "--json"))["tasks"]
    assert [task["id"] for task in listed] == [failed]
    facts = dict(line.split(maxsplit=1) for line in told("show", done).splitlines())
    assert (facts["state"], facts["tries"], facts["progress"], facts["matches"]) == ("completed", "1", "100%", "1,234")
    assert facts["ended"].endswith(" UTC")
    assert "error          odd: it was odd" in told("show", failed)
    assert json.loads(told("show", pending, "--json"))["state"] == "pending"
    assert told("cancel", pending, done) == f"{pending}  cancelled\n{done}  completed\n"
    assert told("retry", pending, failed) == f"{pending}  pending\n{failed}  pending\n"
    out, err = finished(process("tasks", "cancel", "no-such-task", pending), code=1)
    assert out == f"{pending}  cancelled\n"
    assert err == "Error: no task 'no-such-task' for this owner; it may have expired\n"
    out, err = finished(process("tasks", "retry", "one", pending, "two", "--json"), code=1)
    assert (json.loads(out)["tasks"][0]["state"], json.loads(out)["missing"]) == ("pending", ["one", "two"])
    assert "'one'" in err and "'two'" in err  # noqa: PT018, both in one message
    told("purge")
    assert json.loads(told("show", done, "--json"))["total"] == 1_234
    assert told("purge", "--age", "0").endswith(" tasks removed\n")
    assert "no task" in finished(process("tasks", "show", done), code=1)[1]
    assert {task["id"] for task in json.loads(told("list", "--owner", "op", "--json"))["tasks"]} == {pending, failed}


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_import_is_finished_by_running_it_again(
    process: Process, stored: Stored, tmp_path: Path, stop: signal.Signals
) -> None:
    file, pipe = tmp_path / "jobs.jsonl", tmp_path / "pipe"
    postings = list(lines(JOBS, seed=int(stop) + 100))
    file.write_bytes(b"".join(postings))
    os.mkfifo(pipe)
    before = stored()
    # Through a pipe into which the end is never written, so that the signal always comes before it.
    running = process("import", pipe, "--batch", 200, "--json")
    with pipe.open("wb", buffering=0) as writing:
        feeding = Thread(target=_feed, args=(writing, b"".join(postings[:-200])))
        feeding.start()
        # Two batches are stored at once; a third one only when one of them has been counted.
        _wait_for_some(stored, before, 600)
        running.send_signal(stop)
        out, err = running.communicate(timeout=60)
        feeding.join()
    assert running.returncode == (130 if stop is signal.SIGINT else -signal.SIGKILL)
    if stop is signal.SIGINT:
        assert err == (
            "Error: interrupted: what was imported so far is stored, in whole batches; run it again to go on\n"
        )
        assert 0 < json.loads(out)["files"][0]["added"] < JOBS
    there = stored() - before
    assert 0 < there < JOBS
    assert there % 200 == 0
    (told,) = json.loads(finished(process("import", file, "--json"))[0])["files"]
    assert (told["added"], told["unchanged"]) == (JOBS - there, there)


def _feed(pipe: BinaryIO, content: bytes) -> None:
    """Write as long as somebody reads."""
    with suppress(BrokenPipeError):
        while content:
            content = content[pipe.write(content) :]


def test_a_named_pipe_is_read_from_its_beginning(process: Process, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    running = process("import", pipe, "--json")
    pipe.write_bytes(b"".join(lines(500, seed=600)))
    (told,) = json.loads(finished(running)[0])["files"]
    assert (told["added"], told["rejected"]) == (500, 0)


def test_ctrl_c_does_not_wait_for_input_that_does_not_come(process: Process, stored: Stored) -> None:
    before = stored()
    running = process("import", "-", "--batch", 100)
    assert running.stdin
    running.stdin.writelines(line.decode() for line in lines(1_000, seed=500))
    running.stdin.flush()
    _wait_for_some(stored, before, 1_000)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=60) == 130
    assert running.communicate()[1].startswith("Error: interrupted: what was imported so far is stored")


def test_nor_for_a_pipe_through_which_nothing_comes(process: Process, stored: Stored, tmp_path: Path) -> None:
    before, pipe = stored(), tmp_path / "pipe"
    os.mkfifo(pipe)
    running = process("import", pipe, "--batch", 100)
    with pipe.open("wb", buffering=0) as writing:
        writing.write(b"".join(lines(1_000, seed=501)))
        _wait_for_some(stored, before, 1_000)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 130
    assert running.communicate()[1].startswith("Error: interrupted: what was imported so far is stored")


def _wait_for_some(stored: Stored, before: int, count: int = 1) -> None:
    deadline = time.monotonic() + 60
    while stored() < before + count:
        assert time.monotonic() < deadline, "nothing was stored"
        time.sleep(0.01)


def test_the_demo_does_not_touch_postings_of_somebodys_own(process: Process, stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_bytes(b"".join(lines(10, seed=700)))
    finished(process("import", tmp_path / "own.jsonl"))
    count = stored()
    told, err = finished(process("demo", "--json"))
    assert json.loads(told)["imported"]["added"] == 0
    assert f"The database holds {count:,} postings already" in err
    assert stored() == count


def test_match_for_programs(process: Process, tmp_path: Path) -> None:
    (tmp_path / "jobs.jsonl").write_bytes(b"".join(lines(10, seed=701)))
    finished(process("import", tmp_path / "jobs.jsonl"))
    (tmp_path / "resume.txt").write_text("Welder: MIG, TIG, steel frames")
    page = json.loads(finished(process("match", tmp_path / "resume.txt", "--limit", 4, "--json"))[0])
    assert len(page["matches"]) == 4
    assert page["diagnostics"]["plan"]["method"] in {"exact", "approximate"}


def test_an_unreachable_database(process: Process) -> None:
    url = "postgresql://user:geheim@127.0.0.1:1/none"
    _, err = finished(process("match", "--title", "x", DATABASE_URL=url, DB_POOL_TIMEOUT="2"), code=1)
    assert len(err.splitlines()) == 1
    assert err.startswith("Error: ")
    assert "geheim" not in err


def test_a_broken_pipe_is_no_error(process: Process) -> None:
    running = process("sample", "--jobs", 50_000)
    assert running.stdout
    running.stdout.readline()
    running.stdout.close()
    running.stdout = None
    assert running.communicate(timeout=60)[1] == ""
    assert running.returncode in {0, 1}


STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def _heeding() -> Iterator[None]:
    """Have children heed that their terminal is closed, even if these tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


#: The queries of others that run, and that wait for a lock.
WORKING = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state = 'active' AND pid <> pg_backend_pid()"
WAITING = f"{WORKING} AND wait_event_type = 'Lock'"


def address(serving: "subprocess.Popen[str]") -> str:
    """Return where a service listens, as it says."""
    assert serving.stderr
    line = serving.stderr.readline()
    url = re.fullmatch(r"Serving on (http://\S+) \(Ctrl-C stops\)\n", line)
    assert url, line
    return url[1]


@pytest.mark.parametrize("stop", STOPS)
def test_serve_until_told_to_stop(process: Process, stop: signal.Signals) -> None:
    running = process("serve", "--port", 0, JOBMATCH_BACKEND="memory")
    assert httpx.get(f"{address(running)}/match/status/none", timeout=60).status_code == 404
    running.send_signal(stop)
    assert finished(running) == ("", "Stopping: tasks under way get 5 s (Ctrl-C ends at once)\n")


def test_serve_goes_on_without_its_terminal_under_nohup(process: Process) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as a child inherits it
    try:
        running = process("serve", "--port", 0, JOBMATCH_BACKEND="memory")
    finally:
        signal.signal(signal.SIGHUP, before)
    url = address(running)
    running.send_signal(signal.SIGHUP)
    assert httpx.get(f"{url}/match/status/none", timeout=60).status_code == 404
    running.send_signal(signal.SIGTERM)
    finished(running)


def under_way(url: str, connection: psycopg.Connection) -> str:
    """Submit a match that gets no further than a locked table, and return its task's id once it waits there."""
    connection.execute("LOCK TABLE match_job IN ACCESS EXCLUSIVE MODE")
    told = httpx.post(f"{url}/match", json={"keywords": "welder"}, timeout=60).json()
    with psycopg.connect(connection.info.dsn, autocommit=True) as observer:
        _until(observer, WAITING, lambda count: count > 0)
    return str(told["task_id"])


def _until(observer: psycopg.Connection, query: str, holds: Callable[[int], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds(observer.execute(query, [observer.info.dbname]).fetchone()[0]):  # type: ignore[index]
        assert time.monotonic() < deadline, query
        time.sleep(0.01)


def standing(connection: psycopg.Connection, task_id: str) -> tuple[object, ...] | None:
    return connection.execute("SELECT state, attempts FROM match_task WHERE id = %s", [task_id]).fetchone()


@pytest.mark.parametrize("stop", STOPS)
def test_serve_hands_back_what_does_not_end_within_the_grace_time(
    process: Process, conninfo: str, stop: signal.Signals
) -> None:
    running = process("serve", "--port", 0, JOBMATCH_GRACE="0.2")
    with psycopg.connect(conninfo) as connection:
        task_id = under_way(address(running), connection)
        running.send_signal(stop)
        finished(running)
        with psycopg.connect(conninfo, autocommit=True) as observer:
            assert standing(observer, task_id) == ("pending", 0)
            _until(observer, WORKING, lambda count: count == 0)


@pytest.mark.parametrize("stop", STOPS)
def test_serve_lets_tasks_end_within_the_grace_time(process: Process, conninfo: str, stop: signal.Signals) -> None:
    running = process("serve", "--port", 0, JOBMATCH_GRACE="600")
    assert running.stderr
    with psycopg.connect(conninfo) as connection:
        task_id = under_way(address(running), connection)
        running.send_signal(stop)
        assert running.stderr.readline().startswith("Stopping: tasks under way get 600 s")
        connection.rollback()
        finished(running)
        assert standing(connection, task_id) == ("completed", 1)


def test_a_second_signal_ends_serve_at_once(process: Process, conninfo: str) -> None:
    running = process("serve", "--port", 0, JOBMATCH_GRACE="600")
    assert running.stderr
    with psycopg.connect(conninfo) as connection:
        under_way(address(running), connection)
        running.send_signal(signal.SIGTERM)
        assert running.stderr.readline().startswith("Stopping")
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
        assert running.returncode == -signal.SIGTERM


@pytest.mark.parametrize("stop", STOPS)
def test_serve_stops_the_embedded_server_when_nobody_else_uses_it(process: Process, stop: signal.Signals) -> None:
    with TemporaryDirectory(prefix="jobmatch-") as home:
        running = process("serve", "--port", 0, JOBMATCH_HOME=home)
        address(running)
        assert Path(home, "postgres", "postmaster.pid").exists()
        running.send_signal(stop)
        finished(running)
        assert not Path(home, "postgres", "postmaster.pid").exists()


def test_serve_on_a_port_that_is_taken(process: Process) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _, err = finished(process("serve", "--port", port, JOBMATCH_BACKEND="memory"), code=2)
    assert err.startswith(f"Error: port: {port} on 127.0.0.1 is taken")
    assert len(err.splitlines()) == 1
