"""How crowded it is around most questions, so that those around whom it is more crowded can be asked twice."""

from collections.abc import Sequence
from math import ceil, floor, log
from typing import Self

from attrs import frozen

from jobmatch.engine.index.measuring import Meter, Truth
from jobmatch.engine.index.questions import Question
from jobmatch.model.plan import FEW

#: The share of questions around which it is most crowded: so many are asked twice; and where few pass. There, in a
#: million, the most crowded twentieth holds nearly as many of those who are short of something as a seventh does.
CROWDED, CROWDED_FAR = 0.15, 0.05
#: The rank by which crowding is told as well, to see how it falls: about that of the tenth that passes a filter which
#: lets through one of sixteen. Where much fewer pass, each of them is compared.
FAR = 16 * FEW
#: Powers are told in thousandths.
PARTS = 1_000


@frozen(kw_only=True)
class Crowds:
    """The crowding that there is at most around most questions.

    Arguments:
        crowded, thinning: as in `Calibration`.
    """

    crowded: float | None
    thinning: float = 0.0

    @classmethod
    async def around(cls, questions: Sequence[Question], truths: Sequence[Truth], meter: Meter) -> Self:
        """Measure.

        Arguments:
            questions: without filters.
            truths: of each, with the `FAR` nearest, or all that there are.
            meter: measures.
        """
        found = list(zip(questions, truths, strict=True))
        near = _limit([await meter.crowding(*one, FEW) for one in found], CROWDED)
        far = _limit([await meter.crowding(*one, FAR) for one in found], CROWDED_FAR)
        return cls(crowded=near, thinning=_thinning(near, far, min((len(truth.nears) for truth in truths), default=0)))


def _limit(crowding: Sequence[float | None], share: float) -> float | None:
    """Return the crowding that there is at most around all but a *share* of the questions."""
    known = sorted(one for one in crowding if one is not None)
    return known[ceil((1 - share) * len(known)) - 1] if known else None


def _thinning(near: float | None, far: float | None, rank: int) -> float:
    """Return the power with which crowding falls between two ranks, with the sign changed.

    What is half as far again as a posting farther off holds more postings, but not as many times more.
    """
    rank = min(rank, FAR)
    if not (near and far and rank > FEW):
        return 0.0
    # Rounded down, or those who are just at the limit would be beyond it.
    return floor(max(log(near / far) / log(rank / FEW), 0.0) * PARTS) / PARTS
