"""The commands of the index: options in this process, the work on a real server with processes of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pytest
from click.testing import CliRunner, Result

from jobmatch.adapters.cli.root import cli
from jobmatch.backends.postgres import embedded
from jobmatch.backends.postgres.index_builder import BUILD_LOCK
from jobmatch.sample import lines

Invoke = Callable[..., Result]
Process = Callable[..., "subprocess.Popen[str]"]
QUESTIONS = """{"text": "night nurse, surgical ward"}
{"text": "welder, MIG and TIG", "filters": {"country": "US"}}
{"text": "python developer", "filters": {"workplace": "remote"}}
"""
DROPS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DROP INDEX CONCURRENTLY%' AND state = 'active'"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
BROKEN = "SELECT count(*) FROM pg_index x WHERE NOT x.indisvalid"


@pytest.fixture(scope="module")
def database(home: Path) -> str:
    """An embedded server with postings in it, which this process keeps running for the others."""
    conninfo = anyio.run(embedded.start, home)
    anyio.run(embedded.prepare, conninfo)
    return conninfo


@pytest.fixture
def observer(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def told(called: Callable[..., str], observer: psycopg.Connection, tmp_path: Path) -> Callable[..., str]:
    """Run a command on postings and return what it printed."""
    if observer.execute("SELECT count(*) FROM match_job").fetchone() == (0,):
        (tmp_path / "jobs.jsonl").write_bytes(b"".join(lines(2_000)))
        called("import", tmp_path / "jobs.jsonl")
    return called


def broken(observer: psycopg.Connection) -> int:
    row = observer.execute(BROKEN).fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["create", "--type", "ivfflat", "--m", 8], "--m goes with --type hnsw"),
        (["plan", "--lists", 8], "--lists goes with --type ivfflat"),
        (["create", "--type", "none", "--ef-construction", 80], "--ef-construction goes with --type hnsw"),
        (["create", "--type", "none", "--storage", "bit"], "--storage goes with any --type but none"),
        (["plan", "--type", "none", "--storage", "halfvec"], "--storage goes with any --type but none"),
        (["create", "--m", 40, "--ef-construction", 79], "--ef-construction must be at least 80"),
        (["create", "--m", 1], "1 is not in the range"),
        (["tune", "--target", 0], "target: must be above 0"),
        (["recall", "--min", 2], "min: must be between 0 and 1, not 2.0"),
        (["recall", "--min", "nan"], "min: must be between 0 and 1, not nan"),
        (["recall", "--k", 0], "0 is not in the range"),
    ],
)
def test_a_mistake_gives_one_clear_line(invoke: Invoke, arguments: list[Any], line: str) -> None:
    last = invoke("index", *arguments, code=2).stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert line in last


def test_nothing_can_be_measured_without_postings(invoke: Invoke, tmp_path: Path) -> None:
    assert "there are no postings" in invoke("index", "recall", code=1).stderr
    assert "no vector index to tune" in invoke("index", "tune", code=1).stderr
    assert "there is no vector index" in invoke("index", "reindex", code=1).stderr
    assert invoke("index", "drop").stdout == "There was no vector index.\n"
    assert "missing.jsonl" in invoke("index", "recall", "--requests", "missing.jsonl", code=1).stderr


def test_more_links_bring_more_candidates_along(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECTOR_HNSW_EF_CONSTRUCTION", "64")
    planned = json.loads(invoke("index", "plan", "--m", 64, "--json").stdout)
    assert "m=64 ef_construction=128" in planned["index"]


def test_lists_that_are_far_from_even_get_a_word(told: Callable[..., str]) -> None:
    advice = "ivfflat lists=45 storage=halfvec would suit so many postings better"
    assert advice in told("index", "plan", "--type", "ivfflat", "--lists", 10)
    assert json.loads(told("index", "plan", "--type", "ivfflat", "--lists", 10, "--json"))["suited"] in advice
    assert "would suit" not in told("index", "plan", "--type", "ivfflat", "--lists", 100)


def test_an_index_from_plan_to_drop(told: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text(QUESTIONS)
    questions = ("--requests", tmp_path / "questions.jsonl")
    planned = json.loads(told("index", "plan", "--type", "hnsw", "--m", 8, "--json"))
    assert planned["steps"][-1] == "build the vector index: hnsw m=8 ef_construction=256 storage=halfvec"
    assert min(planned["bytes"], planned["memory"], planned["seconds"]) > 0
    made = json.loads(told("index", "create", "--type", "hnsw", "--m", 8, "--json"))
    assert (made["strategy"], made["m"], made["postings"]) == ("hnsw", 8, 2_000)
    assert json.loads(told("index", "create", "--type", "hnsw", "--m", 8, "--json"))["forecast"]["steps"] == []

    tuned = json.loads(told("index", "tune", "--plot", tmp_path / "recall.svg", "--json", *questions))
    assert tuned["reached"]["recall"] >= 0.99
    assert tuned["taken"]["effort"] > tuned["reached"]["effort"]
    assert tuned["taken"] in tuned["calibration"]["rungs"]
    assert (tmp_path / "recall.svg").read_text().startswith("<svg")
    report = json.loads(told("index", "recall", "--min", 0.9, "--json", *questions))
    assert report["overall"]["queries"] == 3

    state = json.loads(told("index", "status", "--json"))
    assert (state["index"], state["broken"], state["missing"]) == (planned["index"], [], [])
    assert state["calibration"]["rungs"] == tuned["calibration"]["rungs"]
    assert state["recall"]["overall"] == report["overall"]
    assert "hnsw m=8" in told("index", "status")
    assert json.loads(told("index", "reindex", "--json"))["index"] == planned["index"]
    assert told("index", "drop") == f"Removed: {planned['index']}\n"
    assert json.loads(told("index", "status", "--json"))["name"] is None
    assert told("index", "reindex").rstrip().endswith(": the supporting ones, for there is no vector index")


def test_a_picture_that_cannot_be_made_is_refused_before_anything_is_measured(invoke: Invoke, tmp_path: Path) -> None:
    picture, there = tmp_path / f"{'long' * 100}.svg", tmp_path / "there.svg"
    assert "cannot be written: File name too long" in invoke("index", "tune", "--plot", picture, code=2).stderr
    there.write_text("as it was")
    for free in (there, tmp_path / "new.svg"):
        assert "no vector index to tune" in invoke("index", "tune", "--plot", free, code=1).stderr
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("there.svg", "as it was")]


def test_what_was_measured_is_told_though_the_picture_cannot_be_written(told: Callable[..., str]) -> None:
    told("index", "create", "--type", "hnsw", "--m", 8)
    tuning = ("index", "tune", "--count", "5", "--plot", "/dev/full")
    result = CliRunner().invoke(cli, tuning)
    assert (result.exit_code, "recall@10 of 5 questions" in result.stdout) == (1, True)
    assert result.stderr.endswith("the picture is not in '/dev/full': No space left on device\n")
    told("index", "drop")


GONE = """
CREATE ACCESS METHOD gone TYPE INDEX HANDLER hnswhandler;
CREATE OPERATOR CLASS gone_ops FOR TYPE halfvec USING gone AS
    OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops,
    FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec), FUNCTION 2 l2_norm(halfvec),
    FUNCTION 3 hnsw_halfvec_support(internal);
CREATE INDEX match_job_vector ON match_job USING gone (vector gone_ops);
"""


def test_an_index_whose_kind_was_uninstalled_is_said_to_be_removed(
    told: Callable[..., str], observer: psycopg.Connection
) -> None:
    told("index", "drop")
    observer.execute(GONE)
    assert "match_job_vector: no search can use it, for its kind is gone" in told("index", "status")
    assert told("index", "drop") == "Removed: match_job_vector\n"
    assert told("index", "drop") == "There was no vector index.\n"
    observer.execute("DROP ACCESS METHOD gone CASCADE")


REBUILT = """
DROP INDEX match_job_vector;
CREATE INDEX match_job_vector ON match_job USING hnsw (vector halfvec_cosine_ops) WITH (m = 7, ef_construction = 64);
"""


def test_what_is_dropped_is_what_is_there_when_another_build_has_ended(
    process: Process, told: Callable[..., str], observer: psycopg.Connection
) -> None:
    """Another session holds the lock of builders, and replaces the index as soon as the command says that it waits."""
    told("index", "create", "--type", "ivfflat", "--lists", 3)
    observer.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
    running = process("index", "drop", "--json")
    assert running.stderr
    assert "  0%  waiting for another build\n" in iter(running.stderr.readline, "")
    observer.execute(REBUILT)
    observer.execute("SELECT pg_advisory_unlock(%s)", [BUILD_LOCK])
    out, _ = running.communicate(timeout=60)
    assert json.loads(out) == {"dropped": "hnsw m=7 ef_construction=64 storage=halfvec"}
    assert json.loads(told("index", "status", "--json"))["name"] is None


def test_too_little_recall_is_a_failure(
    process: Process, told: Callable[..., str], observer: psycopg.Connection
) -> None:
    told("index", "create", "--type", "hnsw", "--m", 2, "--ef-construction", 4)
    told("index", "recall", "--count", 20, "--min", 0)
    process("index", "tune", "--count", 20).communicate(timeout=120)
    # As if the least effort had been measured to find everything for nothing.
    rung = {"effort": 1, "recall": 1.0, "worst": 1.0, "milliseconds": 0.001}
    costs = {"exact": 1e6, "exact_row": 1.0, "index": 0.0, "index_visit": 1e-6}
    observer.execute(
        "UPDATE match_index SET calibration = (calibration::jsonb || %s::jsonb)::json WHERE calibration IS NOT NULL",
        [json.dumps({"rungs": [rung], "costs": costs})],
    )
    # Of so few postings every other one is a witness of what was missed; rough answers go without.
    arguments = ("--count", 20, "--min", 1, "--wanted", "fast")
    out, err = process("index", "recall", *arguments).communicate(timeout=120)
    assert out.startswith("hnsw m=2 ef_construction=4"), err
    assert err.splitlines()[-1].startswith("Error: the lowest recall is 0.")
    assert "though the index was tuned; that is of" in err
    assert "build a better one: jobmatch index create --type hnsw --m 2 --ef-construction 512" in err
    told("index", "drop")


def test_an_explanation_shows_plan_and_statement(told: Callable[..., str]) -> None:
    told("index", "drop")
    text = told("match", "--title", "Welder", "--country", "US", "--explain")
    assert "plan:\n  exact: " in text
    assert "compares each of them" in text
    assert "as measured" not in text
    assert "SELECT" in text
    explained = json.loads(told("match", "--title", "Welder", "--explain", "--json"))
    assert (explained["plan"]["method"], explained["trace"]["settings"]) == ("exact", {})


def test_the_older_name(home: Path, told: Callable[..., str]) -> None:
    command = [sys.executable, "-m", "jobmatch.scripts.create_vector_indices", "--type", "none", "--json"]
    done = subprocess.run(command, env={"JOBMATCH_HOME": str(home)}, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["postings"] == 2_000


@pytest.fixture
def held_back(database: str) -> Iterator[psycopg.Connection]:
    """Have whoever builds an index wait until this connection's transaction ends: for all who write to the table."""
    with psycopg.connect(database) as connection:
        yield connection
        connection.rollback()


def _hold(connection: psycopg.Connection) -> None:
    connection.execute("DELETE FROM match_job WHERE id = 'nobody'")


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_stopped_leaves_a_clean_state(
    process: Process,
    told: Callable[..., str],
    observer: psycopg.Connection,
    held_back: psycopg.Connection,
    stop: signal.Signals,
) -> None:
    told("index", "create", "--type", "none")
    _hold(held_back)
    running = process("index", "create", "--type", "hnsw")
    _until(lambda: broken(observer) > 0)
    running.send_signal(stop)
    _until(lambda: not _builds(observer))
    held_back.rollback()
    _, err = running.communicate(timeout=60)
    assert running.returncode == 128 + stop
    assert err.splitlines()[-1].startswith("Error: interrupted: an index that was there serves on")
    assert broken(observer) == 0


def test_impatience_does_not_disturb_the_tidying_up(
    process: Process, told: Callable[..., str], observer: psycopg.Connection, held_back: psycopg.Connection
) -> None:
    """Ctrl-C again while the unfinished index is dropped, and then until the process has ended."""
    told("index", "create", "--type", "none")
    _hold(held_back)
    running = process("index", "create", "--type", "hnsw")
    _until(lambda: broken(observer) > 0)
    running.send_signal(signal.SIGINT)
    _until(lambda: observer.execute(DROPS).fetchone() == (1,))
    running.send_signal(signal.SIGINT)
    held_back.rollback()
    _until(lambda: _interrupted(running) is not None)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert [line for line in err.splitlines() if "%  " not in line][1:] == [
        "Error: interrupted: an index that was there serves on; run it again to build, and to remove what may be"
        " unfinished"
    ]
    assert broken(observer) == 0


def test_measuring_that_is_stopped_says_that_nothing_is_kept(
    process: Process, told: Callable[..., str], observer: psycopg.Connection, held_back: psycopg.Connection
) -> None:
    told("index", "create", "--type", "hnsw")
    before = told("index", "status", "--json")
    held_back.execute("LOCK TABLE match_job IN ACCESS EXCLUSIVE MODE")
    running = process("index", "tune")
    _until(lambda: observer.execute(WAITS).fetchone() != (0,))
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    held_back.rollback()
    assert running.returncode == 130
    assert err.splitlines()[-1] == ("Error: interrupted before it was done: run it again to measure; searches go on")
    assert json.loads(told("index", "status", "--json"))["calibration"] == json.loads(before)["calibration"]


def test_any_command_ends_by_ctrl_c_as_shells_have_it(
    process: Process, observer: psycopg.Connection, held_back: psycopg.Connection
) -> None:
    held_back.execute("LOCK TABLE match_job IN ACCESS EXCLUSIVE MODE")
    running = process("match", "--title", "Nurse")
    _until(lambda: observer.execute(WAITS).fetchone() != (0,))
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    held_back.rollback()
    assert (running.returncode, err) == (130, "Error: interrupted\n")


def _interrupted(running: "subprocess.Popen[str]") -> int | None:
    running.send_signal(signal.SIGINT)
    return running.poll()


def _builds(observer: psycopg.Connection) -> bool:
    row = observer.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'").fetchone()
    return row != (0,)


def test_what_a_killed_build_left_behind_is_repaired(
    process: Process, told: Callable[..., str], observer: psycopg.Connection, held_back: psycopg.Connection
) -> None:
    told("index", "create", "--type", "none")
    _hold(held_back)
    running = process("index", "create", "--type", "hnsw")
    _until(lambda: broken(observer) > 0)
    running.kill()
    running.communicate(timeout=60)
    _until(lambda: not _builds(observer))  # though nothing else lets the server know that nobody waits
    held_back.rollback()
    state = json.loads(told("index", "status", "--json"))
    assert state["broken"] == ["match_job_vector"]
    assert "run jobmatch index create" in told("index", "status")
    told("index", "create", "--type", "hnsw")
    state = json.loads(told("index", "status", "--json"))
    assert (state["broken"], state["name"]) == ([], "match_job_vector")


def test_a_second_build_says_that_it_waits(
    process: Process, told: Callable[..., str], observer: psycopg.Connection, held_back: psycopg.Connection
) -> None:
    told("index", "create", "--type", "none")
    _hold(held_back)
    first = process("index", "create", "--type", "hnsw")
    _until(lambda: broken(observer) > 0)
    second = process("index", "create", "--type", "hnsw")
    assert second.stderr
    _until(lambda: "waiting for another build" in (second.stderr.readline() if second.stderr else ""))
    held_back.rollback()
    for one in (first, second):
        one.communicate(timeout=60)
        assert one.returncode == 0
    assert broken(observer) == 0
