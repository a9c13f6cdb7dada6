"""How vectors are searched: the index strategies, and the `Plan` for one request."""

from enum import StrEnum
from typing import ClassVar

from attrs import field, frozen

from jobmatch.model import fields


@frozen(kw_only=True)
class Exact:
    """No vector index: every row that passes the filters is compared."""

    name: ClassVar[str] = "exact"


@frozen(kw_only=True)
class Hnsw:
    """A navigable small-world graph: the better recall at a given speed, slower to build.

    Arguments:
        m: links per node, 2 to 100.
        ef_construction: candidates kept while building, 4 to 1,000, at least 2 m.
        ef_search: candidates kept while searching, 1 to 1,000.
    """

    name: ClassVar[str] = "hnsw"
    m: int = field(default=16, validator=fields.between(2, 100))
    ef_construction: int = field(default=64, validator=fields.between(4, 1_000))
    ef_search: int = field(default=40, validator=fields.between(1, 1_000))


@frozen(kw_only=True)
class IvfFlat:
    """Lists around centres: quick to build, on data that is already loaded.

    Arguments:
        lists: number of lists, 1 to 32,768.
        probes: lists that a search visits; more than there are means all.
    """

    name: ClassVar[str] = "ivfflat"
    lists: int = field(default=100, validator=fields.between(1, 32_768))
    probes: int = field(default=10, validator=fields.between(1, 32_768))


IndexStrategy = Exact | Hnsw | IvfFlat


class Method(StrEnum):
    """The two ways of searching."""

    EXACT = "exact"
    APPROXIMATE = "approximate"


@frozen(kw_only=True)
class Plan:
    """How one request is searched.

    Arguments:
        method: exact, or by the vector index.
        fetch: nearest postings to fetch, for ranking to choose from.
        effort: candidates (hnsw) or lists (ivfflat) that the index visits; 0 when exact.
        estimate: postings expected to pass the filters.
        reason: why this method, for people.
    """

    method: Method
    fetch: int
    effort: int = 0
    estimate: int = 0
    reason: str = ""
