"""Every benchmark runs to its end, among few postings: ``nox -s benchmarks``. What is printed then means nothing."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data"
FEW = ("--jobs", "3000")
#: What each is told, so that it takes seconds.
BRIEFLY: Mapping[str, Sequence[str]] = {
    "against_peers": (*FEW, "--queries", "5"),
    "astray": (*FEW, "--people", "5"),
    "floor": FEW,
    "growth": (*FEW, "--times", "2"),
    "import_speed": ("--jobs", "500"),
    "languages": (),
    "match_latency": FEW,
    "overhead": FEW,
    "startup": (),
    "task_queue": FEW,
    "tasks": (*FEW, "--finished", "1000"),
}
#: Runs in two of the tests below, or makes a file of the package.
ELSEWHERE = {"relevance", "selectivity", "sweep_picture", "common_part"}


def run(name: str, *arguments: str | Path, given: str = "") -> str:
    """Run a benchmark; return what it prints."""
    command = [sys.executable, HERE / f"{name}.py", *arguments]
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0
    return done.stdout


def test_none_is_forgotten() -> None:
    programs = {file.stem for file in HERE.glob("*.py") if "\ndef main(" in file.read_text()}
    assert programs == BRIEFLY.keys() | ELSEWHERE


@pytest.mark.parametrize("name", BRIEFLY)
def test_benchmark(name: str) -> None:
    assert json.loads(run(name, *BRIEFLY[name]).splitlines()[-1])


def test_sweep_and_its_picture() -> None:
    swept = run("selectivity", *FEW, "--queries", "5")
    assert run("sweep_picture", given=swept).startswith("<svg")


@pytest.mark.skipif(not DATA.exists(), reason="the relevance sets are not here")
def test_relevance() -> None:
    assert json.loads(run("relevance", "--data", DATA).splitlines()[-1])
