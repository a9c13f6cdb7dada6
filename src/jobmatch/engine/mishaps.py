"""What an error means: which it is, whether its task is tried again, and what the owner is told."""

import re

from jobmatch.errors import (
    InvalidInput,
    InvalidSettings,
    JobmatchError,
    Overloaded,
    TimedOut,
    Unavailable,
    UnreadableRequest,
)
from jobmatch.model import TaskError

#: What may go better another time. A database's lost connection, deadlock or serialisation failure and an embedding
#: service's refusal to be asked now arrive here as `Unavailable`.
_TRANSIENT = (Unavailable, TimedOut, Overloaded, UnreadableRequest)


def is_transient(error: Exception) -> bool:
    """Tell whether another attempt may succeed."""
    return isinstance(error, _TRANSIENT)


def describe(error: Exception) -> TaskError:
    """Return what a task's owner may know of an error.

    What is wrong with the request is told as it is. Of what is wrong with us, our settings included, only the kind is
    told: addresses and the like are for the log.
    """
    if not isinstance(error, JobmatchError):
        return TaskError(code="internal", message="an unexpected error; the log has it under the task's id")
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    told = isinstance(error, InvalidInput | TimedOut | Overloaded) and not isinstance(error, InvalidSettings)
    return TaskError(code=code, message=str(error) if told else (type(error).__doc__ or code).splitlines()[0])


def first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that ended a piece of work, out of the groups that task groups wrap it in."""
    one = errors.exceptions[0]
    return first(one) if isinstance(one, BaseExceptionGroup) else one
