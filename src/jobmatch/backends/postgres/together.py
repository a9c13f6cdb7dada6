"""`Together`: a statement that many execute at once costs them one round trip and one transaction.

Who asks while nobody else does is served at once. Who asks meanwhile waits for that, and then all who wait are served
together. So hardly anything is slower for it when there is little to do, and the more there is, the less each costs.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import anyio
from attrs import field, frozen

from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.errors import Overloaded, TimedOut

#: Times that a statement is executed in one transaction, at most, and such transactions at once if more wait than that:
#: while one is written to disk, the other is made.
MOST, AT_ONCE = 25, 2
#: Seconds after which those who wait are served beside what takes long: it may wait for a lock, or for a lost server.
LONG = 0.05

Parameters: TypeAlias = Mapping[str, Any]


class Together:
    """Executes statements for all who ask, each kind by itself.

    Each gets what it would get alone: when several fail together, each is tried again on its own, and hears of its own
    error, unless there was no time or no connection: none of them is to blame for that. Whoever is cancelled leaves
    the others alone; the last one takes the statement along.

    Arguments:
        database: where to execute them.
        order: in which the same statement is executed for several, by its parameters; the same in every process, or two
            of them could wait for one another's rows.
    """

    def __init__(self, database: Database, *, order: Callable[[Parameters], Any]) -> None:
        self._database = database
        self._order = order
        self._lines: dict[str, _Line] = {}

    async def fetch(self, statement: str, parameters: Parameters, *, again: bool = False) -> Rows:
        """Execute a statement that returns rows; see `Database.fetch`.

        Arguments:
            statement: with psycopg's placeholders.
            parameters: for them.
            again: whether it may be repeated, the same every time.
        """
        if (line := self._lines.get(statement)) is None:
            line = self._lines[statement] = _Line(self._database, statement, self._order, again=again)
        return await line.fetch(parameters)

    async def close(self) -> None:
        """Wait for what is being cancelled, for nobody else does any more. What somebody waits for is left to them."""
        lines = self._lines.values()
        if ending := [task for line in lines for task in line.under_way if task.cancelling()]:
            with anyio.CancelScope(shield=True):
                await asyncio.wait(ending)


@frozen(eq=False)
class _Turn:
    """One who waits for an answer."""

    parameters: Parameters
    answer: "asyncio.Future[Rows]" = field(factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, outcome: Rows | Exception) -> None:
        if self.answer.done():  # given up
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
            self.answer.exception()  # or asyncio complains if the one who waits is cancelled just now
        else:
            self.answer.set_result(outcome)


class _Line:
    """Those who want one statement executed."""

    def __init__(self, database: Database, statement: str, order: Callable[[Parameters], Any], *, again: bool) -> None:
        self._one = partial(database.fetch, statement, again=again)
        self._many = partial(database.fetch_many, statement)
        self._order = order
        self._waiting: list[_Turn] = []
        self._servers = 0
        self.under_way: set[asyncio.Task[None]] = set()

    async def fetch(self, parameters: Parameters) -> Rows:
        turn = _Turn(parameters)
        self._waiting.append(turn)
        if self._servers < AT_ONCE and len(self._waiting) > MOST * self._servers:
            self._servers += 1
            self._start(self._serve())
        return await turn.answer

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        return task

    async def _serve(self) -> None:
        """Serve those who wait, until nobody does."""
        while turns := self._take():
            answering = self._start(self._answer(turns))
            for turn in turns:
                turn.answer.add_done_callback(partial(_give_up, answering, turns))
            await asyncio.wait([answering], timeout=LONG)
        self._servers -= 1

    def _take(self) -> list[_Turn]:
        """Return those whose turn it is."""
        waiting = [turn for turn in self._waiting if not turn.answer.cancelled()]
        self._waiting = waiting[MOST:]
        return sorted(waiting[:MOST], key=lambda turn: self._order(turn.parameters))

    async def _answer(self, turns: Sequence[_Turn]) -> None:
        if len(turns) == 1:
            return await self._alone(turns[0])
        try:
            answers = await self._many([turn.parameters for turn in turns])
        except (TimedOut, Overloaded) as error:  # once more would take as long once more
            for turn in turns:
                turn.settle(error)
        except Exception:  # which of them is to blame nobody knows
            await asyncio.gather(*map(self._alone, turns))
        else:
            for turn, rows in zip(turns, answers, strict=True):
                turn.settle(rows)

    async def _alone(self, turn: _Turn) -> None:
        try:
            turn.settle(await self._one(turn.parameters))
        except Exception as error:
            turn.settle(error)


def _give_up(answering: "asyncio.Task[None]", turns: Sequence[_Turn], _: "asyncio.Future[Rows]") -> None:
    """Stop answering those who have all been cancelled."""
    if all(turn.answer.cancelled() for turn in turns):
        answering.cancel()
