"""How much each effort finds, without filters."""

from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import TypeAlias

from attrs import frozen

from jobmatch.engine.index.measuring import Meter, Truth, mean
from jobmatch.engine.index.questions import Question
from jobmatch.model import Method, Plan, Rung
from jobmatch.model.plan import taken
from jobmatch.ports import Progress, Survey

#: Recall after which more effort is tried only as long as searches might take it.
ENOUGH = 0.999
#: Raises if the index is not the one any more that is to be measured.
Check: TypeAlias = Callable[[], Awaitable[None]]


async def unchecked() -> None:
    """Trust that nobody replaces the index."""


@frozen(kw_only=True)
class Climb:
    """Asks an index with growing effort, until it finds nearly everything.

    Arguments:
        meter: measures.
        survey: of the whole index.
        questions: without filters.
        truths: what is nearest to each.
        target: recall that has to be reached, if it can be.
        crowded, thinning: as in `Plan`.
        check: asked before each effort.
    """

    meter: Meter
    survey: Survey
    questions: Sequence[Question]
    truths: Sequence[Truth]
    target: float
    crowded: float | None = None
    thinning: float = 0.0
    check: Check = unchecked

    async def run(self, progress: Progress) -> list[Rung]:
        """Measure one effort after the other, up to the first that finds nearly all, and those to spare."""
        rungs: list[Rung] = []
        efforts = self.survey.strategy.efforts(self.survey.total)
        for number, effort in enumerate(efforts):
            progress(number / len(efforts), f"effort {effort}")
            # Without an index every effort is comparing everything, and none is the last.
            await self.check()
            rungs.append(await self._rung(effort))
            if self._done(rungs):
                break
        return rungs

    def _done(self, rungs: Sequence[Rung]) -> bool:
        """Tell whether nearly all are found, and one of the efforts to spare is not taken, so that none after it is."""
        enough = any(rung.reaches(max(self.target, ENOUGH)) for rung in rungs[:-1])
        return enough and taken(rungs, self.target) is not rungs[-1]

    async def _rung(self, effort: int) -> Rung:
        plan = self.plan(effort)
        trials = [
            await self.meter.trial(question, plan, truth)
            for question, truth in zip(self.questions, self.truths, strict=True)
        ]
        return Rung(
            effort=effort,
            recall=round(mean(trial.recall for trial in trials), 6),
            worst=min(trial.recall for trial in trials),
            milliseconds=round(median(trial.milliseconds for trial in trials), 3),
            repeated=round(mean(float(trial.repeated) for trial in trials), 6),
        )

    def plan(self, effort: int) -> Plan:
        """Return the plan of a search with an effort, as searches without filters are planned."""
        return Plan(
            method=Method.APPROXIMATE,
            fetch=self.meter.k,
            effort=effort,
            doubted=True,
            aside=True,
            crowded=self.crowded,
            thinning=self.thinning,
            reach=self.survey.total,
            estimate=self.survey.total,
        )

    def taken(self, rungs: Sequence[Rung]) -> int:
        """Return the effort that searches will take, or the greatest that was tried if none reaches the target."""
        return (taken(rungs, self.target) or rungs[-1]).effort
