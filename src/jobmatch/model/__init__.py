"""The words of jobmatch, as frozen values."""

from jobmatch.model.job import Fingerprint, Job, JobSummary, Pay, Place
from jobmatch.model.kinds import EmploymentType, Level, PayPeriod, Sort, Workplace
from jobmatch.model.match import Criterion, Diagnostics, Explanation, Match, Page
from jobmatch.model.plan import Exact, Hnsw, IndexStrategy, IvfFlat, Method, Plan
from jobmatch.model.request import MAX_RESULTS, Filters, MatchRequest, Profile, Weights
from jobmatch.model.task import Claim, Result, Task, TaskError, TaskState

__all__ = [
    "MAX_RESULTS",
    "Claim",
    "Criterion",
    "Diagnostics",
    "EmploymentType",
    "Exact",
    "Explanation",
    "Filters",
    "Fingerprint",
    "Hnsw",
    "IndexStrategy",
    "IvfFlat",
    "Job",
    "JobSummary",
    "Level",
    "Match",
    "MatchRequest",
    "Method",
    "Page",
    "Pay",
    "PayPeriod",
    "Place",
    "Plan",
    "Profile",
    "Result",
    "Sort",
    "Task",
    "TaskError",
    "TaskState",
    "Weights",
    "Workplace",
]
