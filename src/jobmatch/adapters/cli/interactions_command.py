"""``jobmatch interactions purge``."""

from datetime import datetime

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import stoppable, with_engine

_AGAIN = "interrupted: what was removed so far is gone; run it again to go on"


@click.group("interactions")
def command() -> None:
    """Remove what was recorded."""


@command.command("purge")
@click.option("--owner", help="Only what this one did.")
@click.option(
    "--recorded-before",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only what was recorded before this day or time, in UTC.",
)
@click.option("--all", "everything", is_flag=True, help="Whoever did it, and whenever.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def purge(owner: str | None, recorded_before: datetime | None, everything: bool, as_json: bool) -> None:
    """Remove what `jobmatch record` noted: what is old, or what somebody wants to be forgotten.

    \b
    Example:
      jobmatch interactions purge --recorded-before 2026-01-31
      jobmatch interactions purge --owner ann
    """
    if everything is bool(owner is not None or recorded_before):
        raise click.UsageError("say what to remove: --owner, --recorded-before or both, or else --all")
    with stoppable(_AGAIN):
        removed = with_engine(lambda engine: engine.purge_interactions(owner=owner, recorded_before=recorded_before))
    output.removed(removed, "interactions", for_programs=as_json)
