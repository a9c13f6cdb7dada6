"""pgvector's hnsw."""

from collections.abc import Mapping

from jobmatch.backends.postgres.strategies.method import IndexMethod, Option, bytes_per_vector, paged
from jobmatch.model import Hnsw, Storage
from jobmatch.model.strategy import MOST_CANDIDATES
from jobmatch.settings import Settings

#: Postings that an iterative scan visits if nobody says how many; what it leaves out is then searched exactly.
VISITS = 100_000
#: pgvector's own bound for that: where visits cost next to nothing, plans allow for any number.
MOST_VISITS = 2**31 - 1
#: Times work_mem that an iterative scan may remember.
SCAN_MEMORY = 8
#: Bytes of a link in memory and on disk, and of what else belongs to a node; measured with m from 6 to 64.
LINK_MEMORY, NODE_MEMORY, LINK_DISK, NODE_DISK = 24, 256, 6, 92
#: Seconds of one processor for a row, measured with 10,000 to 100,000 generated postings, m from 8 to 64,
#: ef_construction from 32 to 256, and 64 to 1,536 dimensions, on a virtual machine with 2 processors: for the links of
#: a node, which go with m², and for a candidate, by itself and for each of its links.
LINKS, CANDIDATE, NEIGHBOUR = 2.9e-7, 8.3e-7, 3.6e-8
#: Those hold for so many rows and dimensions; what they grow with when there are more.
MEASURED_ROWS, GROWTH = 10_000, 0.13
MEASURED_DIMENSIONS, COMPARING = 256, 0.2
#: Bits compared in the time of a number.
BITS = 16


class HnswMethod(IndexMethod[Hnsw]):
    """A graph."""

    name = "hnsw"
    strategy = Hnsw

    def options(self, strategy: Hnsw) -> Mapping[str, Option]:
        return {"m": strategy.m, "ef_construction": strategy.ef_construction}

    def settings(self, strategy: Hnsw, *, effort: int, visits: int) -> Mapping[str, str]:
        return {
            "hnsw.ef_search": str(min(effort or strategy.ef_search, MOST_CANDIDATES)),
            "hnsw.iterative_scan": "relaxed_order",
            "hnsw.max_scan_tuples": str(min(visits or VISITS, MOST_VISITS)),
            "hnsw.scan_mem_multiplier": str(SCAN_MEMORY),
        }

    def memory(self, strategy: Hnsw, *, rows: int, dimensions: int) -> int:
        vector = bytes_per_vector(strategy.storage, dimensions)
        return rows * (vector + 2 * LINK_MEMORY * strategy.m + NODE_MEMORY)

    def size(self, strategy: Hnsw, *, rows: int, dimensions: int) -> int:
        vector = bytes_per_vector(strategy.storage, dimensions)
        return paged(rows, vector + 2 * LINK_DISK * strategy.m + NODE_DISK)

    def seconds(self, strategy: Hnsw, *, rows: int, dimensions: int) -> float | None:
        numbers = dimensions / BITS if strategy.storage is Storage.BIT else dimensions
        compared = 1 - COMPARING + COMPARING * numbers / MEASURED_DIMENSIONS
        row = LINKS * strategy.m**2 + strategy.ef_construction * (CANDIDATE + NEIGHBOUR * strategy.m)
        return float(rows * row * compared * (rows / MEASURED_ROWS) ** GROWTH)

    def read(self, options: Mapping[str, str], storage: Storage, settings: Settings) -> Hnsw:
        return Hnsw(
            m=int(options.get("m", 16)),
            ef_construction=int(options.get("ef_construction", 64)),
            ef_search=settings.hnsw_ef_search,
            storage=storage,
        )
