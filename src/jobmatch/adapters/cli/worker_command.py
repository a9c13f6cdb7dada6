"""``jobmatch worker``."""

import logging
from collections.abc import Sequence
from typing import Any

import attrs
import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import open_engine, run, settle, told_to_stop
from jobmatch.settings import Settings


@click.command("worker")
@click.option("--concurrency", type=click.IntRange(1, 1_000), help="Tasks at once; JOBMATCH_CONCURRENCY if not given.")
@click.option("--queue", "queues", multiple=True, help="Queue to take tasks from; several may be given.")
@click.option("--quiet", is_flag=True, help="Do not log what becomes of each task.")
def command(concurrency: int | None, queues: Sequence[str], quiet: bool) -> None:
    """Carry out tasks that other processes submit, until stopped. Run as many as you like, on any hosts.

    JOBMATCH_RUNNER=procrastinate has the others hand over what they take. At Ctrl-C or SIGTERM tasks under way get
    JOBMATCH_GRACE seconds to end, then they are handed back; a second one ends the worker at once. If something hangs
    it ends 30 seconds after the grace time.

    \b
    Example:
      JOBMATCH_RUNNER=procrastinate jobmatch worker --concurrency 4
    """
    settings = _settings(concurrency=concurrency, worker_queues=tuple(queues))
    _log_states(quiet=quiet, debug=settings.debug)
    run(lambda: _work(settings))


def _settings(**options: Any) -> Settings:
    """Return the settings of the environment, and on top of them what was given as an option."""
    loaded: Any = Settings.load()  # an attrs class, which its types do not tell
    settings: Settings = attrs.evolve(loaded, **{name: value for name, value in options.items() if value})
    return settings


async def _work(settings: Settings) -> None:
    told = told_to_stop(settings.grace)
    async with open_engine(settings, works=True):
        settle()
        if not told.is_set():
            output.note(f"Working, up to {settings.concurrency} tasks at once (Ctrl-C stops)")
        await told.wait()


def _log_states(*, quiet: bool, debug: bool) -> None:
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.DEBUG if debug else logging.ERROR)
    logging.getLogger("jobmatch").setLevel(logging.WARNING if quiet else logging.INFO)
    if not debug:
        # What it says about a server that is away, with a traceback, we say in a line.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
