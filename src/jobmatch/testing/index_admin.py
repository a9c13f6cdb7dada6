"""The contract of `IndexAdmin`."""

from contextlib import suppress
from datetime import UTC, datetime

import attrs
import numpy as np
import pytest

from jobmatch.errors import NotFound
from jobmatch.model import (
    Band,
    Calibration,
    Costs,
    Exact,
    Filters,
    Hnsw,
    IndexStrategy,
    IvfFlat,
    Method,
    Plan,
    Recall,
    RecallReport,
    Rung,
)
from jobmatch.ports import JobIndex, SearchQuery
from jobmatch.testing.job_search import fan, find, ids
from jobmatch.testing.material import DIMENSIONS, EMBEDDER, axis, entry

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUERY = SearchQuery(vector=axis(0), filters=Filters(country="DE"), keywords=("nurse",))
PLANS = [Plan(method=Method.EXACT, fetch=10), Plan(method=Method.APPROXIMATE, fetch=10, effort=40)]
CALIBRATION = Calibration(
    index="exact",
    rows=50,
    k=10,
    queries=20,
    rungs=(Rung(effort=40, recall=0.97, worst=0.9, milliseconds=0.5),),
    costs=Costs(exact=0.1, exact_row=0.001, index=0.2, index_visit=0.002),
    measured_at=NOW,
)
WIDE = Band(share=1.0, queries=20, recall=0.98, worst=0.9, milliseconds=1.5, exact=0.0)
REPORT = RecallReport(
    index="exact", k=10, wanted=Recall.BALANCED, overall=WIDE, bands=(attrs.evolve(WIDE, share=0.1),), measured_at=NOW
)


class IndexAdminContract:
    """Give a fixture ``index``, a `JobIndex`, open, empty and not bound."""

    @pytest.fixture
    async def bound(self, index: JobIndex) -> JobIndex:
        """The index, bound to an embedder."""
        await index.bind(EMBEDDER, DIMENSIONS)
        return index

    @pytest.fixture
    async def filled(self, bound: JobIndex) -> JobIndex:
        """The index with some jobs."""
        await bound.put(fan(50))
        return bound

    async def test_a_sample_is_drawn_from_all(self, filled: JobIndex) -> None:
        drawn = [await filled.admin.sample(10) for _ in range(30)]
        assert {len(samples) for samples in drawn} == {10}
        assert {sample.job.id for sample in drawn[0]} < {entry.job.id for entry in fan(50)}
        assert len({sample.job.id for samples in drawn for sample in samples}) > 30
        assert len({tuple(sample.job.id for sample in samples) for samples in drawn}) > 1

    async def test_a_sample_carries_what_is_stored(self, filled: JobIndex) -> None:
        stored = {one.job.id: one for one in fan(50)}
        for sample in await filled.admin.sample(5):
            one = stored[sample.job.id]
            assert sample.job == one.job.summary()
            assert one.vector is not None
            assert np.allclose(sample.vector, one.vector, atol=1e-3)
            assert sample.vector.dtype == np.float32

    async def test_a_sample_is_all_if_there_are_no_more(self, bound: JobIndex) -> None:
        assert list(await bound.admin.sample(5)) == []
        await bound.put(
            [
                *fan(3),
                entry("expired", expires_at=datetime(2020, 1, 1, tzinfo=UTC)),
                attrs.evolve(entry("bare"), vector=None),
            ]
        )
        assert {sample.job.id for sample in await bound.admin.sample(100)} == {"j0000", "j0001", "j0002"}
        assert list(await bound.admin.sample(0)) == []

    @pytest.mark.parametrize("strategy", [Exact(), Hnsw(m=8)], ids=IndexStrategy.describe)
    async def test_what_was_measured_is_kept_and_planned_by(self, filled: JobIndex, strategy: IndexStrategy) -> None:
        await filled.create_index(strategy)
        before = await filled.admin.inspect()
        assert (before.calibration, before.recall) == (None, None)
        calibration, report = attrs.evolve(CALIBRATION, index=before.index), attrs.evolve(REPORT, index=before.index)
        await filled.admin.note(calibration=calibration)
        await filled.admin.note(report=report)
        after = await filled.admin.inspect()
        assert (after.calibration, after.recall) == (calibration, report)
        assert (await filled.survey(Filters())).calibration == calibration
        later = attrs.evolve(calibration, queries=99)
        await filled.admin.note(calibration=later, report=attrs.evolve(report, k=5))
        assert (await filled.survey(Filters())).calibration == later

    @pytest.mark.parametrize(("rows", "outdated"), [(1, True), (50, False), (5_000, True)])
    async def test_what_was_measured_with_far_fewer_or_more_postings_does_not_count(
        self, filled: JobIndex, rows: int, outdated: bool
    ) -> None:
        calibration = attrs.evolve(CALIBRATION, index=(await filled.admin.inspect()).index, rows=rows)
        await filled.admin.note(calibration=calibration)
        assert (await filled.survey(Filters())).calibration == (None if outdated else calibration)
        state = await filled.admin.inspect()
        assert (state.calibration, state.outdated) == (calibration, outdated)

    async def test_what_was_measured_of_another_index_does_not_count(self, filled: JobIndex) -> None:
        other = IvfFlat(lists=77).describe()
        await filled.admin.note(
            calibration=attrs.evolve(CALIBRATION, index=other), report=attrs.evolve(REPORT, index=other)
        )
        state = await filled.admin.inspect()
        assert (state.calibration, state.recall) == (None, None)
        assert (await filled.survey(Filters())).calibration is None

    async def test_an_inspection_tells_what_serves(self, filled: JobIndex) -> None:
        await filled.create_index(Exact())
        state = await filled.admin.inspect()
        assert (state.index, state.name, state.index_bytes, state.bloat, state.used) == ("exact", None, 0, None, False)
        assert state.rows == 50
        assert (state.building, state.broken, state.missing) == (None, (), ())

    @pytest.mark.parametrize("strategy", [Hnsw(m=8), IvfFlat(lists=3)], ids=IndexStrategy.describe)
    async def test_a_forecast_tells_and_does_nothing(self, filled: JobIndex, strategy: IndexStrategy) -> None:
        before = await filled.admin.inspect()
        forecast = await filled.admin.forecast(strategy)
        assert (forecast.index, forecast.rows) == (strategy.describe(), 50)
        assert min(forecast.bytes, forecast.memory, forecast.memory_allowed) >= 0
        assert await filled.admin.inspect() == before
        await filled.create_index(strategy)
        assert (await filled.admin.forecast(strategy)).steps == ()

    async def test_building_anew_changes_no_answer(self, filled: JobIndex) -> None:
        await filled.create_index(Hnsw())
        before, told = await filled.admin.inspect(), []
        if before.name is None:
            with pytest.raises(NotFound):
                await filled.admin.reindex()
        else:
            await filled.admin.reindex(progress=lambda part, stage: told.append(part))
            assert told[-1] == 1.0
            assert told == sorted(told)
        after = await filled.admin.inspect()
        assert (after.index, after.name, after.missing, after.broken) == (before.index, before.name, (), ())
        assert ids(await find(filled, attrs.evolve(PLANS[1], fetch=5))) == [f"j{n:04}" for n in range(5)]

    async def test_building_anew_brings_no_vector_index_where_there_is_none(self, filled: JobIndex) -> None:
        await filled.create_index(Exact())
        with suppress(NotFound):  # there may be no others
            await filled.admin.reindex()
        state = await filled.admin.inspect()
        assert (state.index, state.name, state.missing, state.broken) == ("exact", None, (), ())

    @pytest.mark.parametrize("plan", PLANS, ids=lambda plan: str(plan.method))
    async def test_a_search_is_explained(self, filled: JobIndex, plan: Plan) -> None:
        await filled.create_index(Hnsw())
        trace = (await filled.admin.explain(QUERY, plan)).trace
        assert trace.steps
        assert all(isinstance(line, str) for line in trace.steps)
        assert "nurse" not in trace.statement
