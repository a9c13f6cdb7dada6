"""jobmatch: which postings fit a résumé, in milliseconds and with reasons.

The public names. They are loaded on first use, so that ``import jobmatch`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobmatch.engine import MatchEngine as MatchEngine
    from jobmatch.errors import JobmatchError as JobmatchError
    from jobmatch.model import EmploymentType as EmploymentType
    from jobmatch.model import Filters as Filters
    from jobmatch.model import Hnsw as Hnsw
    from jobmatch.model import InteractionKind as InteractionKind
    from jobmatch.model import IvfFlat as IvfFlat
    from jobmatch.model import Job as Job
    from jobmatch.model import Level as Level
    from jobmatch.model import Match as Match
    from jobmatch.model import MatchRequest as MatchRequest
    from jobmatch.model import Page as Page
    from jobmatch.model import Pay as Pay
    from jobmatch.model import PayPeriod as PayPeriod
    from jobmatch.model import Place as Place
    from jobmatch.model import Profile as Profile
    from jobmatch.model import Sort as Sort
    from jobmatch.model import Task as Task
    from jobmatch.model import TaskState as TaskState
    from jobmatch.model import Weights as Weights
    from jobmatch.model import Workplace as Workplace
    from jobmatch.settings import Settings as Settings
    from jobmatch.sync import SyncMatchEngine as SyncMatchEngine

_HOMES = {
    "jobmatch.engine": "MatchEngine",
    "jobmatch.errors": "JobmatchError",
    "jobmatch.model": (
        "EmploymentType Filters Hnsw InteractionKind IvfFlat Job Level Match MatchRequest Page Pay PayPeriod Place"
        " Profile Sort Task TaskState Weights Workplace"
    ),
    "jobmatch.settings": "Settings",
    "jobmatch.sync": "SyncMatchEngine",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [*_HOME_OF]


if not TYPE_CHECKING:  # or any name would be one for them: a slip of the pen, too

    def __getattr__(name: str) -> Any:
        if name not in _HOME_OF:
            raise AttributeError(f"module 'jobmatch' has no attribute {name!r}")
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
