"""Naming somebody's table in a setting, as a developer would; commands find it."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import run
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from jobmatch.adapters.cli.root import cli
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.backends.postgres.mapped.loading import load
from jobmatch.errors import InvalidSettings
from jobmatch.plugins import Backends
from jobmatch.settings import Settings

MODULE = """
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Column, Integer, MetaData, Table, Text, case
from jobmatch.backends.postgres.mapped import JobTable

class Maps:
    table = Table("Jobs", MetaData(), Column("Id", Integer), Column("Name", Text), Column("Where", Text),
                  Column("Vector", VECTOR(256)), schema="Shop")
    jobs = JobTable(table, columns={
        "id": table.c.Id, "title": table.c.Name, "vector": table.c.Vector, "city": table.c.Where})

JOBS = Maps.jobs
"""
TABLE = """
CREATE SCHEMA "Shop";
CREATE TABLE "Shop"."Jobs" ("Id" int PRIMARY KEY, "Name" text, "Where" text, "Vector" vector(256));
INSERT INTO "Shop"."Jobs" SELECT n, 'Nurse ' || n, 'Bonn', (SELECT array_agg(random() - 0.5 + 0 * (n + i))
  FROM generate_series(1, 256) i)::vector FROM generate_series(1, 500) n;
"""
#: How the installed script starts: without the current folder among those that modules are looked for in.
SCRIPT = "import sys; sys.path = [p for p in sys.path if p]; from jobmatch.adapters.cli import main; main()"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with somebody's modules, the current one."""
    (tmp_path / "their_shop.py").write_text(MODULE)
    (tmp_path / "their_broken.py").write_text("import not_there_at_all")
    (tmp_path / "their_typo.py").write_text(MODULE.replace('"city"', '"town"'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in ("their_shop", "their_typo"):
        sys.modules.pop(name, None)


def test_a_table_is_found_by_its_name(here: Path) -> None:
    found = load("their_shop:JOBS")
    assert isinstance(found, JobTable)
    assert load("their_shop:Maps.jobs") is found
    settings = Settings.from_environ({"DATABASE_URL": "postgresql://h/d", "JOBMATCH_JOB_TABLE": "their_shop:JOBS"})
    assert isinstance(Backends(settings).make("index", "postgres"), TableJobIndex)
    assert settings.space() != Settings.from_environ({"DATABASE_URL": "postgresql://h/d"}).space()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("their_shops:JOBS", "there is no module 'their_shops'.*PYTHONPATH"),
        ("their_shop.more:JOBS", r"there is no module 'their_shop\.more'"),
        ("their_shop:JOB", "the module their_shop has no JOB; it has JOBS"),
        ("json:dumpz", "the module json has no dumpz; it has no JobTable"),
        ("their_shop:Maps.table", r"is a Table, not a JobTable: wrap it"),
        ("their_broken:JOBS", "importing their_broken failed: ModuleNotFoundError: .*not_there_at_all"),
        ("their_typo:JOBS", "importing their_typo failed: InvalidInput: columns: 'town' is not one of"),
    ],
)
def test_what_is_not_found_is_told(here: Path, name: str, message: str) -> None:
    with pytest.raises(InvalidSettings, match=rf"^JOBMATCH_JOB_TABLE: .*{message}"):
        load(name)


@pytest.mark.parametrize("name", ["their_shop", "their_shop:", ":JOBS", "a b:c", "a/b.py:c", "a..b:c"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(InvalidSettings, match=r"package\.module:attribute"):
        Settings.from_environ({"JOBMATCH_JOB_TABLE": name})


def test_there_are_no_tables_in_memory() -> None:
    settings = Settings.from_environ({"JOBMATCH_JOB_TABLE": "a:b"})
    with pytest.raises(InvalidSettings, match="JOBMATCH_BACKEND=postgres"):
        Backends(settings).make("index", "memory")


def test_commands_reach_the_table(here: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLE)
    command, script = _in_here(database_url, monkeypatch), _as_script(database_url)
    assert "build the vector index: hnsw" in script("index", "plan")
    command("index", "create", "--storage", "vector")
    assert command("index", "create", "--storage", "vector", "--json").startswith("{")
    state = json.loads(command("index", "status", "--json"))
    assert (state["index"], state["rows"]) == ("hnsw m=32 ef_construction=256 storage=vector", 500)
    command("index", "tune", "--count", "10", "--target", "0.5")
    command("index", "recall", "--count", "10")
    state = json.loads(command("index", "status", "--json"))
    assert state["calibration"]["queries"] == 10
    assert state["recall"]["k"] == 10
    found = json.loads(command("match", "--title", "nurse", "--city", "BONN", "--limit", "3", "--json"))
    assert len(found["matches"]) == 3
    assert "Jobs" in command("match", "--title", "nurse", "--explain")
    command("index", "reindex")
    assert "Removed: hnsw" in command("index", "drop")
    assert "unset JOBMATCH_JOB_TABLE" in command("import", "-", code=1, input='{"id": "1", "title": "x"}')
    told = script("index", "status", code=1, JOBMATCH_JOB_TABLE="their_shop:JOB")
    assert told == "Error: JOBMATCH_JOB_TABLE: the module their_shop has no JOB; it has JOBS\n"


def test_an_empty_table_of_somebody_is_to_be_filled_by_them(
    here: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLE)
        connection.execute('TRUNCATE "Shop"."Jobs"')
    command = _in_here(database_url, monkeypatch)
    command("index", "create", "--storage", "vector")
    for verb in ("recall", "tune"):
        told = command("index", verb, code=1)
        assert "if the table is your own, add rows to it that have a vector and have not expired" in told
    told = CliRunner().invoke(cli, ["match", "--title", "nurse"]).stderr
    assert "in your table: add rows to it" in told
    assert "jobmatch import" not in told


def _in_here(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run commands in this process, which is much quicker."""
    for name, value in {"DATABASE_URL": database_url, "JOBMATCH_JOB_TABLE": "their_shop:JOBS"}.items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str, code: int = 0, input: str | None = None) -> str:  # noqa: A002
        done = CliRunner().invoke(cli, arguments, input=input)
        assert done.exit_code == code, done.output
        return done.stderr if code else done.stdout

    return command


def _as_script(database_url: str) -> Callable[..., str]:
    def command(*arguments: str, code: int = 0, **more: str) -> str:
        given: dict[str, Any] = {"DATABASE_URL": database_url, "JOBMATCH_JOB_TABLE": "their_shop:JOBS", **more}
        done = run(
            [sys.executable, "-c", SCRIPT, *arguments],
            capture_output=True, text=True, env={"PATH": "", **given}, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else done.stdout

    return command
