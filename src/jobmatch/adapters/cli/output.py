"""What commands print: results on standard output, everything else on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from jobmatch.ports import Progress

#: Columns where there is no terminal that has some.
WIDTH = 160


def as_json(value: Any) -> None:
    """Print a value for programs."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def note(text: str) -> None:
    """Tell people something that is no result."""
    click.echo(text, err=True)


def console(*, stderr: bool = False) -> Console:
    """Return a console; markup in texts of postings is not interpreted."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDTH, markup=False, highlight=False, emoji=False)


def width() -> int:
    """Return how many columns the output has."""
    return console().width


def show(table: Table) -> None:
    """Print a table."""
    console().print(table)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """Return an empty table.

    Arguments:
        columns: headings.
        right: those whose cells are numbers.
    """
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show on a terminal that something takes a moment."""
    if not sys.stderr.isatty():
        yield
        return
    with console(stderr=True).status(text):
        yield


@contextmanager
def progress(text: str) -> Iterator[Progress]:
    """Show how far something is: a bar on a terminal, elsewhere a line for each stage.

    Arguments:
        text: what it is, as long as no stage has begun.
    """
    if not sys.stderr.isatty():
        yield _lines()
        return
    with Bar(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=1.0)
        yield lambda part, stage: bar.update(task, completed=part, description=stage)


def _lines() -> Progress:
    """Return a listener that notes each stage once."""
    told: set[str] = set()

    def tell(part: float, stage: str) -> None:
        if stage not in told:
            told.add(stage)
            note(f"{part:4.0%}  {stage}")

    return tell


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago something was, as people say it; a date when it is long ago."""
    if moment is None:
        return "–"
    days = ((now or datetime.now(UTC)) - moment) // timedelta(days=1)
    if not 0 <= days < 60:
        return f"{moment:%Y-%m-%d}"
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago" if days < 14 else f"{days // 7} weeks ago")


def removed(count: int, what: str, *, for_programs: bool) -> None:
    """Print how many were removed."""
    if for_programs:
        as_json({"removed": count})
    else:
        click.echo(f"{count:,} {what} removed")
