"""``jobmatch db upgrade`` and ``jobmatch db status``."""

from typing import Any

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import run
from jobmatch.plugins import Backends
from jobmatch.settings import Settings


@click.group("db")
def command() -> None:
    """Manage the database's tables.

    Which database it is, DATABASE_URL says; without it, an embedded one in JOBMATCH_HOME.
    """


def _schema() -> Any:
    return Backends(Settings.load()).schema()


@command.command("upgrade")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def upgrade(as_json: bool) -> None:
    """Create the tables, or bring them to this release. What they hold stays.

    \b
    Example:
      DATABASE_URL=postgresql://user:password@host/name jobmatch db upgrade
    """
    schema = _schema()
    with output.waiting("Upgrading the tables …"):
        status = run(schema.upgrade)
    _show(status, as_json)


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Tell which database is used, its versions and sizes. Fails if the tables are not those of this release.

    \b
    Example:
      jobmatch db status --json
    """
    schema = _schema()
    with output.waiting("Asking the database …"):
        found = run(schema.status)
    _show(found, as_json)
    if not found.current:
        raise click.ClickException(found.advice)


def _show(status: Any, as_json: bool) -> None:
    if as_json:
        output.as_json(status)
        return
    kind = " (embedded)" if status.embedded else ""
    click.echo(f"database    {status.address}{kind}")
    click.echo(f"tables      {status.revision or 'none'}, this release needs {status.head}")
    for other in status.others:
        click.echo(f"{other.name:<12}{other.revision or 'none'}, this release needs {other.head}")
    pgvector = status.pgvector or ("is gone" if status.revision else "not created yet")
    click.echo(f"PostgreSQL  {status.postgresql}, pgvector {pgvector}")
    click.echo(f"postings    {status.jobs:,}, {status.bytes / 2**20:,.1f} MB")
