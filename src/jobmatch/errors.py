"""Everything that jobmatch raises on purpose.

* JobmatchError
  * InvalidInput (ValueError)        the caller's value is wrong; says which and what is allowed
    * InvalidSettings                an environment variable is wrong
    * UnreadableFile                 a file that was given cannot be read as what it should be
    * KeyReused                      an idempotency key came with another request before
  * NotFound (LookupError)           no such thing, or it is not yours
    * TaskNotFound
  * NotReady (RuntimeError)          what is asked for cannot be had yet
    * TaskNotCompleted               still under way
    * TaskFailed                     ended without a result
    * NotOpen                        the engine, or a part of it, is not open
      * Stopped                      it has come to an end by itself; says of what
  * AlreadyFinal (RuntimeError)      the task has ended, and cannot be cancelled any more
  * Overloaded (RuntimeError)        too much at once; try again later
  * TimedOut (TimeoutError)          a deadline passed
  * Unavailable (ConnectionError)    something that we depend on does not answer
    * DatabaseUnavailable
    * EmbedderUnavailable
  * SchemaOutdated (RuntimeError)    the database does not have the tables of this release
  * Incompatible (RuntimeError)      a version, extension or embedder that does not fit what is stored
  * UnreadableRequest (RuntimeError) a stored request was written by another release
  * MissingExtra (ImportError)       an optional dependency is not installed

Messages say what to do next. They never contain text of a résumé.
"""


class JobmatchError(Exception):
    """Root of all errors that jobmatch raises."""


class InvalidInput(JobmatchError, ValueError):
    """A value from the caller is not allowed.

    Arguments:
        field: dotted name of the offending field, e.g. ``filters.country``.
        reason: what is wrong, and what is allowed.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class InvalidSettings(InvalidInput):
    """An environment variable has a value that is not allowed."""


class UnreadableFile(InvalidInput):
    """A file cannot be read as what it should be."""


class KeyReused(InvalidInput):
    """An idempotency key came with another request before: take a new key for a new request."""

    def __init__(self) -> None:
        super().__init__("key", "came with another request before; take a new key for a new request")


class NotFound(JobmatchError, LookupError):
    """There is no such thing, or it belongs to somebody else."""


class TaskNotFound(NotFound):
    """No task with this id belongs to this owner."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"no task {task_id!r} for this owner; it may have expired")
        self.task_id = task_id


class NotReady(JobmatchError, RuntimeError):
    """What is asked for cannot be had yet, or not any more."""


class TaskNotCompleted(NotReady):
    """The task is still under way: wait for it, then ask again."""


class TaskFailed(NotReady):
    """The task ended without a result: it failed or was cancelled."""


class NotOpen(NotReady):
    """The engine is not open: use it within ``async with``, as an app does in its lifespan."""


class Stopped(NotOpen):
    """The engine has come to an end by itself: close it, and open it again."""


class AlreadyFinal(JobmatchError, RuntimeError):
    """The task has ended before, and cannot be cancelled any more."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the task is {state} already")


class Overloaded(JobmatchError, RuntimeError):
    """Too much is under way. Nothing was done; try again later.

    Arguments:
        retry_after: seconds after which it is worth trying again.
    """

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TimedOut(JobmatchError, TimeoutError):
    """A deadline passed before the answer was there."""


class Unavailable(JobmatchError, ConnectionError):
    """Something that jobmatch depends on does not answer now, or takes no changes; trying again later may help."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, the connection was lost, or its server lacks room or memory."""


class EmbedderUnavailable(Unavailable):
    """The embedding service does not answer, or answers with a temporary error."""


class SchemaOutdated(JobmatchError, RuntimeError):
    """The database lacks tables of this release: run ``jobmatch db upgrade``."""


class Incompatible(JobmatchError, RuntimeError):
    """A server, an extension or an embedder does not fit what is stored."""


class UnreadableRequest(JobmatchError, RuntimeError):
    """What is stored as the request cannot be read: another release wrote it."""


class MissingExtra(JobmatchError, ImportError):
    """An optional dependency is not installed.

    Arguments:
        package: the distribution that is missing.
        extra: the extra of jobmatch that brings it.
    """

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'jobmatch[{extra}]'")
        self.package = package
        self.extra = extra
