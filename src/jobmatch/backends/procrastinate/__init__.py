"""Tasks executed by other processes, on as many hosts as you like: transport by procrastinate.

It needs nothing but the database. What it knows of a task is its id; the truth is in the task store.
"""

from jobmatch.errors import MissingExtra

try:
    from jobmatch.backends.procrastinate.runner import ProcrastinateTaskRunner
except ImportError as error:
    if (error.name or "").split(".")[0] not in {"procrastinate", "psycopg", "psycopg_pool", "sqlalchemy"}:
        raise
    raise MissingExtra(str(error.name), extra="procrastinate") from error

__all__ = ["ProcrastinateTaskRunner"]
