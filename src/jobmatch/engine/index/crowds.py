"""How crowded it is around most questions, so that those around whom it is more crowded can be asked twice."""

from collections.abc import Sequence
from math import ceil, floor, log
from typing import Self

from attrs import evolve, frozen

from jobmatch.engine.index.measuring import Meter, Truth
from jobmatch.engine.index.questions import Question
from jobmatch.model.plan import FEW

#: The share of questions around which it is most crowded: so many are asked twice; and so many where few pass, or where
#: one look does for nearly all. In a million the most crowded twentieth of those whose nearest have to pass a filter
#: holds nearly as many of those who are short of something as a seventh does.
CROWDED, HARDLY_CROWDED = 0.15, 0.05
#: The rank by which crowding is told as well, to see how it falls: about that of the tenth that passes a filter which
#: lets through one of sixteen. Where much fewer pass, each of them is compared.
FAR = 16 * FEW
#: Powers are told in thousandths.
PARTS = 1_000


@frozen(kw_only=True)
class Crowds:
    """How crowded it is around some questions.

    Arguments:
        near: around each of them, by the last of the `FEW` nearest; None where that is not known.
        far: the same by the last of the `FAR` nearest, or of all that there are.
        rank: of that one.
        twice: the share of the questions that is asked twice.
    """

    near: Sequence[float | None]
    far: Sequence[float | None]
    rank: int
    twice: float = CROWDED

    @classmethod
    async def around(cls, questions: Sequence[Question], truths: Sequence[Truth], meter: Meter) -> Self:
        """Measure.

        Arguments:
            questions: without filters.
            truths: of each, with the `FAR` nearest, or all that there are.
            meter: measures.
        """
        found = list(zip(questions, truths, strict=True))
        return cls(
            near=[await meter.crowding(*one, FEW) for one in found],
            far=[await meter.crowding(*one, FAR) for one in found],
            rank=min([FAR, *(len(truth.nears) for truth in truths)]),
        )

    @property
    def crowded(self) -> float | None:
        """As in `Calibration`."""
        return _limit(self.near, self.twice)

    @property
    def thinning(self) -> float:
        """As in `Calibration`."""
        return _thinning(self.crowded, _limit(self.far, HARDLY_CROWDED), self.rank)

    @property
    def beyond(self) -> Sequence[int]:
        """The numbers of the questions around which it is more crowded than that."""
        limit = self.crowded
        return [number for number, one in enumerate(self.near) if one is not None and limit is not None and one > limit]

    def seldom(self) -> Self:
        """Return those of which few are asked twice: one look does for the others."""
        return evolve(self, twice=HARDLY_CROWDED)


def _limit(crowding: Sequence[float | None], share: float) -> float | None:
    """Return the crowding that there is at most around all but a *share* of the questions."""
    known = sorted(one for one in crowding if one is not None)
    return known[ceil((1 - share) * len(known)) - 1] if known else None


def _thinning(near: float | None, far: float | None, rank: int) -> float:
    """Return the power with which crowding falls between two ranks, with the sign changed.

    What is half as far again as a posting farther off holds more postings, but not as many times more.
    """
    if not (near and far and rank > FEW):
        return 0.0
    # Rounded down, or those who are just at the limit would be beyond it.
    return floor(max(log(near / far) / log(rank / FEW), 0.0) * PARTS) / PARTS
