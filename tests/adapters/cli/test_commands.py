"""What each command prints, and how it ends."""

import gc
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jobmatch import MatchEngine, MatchRequest
from jobmatch.adapters.cli.root import cli
from jobmatch.adapters.cli.running import settle
from jobmatch.model import Explained, Recall
from jobmatch.sample import lines

from .conftest import SCRIPT, Invoke

COMMANDS = [
    "demo",
    "import",
    "match",
    "jobs purge",
    "jobs remove",
    "record",
    "interactions purge",
    "index plan",
    "index create",
    "index status",
    "index recall",
    "index tune",
    "index reindex",
    "index drop",
    "tasks list",
    "tasks show",
    "tasks cancel",
    "tasks retry",
    "tasks purge",
    "serve",
    "db upgrade",
    "db status",
    "sample",
    "version",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(invoke: Invoke, command: str) -> None:
    text = invoke(*command.split(), "--help").stdout
    assert "Example" in text
    assert f"jobmatch {command}" in text


def test_the_list_of_commands_is_that_of_the_modules(invoke: Invoke) -> None:
    text = invoke("--help").stdout
    assert all(command.split()[0] in text for command in COMMANDS)


def test_version(invoke: Invoke) -> None:
    found = json.loads(invoke("version", "--json").stdout)
    assert "index.memory" in found["backends"]
    assert found["jobmatch"] in invoke("version").stdout
    assert invoke("--version").stdout.strip() == found["jobmatch"]


def test_sample(invoke: Invoke, tmp_path: Path) -> None:
    invoke("sample", "--jobs", 5, "--seed", 3, "--today", "2026-01-15", "--out", tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == b"".join(lines(5, seed=3))
    invoke("sample", "--jobs", 5, "--seed", 3, "--today", "2026-01-15", "--out", tmp_path / "a.jsonl.gz")
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == b"".join(lines(5, seed=3))
    resumes = invoke("sample", "--resumes", 2).stdout.splitlines()
    assert [json.loads(line)["id"] for line in resumes] == ["resume-0-000001", "resume-0-000002"]
    assert "Say --jobs" in invoke("sample", code=2).stderr


def test_import_tells_what_it_did(invoke: Invoke, tmp_path: Path) -> None:
    rows = ['{"id":"1","job":"Nurse","posted_at":"soon"}', '{"id":"2"}', "no json", '{"id":"1","job":"Cook"}']
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    result = invoke("import", "a.jsonl", "--map", "title=job", "--errors", "bad.jsonl", "--json")
    (told,) = json.loads(result.stdout)["files"]
    assert told.pop("seconds") > 0
    assert told == {
        "file": "a.jsonl", "added": 1, "updated": 0, "unchanged": 1, "rejected": 2, "repeated_ids": 1,
        "reasons": {"title is missing": 1, "is not JSON": 1}, "warnings": {"posted_at: not understood": 1},
        "doubts": {},
    }  # fmt: skip
    assert [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()] == [
        {"file": "a.jsonl", "line": 2, "reason": "title is missing", "row": {"id": "2"}},
        {"file": "a.jsonl", "line": 3, "reason": "is not JSON", "row": "no json"},
    ]


def test_import_tells_what_is_uncertain_and_takes_a_country(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,title,location,posted\n1,Nurse,Ulm,04/05/2026\n")
    assert "uncertain 1: posted_at: the month is taken to be first" in invoke("import", "a.csv").stdout
    assert "1 added" in invoke("import", "a.csv", "--country", "Germany").stdout
    assert "'Atlantis' is no country" in invoke("import", "a.csv", "--country", "Atlantis", code=2).stderr


def test_import_for_people(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,title,when\n1,Nurse,x\n2,,\n")
    result = invoke("import", "a.csv", "-", "--errors", "bad.jsonl", input="".join(f"{r.decode()}" for r in lines(3)))
    assert "a.csv: 1 added, 0 updated, 0 unchanged, 1 rejected" in result.stdout
    assert "rejected 1: title is missing" in result.stdout
    assert "standard input: 3 added" in result.stdout
    assert "The rejected rows are in bad.jsonl." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["import"], 2, "Missing argument"),
        (["import", "none.jsonl"], 1, "Error: none.jsonl: cannot be read: No such file or directory"),
        (["import", "bare.csv"], 1, "bare.csv: has no header, or none with a title (first row: 1, 2)"),
        (["import", "rows.jsonl"], 1, "rows.jsonl: no row is a posting; do the column names need --map?"),
        (["import", "cut.gz"], 1, "cut.gz: is damaged or incomplete"),
        (["import", "rows.jsonl", "--map", "title"], 2, "'title' is not FIELD=COLUMN, as in title=job_title"),
        (["import", "rows.jsonl", "--map", "titel=x"], 2, "did you mean title?"),
        (["import", "rows.jsonl", "--errors", "none/x"], 2, "none/x"),
        (["import", "rows.jsonl", "--batch", "0"], 2, "0 is not in the range"),
        (["match", "none.txt"], 1, "Error: none.txt: cannot be read: No such file or directory"),
        (["match", "empty.txt"], 1, "empty.txt: has no text"),
        (["match", "binary.txt"], 1, "binary.txt: is not text"),
        (["match"], 2, "give a résumé text, titles, skills or keywords"),
        (["match", "--title", "x", "--limit", "0"], 2, "limit: must be between 1 and 1,000, not 0"),
        (["match", "--title", "x", "--limit", "-1"], 2, "limit: must be between 1 and 1,000, not -1"),
        (["match", "--title", "x", "--limit", "1000000000"], 2, "limit: must be between 1 and 1,000"),
        (["match", "--title", "x", "--country", "USA"], 2, "two-letter ISO 3166 code"),
        (["match", "--title", "x", "--latitude", "3"], 2, "goes with latitude and longitude"),
        (["match", "--title", "x", "--experience", "guru"], 2, "'guru' is not one of"),
        (["tasks", "list", "--limit", "0"], 2, "limit"),
        (["tasks", "list", "--cursor", "x"], 2, "cursor"),
        (["tasks", "list", "--state", "lost"], 2, "'lost' is not one of"),
        (["tasks", "show", "x"], 1, "no task 'x'"),
        (["tasks", "cancel", "x"], 1, "no task 'x'"),
        (["tasks", "cancel"], 2, "Missing argument 'ID...'"),
        (["tasks", "retry", "x"], 1, "no task 'x'"),
        (["tasks", "purge", "--age", "-1"], 2, "-1.0 is not in the range"),
        (["db", "status"], 1, "JOBMATCH_BACKEND: 'memory' is not allowed"),
        (["serve", "--port", "99999"], 2, "99999 is not a port"),
        (["nothing"], 2, "No such command 'nothing'"),
        (["index", "create", "--type", "magic"], 2, "'magic' is not one of"),
    ],
)
def test_a_mistake_gives_one_clear_line(
    invoke: Invoke, tmp_path: Path, arguments: list[str], code: int, line: str
) -> None:
    (tmp_path / "bare.csv").write_text("1,2\n3,4\n")
    (tmp_path / "rows.jsonl").write_text('{"id": 1}\n')
    (tmp_path / "empty.txt").write_text(" ")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"".join(lines(100)))[:3_000])
    last = invoke(*arguments, code=code).stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert line in last


def test_wrong_settings(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECTOR_HNSW_M", "1")
    result = invoke("tasks", "list", code=1)
    assert result.stderr == "Error: VECTOR_HNSW_M: '1' is not allowed; use a whole number from 2 to 100\n"


@pytest.mark.parametrize("arguments", ["sample --jobs 2", "sample --jobs 200", "version", "--help", "sample --help"])
def test_a_full_disk_gives_one_line(arguments: str) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([*SCRIPT, *arguments.split()], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (ended.returncode, ended.stderr) == (1, "Error: cannot write: No space left on device\n")


def test_a_reader_that_leaves_gives_no_line() -> None:
    started = [*SCRIPT, "sample", "--jobs", "20000"]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert process.stderr
            process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(timeout=60) == 1
        finally:
            process.kill()  # or leaving the block would wait for it


def test_a_traceback_on_request() -> None:
    result = CliRunner().invoke(cli, ["--debug", "match", "none.txt"])
    assert result.exit_code == 1
    assert type(result.exception).__name__ == "UnreadableFile"


def test_nothing_to_match_yet(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "resume.txt").write_text("Registered nurse")
    result = invoke("match", "resume.txt", "--country", "us", "--remote")
    assert (result.stdout, result.stderr) == (
        "", "There are no postings yet: jobmatch import FILE, or jobmatch demo\n",
    )  # fmt: skip
    assert json.loads(invoke("match", "-", "--json", input="Nurse").stdout)["matches"] == []


def test_how_much_of_the_nearest_has_to_be_found_can_be_said(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Recall] = []
    explain = MatchEngine.explain

    async def seen(engine: MatchEngine, request: MatchRequest, **options: Any) -> Explained:
        asked.append(request.recall)
        return await explain(engine, request, **options)

    monkeypatch.setattr(MatchEngine, "explain", seen)
    for more in ((), ("--recall", "exact")):
        invoke("match", "--title", "Nurse", "--explain", *more)
    assert asked == [Recall.BALANCED, Recall.EXACT]
    assert "'balanced'" in invoke("match", "--title", "Nurse", "--recall", "all", code=2).stderr


def test_tasks_and_index_on_an_empty_index(invoke: Invoke) -> None:
    assert json.loads(invoke("tasks", "list", "--json").stdout) == {"tasks": [], "cursor": None}
    assert "owner" in invoke("tasks", "list").stdout
    assert json.loads(invoke("tasks", "purge", "--json").stdout) == {"removed": 0}
    made = json.loads(invoke("index", "create", "--type", "none", "--json").stdout)
    assert (made["strategy"], made["postings"]) == ("exact", 0)
    assert "exact index over 0 postings" in invoke("index", "create", "--type", "none").stdout


def test_removing_postings_that_are_not_there(invoke: Invoke) -> None:
    assert invoke("jobs", "purge", "--expired-before", "2026-01-25").stdout == "0 postings removed\n"
    assert json.loads(invoke("jobs", "remove", "nobody", "--json").stdout) == {"removed": 0}
    assert "does not match the format" in invoke("jobs", "purge", "--expired-before", "soon", code=2).stderr


def test_a_picture_that_cannot_be_made_is_refused_first(invoke: Invoke) -> None:
    assert "there is no folder 'none'" in invoke("index", "tune", "--plot", "none/recall.svg", code=2).stderr


def test_removing_what_was_recorded(invoke: Invoke) -> None:
    assert invoke("interactions", "purge", "--owner", "ann").stdout == "0 interactions removed\n"
    assert json.loads(invoke("interactions", "purge", "--all", "--json").stdout) == {"removed": 0}
    assert "say what to remove" in invoke("interactions", "purge", code=2).stderr
    assert "say what to remove" in invoke("interactions", "purge", "--all", "--owner", "ann", code=2).stderr


@pytest.mark.parametrize("closed", ["0", "1", "2"])
def test_a_standard_stream_may_be_closed(closed: str, home: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        ["sh", "-c", f'"$@" {closed}>&-', "sh", *SCRIPT, "sample", "--jobs", "3"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout.splitlines()) == (0 if closed == "1" else 3)


def test_demo_for_people(invoke: Invoke) -> None:
    result = invoke("demo")
    assert "The best of 2,000 postings for the sample résumé (Intensive Care Nurse)" in result.stderr
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["#", "score", "title", "company", "place", "posted", "why"]
    assert any(row.split()[:1] == ["10"] for row in rows)
    assert "Nurse" in result.stdout


def test_demo_for_programs_on_ones_own_resume(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "resume.txt").write_text("Zebedee Quux, welder: MIG, TIG, steel frames, blueprints")
    result = invoke("demo", "--resume", "resume.txt", "--limit", "3", "--json")
    told = json.loads(result.stdout)
    assert (told["task"]["state"], told["postings"], told["imported"]["added"]) == ("completed", 2_000, 2_000)
    assert [match["rank"] for match in told["matches"]] == [1, 2, 3]
    assert any("weld" in match["job"]["title"].lower() for match in told["matches"])
    assert all(match["explanation"]["criteria"] for match in told["matches"])
    assert "Zebedee" not in result.output


def test_what_is_loaded_is_left_alone_by_the_garbage_collector() -> None:
    loaded = len(gc.get_objects())
    try:
        settle()
        assert gc.get_freeze_count() > loaded / 2
        assert len(gc.get_objects()) < loaded / 2
    finally:
        gc.unfreeze()
