"""What a search takes beside other libraries: ``python benchmarks/against_peers.py [--jobs N] [--k K]``.

LangChain's and LlamaIndex's `PGVectorStore` and Supabase's ``vecs``, each in an environment of its own, which is made
at the first run with the versions in ``benchmarks/peers/*.txt``. All search one server, each its own table with the
same vectors, ids and summaries, by an hnsw index built alike, with as many candidates (``hnsw.ef_search``) as we take.
All return the postings with their summaries, we with the explanation of each besides. A peer is asked by 1, 10 and 50
callers on as many connections as we have, with its asynchronous methods if there are any; we are asked right before it.

"psycopg" is our own statement, sent and fetched and nothing else: no library that searches by it can be faster.

Recall is measured against comparing everything. Aimed at: at least 3.5 times the throughput of LangChain's, at the same
k and at least its recall. With 100,000 postings and all three it takes about 15 minutes.
"""

import argparse
import json
import os
import venv
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import anyio
import anyio.to_thread
from attrs import frozen
from board import people
from material import engine, jobs, new_home
from overhead import Bare, plain_pool, searches
from platformdirs import user_cache_path
from psycopg.conninfo import conninfo_to_dict
from report import Row, show
from rounds import rate

from jobmatch import Filters, Hnsw, MatchEngine, MatchRequest, Profile, Sort, Weights
from jobmatch.backends.postgres.vectors import literal
from jobmatch.engine.index.measuring import EPSILON, Meter, Truth, mean
from jobmatch.engine.index.questions import Question
from jobmatch.model import Storage

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

HERE = Path(__file__).parent / "peers"
T = TypeVar("T")
PEERS = ("langchain", "llamaindex", "vecs")
CALLERS, ROUNDS = (1, 10, 50), 5
#: People whose questions the index is tuned by; others than those who then ask.
TUNED_BY = 200
STRATEGY = Hnsw()
#: Of some postings, how many are near enough.
NEAR = """
SELECT count(*) FROM match_job WHERE id = ANY(%(ids)s) AND 1 - (vector <=> %(vector)s::halfvec) >= %(least)s
"""
#: Ranked by nearness alone, as the peers do.
NEAREST = Weights(semantic=1, keywords=0, skills=0, title=0, level=0, recency=0)


@frozen
class Truths:
    """Knows what is nearest, by comparing everything.

    Arguments:
        opened: the engine.
        vectors: the questions, shape (questions, dimensions).
        nearest: what is true of each.
    """

    opened: MatchEngine
    vectors: "Vectors"
    nearest: Sequence[Truth]

    @classmethod
    async def of(cls, opened: MatchEngine, vectors: "Vectors", k: int) -> Self:
        """Compare everything."""
        meter = Meter(opened._jobs, k=k)
        return cls(opened, vectors, [await meter.truth(Question(vector=v, filters=Filters())) for v in vectors])

    async def recall(self, found: Sequence[Sequence[str]]) -> float:
        """Return the mean share of the nearest that was found; of equally near postings any will do."""
        shares = [
            min(await self._near(vector, ids, truth.farthest - EPSILON) / truth.count, 1.0)
            for vector, ids, truth in zip(self.vectors, found, self.nearest, strict=True)
        ]
        return mean(shares)

    async def _near(self, vector: "Vectors", ids: Sequence[str], least: float) -> int:
        parameters = {"vector": literal(vector, Storage.HALFVEC), "ids": list(ids), "least": least}
        rows = await self.opened._jobs._database.fetch(NEAR, parameters)  # type: ignore[attr-defined]
        return int(rows[0][0])


async def environment(name: str, folder: Path) -> Path:
    """Return the interpreter of a peer's environment; make it unless it is there."""
    wanted = (HERE / f"{name}.txt").read_text()
    home, python = folder / name, folder / name / "bin" / "python"
    marker = home / "installed.txt"
    if not marker.exists() or marker.read_text() != wanted:
        print(f"making an environment for {name} in {home}", flush=True)
        await anyio.to_thread.run_sync(lambda: venv.create(home, clear=True, with_pip=True))
        await anyio.run_process([python, "-m", "pip", "install", "--quiet", "--requirement", HERE / f"{name}.txt"])
        marker.write_text(wanted)
    return python


async def order(opened: MatchEngine, vectors: "Vectors", k: int, effort: int) -> dict[str, Any]:
    """Return what a peer has to do."""
    database = opened._jobs._database  # type: ignore[attr-defined]
    where = conninfo_to_dict(await database.url())
    return {
        "host": where.get("host", "localhost"),
        "port": str(where.get("port", 5432)),
        "user": where["user"],
        "database": where["dbname"],
        "dimensions": vectors.shape[1],
        "k": k,
        "m": STRATEGY.m,
        "ef_construction": STRATEGY.ef_construction,
        "ef_search": max(effort, k),
        "connections": database.settings.pool_max_size,
        "callers": CALLERS,
        "rounds": ROUNDS,
        "vectors": vectors.tolist(),
    }


async def peer(name: str, folder: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """Have a peer do it in its own process."""
    python = await environment(name, folder)
    done = await anyio.run_process(
        [python, HERE / f"{name}_peer.py"],
        input=json.dumps(wanted).encode(),
        stderr=None,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},  # for what all of them share
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def nearest(vector: list[float], k: int) -> MatchRequest:
    """Return the question for the *k* nearest, in the order of their nearness."""
    return MatchRequest(profile=Profile(vector=vector), weights=NEAREST, sort=Sort.SCORE, limit=k)


async def ours(opened: MatchEngine, vectors: "Vectors", k: int) -> dict[str, Any]:
    """Measure ourselves in the same way."""

    async def ask(vector: list[float]) -> list[str]:
        return [match.job.id for match in (await opened.match(nearest(vector, k))).matches]

    return await measured(vectors.tolist(), ask)


async def statement(opened: MatchEngine, vectors: "Vectors", k: int) -> dict[str, Any]:
    """Measure what we send, and nothing else."""
    async with plain_pool(opened) as pool:
        bare = Bare(pool, await searches(opened, [nearest(vector, k) for vector in vectors.tolist()]))

        async def ask(number: int) -> list[str]:
            return [row[0] for row in await bare.ask(number)]

        sent = await measured(range(len(vectors)), ask)
    found = [[json.loads(summary)["id"] for summary in summaries] for summaries in sent["found"]]
    return {**sent, "found": found}


async def measured(questions: Sequence[T], ask: Callable[[T], Awaitable[list[str]]]) -> dict[str, Any]:
    """Ask everything once for what is found, and then again and again."""
    found = [await ask(question) for question in questions]
    return {"found": found, "per_s": {str(c): await rate(questions, ask, c, ROUNDS) for c in CALLERS}}


def between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what we do in the mean of two measurements, as the machine may become slower or faster meanwhile."""
    return {
        **before,
        "per_s": {callers: mean((per_s, after["per_s"][callers])) for callers, per_s in before["per_s"].items()},
    }


async def row(name: str, measured: dict[str, Any], beside: dict[str, Any], truths: Truths) -> Row:
    """Return one row; *beside* is what we do right before and after."""
    rates, own = measured["per_s"], beside["per_s"]
    return {
        "library": name,
        "recall": round(await truths.recall(measured["found"]), 4),
        **{f"per_s_{c}": round(rates[str(c)], 1) for c in CALLERS},
        **{f"ours_to_it_{c}": round(own[str(c)] / rates[str(c)], 2) for c in CALLERS},
    }


async def tuned(opened: MatchEngine, k: int) -> int:
    """Build and tune the index; return the candidates that a search for *k* then keeps."""
    await opened.index.create(STRATEGY)
    requests = [MatchRequest(profile=Profile(vector=vector.tolist()), limit=k) for vector in people(TUNED_BY, seed=10)]
    await opened.index.tune(k=k, requests=requests)
    return (await opened.explain(requests[0])).plan.effort


async def measure(given: argparse.Namespace) -> list[Row]:
    """Fill an index, and measure one after the other."""
    async with engine(JOBMATCH_CACHE_URL="none://", JOBMATCH_HOME=given.home or new_home()) as opened:
        if await opened.count() != given.jobs:
            await opened.import_jobs(jobs(given.jobs))
        effort, vectors = await tuned(opened, given.k), people(given.queries)
        wanted = await order(opened, vectors, given.k, effort)
        truths = await Truths.of(opened, vectors, given.k)
        rows: list[Row] = []
        before = await ours(opened, vectors, given.k)
        for name in given.peers:
            theirs = await peer(name, given.environments, wanted)
            after = await ours(opened, vectors, given.k)
            own, before = between(before, after), after
            rows += [await row("jobmatch", own, own, truths), await row(name, theirs, own, truths)]
            print(rows[-2:], flush=True)
        bare = await statement(opened, vectors, given.k)
        own = between(before, await ours(opened, vectors, given.k))
        return [*rows, await row("psycopg", bare, own, truths)]


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    parser.add_argument("--environments", type=Path, default=user_cache_path("jobmatch-benchmarks"))
    parser.add_argument("--home", help="folder whose server is used, and filled unless it is already; kept")
    show("against_peers", anyio.run(measure, parser.parse_args()))


if __name__ == "__main__":
    main()
