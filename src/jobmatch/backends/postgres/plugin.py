"""Factories for the entry points."""

from typing import TYPE_CHECKING

from jobmatch.errors import MissingExtra

try:
    from jobmatch.backends.postgres.administration import Schema
    from jobmatch.backends.postgres.database import Database
    from jobmatch.backends.postgres.job_index import PostgresJobIndex
    from jobmatch.backends.postgres.task_store import PostgresTaskStore
except ImportError as error:
    if (error.name or "").split(".")[0] not in {"alembic", "pgvector", "psycopg", "psycopg_pool", "sqlalchemy"}:
        raise
    raise MissingExtra(str(error.name), extra="postgres") from error

if TYPE_CHECKING:
    from jobmatch.plugins import Backends


def job_index(backends: "Backends") -> PostgresJobIndex:
    """Make the index."""
    return PostgresJobIndex(backends.shared(Database))


def task_store(backends: "Backends") -> PostgresTaskStore:
    """Make the store, on the same database as the index."""
    return PostgresTaskStore(backends.shared(Database))


def schema(backends: "Backends") -> Schema:
    """Make what creates and inspects the tables."""
    return Schema(backends.settings)
