"""What each `IndexStrategy` means to pgvector: its DDL, its settings for one search, and how the catalog spells it."""

from collections.abc import Mapping, Sequence
from functools import singledispatch

from jobmatch.model import Exact, Hnsw, IndexStrategy, IvfFlat
from jobmatch.settings import Settings

#: Tuples that an iterative scan looks at before it gives up; what it leaves out is then searched exactly.
MAX_SCAN_TUPLES = 100_000
#: Times work_mem that an iterative scan may remember.
SCAN_MEMORY = 8
#: pgvector's bound for hnsw.ef_search.
MAX_EF_SEARCH = 1_000


@singledispatch
def options(strategy: IndexStrategy) -> Mapping[str, int]:
    """Return the storage parameters of the index."""
    return {}


@options.register
def _(strategy: Hnsw) -> Mapping[str, int]:
    return {"m": strategy.m, "ef_construction": strategy.ef_construction}


@options.register
def _(strategy: IvfFlat) -> Mapping[str, int]:
    return {"lists": strategy.lists}


@singledispatch
def search_settings(strategy: IndexStrategy, effort: int) -> Mapping[str, str]:
    """Return the server's settings for one search.

    Arguments:
        strategy: the index that is there.
        effort: candidates or lists to visit; 0 for what the strategy says.
    """
    return {}


@search_settings.register
def _(strategy: Hnsw, effort: int) -> Mapping[str, str]:
    return {
        "hnsw.ef_search": str(min(effort or strategy.ef_search, MAX_EF_SEARCH)),
        "hnsw.iterative_scan": "relaxed_order",
        "hnsw.max_scan_tuples": str(MAX_SCAN_TUPLES),
        "hnsw.scan_mem_multiplier": str(SCAN_MEMORY),
    }


@search_settings.register
def _(strategy: IvfFlat, effort: int) -> Mapping[str, str]:
    return {
        "ivfflat.probes": str(min(effort or strategy.probes, strategy.lists)),
        "ivfflat.iterative_scan": "relaxed_order",
        "ivfflat.max_probes": str(strategy.lists),
    }


def from_catalog(method: str, reloptions: Sequence[str] | None, settings: Settings) -> IndexStrategy:
    """Return the strategy of an index that is there; what a search decides comes from the settings."""
    found = {name: int(value) for name, _, value in (option.partition("=") for option in reloptions or ())}
    if method == "hnsw":
        return Hnsw(
            m=found.get("m", 16), ef_construction=found.get("ef_construction", 64), ef_search=settings.hnsw_ef_search
        )
    lists = found.get("lists", 100)
    return IvfFlat(lists=lists, probes=min(settings.ivf_probes, lists)) if method == "ivfflat" else Exact()
