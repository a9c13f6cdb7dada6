"""Which way to search: a pure function of how many postings pass the filters and which index there is.

The cost model counts row visits. An exact search visits every matching row once. An approximate one visits the graph
until enough matching rows have turned up, and a visit there costs about `GRAPH_VISIT` times as much, for it jumps
through the index and looks up the row to test the filters. Whoever is cheaper wins, and exact wins a draw, for its
recall is 1.
"""

from jobmatch.model import Exact, Hnsw, IndexStrategy, MatchRequest, Method, Plan
from jobmatch.ports import Survey

#: Cost of one row visited through the graph, in rows visited one after the other. An assumption on the side of exact
#: search, not a measurement: that differs with filters and machines.
GRAPH_VISIT = 8.0
#: Postings fetched per posting wanted, for ranking to choose from.
OVERFETCH = 4
FEWEST, MOST = 100, 1_000
#: pgvector's own bound for hnsw.ef_search.
MOST_EFFORT = 1_000


def plan(request: MatchRequest, survey: Survey) -> Plan:
    """Choose how to search.

    Arguments:
        request: tells how many matches are wanted.
        survey: tells how many postings pass the filters, and which index can serve.
    """
    fetch = pool_size(request)
    if isinstance(survey.strategy, Exact):
        return Plan(method=Method.EXACT, fetch=fetch, estimate=survey.matching, reason="no vector index")
    effort = effort_for(survey.strategy, fetch)
    visits = max(effort, fetch) * max(survey.total, survey.matching) / max(survey.matching, 1)
    if survey.matching <= GRAPH_VISIT * visits:
        reason = f"about {survey.matching:,} postings pass the filters, few enough to compare each"
        return Plan(method=Method.EXACT, fetch=fetch, estimate=survey.matching, reason=reason)
    reason = f"about {survey.matching:,} postings pass the filters, too many to compare each"
    return Plan(method=Method.APPROXIMATE, fetch=fetch, effort=effort, estimate=survey.matching, reason=reason)


def pool_size(request: MatchRequest) -> int:
    """Return how many postings to fetch so that ranking has a choice."""
    wanted = request.limit + request.offset
    return min(max(wanted * OVERFETCH, FEWEST), max(MOST, wanted))


def effort_for(strategy: IndexStrategy, fetch: int) -> int:
    """Return the candidates (hnsw) or lists (ivfflat) to visit: never fewer than the owner set."""
    if isinstance(strategy, Hnsw):
        return min(max(strategy.ef_search, 2 * fetch), MOST_EFFORT)
    return 0 if isinstance(strategy, Exact) else min(strategy.probes, strategy.lists)
