"""Calling back: the port behind a notifier that owes somebody a call.

A task may name a URL that is to be told when it ends. That promise outlives the process that ended the task, so what is
owed is kept until it is delivered or given up.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model import MatchRequest, Task, TaskState
from jobmatch.ports import Notifier, Resource


@runtime_checkable
class CallbackNotifier(Notifier, Protocol):
    """A notifier that calls the URL that a task names."""

    def check(self, url: str) -> None:
        """Refuse a URL that it would not call.

        Raises:
            InvalidInput: says why; does not repeat the URL.
        """


def check_callback(request: MatchRequest, notifiers: Iterable[Notifier]) -> None:
    """Refuse a request whose callback nobody would make.

    Raises:
        InvalidInput: says why.
    """
    if request.callback_url is None:
        return
    callers = [notifier for notifier in notifiers if isinstance(notifier, CallbackNotifier)]
    for caller in callers:
        caller.check(request.callback_url)
    if not callers:
        raise InvalidInput("callback_url", "nobody here calls back: leave it out and ask for the status")


@frozen(kw_only=True)
class Delivery:
    """A call that is owed, and taken up by whoever holds this.

    Arguments:
        task_id: the task that ended.
        url: whom to tell.
        state: how it ended.
        ended_at: when it ended, UTC.
        attempts: which attempt this is, from 1.
        token: fences what becomes of it; a newer claim makes it stale.
    """

    task_id: str
    url: str = field(repr=False)
    state: TaskState
    ended_at: datetime
    attempts: int
    token: str


class Deliveries(Resource):
    """Keeps the calls that are owed, one for each end of a task that names a URL."""

    @abstractmethod
    async def put(self, task: Task) -> None:
        """Owe a call for a task that is final and names a URL; nothing if this end of it is known already."""

    @abstractmethod
    async def claim(self, *, limit: int, lease: float) -> Sequence[Delivery]:
        """Take up calls that are due, those that wait longest first.

        Arguments:
            limit: at most this many.
            lease: seconds after which they are due again, unless something becomes of them before.
        """

    @abstractmethod
    async def postpone(self, delivery: Delivery, *, seconds: float) -> bool:
        """Have it due again in a while. False, and nothing changes, if it is not held any more."""

    @abstractmethod
    async def close(self, delivery: Delivery, *, delivered: bool) -> bool:
        """Owe it no longer: it was delivered, or is given up. False, and nothing changes, if it is not held."""
