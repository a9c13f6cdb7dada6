"""``jobmatch version``."""

import platform
from importlib.metadata import entry_points

import click

from jobmatch.adapters.cli.version import installed
from jobmatch.plugins import GROUP


@click.command("version")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(as_json: bool) -> None:
    """Show the version of jobmatch and what it runs on.

    \b
    Example:
      jobmatch version --json
    """
    backends = sorted(found.name for found in entry_points(group=GROUP))
    if as_json:
        from jobmatch.adapters.cli import output

        output.as_json({"jobmatch": installed(), "python": platform.python_version(), "backends": backends})
        return
    click.echo(f"jobmatch {installed()}, Python {platform.python_version()}, backends: {', '.join(backends)}")
