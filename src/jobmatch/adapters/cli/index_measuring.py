"""``jobmatch index status``, ``recall`` and ``tune``."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.index_options import as_json
from jobmatch.adapters.cli.index_tables import advice, divided, recall_table, rungs_table, shortfall, status_lines
from jobmatch.adapters.cli.plot import recall_plot
from jobmatch.adapters.cli.running import open_engine, run, stoppable
from jobmatch.importing import read_requests
from jobmatch.model import Calibration, IndexState, IndexStrategy, MatchRequest, Recall, RecallReport, fields

_AGAIN = "interrupted before it was done: run it again to measure; searches go on"
F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = (
    click.option("--k", type=click.IntRange(1, 1_000), default=10, show_default=True, help="Nearest to look for."),
    click.option(
        "--count", type=click.IntRange(1, 1_000), default=100, show_default=True, help="Questions to make up."
    ),
    click.option(
        "--requests",
        "file",
        metavar="FILE",
        help='Questions of your users instead: JSON lines, each a request or a résumé with its "text".',
    ),
)


def _material(command: F) -> F:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("status")
@as_json
def status(as_json: bool) -> None:
    """Tell about the indexes: sizes, validity, dead rows, bloat, what they were measured to find.

    \b
    Example:
      jobmatch index status --json
    """
    state = run(_status)
    if as_json:
        output.as_json(state)
        return
    for name, fact in status_lines(state):
        click.echo(f"{name:<12}{fact}")


@click.command("recall")
@click.option("--min", "least", type=float, help="Fail if less is found in any band.")
@click.option(
    "--wanted",
    type=click.Choice([str(one) for one in Recall]),
    default=str(Recall.BALANCED),
    show_default=True,
    help="How much the searches are asked to find.",
)
@_material
@as_json
def recall(least: float | None, wanted: str, file: str | None, as_json: bool, **how: int) -> None:
    """Measure what searches find of the nearest postings, without filters and by how many postings pass them.

    \b
    Example:
      jobmatch index recall --min 0.99 --requests questions.jsonl
    """
    fields.within("min", least, 0, 1)
    requests = read_requests(file) if file else ()
    with stoppable(_AGAIN):
        report, calibration, better = run(lambda: _recall(requests, Recall(wanted), how))
    if as_json:
        output.as_json(report)
    else:
        click.echo(f"{report.index}: recall@{report.k}, asked for {report.wanted}")
        output.show(recall_table(report))
    if least is not None and report.lowest < least:
        raise click.ClickException(shortfall(report, least, calibration, better))


_IMAGE = click.Path(dir_okay=False, writable=True, path_type=Path)


def _writable(_: click.Context, __: click.Parameter, picture: Path | None) -> Path | None:
    """Refuse a file that could not be made, before anything is measured for it."""
    if picture and not picture.parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(picture.parent)!r}")
    if picture:
        _try(picture)
    return picture


def _try(picture: Path) -> None:
    """Open the file as it will be opened, for no rights tell of a full or read-only disk; leave no trace."""
    new = not os.path.lexists(picture)
    if not new and not os.path.isfile(picture):
        return  # whoever reads a pipe would take this for the end
    try:
        picture.open("a", encoding="utf-8").close()
        if new:
            picture.unlink()
    except OSError as error:
        raise click.BadParameter(f"{str(picture)!r} cannot be written: {error.strerror}") from error


def _failure(picture: Path, drawing: str) -> str | None:
    """Write a picture; return what went wrong, for there is more to be told than that."""
    try:
        picture.write_text(drawing, encoding="utf-8")
    except OSError as error:
        return f"the picture is not in {str(picture)!r}: {error.strerror}"
    return None


@click.command("tune")
@click.option("--target", type=float, default=Recall.BALANCED.target, show_default=True, help="Recall to reach.")
@click.option(
    "--plot",
    "picture",
    metavar="FILE.svg",
    type=_IMAGE,
    callback=_writable,
    help="Draw recall against duration into this file.",
)
@_material
@as_json
def tune(target: float, picture: Path | None, file: str | None, as_json: bool, **how: int) -> None:
    """Measure what each effort finds and costs; searches go by it from then on.

    Fails if no effort reaches the target, and tells what to build instead.

    \b
    Example:
      jobmatch index tune --target 0.99 --plot recall.svg
    """
    requests = read_requests(file) if file else ()
    with stoppable(_AGAIN):
        calibration, better = run(lambda: _tune(requests, target, how))
    failure = _failure(picture, recall_plot(calibration, target=target)) if picture else None
    if as_json:
        reached, taken = calibration.reaching(target), calibration.taken(target)
        output.as_json({"target": target, "reached": reached, "taken": taken, "calibration": calibration})
    else:
        click.echo(f"{calibration.index}: recall@{calibration.k} of {calibration.queries:,} questions")
        output.show(rungs_table(calibration, target))
        if calibration.astray:
            click.echo(divided(calibration.astray))
    short = advice(calibration, target, better) if calibration.reaching(target) is None else None
    if told := [one for one in (short, failure) if one]:
        raise click.ClickException("; ".join(told))


async def _status() -> IndexState:
    async with open_engine() as engine:
        return await engine.index.status()


async def _recall(
    requests: Sequence[MatchRequest], wanted: Recall, how: dict[str, int]
) -> tuple[RecallReport, Calibration | None, IndexStrategy | None]:
    async with open_engine() as engine:
        with output.progress("Measuring") as show:
            report = await engine.index.recall(wanted=wanted, requests=requests, progress=show, **how)
        state = await engine.index.status()
        return report, None if state.outdated else state.calibration, await engine.index.better()


async def _tune(
    requests: Sequence[MatchRequest], target: float, how: dict[str, int]
) -> tuple[Calibration, IndexStrategy | None]:
    async with open_engine() as engine:
        with output.progress("Measuring") as show:
            calibration = await engine.index.tune(target=target, requests=requests, progress=show, **how)
        return calibration, await engine.index.better()
