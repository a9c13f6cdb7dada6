"""`Troubles`: what goes wrong again and again is said once, and once more when it is over."""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from jobmatch.cancelling import unless_asked
from jobmatch.errors import JobmatchError

_log = logging.getLogger("jobmatch.tasks")


class Troubles:
    """What goes wrong with chores that are done again anyway.

    When the store is gone all of them fail, every few seconds, in the same way: that is one outage, and one line.
    """

    def __init__(self) -> None:
        self._known: defaultdict[type[Exception], set[str]] = defaultdict(set)

    async def unless_it_fails(self, chore: str, act: Callable[[], Awaitable[object]]) -> bool:
        """Do something that will be done again anyway, and return whether it said yes; what goes wrong is logged.

        Arguments:
            chore: what it is.
            act: does it.
        """
        try:
            with unless_asked("the store"):
                done = bool(await act())
        except Exception as error:
            self._note(chore, error)
            return False
        self.over(chore)
        return done

    def _note(self, chore: str, error: Exception) -> None:
        kind = type(error)
        if not self._known[kind]:
            ours = isinstance(error, JobmatchError)
            message = "tasks are not looked after now: %s: %s"
            _log.warning(message, kind.__name__, error, exc_info=None if ours else error)
        self._known[kind].add(chore)

    def over(self, chore: str) -> None:
        """Note that a chore is done again: what ailed it is over, for the others as well."""
        for kind in [kind for kind, chores in self._known.items() if chore in chores]:
            del self._known[kind]
            _log.warning("tasks are looked after again: no %s any more", kind.__name__)
