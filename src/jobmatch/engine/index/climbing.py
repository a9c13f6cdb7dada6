"""How much each effort finds, without filters."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from statistics import median
from typing import TypeAlias

from attrs import evolve, frozen

from jobmatch.engine.index.measuring import Meter, Truth, mean
from jobmatch.engine.index.questions import Question
from jobmatch.model import Method, Plan, Rung
from jobmatch.model.plan import TWICE, reaching, taken
from jobmatch.ports import Progress, Survey

#: Recall after which more effort is tried only as long as searches might take it.
ENOUGH = 0.999
#: Questions by which efforts are timed against each other.
TIMED_BY = 50
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
        return await self._in_turns(rungs)

    def _done(self, rungs: Sequence[Rung]) -> bool:
        """Tell whether nearly all are found, and the last effort is more than searches would take."""
        least = reaching(rungs, self.target)
        enough = any(rung.reaches(max(self.target, ENOUGH)) for rung in rungs)
        return enough and least is not None and rungs[-1].effort > TWICE * least.effort

    async def _in_turns(self, rungs: Sequence[Rung]) -> list[Rung]:
        """Return them with times that compare: each question is asked with every effort before the next one is.

        Minutes lie between the first effort and the last otherwise, and the machine may be busy for some of them.
        """
        await self.check()
        tries = [(self.plan(rung.effort), list[float]()) for rung in rungs]
        for number, (question, truth) in enumerate(zip(self.questions[:TIMED_BY], self.truths, strict=False)):
            first = number % max(len(tries), 1)  # who comes first finds the processor's caches cold
            for plan, times in (*tries[first:], *tries[:first]):
                times.append((await self.meter.trial(question, plan, truth)).milliseconds)
        return [evolve(rung, milliseconds=_median(times)) for rung, (_, times) in zip(rungs, tries, strict=True)]

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
            milliseconds=_median(trial.milliseconds for trial in trials),
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


def _median(milliseconds: Iterable[float]) -> float:
    return round(median(milliseconds), 3)
