"""What each `IndexStrategy` means to pgvector: its DDL, its settings for one search, its limits."""

from jobmatch.backends.postgres.strategies.method import IndexMethod
from jobmatch.backends.postgres.strategies.methods import Methods
from jobmatch.backends.postgres.strategies.target import Metric, Target

__all__ = ["IndexMethod", "Methods", "Metric", "Target"]
