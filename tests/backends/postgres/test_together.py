"""Statements that many execute at once."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex
from jobmatch.backends.postgres import task_statements, together
from jobmatch.backends.postgres.database import Database, Parameters, Rows
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.backends.postgres.together import AT_ONCE, MOST, Shared, Together
from jobmatch.caching import cache_from_url
from jobmatch.engine import MatchEngine
from jobmatch.errors import DatabaseUnavailable, InvalidInput, JobmatchError, Overloaded, TaskNotFound
from jobmatch.model import Claim, TaskState
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder
from jobmatch.testing.snapshots import LEASE, REQUEST, result

OWNER = "ada"
ANYTHING = Shared(task_statements.get(), task_statements.get_several())


class Slow(Database):
    """Notes what is executed, and answers when it is told to."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.executed: list[list[int]] = []
        self.cancelled = 0
        self.error: JobmatchError = InvalidInput("number", "thirteen")
        self.begun, self.gates = defaultdict[int, anyio.Event](anyio.Event), defaultdict[int, anyio.Event](anyio.Event)

    async def fetch(self, statement: str, parameters: Any, *, again: bool = False) -> Rows:
        several = isinstance(parameters["id"], list)
        numbers = parameters["id"] if several else [parameters["id"]]
        self.executed.append(numbers)
        trip = len(self.executed)
        self.begun[trip].set()
        try:
            await self.gates[trip].wait()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await anyio.wait_all_tasks_blocked()  # a connection is not given back at once either
            self.cancelled += 1
            raise
        if 13 in numbers:
            raise self.error
        return [(number, place) for place, number in enumerate(numbers, 1)] if several else [(numbers[0],)]

    async def until(self, trip: int) -> None:
        """Wait until a round trip has begun; the first one is number one."""
        with anyio.fail_after(30):
            await self.begun[trip].wait()

    async def go_on(self, trips: int) -> None:
        """Answer the first round trips as they come."""
        for trip in range(1, trips + 1):
            await self.until(trip)
            self.gates[trip].set()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a statement takes, nobody is served beside it."""
    monkeypatch.setattr(together, "LONG", 600.0)


async def answered(statements: Together, number: int, answers: dict[int, Any]) -> None:
    try:
        answers[number] = await statements.fetch(ANYTHING, {"id": number})
    except (InvalidInput, Overloaded) as error:
        answers[number] = str(error)


@pytest.mark.usefixtures("patient")
async def test_who_asks_meanwhile_is_served_together(slow: Slow) -> None:
    statements, answers = Together(slow), dict[int, Any]()
    async with anyio.create_task_group() as group:
        group.start_soon(answered, statements, 5, answers)
        await slow.until(1)
        for number in (3, 1, 2):
            group.start_soon(answered, statements, number, answers)
        await slow.go_on(2)
    assert slow.executed == [[5], [3, 1, 2]]
    assert answers == {number: [(number,)] for number in (1, 2, 3, 5)}


@pytest.mark.usefixtures("patient")
async def test_more_than_go_together_are_served_side_by_side(slow: Slow) -> None:
    statements, answers = Together(slow), dict[int, Any]()
    everybody = range(100, 100 + MOST * (AT_ONCE + 1))
    async with anyio.create_task_group() as group:
        for number in everybody:
            group.start_soon(answered, statements, number, answers)
        await slow.until(AT_ONCE)
        await anyio.wait_all_tasks_blocked()
        assert [len(numbers) for numbers in slow.executed] == [MOST] * AT_ONCE
        await slow.go_on(AT_ONCE + 1)
    assert answers == {number: [(number,)] for number in everybody}


@pytest.mark.usefixtures("patient")
async def test_each_hears_of_its_own_error(slow: Slow) -> None:
    statements, answers = Together(slow), dict[int, Any]()
    async with anyio.create_task_group() as group:
        for number in (12, 13, 14):
            group.start_soon(answered, statements, number, answers)
        await slow.go_on(4)
    assert slow.executed[0] == [12, 13, 14]
    assert sorted(slow.executed[1:]) == [[12], [13], [14]]
    assert answers == {12: [(12,)], 13: "number: thirteen", 14: [(14,)]}


@pytest.mark.usefixtures("patient")
async def test_where_time_or_connections_lack_nobody_tries_again_alone(slow: Slow) -> None:
    slow.error = Overloaded("full")
    statements, answers = Together(slow), dict[int, Any]()
    async with anyio.create_task_group() as group:
        for number in (12, 13):
            group.start_soon(answered, statements, number, answers)
        await slow.go_on(1)
    assert slow.executed == [[12, 13]]
    assert answers == {12: "full", 13: "full"}


@pytest.mark.usefixtures("patient")
async def test_closing_does_not_wait_for_what_somebody_else_waits_for(slow: Slow) -> None:
    statements, answers = Together(slow), dict[int, Any]()
    async with anyio.create_task_group() as group:
        group.start_soon(answered, statements, 1, answers)
        await slow.until(1)
        with anyio.fail_after(60):
            await statements.close()
        assert answers == {}
        await slow.go_on(1)
    assert answers == {1: [(1,)]}


async def test_a_store_that_is_left_cancelled_gives_its_connections_back(settings: Settings) -> None:
    database = Database(settings)
    with anyio.CancelScope() as scope:
        async with PostgresTaskStore(database) as store:
            await store.create(REQUEST, owner=OWNER)
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    with pytest.raises(RuntimeError, match="not open"):
        await database.fetch("SELECT 1", {})


async def test_what_takes_long_holds_up_nobody(slow: Slow) -> None:
    statements, answers = Together(slow), dict[int, Any]()
    async with anyio.create_task_group() as group:
        group.start_soon(answered, statements, 1, answers)
        await slow.until(1)
        group.start_soon(answered, statements, 2, answers)
        await slow.until(2)
        assert answers == {}
        slow.gates[2].set()
        slow.gates[1].set()
    assert answers == {1: [(1,)], 2: [(2,)]}


@pytest.mark.usefixtures("patient")
async def test_who_is_cancelled_leaves_the_others_alone(slow: Slow) -> None:
    statements, answers = Together(slow), dict[int, Any]()
    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as cancelled:
                group.start_soon(answered, statements, 1, answers)
                cancelled.start_soon(answered, statements, 2, answers)
                await slow.until(1)
                cancelled.start_soon(answered, statements, 3, answers)
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
        group.start_soon(answered, statements, 4, answers)
        await slow.go_on(2)
    assert slow.executed == [[1, 2], [4]]
    assert answers == {1: [(1,)], 4: [(4,)]}


@pytest.mark.usefixtures("patient")
async def test_the_last_who_is_cancelled_takes_the_statement_along(slow: Slow) -> None:
    statements, answers = Together(slow), dict[int, Any]()
    async with anyio.create_task_group() as group:
        for number in (1, 2):
            group.start_soon(answered, statements, number, answers)
        await slow.until(1)
        group.cancel_scope.cancel()
    await statements.close()
    assert slow.cancelled == 1
    async with anyio.create_task_group() as group:
        group.start_soon(answered, statements, 3, answers)
        await slow.go_on(2)
    assert answers == {3: [(3,)]}


def test_what_an_event_loop_left_behind_holds_up_nobody_in_the_next(slow: Slow) -> None:
    statements = Together(slow)

    async def broken_off() -> None:
        asking = [asyncio.create_task(statements.fetch(ANYTHING, {"id": number})) for number in range(MOST * AT_ONCE)]
        await slow.until(1)
        assert not any(task.done() for task in asking)  # and the loop cancels everything when it ends

    async def again() -> Any:
        slow.gates[len(slow.executed) + 1].set()
        with anyio.fail_after(30):
            return await statements.fetch(ANYTHING, {"id": 12})

    for _ in range(AT_ONCE + 1):
        slow.executed.clear()
        slow.begun.clear()
        slow.gates.clear()
        asyncio.run(broken_off())
    assert asyncio.run(again()) == [(12,)]


async def test_who_looks_together_sees_only_what_is_theirs(settings: Settings) -> None:
    async with PostgresTaskStore(Database(settings)) as store:
        task, other = await store.create(REQUEST, owner=OWNER), await store.create(REQUEST, owner="bob")
        found: dict[tuple[str, str | None], str | None] = {}

        async def look(task_id: str, owner: str | None) -> None:
            try:
                found[task_id, owner] = (await store.get(task_id, owner=owner)).owner
            except TaskNotFound:
                found[task_id, owner] = None

        async with anyio.create_task_group() as group:
            for owner in (OWNER, "bob", None):
                for one in (task, other):
                    group.start_soon(look, one.id, owner)
    assert found == {
        (task.id, OWNER): OWNER,
        (task.id, "bob"): None,
        (task.id, None): OWNER,
        (other.id, OWNER): None,
        (other.id, "bob"): "bob",
        (other.id, None): "bob",
    }


class Counting(Database):
    """Counts statements, and notes which were shared."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.statements: Counter[str] = Counter()

    async def fetch(self, statement: str, parameters: Parameters, *, again: bool = False) -> Rows:
        self.statements[statement] += 1
        return await super().fetch(statement, parameters, again=again)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Counting]:
    async with Counting(settings) as database:
        yield database


@pytest.mark.usefixtures("patient")
async def test_many_tasks_at_once_take_few_round_trips(database: Counting) -> None:
    async with PostgresTaskStore(database) as store:

        async def one() -> None:
            task = await store.create(REQUEST, owner=OWNER)
            claim = await store.claim(task.id, lease=LEASE, attempts=5, lost=False)
            assert isinstance(claim, Claim)
            assert await store.finish(claim, result(1))
            assert (await store.get(task.id, owner=OWNER)).total == 1

        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(one)
    assert sum(database.statements.values()) < 250
    # Who shares a transaction and freezes keeps the locks of all, so there is none on a row that others may want.
    for alone in (task_statements.claim(), task_statements.finish()):
        assert database.statements[alone.text] == 100


class Lossy(Database):
    """Loses the answers to what several share, and what was done is done."""

    async def fetch(self, statement: str, parameters: Parameters, *, again: bool = False) -> Rows:
        rows = await super().fetch(statement, parameters, again=again)
        if statement == task_statements.create_several().text:
            raise DatabaseUnavailable("the connection was lost")
        return rows


async def test_tasks_of_which_the_answer_was_lost_are_there_once(settings: Settings) -> None:
    ids: list[str] = []
    async with PostgresTaskStore(Lossy(settings)) as store:

        async def one() -> None:
            ids.append((await store.create(REQUEST, owner=OWNER)).id)

        async with anyio.create_task_group() as group:
            for _ in range(30):
                group.start_soon(one)
        tasks, _ = await store.list(owner=OWNER, limit=100)
    assert sorted(task.id for task in tasks) == sorted(ids)


async def test_a_task_takes_few_statements(database: Counting) -> None:
    engine = MatchEngine(
        jobs=MemoryJobIndex(),
        tasks=PostgresTaskStore(database),
        runner=LocalTaskRunner(),
        embedder=HashingEmbedder(),
        cache=cache_from_url("memory://", 60),
    )
    async with engine:
        await engine.match(REQUEST, owner=OWNER)
        database.statements.clear()
        task = await engine.submit(REQUEST, owner=OWNER)
        assert (await engine.wait(task.id, owner=OWNER, timeout=30)).state is TaskState.COMPLETED
    of = {name: database.statements[getattr(task_statements, name)().text] for name in ("create", "claim", "finish")}
    assert of == {"create": 1, "claim": 1, "finish": 1}
    assert database.statements[task_statements.get().text] <= 3
