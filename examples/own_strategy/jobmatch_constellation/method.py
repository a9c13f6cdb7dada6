"""`ConstellationMethod`: what a `Constellation` means to PostgreSQL. Only jobmatch imports it, by its entry point."""

from collections.abc import Mapping

from psycopg import sql

from jobmatch.backends.postgres.strategies import IndexMethod, Metric, Target, bytes_per_vector, paged
from jobmatch.errors import Incompatible
from jobmatch.model import Storage
from jobmatch.settings import Settings
from jobmatch_constellation import MOST_CANDIDATES, Constellation

#: Candidates while building, for each link.
CANDIDATES_PER_LINK = 4
#: Postings that a search visits if nobody says how many, and at most.
VISITS, MOST_VISITS = 50_000, 2**31 - 1
#: Bytes of a link in memory and on disk, and of what else belongs to a posting.
LINK_MEMORY, POSTING_MEMORY, LINK_DISK, POSTING_DISK = 24, 256, 6, 92


class ConstellationMethod(IndexMethod[Constellation]):
    """The access method ``constellation``."""

    name = "constellation"
    strategy = Constellation
    extension = "constellation"

    def options(self, strategy: Constellation) -> Mapping[str, int]:
        return {"m": strategy.links, "ef_construction": CANDIDATES_PER_LINK * strategy.links}

    def settings(self, strategy: Constellation, *, effort: int, visits: int) -> Mapping[str, str]:
        return {
            "hnsw.ef_search": str(min(effort or strategy.look, MOST_CANDIDATES)),
            "hnsw.iterative_scan": "relaxed_order",
            "hnsw.max_scan_tuples": str(min(visits or VISITS, MOST_VISITS)),
        }

    def check(self, strategy: Constellation, target: Target) -> None:
        if strategy.storage is Storage.BIT:
            raise Incompatible("constellation compares numbers, not signs: use --storage halfvec, or --type hnsw")
        if target.metric is not Metric.COSINE:
            raise Incompatible(f"constellation compares directions, not {target.metric} distances: use --type hnsw")
        super().check(strategy, target)

    def operator_class(self, storage: Storage, target: Target) -> sql.Composable:
        return sql.SQL("constellation_halfvec") if storage is Storage.HALFVEC else sql.SQL("constellation_vector")

    def memory(self, strategy: Constellation, *, rows: int, dimensions: int) -> int:
        vector = bytes_per_vector(strategy.storage, dimensions)
        return rows * (vector + 2 * LINK_MEMORY * strategy.links + POSTING_MEMORY)

    def size(self, strategy: Constellation, *, rows: int, dimensions: int) -> int:
        vector = bytes_per_vector(strategy.storage, dimensions)
        return paged(rows, vector + 2 * LINK_DISK * strategy.links + POSTING_DISK)

    def read(self, options: Mapping[str, str], storage: Storage, settings: Settings) -> Constellation:
        return Constellation(links=int(options["m"]), storage=storage)
