"""What the kinds of index mean to pgvector."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn

import pytest
from attrs import frozen

from jobmatch import plugins
from jobmatch.backends.postgres.strategies import Methods, Metric, Option, Target, methods
from jobmatch.backends.postgres.strategies.hnsw import HnswMethod
from jobmatch.backends.postgres.working_memory import LEAST, MUCH
from jobmatch.errors import Incompatible
from jobmatch.model import Exact, Hnsw, IndexStrategy, IvfFlat, Storage
from jobmatch.settings import Settings

METHODS = Methods()


def target(dimensions: int = 256, kind: Storage = Storage.HALFVEC, metric: Metric = Metric.COSINE) -> Target:
    return Target(table=("own", "Jobs"), column="Embedding", kind=kind, dimensions=dimensions, metric=metric)


def ddl(strategy: IndexStrategy, of: Target) -> str:
    return METHODS.of(strategy).create("x", strategy, of).as_string(None)


def test_ours_are_found_like_anybody_elses() -> None:
    assert set(METHODS.names) >= {"hnsw", "ivfflat"}


def test_an_unknown_strategy_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(Incompatible, match="hnsw, ivfflat"):
        METHODS.of(Exact())


@pytest.mark.parametrize(
    ("strategy", "of", "statement"),
    [
        (
            Hnsw(),
            target(),
            """CREATE INDEX CONCURRENTLY "x" ON "own"."Jobs" USING "hnsw" ("Embedding" halfvec_cosine_ops)"""
            """ WITH ("m" = 32, "ef_construction" = 256)""",
        ),
        (
            IvfFlat(storage=Storage.VECTOR),
            target(metric=Metric.L2),
            """CREATE INDEX CONCURRENTLY "x" ON "own"."Jobs" USING "ivfflat\""""
            """ (("Embedding"::vector(256)) vector_l2_ops) WITH ("lists" = 100)""",
        ),
        (
            Hnsw(storage=Storage.HALFVEC),
            target(3_000, Storage.VECTOR, Metric.INNER_PRODUCT),
            """CREATE INDEX CONCURRENTLY "x" ON "own"."Jobs" USING "hnsw\""""
            """ (("Embedding"::halfvec(3000)) halfvec_ip_ops) WITH ("m" = 32, "ef_construction" = 256)""",
        ),
        (
            Hnsw(storage=Storage.BIT),
            target(8_000),
            """CREATE INDEX CONCURRENTLY "x" ON "own"."Jobs" USING "hnsw\""""
            """ ((binary_quantize("Embedding")::bit(8000)) bit_hamming_ops) WITH ("m" = 32, "ef_construction" = 256)""",
        ),
    ],
)
def test_the_index_is_over_what_it_is_to_hold(strategy: IndexStrategy, of: Target, statement: str) -> None:
    assert ddl(strategy, of) == statement


@pytest.mark.parametrize(
    ("dimensions", "storage", "remedy"),
    [
        (2_001, Storage.VECTOR, "use --storage halfvec"),
        (4_001, Storage.HALFVEC, "use --storage bit"),
        (64_001, Storage.BIT, "use an embedder with fewer dimensions"),
    ],
)
def test_vectors_that_are_too_long_are_refused_with_what_to_do(dimensions: int, storage: Storage, remedy: str) -> None:
    for strategy in (Hnsw(storage=storage), IvfFlat(storage=storage)):
        METHODS.of(strategy).check(strategy, target(dimensions - 1))
        with pytest.raises(Incompatible, match=remedy):
            METHODS.of(strategy).check(strategy, target(dimensions))


def test_what_the_catalog_says_is_read_back() -> None:
    settings = Settings.from_environ({"VECTOR_HNSW_EF_SEARCH": "77", "VECTOR_IVF_PROBES": "50"})
    found = METHODS.read("hnsw", ["m=8", "ef_construction=40"], "bit", settings)
    assert found == Hnsw(m=8, ef_construction=40, ef_search=77, storage=Storage.BIT)
    assert METHODS.read("ivfflat", ["lists=20"], "vector", settings) == IvfFlat(
        lists=20, probes=20, storage=Storage.VECTOR
    )
    assert METHODS.read(None, None, None, settings) == Exact()


def test_memory_holds_the_graph() -> None:
    method = METHODS.of(Hnsw())
    assert method.memory(Hnsw(), rows=1_000, dimensions=256) < LEAST
    assert 100_000_000 < method.memory(Hnsw(), rows=100_000, dimensions=256) < 300_000_000
    assert method.memory(Hnsw(), rows=100_000_000, dimensions=256) > MUCH
    assert METHODS.of(IvfFlat()).memory(IvfFlat(), rows=10**6, dimensions=256) < LEAST
    thousand = IvfFlat(lists=1_000)  # for which pgvector asks for 222 MB
    assert 222 < METHODS.of(thousand).memory(thousand, rows=10**6, dimensions=256) / 2**20 < 230
    lists = IvfFlat(lists=2_000)
    assert METHODS.of(lists).memory(lists, rows=10**6, dimensions=1_536) > LEAST


@pytest.mark.parametrize("strategy", [Hnsw(), IvfFlat()], ids=lambda s: s.name)
def test_signs_take_less_room_than_halves_and_halves_less_than_numbers(strategy: Hnsw | IvfFlat) -> None:
    sizes = [
        METHODS.of(one).size(one, rows=1_000, dimensions=256)
        for one in (type(strategy)(storage=storage) for storage in (Storage.BIT, Storage.HALFVEC, Storage.VECTOR))
    ]
    assert sizes == sorted(set(sizes))


@frozen(kw_only=True)
class Words(Hnsw):
    """A kind of somebody else's: its options are words and fractions, or there are none."""

    name: ClassVar[str] = "words"
    searching: ClassVar[frozenset[str]] = frozenset({"ef_search", "patience"})
    layout: str = "compact"
    patience: int = 5


class WordsMethod(HnswMethod):
    name = "words"
    strategy = Words

    def options(self, strategy: Hnsw) -> Mapping[str, Option]:
        layout = getattr(strategy, "layout", "")
        return {"layout": layout, "alpha": 1.2, "sorted": True} if layout else {}

    def read(self, options: Mapping[str, str], storage: Storage, settings: Settings) -> Words:
        assert options["alpha"] == "1.2"
        return Words(layout=options["layout"], storage=storage)


def broken() -> NoReturn:
    raise ImportError("cannot import name 'IndexMethod'")


class Installed:
    """An entry point."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load = load


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch) -> Methods:
    """All methods, with one of somebody's and one of somebody's that does not go with this release."""
    others = {"broken": Installed(broken), "words": Installed(lambda: WordsMethod)}
    monkeypatch.setattr(methods, "names", lambda kind: sorted([*plugins.names(kind), *others]))
    monkeypatch.setattr(methods, "find", lambda kind, name: others.get(name) or plugins.find(kind, name))
    return Methods()


@pytest.mark.parametrize(
    ("old", "dimensions", "new"),
    [
        (Storage.VECTOR, 2_000, Storage.VECTOR),
        (Storage.VECTOR, 3_000, Storage.HALFVEC),
        (Storage.HALFVEC, 4_000, Storage.HALFVEC),
        (Storage.HALFVEC, 5_000, Storage.BIT),
        (Storage.BIT, 100, Storage.BIT),
    ],
)
def test_an_index_over_longer_vectors_holds_as_much_of_each_as_it_can(
    old: Storage, dimensions: int, new: Storage
) -> None:
    assert METHODS.alike(Hnsw(m=8, storage=old), target(dimensions)) == Hnsw(m=8, storage=new)
    with pytest.raises(Incompatible, match="fewer dimensions"):
        METHODS.alike(Hnsw(storage=old), target(5_000, metric=Metric.L2))


def test_one_that_is_broken_stops_only_those_who_want_it(more: Methods) -> None:
    assert more.of(Hnsw()).name == "hnsw"
    assert "broken" in more.names
    with pytest.raises(Incompatible, match=r"'broken' cannot be loaded \(cannot import name 'IndexMethod'\): update"):
        more.read("broken", None, "halfvec", Settings.from_environ({}))


def test_options_can_be_of_any_kind_and_are_read_back(more: Methods) -> None:
    statement = WordsMethod().create("x", Words(layout="it's"), target()).as_string(None)
    assert statement.endswith(""" WITH ("layout" = 'it''s', "alpha" = 1.2, "sorted" = true)""")
    found = more.read("words", ["layout=roomy", "alpha=1.2"], "halfvec", Settings.from_environ({}))
    assert found == Words(layout="roomy")


def test_there_need_be_no_options() -> None:
    statement = WordsMethod().create("x", Words(layout=""), target()).as_string(None)
    assert statement.endswith("halfvec_cosine_ops)")


def test_an_index_is_the_same_however_it_is_searched() -> None:
    assert Words(patience=1).describe() == Words(patience=9).describe()
    assert Words(layout="roomy").describe() != Words().describe()
    assert Hnsw(ef_search=1).describe() == Hnsw(ef_search=9).describe()
    assert IvfFlat(probes=1).describe() == IvfFlat(probes=9).describe()


def test_an_index_of_a_kind_that_is_not_installed_cannot_serve() -> None:
    assert METHODS.read("gone", ["layout=roomy"], "halfvec", Settings.from_environ({})) == Exact()
