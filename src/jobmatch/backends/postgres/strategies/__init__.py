"""What each `IndexStrategy` means to PostgreSQL: its DDL, its settings for one search, its limits."""

from jobmatch.backends.postgres.strategies.method import IndexMethod, Option, bytes_per_vector, paged
from jobmatch.backends.postgres.strategies.methods import Methods
from jobmatch.backends.postgres.strategies.target import Metric, Target

__all__ = ["IndexMethod", "Methods", "Metric", "Option", "Target", "bytes_per_vector", "paged"]
