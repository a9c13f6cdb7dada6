"""Searching a table that somebody else fills: `JobTable` and `TableJobIndex`."""

from jobmatch.backends.postgres.mapped.job_index import TableJobIndex
from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.backends.postgres.strategies import Metric

__all__ = ["JobTable", "Metric", "TableJobIndex"]
