"""Everything that is checked before a change is taken: ``nox`` runs it all, ``nox -s lint`` one part.

The session of the tests comes last, so that a run ends with what most people look for.
"""

import os
import re
import shutil
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import nox
import nox.project

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
# A Python that a machine lacks is skipped, and said to be, on a build server too.
nox.options.error_on_missing_interpreters = False

HERE = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13"]
#: Branch coverage is measured on this one; the others run without that burden.
COVERED = PYTHONS[0]
#: Kills processes, starts servers, builds indexes: that takes minutes, and one Python will do for it.
ONCE = [
    "tests/chaos",
    "tests/adapters/cli/test_index_commands.py",
    "tests/adapters/cli/test_processes.py",
    *(
        f"tests/backends/postgres/test_{name}.py"
        for name in (
            "embedded",
            "embedder_change",
            "foreign_server",
            "index_admin",
            "index_build",
            "job_table",
            "statements",
            "table_loading",
        )
    ),
]
#: Files of tests are divided among processes, each with servers of its own; they wait more than they compute.
DIVIDED = ["--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]
#: Name and oldest release of a requirement that names one.
OLDEST = re.compile(r"^([\w.-]+)(?:\[.*\])?>=([\w.]+)", re.MULTILINE)
#: All but those that one Python will do for.
QUICK = [*DIVIDED, *(f"--ignore={path}" for path in ONCE)]
REPORTS = HERE / ".nox" / "reports"
ON_BUILD_SERVER = bool(os.environ.get("CI"))
BARE = "import sys, jobmatch; sys.exit(not {'sqlalchemy', 'psycopg', 'click', 'starlette'}.isdisjoint(sys.modules))"


def install_group(session: nox.Session, group: str) -> None:
    """Install a dependency group; spelled out, so that any pip will do."""
    session.install(*nox.project.dependency_groups(PROJECT, group))


@nox.session
def lint(session: nox.Session) -> None:
    """Style, likely mistakes, and the direction of imports."""
    install_group(session, "lint")
    session.install("--no-deps", "--editable", ".")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-cache")


@nox.session
def typing(session: nox.Session) -> None:
    """Types, strictly, of the library and of everything around it."""
    session.install("--editable", ".[all]")
    install_group(session, "typing")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, warnings being errors, and the next release's notes."""
    session.install(".[all]")  # the reference is made from the code
    install_group(session, "docs")
    session.run(
        "mkdocs", "build", "--strict", "--site-dir", str(session.create_tmp()), env={"NO_MKDOCS_2_WARNING": "1"}
    )
    session.run("towncrier", "build", "--draft", "--version", "next", silent=True)


@nox.session
def build(session: nox.Session) -> None:
    """The distributions, and what a user gets from them in an empty environment."""
    install_group(session, "build")
    folder = Path(session.create_tmp())
    for leftover in folder.iterdir():
        shutil.rmtree(leftover)
    session.run("python", "-m", "build", "--outdir", str(folder / "dist"), silent=True)
    (wheel,) = (folder / "dist").glob("jobmatch-*.whl")
    python = empty_environment(session, folder / "user")
    session.run(python, "-m", "pip", "install", "--quiet", str(wheel), external=True)
    session.run(python, "-c", BARE, external=True)
    session.run(python, "-m", "pip", "install", "--quiet", f"{wheel}[demo]", external=True)
    session.run(python, "-m", "jobmatch", "version", external=True)
    # What belongs to extras that are not there is left out.
    for command in ("demo", "db upgrade", "db status", "tasks list"):
        home = {"JOBMATCH_HOME": str(folder / "home")}
        session.run(python, "-m", "jobmatch", *command.split(), external=True, env=home)


def empty_environment(session: nox.Session, folder: Path) -> str:
    """Make a virtual environment without anything of ours; return its interpreter."""
    session.run("python", "-m", "venv", "--clear", str(folder))
    return str(folder / "bin" / "python")


@nox.session
def examples(session: nox.Session) -> None:
    """Every example runs, and the distributions among them install and are found."""
    session.install(".[all]", "./examples/own_backend", "./examples/own_strategy")
    install_group(session, "examples")
    run_pytest(session, "tests/test_examples.py")


@nox.session(default=False)
def chaos(session: nox.Session) -> None:
    """Kills, restarts, freezes and cuts, for minutes; the suite has a short form of the same tests."""
    session.install(".[all]")
    install_group(session, "tests")
    run_pytest(session, "-m", "chaos", *(session.posargs or ["tests/chaos"]), env={"CHAOS": "long"})


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """Every benchmark runs to its end, among few postings, beside other libraries in environments of their own."""
    session.install(".[all]")
    install_group(session, "tests")
    run_pytest(session, *(session.posargs or ["benchmarks/test_benchmarks.py"]))


@nox.session(python=COVERED)
def lowest(session: nox.Session) -> None:
    """The test suite with the oldest releases of what the project depends on that it says will do."""
    oldest = Path(session.create_tmp()) / "oldest.txt"
    oldest.write_text("\n".join(map("==".join, OLDEST.findall("\n".join(requirements())))))
    session.install(".[all]", *nox.project.dependency_groups(PROJECT, "tests"), "--constraint", str(oldest))
    run_pytest(session, *(session.posargs or [*QUICK, "--ignore=tests/test_examples.py"]))


def requirements() -> list[str]:
    """Return what the project depends on, with all extras."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    return [*PROJECT["project"]["dependencies"], *chain.from_iterable(extras)]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The test suite, against the installed project."""
    session.install(".[all]")
    install_group(session, "tests")
    arguments = session.posargs or [*DIVIDED, "--ignore=tests/test_examples.py"]
    if session.python != COVERED:
        run_pytest(session, *(session.posargs or [*QUICK, "--ignore=tests/test_examples.py"]))
        return
    session.run("coverage", "erase")
    run_pytest(session, *arguments, under=["coverage", "run", "-m"])
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


def run_pytest(
    session: nox.Session, *arguments: str, under: list[str] | None = None, env: dict[str, str] | None = None
) -> None:
    """Run pytest with a report; on a build server no test may be skipped because it ``needs`` something."""
    report = REPORTS / f"{session.name}.xml"
    session.run(*(under or ["python", "-m"]), "pytest", f"--junit-xml={report}", *arguments, env=env)
    skipped = skips(report)
    if ON_BUILD_SERVER and skipped:
        session.error("tests were skipped that must run here:\n" + "\n".join(skipped))


def skips(report: Path) -> list[str]:
    """Return which tests were skipped for want of a tool, and of which."""
    return [
        f"{case.get('classname')}.{case.get('name')}: {skipped.get('message')}"
        for case in ElementTree.parse(report).iter("testcase")  # noqa: S314, we wrote it a moment ago
        for skipped in case.findall("skipped")
        if skipped.get("message", "").startswith("needs")
    ]
