"""What is asked of every peer, in its own environment: fill your table, build your index, answer.

The order comes as JSON on standard input; the answer goes as JSON to standard output.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")
Vector = list[float]
Ask = Callable[[Vector], Awaitable[list[str]]]


@dataclass(frozen=True)
class Order:
    """What to do.

    Arguments:
        host: folder of the server's socket, or its name.
        port: of the server.
        user: who connects.
        database: where ``match_job`` has the postings.
        dimensions: of the vectors.
        k: postings wanted.
        m: links per node of the graph.
        ef_construction: candidates kept while building it.
        ef_search: candidates kept while searching.
        connections: at most so many at once.
        callers: at once; one measurement for each number.
        rounds: of which the median counts.
        vectors: the questions.
    """

    host: str
    port: str
    user: str
    database: str
    dimensions: int
    k: int
    m: int
    ef_construction: int
    ef_search: int
    connections: int
    callers: list[int]
    rounds: int
    vectors: list[Vector]

    @classmethod
    def read(cls) -> "Order":
        """Read it."""
        return cls(**json.load(sys.stdin))

    def url(self, scheme: str) -> str:
        """Return the database's address as SQLAlchemy wants it."""
        return f"{scheme}://{self.user}@/{self.database}?host={self.host}&port={self.port}"


async def answer(order: Order, ask: Ask) -> None:
    """Ask everything once for what is found, then measure, and print both."""
    found = [await ask(vector) for vector in order.vectors]
    rates = {callers: await rate(order.vectors, ask, callers, order.rounds) for callers in order.callers}
    print(json.dumps({"found": found, "per_s": rates}))


async def rate(questions: Sequence[T], ask: Callable[[T], Awaitable[object]], callers: int, rounds: int) -> float:
    """Return answers in a second, the median of some rounds."""
    return median([await one_round(questions, ask, callers) for _ in range(rounds)])


async def one_round(questions: Sequence[T], ask: Callable[[T], Awaitable[object]], callers: int) -> float:
    """Ask everything once, with so many callers at once; return answers in a second."""
    waiting = iter(questions)

    async def caller() -> None:
        for question in waiting:
            await ask(question)

    start = perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(questions) / (perf_counter() - start)
