"""Pages: over a stored snapshot, and over tasks, newest first.

A snapshot never changes, so the rank of the last match shown is a keyset that stays true while jobs come and go. Of
tasks it is the time and the id of the last one shown, for others are submitted meanwhile.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from jobmatch.errors import InvalidInput, TaskFailed, TaskNotCompleted
from jobmatch.model import fields
from jobmatch.model.match import Page
from jobmatch.model.request import MAX_RESULTS
from jobmatch.model.task import Result, Task, TaskState

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_WRONG = "is not one that a page gave; leave it out to start at the first page"


def place_of(task: Task) -> str:
    """Return the cursor of the page of tasks that begins after this one."""
    return f"{(task.created_at - _EPOCH) // _MICROSECOND:x}.{UUID(task.id).hex}"


def place(cursor: str) -> tuple[datetime, UUID]:
    """Return when the task before a cursor was created, and its id.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    try:
        moment, _, task_id = cursor.partition(".")
        return _EPOCH + int(moment, 16) * _MICROSECOND, UUID(task_id)
    except (AttributeError, TypeError, ValueError, OverflowError):  # what is no text has no parts
        raise InvalidInput("cursor", _WRONG) from None


def position(cursor: str | None) -> int:
    """Return the number of entries that lie before a cursor.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    if cursor is None:
        return 0
    if not (isinstance(cursor, str) and cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):
        raise InvalidInput("cursor", _WRONG)
    return int(cursor)


def check_limit(limit: int) -> None:
    """Refuse a page size that is not from 1 to `MAX_RESULTS`."""
    fields.count("limit", limit, 1, MAX_RESULTS)


def page_of(result: Result, *, limit: int, start: int = 0) -> Page:
    """Return *limit* matches of a snapshot, from number *start* on."""
    total, end = len(result.matches), start + limit
    return Page(
        matches=result.matches[start:end],
        total=total,
        cursor=str(end) if end < total else None,
        diagnostics=result.diagnostics,
    )


def require_completed(task: Task) -> None:
    """Refuse to read results of a task that has none.

    Raises:
        TaskNotCompleted: it is still under way.
        TaskFailed: it ended without a result.
    """
    if not task.state.final:
        raise TaskNotCompleted(f"task {task.id} is {task.state}; wait until it is completed")
    if task.state is not TaskState.COMPLETED:
        raise TaskFailed(f"task {task.id} is {task.state}: {task.error.message if task.error else 'no result'}")
