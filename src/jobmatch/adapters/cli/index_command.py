"""``jobmatch index plan``, ``create``, ``status``, ``recall``, ``tune``, ``reindex`` and ``drop``."""

import click

from jobmatch.adapters.cli.index_building import create, drop, plan, reindex
from jobmatch.adapters.cli.index_measuring import recall, status, tune


@click.group("index")
def command() -> None:
    """Manage the vector index."""


for _one in (plan, create, status, recall, tune, reindex, drop):
    command.add_command(_one)
