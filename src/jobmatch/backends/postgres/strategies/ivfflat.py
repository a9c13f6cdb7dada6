"""pgvector's ivfflat."""

from collections.abc import Mapping

from jobmatch.backends.postgres.strategies.method import PAGE, IndexMethod, Option, bytes_per_vector, paged
from jobmatch.model import IvfFlat, Storage
from jobmatch.settings import Settings

#: Vectors that pgvector samples for each list.
SAMPLES_PER_LIST = 50
#: Bytes of an entry beside its vector, and of a number.
ENTRY, NUMBER = 24, 4
#: Vectors kept for a centre while it is looked for, about: it will not build with a byte less than it wants.
MORE = 8
#: The least that it samples, and how often it goes through the sample while it looks for centres, about.
FEWEST_SAMPLES, ROUNDS = 10_000, 1.8
#: Seconds of one processor for reading and writing a row, and for comparing it with a centre, per dimension; measured
#: with 10,000 to 100,000 generated postings, 10 to 316 lists, and 64 to 1,536 dimensions.
ROW, DIMENSION = 1e-5, 1.4e-10


class IvfFlatMethod(IndexMethod[IvfFlat]):
    """Lists around centres."""

    name = "ivfflat"
    strategy = IvfFlat

    def options(self, strategy: IvfFlat) -> Mapping[str, Option]:
        return {"lists": strategy.lists}

    def settings(self, strategy: IvfFlat, *, effort: int, visits: int) -> Mapping[str, str]:
        # There is no bound in postings: lists are visited until enough has been found.
        return {
            "ivfflat.probes": str(min(effort or strategy.probes, strategy.lists)),
            "ivfflat.iterative_scan": "relaxed_order",
            "ivfflat.max_probes": str(strategy.lists),
        }

    def memory(self, strategy: IvfFlat, *, rows: int, dimensions: int) -> int:
        # Every sample with its distance to each centre, and every centre with its distance to each other one.
        samples, vector = _samples(strategy, rows), bytes_per_vector(strategy.storage, dimensions)
        lists = strategy.lists * (MORE * vector + NUMBER * strategy.lists)
        return samples * (vector + 2 * NUMBER + NUMBER * strategy.lists) + lists

    def size(self, strategy: IvfFlat, *, rows: int, dimensions: int) -> int:
        vector = bytes_per_vector(strategy.storage, dimensions)
        # Lists differ in length, and the last page of each is half empty.
        pages = max(paged(rows, vector + ENTRY) + strategy.lists * PAGE // 2, strategy.lists * PAGE)
        return pages + paged(strategy.lists, vector + ENTRY)

    def seconds(self, strategy: IvfFlat, *, rows: int, dimensions: int) -> float | None:
        compared = rows + ROUNDS * _samples(strategy, rows)
        return rows * ROW + strategy.lists * dimensions * DIMENSION * compared

    def read(self, options: Mapping[str, str], storage: Storage, settings: Settings) -> IvfFlat:
        lists = int(options.get("lists", 100))
        return IvfFlat(lists=lists, probes=min(settings.ivf_probes, lists), storage=storage)


def _samples(strategy: IvfFlat, rows: int) -> int:
    return min(max(strategy.lists * SAMPLES_PER_LIST, FEWEST_SAMPLES), rows)
