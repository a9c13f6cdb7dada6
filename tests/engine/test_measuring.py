"""What a measurement of an index is made of: questions, bands, trials, and the costs that are fitted to them."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.engine.index.bands import Filtered, banded, filtered
from jobmatch.engine.index.costs import SPREAD, Observation, costs, fit
from jobmatch.engine.index.measuring import Meter, Trial, Truth, band
from jobmatch.engine.index.questions import NEARNESS, Question, filters_of, vectors_like
from jobmatch.model import Filters, Job, Method, Place, Plan
from jobmatch.ports import Hit, Sample, SearchResult
from jobmatch.testing.material import axis, entry

JOBS = [
    Job(id="a", title="Nurse", company="Ward", places=[Place(country="DE", latitude=50.7, longitude=7.1)]),
    Job(id="b", title="Baker", workplace="onsite", level="senior", skills=["bread", "cake"]),
    Job(id="c", title="Cook", employment_type="part_time"),
]


def found(similarities: Sequence[float]) -> SearchResult:
    """Return what a search found."""
    hits = tuple(Hit(job=JOBS[0].summary(), similarity=one) for one in similarities)
    return SearchResult(hits=hits, complete=True, plan=Plan(method=Method.EXACT, fetch=10))


@given(
    base=st.floats(0, 50),
    each=st.floats(1e-4, 10),
    counts=st.lists(st.integers(0, 100_000), min_size=8, max_size=40, unique=True),
)
def test_a_line_is_found_again_though_a_quarter_of_the_points_is_far_off(
    base: float, each: float, counts: list[int]
) -> None:
    assume(max(counts) >= SPREAD * max(min(counts), 1))
    off = set(random.Random(0).sample(range(len(counts)), len(counts) // 4))
    points = [
        Observation(count, base + each * count + (1e6 if number in off else 0.0)) for number, count in enumerate(counts)
    ]
    assert fit(points) == pytest.approx((base, each), rel=1e-3, abs=1e-2)


@pytest.mark.parametrize(
    ("points", "base", "each"),
    [
        ([(10, 3.0)], 0.0, 0.3),
        ([(10, 3.0), (10, 5.0)], 0.0, 0.4),
        ([(0, 3.0), (0, 5.0)], 0.0, 4.0),
        ([(100, 10.0), (1_000, 1.0)], 0.0, 0.0505),  # falls
        ([(100, 10.0), (200, 30.0)], 0.0, 0.125),  # too near one another to tell
        ([(100, 10.0), (1_100, 210.0)], 0.0, 0.2),
        ([(100, 30.0), (1_100, 230.0)], 10.0, 0.2),
    ],
)
def test_costs_never_make_work_free(points: list[tuple[int, float]], base: float, each: float) -> None:
    assert fit([Observation(*point) for point in points]) == pytest.approx((base, each))


def test_what_many_rows_take_does_not_hide_what_none_takes() -> None:
    """Most were asked of many rows, and took a tenth longer or shorter, as it happens."""
    random.seed(1)
    many = [Observation(count, count * random.uniform(0.9, 1.1)) for count in range(10_000, 30_000, 500)]
    few = [Observation(count, 2 + count) for count in (1, 5, 10, 20)]
    base, each = fit([*many, *few])
    assert 0 <= base < 10
    assert each == pytest.approx(1, rel=0.05)


def test_both_ways_are_fitted_each_to_its_own() -> None:
    exact = [Observation(0, 1.0), Observation(100, 2.0)]
    made = costs(exact, [Observation(0, 0.5), Observation(10, 2.5)])
    assert (made.exact, made.exact_row, made.index, made.index_visit) == pytest.approx((1.0, 0.01, 0.5, 0.2))
    also_read = costs(exact, [Observation(0, 0.5), Observation(10, 3.5, read=100)])
    assert also_read == made


@pytest.mark.parametrize(
    ("similarities", "recall"),
    [
        ([0.9, 0.8, 0.7], 1.0),
        ([0.9, 0.8, 0.699_999_9], 1.0),
        ([0.9, 0.7, 0.7, 0.7, 0.7], 1.0),
        ([0.9, 0.8, 0.6], 2 / 3),
        ([0.6], 0.0),
        ([], 0.0),
    ],
)
def test_a_hit_counts_if_it_is_as_near_as_the_last_of_the_nearest(similarities: list[float], recall: float) -> None:
    assert Truth(count=3, farthest=0.7, milliseconds=1).recall(found(similarities)) == recall


def test_of_nothing_everything_is_found() -> None:
    assert Truth(count=0, farthest=1.0, milliseconds=1).recall(found([])) == 1.0
    assert band(1.0, []).recall == 1.0


def test_a_band_sums_up() -> None:
    trials = [Trial(recall=r, milliseconds=m, exact=e) for r, m, e in [(1.0, 1, True), (0.5, 9, False), (0.9, 2, True)]]
    made = band(0.1, trials)
    assert (made.share, made.queries, made.recall, made.worst) == (0.1, 3, 0.8, 0.5)
    assert (made.milliseconds, made.exact) == pytest.approx((2, 2 / 3), abs=1e-6)


async def test_the_truth_knows_how_far_the_last_one_is() -> None:
    index = MemoryJobIndex()
    await index.put([entry("a", axis(0)), entry("b", axis(0, towards=1, by=1.0)), entry("c", axis(1))])
    truth = await Meter(index, k=2).truth(Question(vector=axis(0)))
    assert (truth.count, truth.farthest) == pytest.approx((2, 0.5**0.5))
    nothing = await Meter(index, k=2).truth(Question(vector=axis(0), filters=Filters(country="NZ")))
    assert (nothing.count, nothing.recall(found([]))) == (0, 1.0)


def test_a_made_up_question_is_as_near_to_its_posting_as_resumes_are() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((20, 256)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    samples = [Sample(job=JOBS[0].summary(), vector=vector) for vector in vectors]
    moved = vectors_like(samples)
    assert [float(a @ b) for a, b in zip(vectors, moved, strict=True)] == pytest.approx([NEARNESS] * 20, abs=1e-3)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert all(np.array_equal(a, b) for a, b in zip(moved, vectors_like(samples), strict=True))


async def test_made_up_filters_always_let_something_through() -> None:
    index = MemoryJobIndex()
    await index.put([entry(job.id, **{n: getattr(job, n) for n in ("company", "places", "workplace")}) for job in JOBS])
    summaries = [row.job for row in await index.admin.sample(10)]
    made = filters_of(summaries)
    for _ in range(100):
        filters = next(made)
        assert filters
        assert (await index.survey(filters)).matching > 0


def test_of_postings_that_tell_nothing_no_filters_are_made() -> None:
    assert list(filters_of([])) == []
    assert list(filters_of([Job(id="a", title="Nurse").summary()])) == []


@pytest.mark.parametrize(
    ("matching", "bound"),
    [
        (1_000_000, None),
        (500_001, None),
        (500_000, 0.5),
        (200_001, 0.5),
        (9, 0.0001),
        (100, 0.0001),
        (101, 0.001),
        (0, 0.0001),
    ],
)
def test_bands_go_by_the_share_that_passes(matching: int, bound: float | None) -> None:
    one = Filtered(question=Question(vector=axis(0)), matching=matching, total=1_000_000)
    assert one.bound == bound
    assert list(banded([one])) == ([] if bound is None else [bound])


async def test_a_band_takes_no_more_questions_than_it_is_given() -> None:
    index = MemoryJobIndex()
    await index.put([entry(f"j{n}", places=[Place(country="DE" if n % 4 else "FR")]) for n in range(40)])
    filters = [Filters(country="FR"), Filters(country="DE"), Filters(country="FR"), Filters(country="FR")]
    bands = await filtered(index, [axis(0), axis(1)], filters, per_band=2)
    assert {bound: len(ones) for bound, ones in bands.items()} == {0.5: 2}
