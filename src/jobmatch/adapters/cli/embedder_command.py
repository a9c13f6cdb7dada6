"""``jobmatch embedder change``, ``status``, ``finish`` and ``abandon``."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import attrs
import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import run, stoppable
from jobmatch.model import SpacesStatus
from jobmatch.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jobmatch.engine import EmbedderChange

_AGAIN = "interrupted: searches use the old vectors on, what was made is kept; run it again to go on"
_as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
_to = click.option("--to", "name", metavar="NAME", help="The new embedder; otherwise as JOBMATCH_EMBEDDER says.")


@click.group("embedder")
def command() -> None:
    """Change the embedder, while searches and imports go on."""


@command.command("change")
@_to
@_as_json
def change(name: str | None, as_json: bool) -> None:
    """Make vectors of all postings by the embedder that JOBMATCH_EMBEDDER names, and have searches use them.

    Processes with the old embedder go on meanwhile. What was cut off is gone on with by running it again. When it is
    done, start the processes with the new settings, then run "jobmatch embedder finish".

    \b
    Example:
      JOBMATCH_EMBEDDER=openai jobmatch embedder change
    """
    with stoppable(_AGAIN):
        status = run(lambda: _change(name))
    _show(status, as_json)


@command.command("status")
@_as_json
def status(as_json: bool) -> None:
    """Tell whose vectors searches use, and how far a change is.

    \b
    Example:
      jobmatch embedder status --json
    """
    _show(run(_status), as_json)


@command.command("finish")
@_as_json
def finish(as_json: bool) -> None:
    """Drop the old vectors after a change. Processes that still run with the old embedder cannot search any more.

    \b
    Example:
      jobmatch embedder finish
    """
    _show(run(_finish), as_json)


@command.command("abandon")
@_as_json
def abandon(as_json: bool) -> None:
    """Give up a change before the switch: drop the vectors made so far.

    \b
    Example:
      jobmatch embedder abandon
    """
    _show(run(_abandon), as_json)


@asynccontextmanager
async def _opened(name: str | None = None) -> "AsyncIterator[EmbedderChange]":
    from jobmatch.engine import EmbedderChange

    settings = Settings.load()
    if name:
        settings = attrs.evolve(settings, embedder=name)  # type: ignore[misc]
    made = EmbedderChange.from_settings(settings)
    with output.waiting("Opening the database …"):
        await made.__aenter__()
    try:
        yield made
    finally:
        await made.__aexit__(None, None, None)


async def _change(name: str | None) -> SpacesStatus:
    async with _opened(name) as opened:
        with output.progress("Changing the embedder") as show:
            return await opened.run(progress=show)


async def _status() -> SpacesStatus:
    async with _opened() as opened:
        return await opened.status()


async def _finish() -> SpacesStatus:
    async with _opened() as opened:
        await opened.finish()
        return await opened.status()


async def _abandon() -> SpacesStatus:
    async with _opened() as opened:
        await opened.abandon()
        return await opened.status()


def _show(status: SpacesStatus, as_json: bool) -> None:
    if as_json:
        output.as_json(status)
        return
    click.echo(f"serving   {status.serving or 'none: nothing was imported yet'}")
    if status.filling:
        done = status.filled / status.jobs if status.jobs else 1.0
        click.echo(f"filling   {status.filling}, {status.filled:,} of {status.jobs:,} postings ({done:.0%})")
        click.echo(f"index     {status.planned} will be built over them")
        click.echo("Run jobmatch embedder change to go on, or jobmatch embedder abandon to give it up.")
    if status.retired:
        click.echo(f"retired   {status.retired}")
        click.echo("Run jobmatch embedder finish when no process runs with it any more.")
