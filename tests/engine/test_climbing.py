"""How far tuning climbs: to the first effort that finds nearly all, and beyond those that searches may take."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import cast

import numpy as np
import pytest

from jobmatch.engine.index.climbing import Climb
from jobmatch.engine.index.measuring import Meter, Trial, Truth
from jobmatch.engine.index.questions import Question
from jobmatch.model import Hnsw, Plan, Rung
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


async def rungs(told: Told, *, questions: int = 1) -> Sequence[Rung]:
    """Return what was measured."""
    climb = Climb(
        meter=cast("Meter", told),
        survey=Survey(matching=TOTAL, total=TOTAL, strategy=Hnsw()),
        questions=[Question(vector=np.ones(3, dtype=np.float32))] * questions,
        truths=[Truth(count=10, farthest=0.5, milliseconds=1.0)] * questions,
        target=0.99,
    )
    return await climb.run(lambda done, stage: None)


async def climbed(told: Told) -> list[int]:
    """Return the efforts that were measured."""
    return [rung.effort for rung in await rungs(told)]


@pytest.mark.parametrize("step", [0.0, 1.0, 100.0])
async def test_the_first_effort_that_is_too_great_to_be_taken_ends_it_whatever_the_others_take(step: float) -> None:
    great = next(effort for effort in EFFORTS if effort > TWICE * ENOUGH)
    assert await climbed(Told(lambda effort: 1.0 + step * effort)) == EFFORTS[: EFFORTS.index(great) + 1]


@pytest.mark.parametrize("milliseconds", [1.0, 100.0])
async def test_where_none_finds_nearly_all_every_effort_is_measured(milliseconds: float) -> None:
    assert await climbed(Told(lambda effort: effort * milliseconds, enough=np.inf)) == EFFORTS


async def test_efforts_compare_on_a_machine_that_gets_slower() -> None:
    slower = count(start=100)
    measured = await rungs(Told(lambda effort: effort * next(slower)), questions=50)
    each = [rung.milliseconds / rung.effort for rung in measured]
    assert each == pytest.approx([each[0]] * len(each), rel=0.05)


async def test_no_effort_comes_first_at_every_question() -> None:
    """Whoever does finds the caches cold."""
    asked: list[int] = []

    def noted(effort: int) -> float:
        asked.append(effort)
        return 1.0

    measured = await rungs(Told(noted), questions=2)
    in_turns = asked[-2 * len(measured) :]
    assert in_turns == [*EFFORTS[: len(measured)], *EFFORTS[1 : len(measured)], EFFORTS[0]]
