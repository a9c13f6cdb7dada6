"""Around whom it is so crowded that they are asked twice: a seventh of those asked, or fewer where that is vain."""

from typing import cast

import numpy as np
import pytest

from jobmatch.engine.index.measuring import Meter, Trial, Truth
from jobmatch.engine.index.questions import Question
from jobmatch.engine.index.tuning import Tuning
from jobmatch.model import Hnsw, Plan
from jobmatch.model.plan import SOUND
from jobmatch.ports import Survey

TOTAL = 100_000


class Told:
    """It is as crowded around a question as its vector says; one look does for those around whom it is less than so."""

    k = 10

    def __init__(self, does_below: float, recall: float = 0.0) -> None:
        self._does_below, self._recall = does_below, recall

    async def truth(self, question: Question, *, fetch: int = 0) -> Truth:
        """Compare everything."""
        return Truth(count=10, farthest=0.5, milliseconds=1.0, nears=[0.5] * max(fetch, 10))

    async def crowding(self, question: Question, truth: Truth, rank: int) -> float | None:
        """Tell how crowded it is."""
        return float(question.vector[0])

    async def trial(self, question: Question, plan: Plan, truth: Truth) -> Trial:
        """Search by a plan."""
        found = plan.crowded is not None or question.vector[0] < self._does_below
        return Trial(recall=1.0 if found else self._recall, milliseconds=float(plan.effort), exact=False)


async def limit(told: Told, questions: int) -> float | None:
    """Return from which crowding on it is asked twice after tuning with crowdings 1, 2, …"""
    tuning = Tuning(
        meter=cast("Meter", told),
        survey=Survey(matching=TOTAL, total=TOTAL, strategy=Hnsw()),
        progress=lambda done, stage: None,
    )
    asked = [Question(vector=np.array([number, 1, 1], dtype=np.float32)) for number in range(1, questions + 1)]
    return (await tuning.run(asked, [], 0.99)).crowded


async def test_a_seventh_is_asked_twice_if_one_look_does_not_do_for_one_of_them() -> None:
    assert await limit(Told(does_below=200), 200) == 170
    assert await limit(Told(does_below=171), 200) == 170


async def test_a_twentieth_if_it_does_for_all_of_them() -> None:
    assert await limit(Told(does_below=201), 200) == 190
    assert await limit(Told(does_below=0, recall=SOUND), 200) == 190


@pytest.mark.parametrize(("questions", "crowded"), [(1, 1), (20, 17), (100, 85), (130, 111), (140, 133)])
async def test_few_questions_do_not_tell(questions: int, crowded: float) -> None:
    assert await limit(Told(does_below=TOTAL), questions) == crowded
