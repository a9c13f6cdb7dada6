"""`IndexMethodContract`: what a kind of vector index has to be for PostgreSQL."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from jobmatch.backends.postgres.strategies import IndexMethod, Metric, Target
from jobmatch.backends.postgres.strategies.target import HAMMING
from jobmatch.errors import Incompatible
from jobmatch.model import IndexStrategy, Storage
from jobmatch.plugins import find
from jobmatch.settings import Settings

DIMENSIONS = 8
#: More than any index hands out at once: most of the postings that there are.
MANY = 180
TABLE = "contract_posting"
SETTINGS = Settings.from_environ({})
_CREATE = "CREATE TABLE contract_posting (id int PRIMARY KEY, vector halfvec(8))"
_FILL = """
INSERT INTO contract_posting
SELECT n, (SELECT array_agg(sin(n * d)) FROM generate_series(1, 8) d)::real[]::vector::halfvec
FROM generate_series(1, 200) n
"""


def target(*, kind: Storage = Storage.HALFVEC, dimensions: int = DIMENSIONS) -> Target:
    """Return a column of vectors."""
    return Target(table=(TABLE,), column="vector", kind=kind, dimensions=dimensions, metric=Metric.COSINE)


class IndexMethodContract:
    """A fixture ``strategy`` gives a value of the kind; ``url`` that of a database with pgvector, to be thrown away.

    The method itself is looked up by its entry point ``strategy.NAME``, as jobmatch does.
    """

    @pytest.fixture
    def method(self, strategy: IndexStrategy) -> IndexMethod[Any]:
        """Return the method that is installed for the strategy."""
        method: IndexMethod[Any] = find("strategy", strategy.name).load()()
        return method

    @pytest.fixture
    def connection(self, url: str) -> Any:
        """Yield a connection to a table of vectors."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            for statement in (_CREATE, _FILL):
                connection.execute(statement)
            yield connection
            connection.execute("DROP TABLE contract_posting")

    def test_it_is_found_by_its_name(self, method: IndexMethod[Any], strategy: IndexStrategy) -> None:
        assert method.name == strategy.name
        assert isinstance(strategy, method.strategy)

    @pytest.mark.parametrize("kind", [Storage.VECTOR, Storage.HALFVEC])
    def test_its_statement_builds_while_searches_go_on(
        self, method: IndexMethod[Any], strategy: IndexStrategy, kind: Storage
    ) -> None:
        statement = method.create('odd "name"', strategy, target(kind=kind)).as_string(None)
        assert statement.startswith('CREATE INDEX CONCURRENTLY "odd ""name""" ON')

    def test_the_server_builds_it_and_it_is_read_back(
        self, method: IndexMethod[Any], strategy: IndexStrategy, connection: psycopg.Connection
    ) -> None:
        connection.execute(method.create("contract_index", strategy, target()))
        row = connection.execute(
            "SELECT am.amname, i.reloptions, t.typname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
            " JOIN pg_am am ON am.oid = i.relam JOIN pg_opclass o ON o.oid = x.indclass[0]"
            " JOIN pg_type t ON t.oid = o.opcintype"
            " WHERE i.relname = 'contract_index' AND x.indisvalid"
        ).fetchone()
        assert row
        access, options, kind = row
        found = {name: value for name, _, value in (option.partition("=") for option in options or ())}
        assert access == method.name
        read = method.read(found, Storage(kind), SETTINGS)
        assert read.describe() == strategy.describe()

    def test_a_search_uses_it_and_finds_what_is_wanted(
        self, method: IndexMethod[Any], strategy: IndexStrategy, connection: psycopg.Connection
    ) -> None:
        connection.execute(method.create("contract_index", strategy, target()))
        assert strategy.storage
        query = self._search(strategy)
        with connection.transaction():
            connection.execute("SET LOCAL enable_seqscan = off")
            self._assign(connection, method, strategy)
            plan = "\n".join(line for (line,) in connection.execute(sql.SQL("EXPLAIN {}").format(query)))
            found = connection.execute(query).fetchall()
        assert "contract_index" in plan
        assert len({number for (number,) in found}) == 10

    def test_a_search_hands_out_more_than_its_effort_finds_if_it_is_said_to_go_on(
        self, method: IndexMethod[Any], strategy: IndexStrategy, connection: psycopg.Connection
    ) -> None:
        connection.execute(method.create("contract_index", strategy, target()))
        with connection.transaction():
            connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            self._assign(connection, method, strategy, visits=MANY)
            found = connection.execute(self._search(strategy, wanted=MANY)).fetchall()
        assert len(set(found)) == MANY or not strategy.goes_on

    def _search(self, strategy: IndexStrategy, *, wanted: int = 10) -> sql.Composed:
        """Return the nearest to the first posting, by the very expression that is indexed."""
        storage, of = strategy.storage or Storage.HALFVEC, target()
        first = sql.SQL("(SELECT vector FROM {} WHERE id = 1)").format(sql.Identifier(TABLE))
        if storage is Storage.BIT:
            near = sql.SQL("{} {} binary_quantize({})::bit({})").format(
                of.expression(storage), sql.SQL(HAMMING), first, sql.Literal(DIMENSIONS)
            )
        else:
            cast = sql.SQL("{}({})").format(sql.SQL(storage.value), sql.Literal(DIMENSIONS))
            near = sql.SQL("{} {} {}::{}").format(of.expression(storage), sql.SQL(of.metric.operator), first, cast)
        return sql.SQL("SELECT id FROM {} ORDER BY {} LIMIT {}").format(
            sql.Identifier(TABLE), near, sql.Literal(wanted)
        )

    def _assign(
        self, connection: psycopg.Connection, method: IndexMethod[Any], strategy: IndexStrategy, *, visits: int = 0
    ) -> None:
        for name, value in method.settings(strategy, effort=strategy.effort(10), visits=visits).items():
            connection.execute("SELECT set_config(%s, %s, true)", [name, value])

    @pytest.mark.parametrize(("effort", "visits"), [(0, 0), (1, 1), (10**9, 10**12)])
    def test_its_settings_are_accepted_and_end_with_the_transaction(
        self,
        method: IndexMethod[Any],
        strategy: IndexStrategy,
        connection: psycopg.Connection,
        effort: int,
        visits: int,
    ) -> None:
        settings = method.settings(strategy, effort=effort, visits=visits)
        connection.execute(method.create("contract_index", strategy, target()))  # loads the library, which checks them
        before = self._current(connection, settings)
        with connection.transaction():
            for name, value in settings.items():
                connection.execute("SELECT set_config(%s, %s, true)", [name, value])
            assert self._current(connection, settings) == settings
        assert self._current(connection, settings) == before

    def _current(self, connection: psycopg.Connection, names: Any) -> dict[str, str]:
        rows = (connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names)
        return {name: row[0] for name, row in zip(names, rows, strict=True) if row}

    def test_it_refuses_what_the_server_cannot_do(self, method: IndexMethod[Any], strategy: IndexStrategy) -> None:
        method.check(strategy, target())
        with pytest.raises(Incompatible):
            method.check(strategy, target(dimensions=64_001))

    def test_what_it_forecasts_grows_with_the_rows(self, method: IndexMethod[Any], strategy: IndexStrategy) -> None:
        few, many = (
            (
                method.size(strategy, rows=rows, dimensions=256),
                method.memory(strategy, rows=rows, dimensions=256),
                method.seconds(strategy, rows=rows, dimensions=256),
            )
            for rows in (1_000, 1_000_000)
        )
        assert 0 < few[0] < many[0]
        assert 0 <= few[1] <= many[1]
        assert (few[2] is None and many[2] is None) or 0 <= (few[2] or 0) < (many[2] or 0)

    def test_efforts_ascend_and_a_greater_one_visits_no_less(self, strategy: IndexStrategy) -> None:
        efforts = list(strategy.efforts(10_000))
        visits = [strategy.visits(effort, 10_000) for effort in efforts]
        assert efforts == sorted(set(efforts))
        assert efforts
        assert visits == sorted(visits)
        assert visits[-1] <= 10_000

    def test_what_is_several_times_as_hard_is_no_less_and_may_not_be_made_at_once(
        self, strategy: IndexStrategy
    ) -> None:
        efforts = strategy.efforts(10_000)
        for effort in efforts:
            harder = strategy.harder(effort, 10_000, 4)
            assert harder >= min(4 * effort, efforts[-1])
            assert 0 < strategy.at_once(harder) <= harder

    def test_to_find_more_takes_no_less_effort(self, strategy: IndexStrategy) -> None:
        usual = strategy.effort(10)
        efforts = [strategy.reaching(near, 10_000, usual) for near in (0, 10, 1_000, 10_000)]
        assert efforts[0] == usual
        assert efforts == sorted(efforts)
        assert strategy.visits_each >= 1

    def test_more_than_was_measured_takes_no_less_effort(self, strategy: IndexStrategy) -> None:
        for effort in strategy.efforts(10_000):
            wider = [strategy.wider(effort, fetch, 10, 10_000) for fetch in (11, 100, 1_000)]
            assert [effort, *wider] == sorted([effort, *wider])
