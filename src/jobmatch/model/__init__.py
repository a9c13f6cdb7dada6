"""The words of jobmatch, as frozen values."""

from jobmatch.model.filters import Filters
from jobmatch.model.index import Band, Explained, Forecast, IndexState, RecallReport, SearchTrace
from jobmatch.model.job import Fingerprint, Job, JobSummary, Pay, Place
from jobmatch.model.kinds import EmploymentType, InteractionKind, Level, PayPeriod, Recall, Sort, Storage, Workplace
from jobmatch.model.match import Criterion, Diagnostics, Explanation, Match, Page
from jobmatch.model.metadata import MetadataCondition
from jobmatch.model.plan import Calibration, Costs, Method, Plan, Rung
from jobmatch.model.request import MAX_RESULTS, MatchRequest, Profile, Weights
from jobmatch.model.space import Space, SpacesStatus, SpaceState
from jobmatch.model.strategy import Exact, Hnsw, IndexStrategy, IvfFlat
from jobmatch.model.task import Claim, Result, Task, TaskError, TaskState

__all__ = [
    "MAX_RESULTS",
    "Band",
    "Calibration",
    "Claim",
    "Costs",
    "Criterion",
    "Diagnostics",
    "EmploymentType",
    "Exact",
    "Explained",
    "Explanation",
    "Filters",
    "Fingerprint",
    "Forecast",
    "Hnsw",
    "IndexState",
    "IndexStrategy",
    "InteractionKind",
    "IvfFlat",
    "Job",
    "JobSummary",
    "Level",
    "Match",
    "MatchRequest",
    "MetadataCondition",
    "Method",
    "Page",
    "Pay",
    "PayPeriod",
    "Place",
    "Plan",
    "Profile",
    "Recall",
    "RecallReport",
    "Result",
    "Rung",
    "SearchTrace",
    "Sort",
    "Space",
    "SpaceState",
    "SpacesStatus",
    "Storage",
    "Task",
    "TaskError",
    "TaskState",
    "Weights",
    "Workplace",
]
