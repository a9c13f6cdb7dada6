"""Factories for the entry points."""

from typing import TYPE_CHECKING

from jobmatch.errors import MissingExtra
from jobmatch.plugins import names

try:
    from jobmatch.backends.postgres.administration import Schema
    from jobmatch.backends.postgres.database import Database
    from jobmatch.backends.postgres.deliveries import PostgresDeliveries
    from jobmatch.backends.postgres.job_index import PostgresJobIndex
    from jobmatch.backends.postgres.mapped.job_index import TableJobIndex
    from jobmatch.backends.postgres.mapped.loading import load
    from jobmatch.backends.postgres.task_store import PostgresTaskStore
except ImportError as error:
    if (error.name or "").split(".")[0] not in {"alembic", "pgvector", "psycopg", "psycopg_pool", "sqlalchemy"}:
        raise
    raise MissingExtra(str(error.name), extra="postgres") from error

if TYPE_CHECKING:
    from jobmatch.plugins import Backends


def job_index(backends: "Backends") -> PostgresJobIndex:
    """Make the index: over the table that ``JOBMATCH_JOB_TABLE`` names, or over ours."""
    name = backends.settings.job_table
    return TableJobIndex(backends.shared(Database), load(name)) if name else PostgresJobIndex(backends.shared(Database))


def task_store(backends: "Backends") -> PostgresTaskStore:
    """Make the store, on the same database as the index."""
    return PostgresTaskStore(backends.shared(Database))


def deliveries(backends: "Backends") -> PostgresDeliveries:
    """Make what keeps callbacks, on the same database."""
    return PostgresDeliveries(backends.shared(Database))


def database(backends: "Backends") -> Database:
    """Return the database itself, for what else keeps something there."""
    return backends.shared(Database)


def schema(backends: "Backends") -> Schema:
    """Make what creates and inspects the tables, those that the runner brings along included."""
    runner = backends.settings.runner
    return Schema(backends.settings, others=[backends.make("tables", runner)] if runner in names("tables") else ())
