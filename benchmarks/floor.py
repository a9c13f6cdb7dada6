"""What is the least that a search takes, beside a plain one: ``python benchmarks/floor.py [--jobs N]``, two minutes.

The ten nearest where a plain search finds as many as we do: where all postings or half of them pass, and where so few
pass that the database compares each by itself. In turns for each question:

* ``plain``: the statement that pgvector's documentation shows, which sends ids, on a connection of its own;
* ``postings``: the same, and it sends the postings;
* ``statement``: ours for the same effort, on a connection of its own, neither planned nor doubted, nothing decoded;
* ``pooled``: the same on a connection lent by the pool;
* ``planned``: a search as it is carried out.

Each as a multiple of ``plain``, by medians. Aimed at for what is planned: 1.25. No search that fetches postings over a
pool is faster than ``pooled``; what is between that and ``planned`` is the estimate, the plan, more effort for people
who were not asked when the index was tuned, the doubt, and decoding.
"""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter

import anyio
import attrs
from attrs import frozen
from board import Board, people
from material import new_home
from plain import Plain
from psycopg import AsyncConnection
from report import Row, show
from selectivity import EXACT, TUNED_BY, K, filled

from jobmatch import Hnsw, MatchEngine, MatchRequest, Profile
from jobmatch.backends.postgres.searches import approximate, carry_out, exact
from jobmatch.engine.index.questions import Question
from jobmatch.model import Method, Plan
from jobmatch.planning import plan_search
from jobmatch.ports import SearchQuery

SHARES = (1.0, 0.5, 0.005, 0.001, 0.0001)
#: What pgvector takes if nobody sets it; so the statements find as much as each other.
PLAIN_EFFORT = 40
PEOPLE, ROUNDS = 50, 4
Ask = Callable[[], Awaitable[object]]


@frozen(kw_only=True)
class Ways:
    """The ways of asking one question.

    Arguments:
        opened: the engine.
        plain: sends ids.
        postings: sends postings.
        connection: for our statement.
    """

    opened: MatchEngine
    plain: Plain
    postings: Plain
    connection: AsyncConnection

    @classmethod
    @asynccontextmanager
    async def of(cls, opened: MatchEngine) -> AsyncIterator["Ways"]:
        """Lend each a connection of an engine on PostgreSQL: what one has just read is warm for the others, too."""
        async with Plain.of(opened) as plain, Plain.of(opened) as other, Plain.of(opened) as third:
            postings = attrs.evolve(other, shown="summary")
            yield cls(opened=opened, plain=plain, postings=postings, connection=third.connection)

    async def on(self, question: Question, plan: Plan) -> Mapping[str, Ask]:
        """Return them for a question, those of our statement with a *plan* that is given."""
        index = self.opened._jobs
        query = SearchQuery(vector=question.vector, filters=question.filters)
        catalog = await index._surveyor.catalog()  # type: ignore[attr-defined]
        search = (exact if plan.method is Method.EXACT else approximate)(query, plan, catalog)

        async def planned() -> object:
            return await index.search(query, plan_search(await index.survey(question.filters), fetch=K))

        return {
            "plain": lambda: self.plain.rows(question, K),
            "postings": lambda: self.postings.rows(question, K),
            "statement": lambda: carry_out(self.connection, search),
            "pooled": lambda: index._send(search),  # type: ignore[attr-defined]
            "planned": planned,
        }


async def row(ways: Ways, board: Board, share: float) -> Row:
    """Time all ways where a share of the postings passes."""
    total = board.count
    by_index = Plan(method=Method.APPROXIMATE, fetch=K, effort=PLAIN_EFFORT, visits=total)
    times: dict[str, list[float]] = {}
    for turn in range(ROUNDS):
        for number, vector in enumerate(people(PEOPLE)):
            question = Question(vector=vector, filters=board.uncorrelated(share, number + turn / ROUNDS))
            asks = list((await ways.on(question, by_index if share > 0.1 else EXACT)).items())
            first = (number + turn) % len(asks)
            for name, ask in (*asks[first:], *asks[:first]):
                start = perf_counter()
                await ask()
                times.setdefault(name, []).append((perf_counter() - start) * 1_000)
    medians = {name: median(times[name]) for name in ("plain", "postings", "statement", "pooled", "planned")}
    ratios = {f"to_{name}": round(taken / medians["plain"], 2) for name, taken in medians.items() if name != "plain"}
    return {"pass": f"{share:.2%}", **{f"{name}_ms": round(taken, 2) for name, taken in medians.items()}, **ratios}


async def measure(count: int, home: str) -> list[Row]:
    """Fill an index, tune it, and ask."""
    board = Board(count)
    async with filled(board, home) as opened:
        await opened.index.create(Hnsw())
        await opened.index.tune(
            requests=[MatchRequest(profile=Profile(vector=v.tolist())) for v in people(TUNED_BY, seed=10)]
        )
        async with Ways.of(opened) as ways:
            await row(ways, board, SHARES[0])  # so that caches are warm, and the estimates made
            return [await row(ways, board, share) for share in SHARES]


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--home", help="folder whose server is used, and filled unless it is already; kept")
    options = parser.parse_args()
    show("floor", anyio.run(measure, options.jobs, options.home or new_home()))


if __name__ == "__main__":
    main()
