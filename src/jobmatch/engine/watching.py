"""`RecallWatch`: checks a small share of live searches against comparing everything, beside answering."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from random import random
from typing import TypeAlias

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from jobmatch import telemetry
from jobmatch.cancelling import unless_asked
from jobmatch.engine.index.measuring import Meter
from jobmatch.engine.index.questions import Question
from jobmatch.errors import JobmatchError
from jobmatch.model import Method
from jobmatch.ports import JobIndex, SearchQuery, SearchResult

#: Checks at once, and such as may wait for their turn; what comes beyond is not checked.
AT_ONCE, WAITING = 1, 8
#: Nearest that are looked for, at most.
K = 10
_log = logging.getLogger("jobmatch.recall")

Seen: TypeAlias = tuple[SearchQuery, SearchResult]
Check: TypeAlias = Callable[[SearchQuery, SearchResult], None]


class RecallWatch:
    """Measures recall in operation.

    Arguments:
        jobs: what is searched.
        share: of the searches that are checked, 0 to 1; 0 for none.
    """

    def __init__(self, jobs: JobIndex, *, share: float) -> None:
        self._jobs = jobs
        self._share = share
        self._put: Check = _leave

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Check while the block runs; what is not done at its end is not checked."""
        if not self._share:
            yield
            return
        queue, waiting = anyio.create_memory_object_stream[Seen](WAITING)
        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE):
                group.start_soon(self._work, waiting.clone())
            waiting.close()
            self._put = partial(_offer, queue)
            try:
                yield
            finally:
                self._put = _leave
                queue.close()
                group.cancel_scope.cancel()

    def saw(self, query: SearchQuery, found: SearchResult) -> None:
        """Have a search checked if chance will have it, at once or never: nobody waits for it."""
        if self._share and random() < self._share:  # noqa: S311  no secret
            self._put(query, found)

    async def _work(self, waiting: MemoryObjectReceiveStream[Seen]) -> None:
        with waiting:
            async for query, found in waiting:
                await self._check(query, found)

    async def _check(self, query: SearchQuery, found: SearchResult) -> None:
        method = str(found.plan.method)
        if found.plan.method is Method.EXACT:
            telemetry.recall.record(1.0, {"method": method})
            return
        question = Question(vector=query.vector, filters=query.filters, owner=query.owner)
        try:
            with unless_asked("the index"):
                truth = await Meter(self._jobs, k=min(K, found.plan.fetch)).truth(question)
        except JobmatchError as error:
            _log.warning("a search was not checked: %s: %s", type(error).__name__, error)
        except Exception:
            _log.exception("a search was not checked")
        else:
            nearest = tuple(sorted(found.hits, key=lambda hit: -hit.near)[: truth.count])
            telemetry.recall.record(truth.recall(attrs.evolve(found, hits=nearest)), {"method": method})


def _leave(query: SearchQuery, found: SearchResult) -> None:
    """Check nothing: the engine is not open."""


def _offer(queue: MemoryObjectSendStream[Seen], query: SearchQuery, found: SearchResult) -> None:
    try:
        queue.send_nowait((query, found))
    except anyio.WouldBlock:
        _log.debug("a search was not checked, for others wait already")
