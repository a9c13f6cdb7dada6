"""Plans: exact when it is cheaper, and always enough rows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from jobmatch.model import MAX_RESULTS, Exact, Hnsw, IndexStrategy, IvfFlat, MatchRequest, Method
from jobmatch.planning import FEWEST, MOST, MOST_EFFORT, effort_for, plan, pool_size
from jobmatch.ports import Survey

REQUEST = MatchRequest(keywords="welder")
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


@settings(deadline=None)
@given(requests())
def test_enough_is_fetched_and_not_the_world(request: MatchRequest) -> None:
    wanted = request.limit + request.offset
    assert wanted <= pool_size(request) <= max(MOST, wanted)
    assert pool_size(request) >= FEWEST


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
    effort = effort_for(strategy, fetch)
    if isinstance(strategy, Hnsw):
        assert max(strategy.ef_search, fetch) <= effort <= MOST_EFFORT
    elif isinstance(strategy, IvfFlat):
        assert 1 <= effort <= strategy.lists
    else:
        assert effort == 0


@settings(deadline=None)
@given(st.integers(1, 10**7), st.integers(1, 10**7), STRATEGIES)
def test_more_matching_rows_never_turn_back_to_exact(fewer: int, more: int, strategy: IndexStrategy) -> None:
    fewer, more = sorted((fewer, more))
    total = 10**7
    if plan(REQUEST, survey(fewer, total, strategy)).method is Method.APPROXIMATE:
        assert plan(REQUEST, survey(more, total, strategy)).method is Method.APPROXIMATE
