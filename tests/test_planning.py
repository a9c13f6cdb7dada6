"""Plans: exact when it is cheaper, and always enough rows."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobmatch.model import (
    MAX_RESULTS,
    Calibration,
    Costs,
    Exact,
    Hnsw,
    IndexStrategy,
    IvfFlat,
    MatchRequest,
    Method,
    Plan,
    Profile,
    Recall,
    Rung,
    Sort,
    Storage,
    Weights,
)
from jobmatch.model.plan import spread
from jobmatch.model.request import FEWEST, MOST
from jobmatch.model.strategy import MOST_CANDIDATES
from jobmatch.planning import Walk, assumed, effort_for, plan, plan_search, plans, walk
from jobmatch.ports import Survey

REQUEST = MatchRequest(keywords="welder")
ASSUMED = assumed(Hnsw())
MILLION = 1_000_000


@st.composite
def requests(draw: st.DrawFn) -> MatchRequest:
    """Requests of any size."""
    limit = draw(st.integers(1, MAX_RESULTS))
    return MatchRequest(keywords="x", limit=limit, offset=draw(st.integers(0, MAX_RESULTS - limit)))


STRATEGIES: st.SearchStrategy[IndexStrategy] = st.one_of(
    st.builds(Exact),
    st.builds(Hnsw, ef_search=st.integers(1, 1_000)),
    st.builds(IvfFlat, lists=st.integers(1, 32_768), probes=st.integers(1, 32_768)),
)
SURVEYS = st.builds(
    Survey,
    matching=st.integers(0, 10**8),
    total=st.integers(0, 10**8),
    strategy=STRATEGIES,
)


def survey(matching: int, total: int = MILLION, strategy: IndexStrategy | None = None) -> Survey:
    """Return a survey of an index with a graph."""
    return Survey(matching=matching, total=total, strategy=strategy or Hnsw())


def test_without_a_vector_index_the_search_is_exact() -> None:
    chosen = plan(REQUEST, survey(MILLION, strategy=Exact()))
    assert (chosen.method, chosen.effort, chosen.reason) == (Method.EXACT, 0, "no vector index")


def test_few_rows_are_compared_each() -> None:
    chosen = plan(REQUEST, survey(5_000))
    assert (chosen.method, chosen.estimate) == (Method.EXACT, 5_000)
    assert chosen.reason == "about 5,000 postings pass the filters, few enough to compare each"


def test_many_rows_are_searched_through_the_index() -> None:
    chosen = plan(REQUEST, survey(MILLION))
    assert (chosen.method, chosen.effort, chosen.fetch) == (Method.APPROXIMATE, 200, 100)
    assert chosen.reason == "about 1,000,000 postings pass the filters, too many to compare each"


def test_no_rows_at_all() -> None:
    assert plan(REQUEST, survey(0)).method is Method.EXACT
    assert plan(REQUEST, survey(0, total=0)).method is Method.EXACT


def test_the_owner_may_ask_for_more_effort() -> None:
    assert plan(REQUEST, survey(MILLION, strategy=Hnsw(ef_search=900))).effort == 900
    assert plan(REQUEST, survey(MILLION, strategy=IvfFlat(lists=1_000, probes=30))).effort == 30


def calibration(costs: Costs = ASSUMED, *rungs: Rung) -> Calibration:
    """Return what was measured of an index."""
    return Calibration(
        index=Hnsw().describe(), rows=MILLION, k=10, queries=50, rungs=rungs, costs=costs, measured_at=datetime.now(UTC)
    )


RUNGS = [
    Rung(effort=effort, recall=recall, worst=0.5, milliseconds=effort / 100)
    for effort, recall in ((40, 0.8), (100, 0.93), (300, 0.991), (800, 0.999))
]


def measured(*rungs: Rung, matching: int = MILLION, costs: Costs = ASSUMED) -> Survey:
    """Return a survey of an index that was measured."""
    return attrs.evolve(survey(matching), calibration=calibration(costs, *rungs))


@pytest.mark.parametrize(("recall", "effort"), [(Recall.FAST, 300), (Recall.BALANCED, 800)])
def test_the_effort_is_a_step_more_than_the_least_that_was_measured_to_do(recall: Recall, effort: int) -> None:
    chosen = plan_search(measured(*RUNGS), fetch=10, recall=recall)
    assert (chosen.effort, chosen.recall) == (effort, {300: 0.991, 800: 0.999}[effort])
    assert plan_search(measured(*RUNGS[:3]), fetch=10).effort == 300  # no step was measured beyond


def test_the_index_is_asked_from_aside_too_unless_the_answer_may_be_rough() -> None:
    assert plan_search(survey(MILLION), fetch=10).aside
    assert not plan_search(survey(MILLION), fetch=10, recall=Recall.FAST).aside
    assert not plan_search(survey(10), fetch=10).aside


@pytest.mark.parametrize(("rows", "told"), [(MILLION, True), (MILLION // 2, True), (499_999, False)])
def test_no_recall_is_told_where_there_are_more_than_twice_as_many_as_were_measured(rows: int, told: bool) -> None:
    known = attrs.evolve(calibration(ASSUMED, *RUNGS), rows=rows)
    surveyed = attrs.evolve(survey(MILLION), calibration=known)
    rung = known.taken(Recall.BALANCED.target)
    assert rung
    chosen = plan_search(surveyed, fetch=10)
    assert (chosen.effort, chosen.recall) == (rung.effort, rung.recall if told else None)
    assert plan_search(surveyed, fetch=10, recall=Recall.EXACT).recall == 1.0


def test_the_index_is_asked_twice_where_it_was_measured_to_be_crowded_unless_the_answer_may_be_rough() -> None:
    there = attrs.evolve(survey(MILLION), calibration=attrs.evolve(calibration(ASSUMED, *RUNGS), crowded=70.0))
    assert plan_search(there, fetch=10).crowded == 70.0
    assert plan_search(there, fetch=10, recall=Recall.FAST).crowded is None
    assert plan_search(measured(*RUNGS), fetch=10).crowded is None
    assert plan_search(survey(MILLION), fetch=10).crowded is None


def test_how_crowded_it_has_to_be_depends_on_the_rank_as_it_was_measured_to() -> None:
    there = attrs.evolve(calibration(ASSUMED, *RUNGS), crowded=70.0, thinning=0.5)
    chosen = plan_search(attrs.evolve(survey(MILLION), calibration=there), fetch=10)
    assert (chosen.asks_twice(71, 10), chosen.asks_twice(69, 10)) == (True, False)
    assert (chosen.asks_twice(36, 40), chosen.asks_twice(34, 40)) == (True, False)
    assert not attrs.evolve(chosen, crowded=None).asks_twice(71, 10)


@pytest.mark.parametrize(("near", "effort"), [(0, 100), (10, 100), (40, 165), (100, 199), (320, 250), (1_000, 500)])
def test_a_graph_needs_more_candidates_for_but_some_of_the_nearest(near: int, effort: int) -> None:
    assert Hnsw().reaching(near, MILLION, 100) == effort


def test_what_was_measured_for_few_is_made_to_do_for_more() -> None:
    assert [Hnsw().wider(60, fetch, 10, MILLION) for fetch in (50, 100, 2_000)] == [60, 100, 1_000]
    assert Hnsw(storage=Storage.BIT).wider(60, 100, 10, MILLION) == 600
    assert IvfFlat(lists=1_000).wider(6, 1_000, 10, MILLION) == 9
    assert Exact().wider(0, 100, 10, MILLION) == 0


@pytest.mark.parametrize(("excluded", "effort"), [(0, 800), (50, 800), (450, 920), (4_000, 1_000)])
def test_those_that_are_left_out_by_id_may_be_the_nearest(excluded: int, effort: int) -> None:
    surveyed = attrs.evolve(measured(*RUNGS, matching=MILLION - excluded), excluded=excluded)
    chosen = plan_search(surveyed, fetch=10)
    assert (chosen.method, chosen.effort) == (Method.APPROXIMATE, effort)
    assert (chosen.near >= spread(10) + excluded) if excluded else (chosen.near == 0)
    half = attrs.evolve(surveyed, matching=(MILLION - excluded) // 2)
    assert plan_search(half, fetch=10).near >= 2 * (spread(10) + excluded)


def test_where_many_are_left_out_by_id_every_posting_is_compared() -> None:
    surveyed = attrs.evolve(survey(matching=15_000, total=20_000), excluded=5_000)
    assert plan_search(surveyed, fetch=10).method is Method.EXACT


@pytest.mark.parametrize(("fetch", "effort"), [(5, 800), (10, 800), (11, 880), (25, 2_000), (400, 32_000)])
def test_of_signs_as_many_times_more_are_compared_once_more_as_are_wanted(fetch: int, effort: int) -> None:
    signs = attrs.evolve(measured(*RUNGS), strategy=Hnsw(storage=Storage.BIT))
    assert effort_for(signs, fetch, Recall.BALANCED)[0] == effort


def test_a_graph_keeps_no_more_than_a_thousand_candidates_unless_so_many_are_wanted() -> None:
    assert Hnsw().reaching(100, MILLION, 900) == 1_000
    assert Hnsw().reaching(2_000, MILLION, 900) == 1_000
    assert Hnsw().reaching(4_000, MILLION, 900) == 2_000


def test_what_is_several_times_as_hard_has_an_end_where_there_is_no_more() -> None:
    assert Hnsw().harder(500, MILLION, 4) == 2_000
    assert Hnsw().harder(500, 1_200, 4) == 1_200
    assert Hnsw().harder(500, 100, 4) == 500
    assert IvfFlat(lists=100).harder(10, MILLION, 4) == 41
    assert IvfFlat(lists=100).harder(50, MILLION, 4) == 100
    assert Exact().harder(0, MILLION, 4) == 0


def test_a_second_look_where_it_is_crowded_is_as_planned() -> None:
    look = Plan(method=Method.APPROXIMATE, fetch=10, effort=60, crowded=70.0)
    again = attrs.evolve(look, effort=240, crowded=None)
    assert look.allows(look)
    assert look.allows(again)
    assert not look.allows(attrs.evolve(look, effort=240))  # led astray
    assert not look.allows(attrs.evolve(again, method=Method.EXACT))
    assert not attrs.evolve(look, crowded=None).allows(again)


def test_further_steps_are_taken_as_long_as_they_take_little_more_time() -> None:
    rungs = [
        Rung(effort=effort, recall=0.995, worst=0.9, milliseconds=milliseconds)
        for effort, milliseconds in ((60, 2.0), (80, 2.1), (100, 2.2), (110, 2.4), (120, 2.0))
    ]
    assert calibration(ASSUMED, *rungs[:-1]).taken(0.99) == rungs[2]
    assert calibration(ASSUMED, *rungs, attrs.evolve(rungs[4], effort=130)).taken(0.99) == rungs[4]  # twice the least
    assert calibration(ASSUMED, rungs[0], rungs[3]).taken(0.99) == rungs[3]  # a step at least
    assert calibration(ASSUMED, rungs[0]).taken(0.99) == rungs[0]
    assert calibration(ASSUMED, *rungs).taken(0.999) is None
    # No effort takes longer than a greater one; if it did, the machine was busy.
    assert calibration(ASSUMED, *rungs).taken(0.99) == rungs[4]


def test_where_no_effort_does_the_greatest_is_taken_and_its_recall_told() -> None:
    chosen = plan_search(measured(*RUNGS[:2]), fetch=10)
    assert (chosen.method, chosen.effort, chosen.recall) == (Method.APPROXIMATE, 100, 0.93)


def test_an_index_of_which_no_effort_was_measured_is_searched_as_its_owner_set_it() -> None:
    chosen = plan_search(measured(), fetch=10)
    assert (chosen.method, chosen.effort, chosen.recall) == (Method.APPROXIMATE, 40, None)


def test_a_rung_with_a_query_that_found_nothing_is_passed_over_if_a_later_one_is_sound() -> None:
    rungs = [
        Rung(effort=effort, recall=recall, worst=worst, milliseconds=1.0)
        for effort, recall, worst in [(20, 0.9, 0.8), (40, 0.99, 0.0), (60, 0.992, 0.89), (100, 0.995, 0.9)]
    ]
    assert calibration(ASSUMED, *rungs).reaching(0.99) == rungs[3]
    assert calibration(ASSUMED, *rungs[:3]).reaching(0.99) == rungs[1]
    assert calibration(ASSUMED, *rungs[:1]).reaching(0.99) is None


def test_an_effort_that_finds_enough_only_by_searching_twice_is_none_to_choose() -> None:
    often, rarely = (
        Rung(effort=effort, recall=1.0, worst=1.0, milliseconds=1.0, repeated=repeated)
        for effort, repeated in ((20, 0.2), (40, 0.01))
    )
    assert calibration(ASSUMED, often, rarely).reaching(0.99) == rarely
    assert calibration(ASSUMED, often).reaching(0.99) is None


def test_an_index_has_to_look_as_far_as_those_that_pass_should_lie() -> None:
    everything, half, few = (walk(survey(matching), 100, 50) for matching in (MILLION, MILLION // 2, MILLION // 1_000))
    assert everything == Walk(effort=100, visits=500, vain=500)
    # 50 and 1.6 times the root of 50 should pass, of twice as many; but some of 12 times as many as the ten nearest.
    assert half == Walk(effort=207, near=207, enough=123, visits=1_035, vain=1_035, read=100)
    assert few == Walk(effort=30_657, near=61_314, enough=61_314, visits=306_570, vain=306_570, read=50_000)
    nothing = walk(survey(0), 100, 50)
    assert nothing == Walk(
        effort=MILLION // 2, near=MILLION, enough=MILLION, visits=MILLION, vain=MILLION, read=MILLION
    )


def test_an_index_goes_on_if_too_few_pass_where_that_is_worth_it() -> None:
    tenth = survey(MILLION // 10)
    far = walk(tenth, 100, 50)
    assert (far.near, far.enough, far.vain) == (614, 614, 3_070)
    assert far.further(tenth, 700) == attrs.evolve(far, near=1_228, vain=6_140)
    assert far.further(tenth, 100) == attrs.evolve(far, near=714, vain=3_570)
    half = survey(MILLION // 2)
    assert walk(half, 300, 50).further(half, MILLION).near == walk(half, 300, 50).near == 620  # at hand
    assert walk(survey(0), 100, 50).further(survey(0), 9) == walk(survey(0), 100, 50)
    assert plan_search(tenth, fetch=50).near == 1_228
    chosen = plan_search(attrs.evolve(tenth, as_stored=False), fetch=50)
    assert (chosen.near, chosen.every) == (614, True)  # all of them are looked at, whether that is needed or not
    assert not plan_search(survey(MILLION), fetch=50).every


@attrs.frozen(kw_only=True)
class Once(Hnsw):
    """A graph that hands out no more than its candidates."""

    goes_on: ClassVar[bool] = False


def test_an_index_that_cannot_go_on_is_not_asked_to() -> None:
    assert plan_search(survey(MILLION // 10, strategy=Once()), fetch=50).near == 614


@pytest.mark.parametrize(("times", "near"), [(1.1, 2_320), (0.75, 1_739), (0.499, 0)])
def test_an_index_goes_on_only_as_long_as_it_would_be_clearly_cheaper_in_vain(times: float, near: int) -> None:
    """Read, and five visits each, it could hand out so many times twice as many as should do."""
    costs = Costs(exact=0.0, exact_row=0.0, index=0.0, index_visit=1.0)
    vain = attrs.evolve(costs, exact=times * 5 * 2_320 / 0.65)
    chosen = plan_search(measured(*RUNGS, matching=MILLION // 10, costs=vain), fetch=100)
    assert chosen.near == near
    assert (chosen.method is Method.EXACT) == (near == 0)


def test_lists_have_to_hold_several_times_what_is_to_be_found_in_them() -> None:
    lists = IvfFlat(lists=1_000)
    assert walk(survey(MILLION, strategy=lists), 5, 50) == Walk(effort=5, visits=5_000, vain=5_000)
    few = walk(survey(MILLION // 100, strategy=lists), 5, 50)
    found = Walk(effort=23, near=6_132, enough=6_132, visits=23_000, vain=23_000, read=5_000)
    assert few == found  # 5 and three times 6.1
    assert walk(survey(MILLION // 1_000, strategy=lists), 5, 50).effort == 189
    assert walk(survey(1, strategy=lists), 5, 50).effort == 1_000


@pytest.mark.parametrize(
    ("lists", "rows", "better"), [(100, 1_000_000, 1_000), (100, 100_000, None), (1_000, 10_000, 100), (1, 0, None)]
)
def test_lists_should_be_about_as_many_as_each_holds_postings(lists: int, rows: int, better: int | None) -> None:
    assert IvfFlat(lists=lists).suited(rows) == (IvfFlat(lists=better) if better else None)
    assert Hnsw().suited(rows) is None


def test_an_entry_of_a_list_is_taken_for_cheaper_than_a_step_in_a_graph() -> None:
    few = MILLION // 50
    assert plan_search(survey(few, strategy=IvfFlat(lists=1_000)), fetch=10).method is Method.APPROXIMATE
    assert plan_search(survey(few, strategy=IvfFlat(lists=100)), fetch=10).method is Method.EXACT


def test_an_index_of_signs_has_to_look_farther() -> None:
    bits = Hnsw(storage=Storage.BIT)
    assert walk(survey(MILLION // 2, strategy=bits), 400, 50).near == 2 * (400 + 32)
    assert walk(survey(MILLION // 2), 40, 50).near == 123  # more than 66 candidates


def test_what_an_index_has_at_hand_is_looked_at_before_it_looks_again() -> None:
    assert walk(survey(MILLION // 2), 400, 50).near == 826
    assert walk(survey(MILLION // 2), 980, 50).near == 1_000
    assert walk(survey(MILLION), 400, 50).near == 0
    assert walk(survey(100, total=300), 400, 50).near == 300
    assert walk(survey(MILLION // 2, strategy=IvfFlat(lists=1_000)), 5, 50).near == 123


def test_whoever_wants_it_exact_gets_it_exact() -> None:
    for found in (measured(*RUNGS), survey(MILLION)):
        chosen = plan_search(found, fetch=10, recall=Recall.EXACT)
        assert (chosen.method, chosen.recall) == (Method.EXACT, 1.0)


def test_measured_costs_decide_between_the_methods() -> None:
    dear_index = Costs(exact=0.1, exact_row=0.0001, index=1.0, index_visit=0.1)
    dear_rows = Costs(exact=0.1, exact_row=0.1, index=1.0, index_visit=0.0001)
    assert plan_search(measured(*RUNGS, costs=dear_index), fetch=10).method is Method.EXACT
    assert plan_search(measured(*RUNGS, matching=4_000, costs=dear_rows), fetch=10).method is Method.EXACT
    chosen = plan_search(measured(*RUNGS, matching=10_000, costs=dear_rows), fetch=10)
    assert (chosen.method, chosen.near, chosen.effort) == (Method.APPROXIMATE, 2 * 1_506, 1_000)
    assert chosen.milliseconds == pytest.approx(1.0 + 0.0001 * 5 * 1_506 + 0.1 * 1_000)  # ten of 1,000 pass


def test_a_search_that_may_end_in_vain_has_to_be_clearly_cheaper() -> None:
    costs = Costs(exact=0.0, exact_row=1.0, index=0.0, index_visit=1.0)  # an effort of 1,000 visits 5,000
    assert plan_search(measured(*RUNGS, matching=MILLION // 2, costs=costs), fetch=10).method is Method.APPROXIMATE
    for times, method in ((0.64, Method.APPROXIMATE), (0.66, Method.EXACT)):
        dear = attrs.evolve(costs, index_visit=times * MILLION / 2 / 5_000)
        assert plan_search(measured(*RUNGS, matching=MILLION // 2, costs=dear), fetch=10).method is method


def test_a_second_look_goes_as_far_as_the_first_one_tells() -> None:
    costs = Costs(exact=0.0, exact_row=1.0, index=0.0, index_visit=1.0)
    chosen = plan_search(measured(*RUNGS, matching=MILLION // 10, costs=costs), fetch=100)
    first = 2_320 + 5 * 2_320  # read, and visited
    assert (chosen.near, chosen.reach) == (2_320, 2_320 + int((0.5 * 100_000 - first) / (1 + 5)))
    assert chosen.farther(58) == 4_640  # 116 should pass, and of the first 2,320 half as many did
    assert chosen.farther(45) == 5_981
    assert chosen.farther(44) == 0  # 6,117 and the first 2,320 are more than is worth it
    assert chosen.farther(0) == 0


def test_without_filters_there_is_no_second_look() -> None:
    chosen = plan_search(measured(*RUNGS), fetch=100)
    assert (chosen.method, chosen.near, chosen.farther(99)) == (Method.APPROXIMATE, 0, 0)


@st.composite
def filtered(draw: st.DrawFn) -> Survey:
    """Surveys of filters that let through so many that a look among the nearest is worth it."""
    total = draw(st.integers(MILLION, 10**8))
    lists = st.builds(IvfFlat, lists=st.integers(1_000, 32_768), probes=st.integers(1, 20))
    return survey(total // draw(st.integers(2, 10)), total, draw(st.builds(Hnsw) | lists))


@settings(deadline=None)
@given(filtered(), st.integers(1, FEWEST), st.data())
def test_looks_among_the_nearest_stay_within_reach(found: Survey, fetch: int, data: st.DataObject) -> None:
    chosen = plan_search(found, fetch=fetch)
    assert chosen.method is Method.APPROXIMATE
    assert 0 < chosen.near <= chosen.reach <= found.total
    second = chosen.farther(data.draw(st.integers(0, fetch)))
    assert second == 0 or chosen.near < second <= chosen.reach - chosen.near
    # A look that goes on by itself has been far beyond where that many pass; any other can be followed by one.
    assert plan_search(attrs.evolve(found, as_stored=False), fetch=fetch).farther(fetch) > 0


def test_an_index_has_room_for_more_visits_than_are_expected_and_yet_a_bound() -> None:
    for chosen in (plan_search(survey(100_000), fetch=10), plan_search(survey(MILLION), fetch=100)):
        assert chosen.method is Method.APPROXIMATE
        assert chosen.near <= chosen.reach
        assert chosen.near < 5 * chosen.effort < chosen.visits <= 100 * chosen.effort


NEAREST = Weights(semantic=1, keywords=0, skills=0, title=0, level=0, recency=0)


@pytest.mark.parametrize(
    ("changes", "by_cosine", "fetched"),
    [
        ({}, True, 10),
        ({"sort": "date"}, True, 10),
        ({"offset": 20}, True, 40),
        ({"sort": "recommended"}, True, FEWEST),
        ({"weights": Weights()}, True, FEWEST),
        ({}, False, FEWEST),
    ],
)
def test_no_more_are_fetched_than_wanted_where_ranking_has_no_choice(
    changes: dict[str, Any], by_cosine: bool, fetched: int
) -> None:
    request = MatchRequest(profile=Profile(text="welder"), weights=NEAREST, sort=Sort.SCORE, limit=10)
    request = attrs.evolve(request, **changes)
    assert plan(request, attrs.evolve(survey(MILLION), by_cosine=by_cosine)).fetch == fetched


@settings(deadline=None)
@given(requests())
def test_enough_is_fetched_and_not_the_world(request: MatchRequest) -> None:
    wanted = request.limit + request.offset
    fetched = plan(request, survey(MILLION)).fetch
    assert wanted <= fetched <= max(MOST, wanted)
    assert fetched >= (wanted if request.nearest_first else FEWEST)


@settings(deadline=None)
@given(requests(), SURVEYS)
def test_a_page_is_searched_for_as_those_before_it_were(request: MatchRequest, found: Survey) -> None:
    first = attrs.evolve(request, offset=0)
    assert plans(first, found) == plans(request, found)[:1]
    assert len(plans(request, found)) <= 6


@settings(deadline=None)
@given(requests(), SURVEYS)
def test_plans_are_sound(request: MatchRequest, found: Survey) -> None:
    chosen = plan(request, found)
    assert chosen.fetch >= request.limit + request.offset
    assert chosen.estimate == found.matching
    assert (chosen.effort == 0) == (chosen.method is Method.EXACT)
    if isinstance(found.strategy, Exact):
        assert chosen.method is Method.EXACT


@settings(deadline=None)
@given(STRATEGIES, st.integers(FEWEST, MOST))
def test_effort_keeps_to_the_bounds_of_pgvector(strategy: IndexStrategy, fetch: int) -> None:
    effort = strategy.effort(fetch)
    if isinstance(strategy, Hnsw):
        assert max(strategy.ef_search, fetch) <= effort <= MOST_CANDIDATES
    elif isinstance(strategy, IvfFlat):
        assert 1 <= effort <= strategy.lists
    else:
        assert effort == 0


@settings(deadline=None)
@given(STRATEGIES)
@example(IvfFlat(lists=1))
@example(Hnsw(ef_search=MOST_CANDIDATES))
def test_more_matching_rows_never_turn_back_to_exact(strategy: IndexStrategy) -> None:
    total = 10**7
    methods = [plan(REQUEST, survey(total // 2**n, total, strategy)).method for n in range(23)]
    assert methods == sorted(methods)  # approximate, then exact
    assert methods[-1] is Method.EXACT
    assert (methods[0] is Method.EXACT) == strategy.exact
