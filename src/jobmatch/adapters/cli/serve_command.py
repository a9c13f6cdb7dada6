"""``jobmatch serve``."""

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import open_engine, run, settle, told_to_stop, until
from jobmatch.plugins import Backends
from jobmatch.settings import Settings


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=8000, show_default=True, help="Port to listen on; 0 for any that is free.")
def command(host: str, port: int) -> None:
    """Answer over HTTP until stopped.

    At Ctrl-C or SIGTERM requests under way get 5 seconds to end, and tasks then JOBMATCH_GRACE seconds; what is left of
    them is handed back. A second one ends the service at once, and so does time if something hangs.

    Who may ask, JOBMATCH_TOKENS says (token=owner pairs, separated by commas); it must be set if others than this
    machine can connect.

    \b
    Example:
      JOBMATCH_TOKENS=secret=ada jobmatch serve --host 0.0.0.0 --port 8000
    """
    settings = Settings.load()
    run(lambda: _serve(settings, host, port))


async def _serve(settings: Settings, host: str, port: int) -> None:
    serve = Backends(settings).make("app", "asgi")
    told = told_to_stop(settings.grace)
    async with open_engine(settings, works=None) as engine:
        settle()
        await until(told, lambda: serve(engine, host=host, port=port, started=_say))


def _say(url: str) -> None:
    output.note(f"Serving on {url} (Ctrl-C stops)")
