"""``jobmatch record``."""

from collections.abc import Sequence

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.narrowing import choices
from jobmatch.adapters.cli.running import open_engine, run
from jobmatch.model import InteractionKind


@click.command("record")
@click.argument("kind", type=choices(InteractionKind))
@click.argument("job_ids", nargs=-1, required=True)
@click.option("--owner", required=True, help="Who did it.")
def command(kind: str, job_ids: Sequence[str], owner: str) -> None:
    """Note that somebody has applied to postings, dismissed, saved or viewed them.

    \b
    Example:
      jobmatch record dismissed job-17 job-23 --owner ada
      jobmatch match resume.txt --owner ada --exclude-interactions dismissed
    """
    run(lambda: _record(kind, job_ids, owner))
    output.note(f"{len(job_ids):,} noted as {kind}")


async def _record(kind: str, job_ids: Sequence[str], owner: str) -> None:
    async with open_engine() as engine:
        await engine.record(job_ids, kind=kind, owner=owner)
