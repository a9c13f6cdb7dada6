"""How far tuning climbs: to the first effort that finds nearly all, and on as long as a step takes little more time."""

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest

from jobmatch.engine.index.climbing import Climb
from jobmatch.engine.index.measuring import Meter, Trial, Truth
from jobmatch.engine.index.questions import Question
from jobmatch.model import Hnsw, Plan
from jobmatch.model.plan import TWICE
from jobmatch.ports import Survey

TOTAL = 100_000
EFFORTS = list(Hnsw().efforts(TOTAL))
#: The first effort that finds nearly all.
ENOUGH = EFFORTS[5]


class Told:
    """Has each effort take as long as it is told, and find nearly all from `ENOUGH` on."""

    k = 10

    def __init__(self, milliseconds: Callable[[int], float], *, enough: float = ENOUGH) -> None:
        self._milliseconds, self._enough = milliseconds, enough

    async def trial(self, question: Question, plan: Plan, truth: Truth) -> Trial:
        """Search by a plan."""
        recall = 1.0 if plan.effort >= self._enough else 0.9
        return Trial(recall=recall, milliseconds=self._milliseconds(plan.effort), exact=False)


async def climbed(told: Told) -> list[int]:
    """Return the efforts that were measured."""
    climb = Climb(
        meter=cast("Meter", told),
        survey=Survey(matching=TOTAL, total=TOTAL, strategy=Hnsw()),
        questions=[Question(vector=np.ones(3, dtype=np.float32))],
        truths=[Truth(count=10, farthest=0.5, milliseconds=1.0)],
        target=0.99,
    )
    return [rung.effort for rung in await climb.run(lambda done, stage: None)]


async def test_one_step_beyond_those_that_may_be_taken_is_measured() -> None:
    steps = await climbed(Told(lambda effort: 1.0 if effort < ENOUGH * 1.5 else 2.0))
    dear = next(effort for effort in EFFORTS if effort >= ENOUGH * 1.5)
    assert EFFORTS.index(ENOUGH) + 1 < EFFORTS.index(dear)
    assert steps == EFFORTS[: EFFORTS.index(dear) + 1]


async def test_where_more_effort_takes_no_time_the_first_that_is_too_great_ends_it() -> None:
    great = next(effort for effort in EFFORTS if effort > TWICE * ENOUGH)
    assert await climbed(Told(lambda effort: 1.0)) == EFFORTS[: EFFORTS.index(great) + 1]


@pytest.mark.parametrize("milliseconds", [1.0, 100.0])
async def test_where_none_finds_nearly_all_every_effort_is_measured(milliseconds: float) -> None:
    assert await climbed(Told(lambda effort: effort * milliseconds, enough=np.inf)) == EFFORTS
