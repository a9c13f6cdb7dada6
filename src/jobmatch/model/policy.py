"""`TaskPolicy`: how long, how often and how patiently a task is worked on."""

from random import SystemRandom

from attrs import field, frozen

from jobmatch.errors import InvalidInput

#: Seconds of the longest pause between two attempts.
LONGEST_PAUSE = 60.0
_random = SystemRandom()


def _positive(_: object, attribute: object, value: float) -> None:
    if not value > 0:
        raise InvalidInput(f"policy.{getattr(attribute, 'name', '')}", f"must be above 0, not {value}")


@frozen(kw_only=True)
class TaskPolicy:
    """How tasks are carried out.

    Arguments:
        lease: seconds without a sign of life after which somebody else takes a task over.
        attempts: how often a task is taken up before it fails for good.
        beats: signs of life in one lease.
        timeout: seconds that one attempt may take.
        backoff: seconds before the second attempt, about; they double with each one, up to `LONGEST_PAUSE`.
        poll: seconds between two looks at the store, for what no notification told.
        retention: seconds that a task and its result are kept after it ended.
    """

    lease: float = field(default=60.0, validator=_positive)
    attempts: int = field(default=5, validator=_positive)
    beats: int = field(default=3, validator=_positive)
    timeout: float = field(default=300.0, validator=_positive)
    backoff: float = field(default=1.0, validator=_positive)
    poll: float = field(default=1.0, validator=_positive)
    retention: float = field(default=86_400.0, validator=_positive)

    @property
    def heartbeat(self) -> float:
        """Seconds between two signs of life."""
        return self.lease / self.beats

    def pause(self, attempt: int) -> float:
        """Return the seconds to wait after an attempt, from 1 on: doubling, and never the same for all who wait."""
        return min(self.backoff * 2.0 ** (attempt - 1), LONGEST_PAUSE) * _random.uniform(0.5, 1.0)


def jittered(seconds: float) -> float:
    """Return about as many seconds, so that processes that started together do not act together."""
    return seconds * _random.uniform(0.8, 1.0)
