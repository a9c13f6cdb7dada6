"""``jobmatch jobs purge`` and ``remove``."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import stoppable, with_engine

if TYPE_CHECKING:
    from jobmatch.engine import MatchEngine

_AGAIN = "interrupted: what was removed so far is gone; run it again to go on"
_as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group("jobs")
def command() -> None:
    """Remove postings."""


@command.command("purge")
@click.option(
    "--expired-before",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only those that expired before this day or time, in UTC; otherwise all that have expired.",
)
@_as_json
def purge(expired_before: datetime | None, as_json: bool) -> None:
    """Remove postings that have expired. No search finds them, but they take room and time.

    Searches and imports go on meanwhile.

    \b
    Example:
      jobmatch jobs purge --expired-before 2026-01-31
    """
    with stoppable(_AGAIN):
        _remove(lambda engine: engine.purge_jobs(expired_before=expired_before), as_json)


@command.command("remove")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@_as_json
def remove(ids: Sequence[str], as_json: bool) -> None:
    """Remove postings by id. Those that are not there are no error.

    \b
    Example:
      jobmatch jobs remove job-17 job-23
    """
    _remove(lambda engine: engine.remove_jobs(ids), as_json)


def _remove(act: Callable[["MatchEngine"], Awaitable[int]], as_json: bool) -> None:
    removed = with_engine(act)
    output.removed(removed, "postings", for_programs=as_json)
