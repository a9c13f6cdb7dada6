"""``jobmatch import``."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.group import Interrupted
from jobmatch.adapters.cli.intake import Intake, RejectedRows
from jobmatch.adapters.cli.running import open_engine, run
from jobmatch.importing import JobFile

_GO_ON = "interrupted: what was imported so far is stored, in whole batches; run it again to go on"


def _mapping(_: click.Context, __: click.Parameter, pairs: Iterable[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for pair in pairs:
        ours, equals, theirs = (part.strip() for part in pair.partition("="))
        if not (ours and equals and theirs):
            raise click.BadParameter(f"{pair!r} is not FIELD=COLUMN, as in title=job_title")
        found.setdefault(ours, []).append(theirs)
    return found


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--map", "mapping", multiple=True, callback=_mapping, metavar="FIELD=COLUMN", help="Which column a field is."
)
@click.option("--country", metavar="CODE", help="The country of places that name none, as in DE.")
@click.option("--encoding", metavar="NAME", help="How the text is encoded, if not as UTF-8: cp1251, shift_jis, …")
@click.option(
    "--errors", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write rejected rows there."
)
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Postings stored at once."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(
    files: Sequence[str],
    mapping: Mapping[str, Sequence[str]],
    country: str | None,
    encoding: str | None,
    errors: Path | None,
    batch: int,
    as_json: bool,
) -> None:
    """Import postings from JSON lines, JSON or CSV, each also packed by gzip; - is standard input.

    Common field names are known; --map names others, and may be repeated. Postings that are there already and have not
    changed are skipped, so an import that was cut off is finished by running it again.

    \b
    Examples:
      jobmatch import jobs.jsonl.gz
      jobmatch import board.csv --map title=job_title --errors rejected.jsonl
      zcat jobs.gz | jobmatch import -
    """
    opened = [JobFile(name, mapping=mapping, country=country, encoding=encoding) for name in files]
    _check(opened)
    with RejectedRows(errors) as rejected:
        intakes = [Intake(file, rejected) for file in opened]
        try:
            run(lambda: _import(intakes, batch))
        except KeyboardInterrupt:
            raise Interrupted(_GO_ON) from None
        finally:
            _tell(intakes, as_json, errors)
    _fail_if_nothing(intakes)


def _check(files: Iterable[JobFile]) -> None:
    """Refuse files that cannot be read before anything is stored."""
    for file in files:
        if file.rereadable:
            with file:
                pass


async def _import(intakes: Sequence[Intake], batch: int) -> None:
    async with open_engine() as engine:
        for intake in intakes:
            async with intake.opened():
                await engine.import_jobs(intake.jobs(), batch_size=batch, progress=intake.stored)


def _tell(intakes: Sequence[Intake], as_json: bool, errors: Path | None) -> None:
    started = [intake for intake in intakes if intake.started]
    if as_json:
        output.as_json({"files": [intake.summary() for intake in started]})
        return
    for intake in started:
        for line in intake.lines():
            click.echo(line)
    if errors and any(intake.rejected for intake in started):
        output.note(f"The rejected rows are in {errors}.")


def _fail_if_nothing(intakes: Sequence[Intake]) -> None:
    for intake in intakes:
        if intake.rejected and not intake.report.total:
            raise click.ClickException(f"{intake.name}: no row is a posting; do the column names need --map?")
