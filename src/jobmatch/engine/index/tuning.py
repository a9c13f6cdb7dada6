"""Measuring an index, so that plans need not guess: how much each effort finds, and what searching costs.

First the index is asked without filters, with growing effort, until it finds nearly everything. Then both ways of
searching are timed under filters that let through more or less, among them many about which the choice is not clear.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import anyio.lowlevel
import attrs
from attrs import frozen

from jobmatch.engine.index.bands import Filtered
from jobmatch.engine.index.climbing import Check, Climb, unchecked
from jobmatch.engine.index.costs import Observation, costs, spread
from jobmatch.engine.index.crowds import FAR, Crowds
from jobmatch.engine.index.measuring import Meter, Truth
from jobmatch.engine.index.questions import Question, of_two
from jobmatch.model import Calibration, Costs, Method, Plan, Rung
from jobmatch.model.plan import SOUND
from jobmatch.planning import walk
from jobmatch.ports import Progress, Survey

#: The share of all postings up to which a filter's exact search is timed: far beyond, nobody would choose it.
TIMED = 0.5
#: How often either way is timed under a filter.
TIMES = 2
#: The share of all postings up to which a walk is timed.
WALKED = 0.2
#: Questions around which it is crowded that tell, if all find enough, that one look will do for most such.
TELLING = 20
#: Questions for two things at once, at most.
MOST_MIXED = 50
#: Parts of the whole: what is done when everything was compared, and when the index was asked with growing effort.
TRUTHS, CLIMBED = 0.4, 0.7


@frozen(kw_only=True)
class Tuning:
    """One run.

    Arguments:
        meter: measures.
        survey: of the whole index.
        progress: told.
        check: asked every now and then.
    """

    meter: Meter
    survey: Survey
    progress: Progress
    check: Check = unchecked

    async def run(self, questions: Sequence[Question], filtered: Sequence[Filtered], target: float) -> Calibration:
        """Measure.

        Arguments:
            questions: without filters.
            filtered: with filters, each with the number of postings that pass them.
            target: recall that has to be reached, if it can be.
        """
        truths = await self._truths(questions)
        crowds = await Crowds.around(questions, truths, self.meter)
        climb = Climb(
            meter=self.meter,
            survey=self.survey,
            questions=questions,
            truths=truths,
            target=target,
            crowded=crowds.crowded,
            thinning=crowds.thinning,
            check=self.check,
        )
        rungs = await climb.run(self._part(TRUTHS, CLIMBED))
        effort = climb.taken(rungs)
        crowds = await self._asked_twice(crowds, questions, truths, effort)
        return Calibration(
            index=self.survey.strategy.describe(),
            rows=self.survey.total,
            k=self.meter.k,
            queries=len(questions),
            rungs=tuple(rungs),
            costs=await self._costs(filtered, truths, rungs, effort),
            measured_at=datetime.now(UTC),
            crowded=crowds.crowded,
            thinning=crowds.thinning,
            astray=await self._astray(questions[: MOST_MIXED + 1], effort),
        )

    def _part(self, start: float, end: float) -> Progress:
        return lambda done, stage: self.progress(start + (end - start) * done, stage)

    async def _asked_twice(
        self, crowds: Crowds, questions: Sequence[Question], truths: Sequence[Truth], effort: int
    ) -> Crowds:
        """Have fewer asked twice if one look finds enough for all around whom it is crowded, and they are many."""
        if len(crowds.beyond) < TELLING:
            return crowds
        plan = attrs.evolve(self._by_index(effort), doubted=True, aside=True)
        for number in crowds.beyond:
            if (await self.meter.trial(questions[number], plan, truths[number])).recall < SOUND:
                return crowds
        return crowds.seldom()

    async def _astray(self, questions: Sequence[Question], effort: int) -> float | None:
        """Return the share of questions for two things at once that find too little, unless asked from aside, too."""
        plan, found = attrs.evolve(self._by_index(effort), doubted=True), list[float]()
        for vector in of_two([question.vector for question in questions]):
            question = Question(vector=vector)
            found.append((await self.meter.trial(question, plan, await self.meter.truth(question))).recall)
        return round(sum(recall < SOUND for recall in found) / len(found), 6) if found else None

    async def _truths(self, questions: Sequence[Question]) -> list[Truth]:
        truths = []
        for number, question in enumerate(questions):
            self.progress(TRUTHS * number / len(questions), "comparing everything")
            truths.append(await self.meter.truth(question, fetch=FAR))
        return truths

    def _by_index(self, effort: int) -> Plan:
        return Plan(method=Method.APPROXIMATE, fetch=self.meter.k, effort=effort)

    async def _costs(
        self, filtered: Sequence[Filtered], truths: Sequence[Truth], rungs: Sequence[Rung], effort: int
    ) -> Costs:
        exact: list[Observation] = []
        index = [Observation(self.survey.strategy.visits(r.effort, self.survey.total), r.milliseconds) for r in rungs]
        for number, one in enumerate(filtered):
            self.progress(CLIMBED + (1 - CLIMBED) * number / len(filtered), "searching with filters")
            if one.share <= TIMED:
                exact.append(await self._exactly(one))
            index.extend(await self._walk(one, effort))
            await anyio.lowlevel.checkpoint()
        if not spread(exact):  # all filters let through about as much, or there are none
            exact += [Observation(self.survey.matching, truth.milliseconds) for truth in truths]
        return costs(exact, index)

    async def _exactly(self, one: Filtered) -> Observation:
        """Time comparing every posting that passes.

        Who comes first, after everything was compared, finds the server's memory full of something else, and takes up
        to three times as long; so each way is timed twice, and the lesser counts.
        """
        times = [(await self.meter.truth(one.question)).milliseconds for _ in range(TIMES)]
        return Observation(one.matching, min(times))

    async def _walk(self, one: Filtered, effort: int) -> list[Observation]:
        """Time the search by the index under a filter, unless it ended in vain: then exact search was timed, too."""
        far = walk(attrs.evolve(self.survey, matching=one.matching), effort, self.meter.k)
        if far.visits > self.survey.total * WALKED:
            return []
        every = far.near > 0 and not self.survey.as_stored
        plan, times = attrs.evolve(self._by_index(far.effort), near=far.near, every=every), list[float]()
        for _ in range(TIMES):
            trial = await self.meter.trial(one.question, plan, Truth(count=0, farthest=1, milliseconds=0))
            if trial.exact:
                return []
            times.append(trial.milliseconds)
        return [Observation(far.visits, min(times), read=far.read)]
