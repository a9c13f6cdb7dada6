"""``jobmatch tasks list``."""

from collections.abc import Sequence

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import open_engine, run
from jobmatch.model import Task


@click.group("tasks")
def command() -> None:
    """Look at submitted matches."""


@command.command("list")
@click.option("--owner", help="Only this owner's; otherwise everybody's.")
@click.option("--limit", type=int, default=25, show_default=True, help="Number of tasks, 1 to 1,000.")
@click.option("--cursor", help="Where to go on, from the list before.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_tasks(owner: str | None, limit: int, cursor: str | None, as_json: bool) -> None:
    """List tasks, newest first.

    \b
    Example:
      jobmatch tasks list --owner ada --limit 5
    """
    tasks, following = run(lambda: _tasks(owner, limit, cursor))
    if as_json:
        output.as_json({"tasks": tasks, "cursor": following})
        return
    table = output.table("id", "owner", "state", "created", "tries", "matches", "error", right=("tries", "matches"))
    for task in tasks:
        table.add_row(*_cells(task))
    output.show(table)
    if following:
        output.note(f"There are more: --cursor {following}")


def _cells(task: Task) -> Sequence[str]:
    return (
        task.id,
        task.owner,
        str(task.state),
        f"{task.created_at:%Y-%m-%d %H:%M:%S}",
        str(task.attempts),
        "–" if task.total is None else str(task.total),
        task.error.message if task.error else "",
    )


async def _tasks(owner: str | None, limit: int, cursor: str | None) -> tuple[Sequence[Task], str | None]:
    async with open_engine() as engine:
        return await engine.list(owner=owner, limit=limit, cursor=cursor)
