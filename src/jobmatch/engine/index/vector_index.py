"""`VectorIndex`: the verbs of looking after the vector index; ``engine.index``."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import attrs

from jobmatch.engine.given import check_progress, check_strategy
from jobmatch.engine.index.climbing import Check
from jobmatch.engine.index.material import Material, gather
from jobmatch.engine.index.measuring import Meter, Trial, band
from jobmatch.engine.index.questions import Question
from jobmatch.engine.index.tuning import Tuning
from jobmatch.errors import Incompatible, InvalidInput, NotFound, Unavailable
from jobmatch.model import (
    Band,
    Calibration,
    Exact,
    Filters,
    Forecast,
    IndexState,
    IndexStrategy,
    MatchRequest,
    Recall,
    RecallReport,
    fields,
    vocabularies,
)
from jobmatch.planning import plan_search
from jobmatch.ports import Embedder, JobIndex, Progress, unheard

_log = logging.getLogger("jobmatch.index")
#: Questions that are made up.
QUESTIONS = 200
#: Nearest postings looked for.
K = 10


class VectorIndex:
    """Builds the vector index, tells about it, and measures what it finds.

    Arguments:
        jobs: the postings.
        embedder: makes vectors of the requests that it is measured with.
    """

    def __init__(self, jobs: JobIndex, embedder: Embedder) -> None:
        self._jobs = jobs
        self._embedder = embedder

    async def plan(self, strategy: IndexStrategy) -> Forecast:
        """Tell what `create` would do and take; see `IndexAdmin.forecast`."""
        check_strategy(strategy)
        forecast = await self._jobs.admin.forecast(strategy)
        suited = strategy.suited(forecast.rows) if forecast.rows else None  # before the first import nobody knows
        return attrs.evolve(forecast, suited=suited.describe()) if suited else forecast

    async def create(self, strategy: IndexStrategy, *, progress: Progress | None = None) -> None:
        """Build the index and the supporting ones; see `JobIndex.create_index`.

        Raises:
            Incompatible: there is to be none, but one remains that is somebody else's.
        """
        check_strategy(strategy)
        check_progress(progress)
        await self._create(strategy, progress)

    async def _create(self, strategy: IndexStrategy, progress: Progress | None) -> tuple[str, ...]:
        removed = await self._jobs.create_index(strategy, progress=progress)
        if strategy.exact and (left := (await self.status()).name):
            raise Incompatible(f"the index {left} is not of jobmatch's making, and serves on: drop it yourself")
        return tuple(removed)

    async def reindex(self, *, progress: Progress | None = None) -> None:
        """Build all indexes anew, as they are; see `IndexAdmin.reindex`."""
        check_progress(progress)
        await self._jobs.admin.reindex(progress=progress)

    async def drop(self, *, progress: Progress | None = None) -> tuple[str, ...]:
        """Remove the vector index: every search compares everything from then on.

        Return what there was to remove when nobody else was building any more: each as `IndexStrategy.describe` has
        it, or by its name if its kind is not installed any more.

        Arguments:
            progress: told, among others that another build is waited for.

        Raises:
            Incompatible: one remains that is somebody else's.
        """
        check_progress(progress)
        return await self._create(Exact(), progress)

    async def status(self) -> IndexState:
        """Tell what there is now."""
        return await self._jobs.admin.inspect()

    async def better(self) -> IndexStrategy | None:
        """Return an index that would find more than the one that is there; None if none is known."""
        return (await self._jobs.survey(Filters())).strategy.better()

    async def recall(
        self,
        *,
        k: int = K,
        wanted: Recall = Recall.BALANCED,
        requests: Sequence[MatchRequest] = (),
        count: int = QUESTIONS,
        progress: Progress | None = None,
    ) -> RecallReport:
        """Measure what searches find of the nearest postings, as they are planned now; the report is kept.

        Arguments:
            k: number of nearest to look for, 1 to 1,000.
            wanted: how much the searches are asked to find.
            requests: as people make them; without any, questions near to postings are made up, with filters that
                postings pass.
            count: how many of those, 1 to 1,000.
            progress: told.

        Raises:
            NotFound: there are no postings.
        """
        wanted = fields.called("wanted", vocabularies.recall)(wanted)
        check_progress(progress)
        material = await gather(self._jobs, self._embedder, requests=requests, count=count, k=k)
        before = await self.status()
        meter, check = Meter(self._jobs, k=k), partial(self._check_same, before)
        overall, *bands = await self._bands(meter, material, wanted, progress or unheard, check)
        report = RecallReport(
            index=before.index,
            k=k,
            wanted=wanted,
            overall=overall,
            bands=tuple(bands),
            measured_at=datetime.now(UTC),
        )
        await self._keep(report=report)
        return report

    async def _keep(self, **measured: Any) -> None:
        try:
            await self._jobs.admin.note(**measured)
        except (Incompatible, Unavailable) as error:  # whoever may only read wants to know all the same
            _log.warning("what was measured is not kept: %s", error)

    async def _check_same(self, before: IndexState) -> None:
        """Keep nothing that was measured of one index for another."""
        after = await self.status()
        if (after.index, after.name) != (before.index, before.name):
            raise Incompatible(f"the index was replaced while it was measured ({before.index}); run it again")

    async def _bands(
        self, meter: Meter, material: Material, wanted: Recall, progress: Progress, check: Check
    ) -> list[Band]:
        groups = {1.0: material.plain}
        groups |= {bound: [one.question for one in band] for bound, band in material.bands.items()}
        measured = []
        for number, (bound, questions) in enumerate(groups.items()):
            progress(number / len(groups), "without filters" if bound == 1 else f"where up to {bound:.2%} pass")
            measured.append(band(bound, [await self._trial(meter, question, wanted) for question in questions]))
            await check()
        progress(1.0, "ready")
        return measured

    async def _trial(self, meter: Meter, question: Question, wanted: Recall) -> Trial:
        plan = plan_search(await self._jobs.survey(question.filters), fetch=meter.k, recall=wanted)
        return await meter.trial(question, plan, await meter.truth(question))

    async def tune(
        self,
        *,
        target: float = Recall.BALANCED.target,
        k: int = K,
        requests: Sequence[MatchRequest] = (),
        count: int = QUESTIONS,
        progress: Progress | None = None,
    ) -> Calibration:
        """Measure how much each effort finds and what searching costs; plans go by it from then on.

        Arguments:
            target: recall that has to be reached, above 0, at most 1.
            k: number of nearest to look for, 1 to 1,000.
            requests: as in `recall`.
            count: as in `recall`.
            progress: told.

        Raises:
            NotFound: there are no postings, or no vector index.
        """
        check_progress(progress)
        if not 0 < fields.called("target", fields.number)(target) <= 1:
            raise InvalidInput("target", f"must be above 0 and at most 1, not {target:g}")
        survey, before = await self._jobs.survey(Filters()), await self.status()
        if survey.strategy.exact:
            raise NotFound("there is no vector index to tune; build one first: jobmatch index create")
        if before.rivals:
            raise Incompatible(f"{_rivals(before)}: drop one of them, for nobody knows which one is measured")
        material = await gather(self._jobs, self._embedder, requests=requests, count=count, k=k)
        check = partial(self._check_same, before)
        tuning = Tuning(meter=Meter(self._jobs, k=k), survey=survey, progress=progress or unheard, check=check)
        calibration = await tuning.run(material.plain, material.filtered, target)
        await check()
        await self._keep(calibration=calibration)
        tuning.progress(1.0, "ready")
        return calibration


def _rivals(state: IndexState) -> str:
    return f"{state.name} and {', '.join(state.rivals)} are over the same vectors"
