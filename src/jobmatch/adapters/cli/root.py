"""The root of all commands, each of which is imported when it is called."""

import logging

import click

from jobmatch.adapters.cli.group import LazyGroup

_EPILOG = "Start with: jobmatch demo"


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from jobmatch.adapters.cli.version import installed

        click.echo(installed())
        context.exit()


@click.group(
    cls=LazyGroup,
    package="jobmatch.adapters.cli",
    commands={
        "demo": "See it work: sample postings, a résumé, ranked jobs.",
        "import": "Import postings from JSON lines, JSON or CSV.",
        "match": "Rank postings for a résumé.",
        "jobs": "Remove postings.",
        "record": "Note what somebody did with postings.",
        "interactions": "Remove what was noted.",
        "index": "Manage the vector index.",
        "embedder": "Change the embedder.",
        "tasks": "Look at submitted matches.",
        "serve": "Answer over HTTP.",
        "worker": "Carry out tasks that other processes submit.",
        "db": "Manage the database's tables.",
        "sample": "Write sample postings or résumés.",
        "version": "Show versions.",
    },
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--debug", is_flag=True, envvar="JOBMATCH_DEBUG", help="Show the traceback of an error.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def cli(debug: bool) -> None:
    """Match résumés against job postings, with reasons."""
    if not debug:
        # What the driver logs about lost connections, and that something is tried again, the command says in its own.
        for name in ("psycopg", "stamina"):
            logging.getLogger(name).addHandler(logging.NullHandler())
