"""`Together`: what many ask for at once is one statement, so it costs them one round trip and one transaction.

Who asks while nobody else does is served at once. Who asks meanwhile waits for that, and then all who wait are served
together. So hardly anything is slower for it when there is little to do, and the more there is, the less each costs.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import anyio
from attrs import field, frozen

from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Database, Rows
from jobmatch.errors import Overloaded, TimedOut

#: Those who share a statement, at most, and such statements at once if more wait than that: while one is written to
#: disk, the other is made.
MOST, AT_ONCE = 25, 2
#: Seconds after which those who wait are served beside what takes long: it may wait for a lock, or for a lost server.
LONG = 0.05

Parameters: TypeAlias = Mapping[str, Any]


@frozen(eq=False)
class Shared:
    """A statement that several can share.

    Arguments:
        one: for one who asks.
        several: for several: it takes a list of each parameter, and the last column of a row is the number, from 1, of
            the one whom it is for.
    """

    one: Compiled
    several: Compiled


class Together:
    """Executes statements for all who ask, each kind by itself.

    Each gets what it would get alone: when several fail together, each is tried again on its own, and hears of its own
    error, unless there was no time or no connection: none of them is to blame for that. Whoever is cancelled leaves
    the others alone; the last one takes the statement along.

    Arguments:
        database: where to execute them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lines: dict[Shared, _Line] = {}

    async def fetch(self, shared: Shared, parameters: Parameters) -> Rows:
        """Execute a statement that returns rows, and that may be repeated; see `Database.fetch`.

        Arguments:
            shared: the statement; the same object every time.
            parameters: for it, for this one who asks; the same names every time.
        """
        if (line := self._lines.get(shared)) is None:
            line = self._lines[shared] = _Line(self._database, shared)
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

    def __init__(self, database: Database, shared: Shared) -> None:
        self._database = database
        self._shared = shared
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
        try:
            while turns := self._take():
                answering = self._start(self._answer(turns))
                for turn in turns:
                    turn.answer.add_done_callback(partial(_give_up, answering, turns))
                await asyncio.wait([answering], timeout=LONG)
        finally:  # also when the event loop ends, for there may be another
            self._servers -= 1

    def _take(self) -> list[_Turn]:
        """Return those whose turn it is."""
        waiting = [turn for turn in self._waiting if not turn.answer.cancelled()]
        self._waiting = waiting[MOST:]
        return waiting[:MOST]

    async def _answer(self, turns: Sequence[_Turn]) -> None:
        if len(turns) == 1:
            return await self._alone(turns[0])
        try:
            answers = await self._several([turn.parameters for turn in turns])
        except (TimedOut, Overloaded) as error:  # once more would take as long once more
            for turn in turns:
                turn.settle(error)
        except Exception:  # which of them is to blame nobody knows
            await asyncio.gather(*(self._alone(turn) for turn in turns if not turn.answer.done()))
        else:
            for turn, rows in zip(turns, answers, strict=True):
                turn.settle(rows)

    async def _several(self, several: Sequence[Parameters]) -> Sequence[Rows]:
        lists = {name: [parameters[name] for parameters in several] for name in several[0]}
        statement = self._shared.several
        answers: list[Rows] = [[] for _ in several]
        for *row, number in await self._database.fetch(statement.text, {**lists, **statement.constants}):
            answers[number - 1].append(tuple(row))
        return answers

    async def _alone(self, turn: _Turn) -> None:
        statement = self._shared.one
        try:
            turn.settle(
                await self._database.fetch(statement.text, {**turn.parameters, **statement.constants}, again=True)
            )
        except Exception as error:
            turn.settle(error)


def _give_up(answering: "asyncio.Task[None]", turns: Sequence[_Turn], _: "asyncio.Future[Rows]") -> None:
    """Stop answering those who have all been cancelled."""
    if not answering.cancelling() and all(turn.answer.cancelled() for turn in turns):
        answering.cancel()
