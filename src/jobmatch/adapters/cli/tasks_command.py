"""``jobmatch tasks list``, ``show``, ``cancel``, ``retry`` and ``purge``: for operators, who see everybody's tasks."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import with_engine
from jobmatch.errors import NotFound, TaskNotFound
from jobmatch.model import Task, TaskState

if TYPE_CHECKING:
    from rich.table import Table

    from jobmatch.engine import MatchEngine

_as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
_ids = click.argument("ids", metavar="ID...", nargs=-1, required=True)


@click.group("tasks")
def command() -> None:
    """Look after submitted matches, whoever submitted them."""


@command.command("list")
@click.option("--owner", help="Only this owner's; otherwise everybody's.")
@click.option("--state", type=click.Choice([str(state) for state in TaskState]), help="Only tasks in this state.")
@click.option("--limit", type=int, default=25, show_default=True, help="Number of tasks, 1 to 1,000.")
@click.option("--cursor", help="Where to go on, from the list before.")
@_as_json
def list_tasks(owner: str | None, state: str | None, limit: int, cursor: str | None, as_json: bool) -> None:
    """List tasks, newest first.

    \b
    Example:
      jobmatch tasks list --owner ada --state failed --limit 5
    """

    async def page(engine: "MatchEngine") -> tuple[Sequence[Task], str | None]:
        return await engine.list(owner=owner, limit=limit, cursor=cursor, state=TaskState(state) if state else None)

    tasks, following = with_engine(page)
    if as_json:
        output.as_json({"tasks": tasks, "cursor": following})
        return
    output.show(_listed(tasks))
    if following:
        output.note(f"There are more: --cursor {following}")


@command.command("show")
@click.argument("task_id", metavar="ID")
@_as_json
def show(task_id: str, as_json: bool) -> None:
    """Show one task: where it stands, when it got there, and why it failed. Not what was asked, which is private.

    \b
    Example:
      jobmatch tasks show 3f2c9a52-6f0e-4f6c-9d0a-2f6c1f0e4b7d
    """
    task = with_engine(lambda engine: engine.status(task_id, owner=None))
    if as_json:
        output.as_json(task)
        return
    for name, fact in _facts(task):
        click.echo(f"{name:13}  {fact}")


@command.command("cancel")
@_ids
@_as_json
def cancel(ids: Sequence[str], as_json: bool) -> None:
    """Cancel tasks that have not ended. Whoever works on one of them stops.

    \b
    Example:
      jobmatch tasks cancel 3f2c9a52-6f0e-4f6c-9d0a-2f6c1f0e4b7d
    """
    _show_states(*with_engine(lambda engine: _each(engine.cancel, ids)), as_json=as_json)


@command.command("retry")
@_ids
@_as_json
def retry(ids: Sequence[str], as_json: bool) -> None:
    """Start tasks again that failed or were cancelled, as if new. Engines and workers that are open take them up.

    \b
    Example:
      jobmatch tasks retry 3f2c9a52-6f0e-4f6c-9d0a-2f6c1f0e4b7d
    """
    _show_states(*with_engine(lambda engine: _each(engine.retry, ids)), as_json=as_json)


@command.command("purge")
@click.option(
    "--age",
    type=click.FloatRange(0, 1_000_000),
    help="Hours since they ended; otherwise as JOBMATCH_TASK_RETENTION says.",
)
@_as_json
def purge(age: float | None, as_json: bool) -> None:
    """Remove tasks that ended some time ago, with their results. Open engines do so by themselves.

    \b
    Example:
      jobmatch tasks purge --age 2
    """
    seconds = None if age is None else age * 3_600
    removed = with_engine(lambda engine: engine.purge(age=seconds))
    output.removed(removed, "tasks", for_programs=as_json)


async def _each(
    act: Callable[..., Awaitable[Task]], ids: Sequence[str]
) -> tuple[Sequence[Task], Sequence[TaskNotFound]]:
    """Return the tasks on which *act* was carried out, and an error for each that is not there."""
    tasks: list[Task] = []
    missing: list[TaskNotFound] = []
    for task_id in ids:
        try:
            tasks.append(await act(task_id, owner=None))
        except TaskNotFound as error:
            missing.append(error)
    return tasks, missing


def _show_states(tasks: Sequence[Task], missing: Sequence[TaskNotFound], *, as_json: bool) -> None:
    if as_json:
        output.as_json({"tasks": tasks, "missing": [error.task_id for error in missing]})
    else:
        for task in tasks:
            click.echo(f"{task.id}  {task.state}")
    if missing:
        raise missing[0] if len(missing) == 1 else NotFound("; ".join(str(error) for error in missing))


def _listed(tasks: Sequence[Task]) -> "Table":
    table = output.table("id", "owner", "state", "created", "tries", "matches", "error", right=("tries", "matches"))
    for task in tasks:
        total = "–" if task.total is None else str(task.total)
        error = task.error.message if task.error else ""
        table.add_row(task.id, task.owner, str(task.state), _time(task.created_at), str(task.attempts), total, error)
    return table


def _facts(task: Task) -> Iterator[tuple[str, str]]:
    """Yield what is known of a task, with its name."""
    yield from (("id", task.id), ("owner", task.owner), ("state", str(task.state)), ("tries", str(task.attempts)))
    yield "progress", " ".join([f"{task.progress:.0%}", *([task.stage] if task.stage else [])])
    for name, moment in (
        ("created", task.created_at),
        ("started", task.started_at),
        ("put off until", task.not_before),
        ("changed", task.updated_at),
        ("ended", task.finished_at),
    ):
        if moment:
            yield name, f"{_time(moment)} UTC"
    if task.total is not None:
        yield "matches", f"{task.total:,}"
    if task.error:
        yield "error", f"{task.error.code}: {task.error.message}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
