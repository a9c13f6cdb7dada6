"""How often an index over a graph misses all that is nearest: ``python benchmarks/astray.py [--jobs N]``, four minutes.

Many people ask for their ten nearest postings, without filters, with one effort after the other. Each search is done
as it is, and with witnesses: postings drawn at random which tell when what was found cannot be the nearest; then the
search is repeated with more effort, or every posting is compared. "lost" counts people who get none of their nearest.
"""

import argparse
from collections.abc import Sequence
from statistics import median
from time import perf_counter

import anyio
from board import people
from material import engine, jobs, new_home
from report import Row, show

from jobmatch import Filters, Hnsw, MatchEngine
from jobmatch.engine.index.measuring import Meter, Truth, mean
from jobmatch.engine.index.questions import Question
from jobmatch.model import Method, Plan
from jobmatch.ports import JobIndex, SearchQuery

K = 10
EFFORTS = (40, 60, 100, 200, 300)


async def asked(index: JobIndex, questions: Sequence[Question], truths: Sequence[Truth], plan: Plan) -> Row:
    """Ask everything once."""
    recalls, milliseconds, repeated = [], [], 0
    for question, truth in zip(questions, truths, strict=True):
        start = perf_counter()
        found = await index.search(SearchQuery(vector=question.vector, filters=question.filters), plan)
        milliseconds.append((perf_counter() - start) * 1_000)
        recalls.append(truth.recall(found))
        repeated += found.plan != plan
    return {
        "effort": plan.effort,
        "witnesses": plan.doubted,
        "recall": round(mean(recalls), 4),
        "below_0.9": sum(recall < 0.9 for recall in recalls),
        "lost": sum(recall == 0 for recall in recalls),
        "repeated": repeated,
        "p50_ms": round(median(milliseconds), 2),
        "mean_ms": round(mean(milliseconds), 2),
    }


async def compared(opened: MatchEngine, count: int) -> list[Row]:
    """Ask with each effort, as it is and with witnesses."""
    index = opened._jobs
    questions = [Question(vector=vector, filters=Filters()) for vector in people(count, seed=11)]
    meter = Meter(index, k=K)
    truths = [await meter.truth(question) for question in questions]
    plans = [
        Plan(method=Method.APPROXIMATE, fetch=K, effort=effort, visits=5_000 * effort, doubted=doubted)
        for effort in EFFORTS
        for doubted in (False, True)
    ]
    return [await asked(index, questions, truths, plan) for plan in plans]


async def measure(given: argparse.Namespace) -> list[Row]:
    """Fill an index, and ask."""
    async with engine(JOBMATCH_CACHE_URL="none://", JOBMATCH_HOME=given.home or new_home()) as opened:
        if await opened.count() != given.jobs:
            await opened.import_jobs(jobs(given.jobs))
        await opened.index.create(Hnsw(ef_construction=given.ef_construction))
        return await compared(opened, given.people)


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--ef-construction", type=int, default=64)
    parser.add_argument("--home", help="folder whose server is used, and filled unless it is already; kept")
    show("astray", anyio.run(measure, parser.parse_args()))


if __name__ == "__main__":
    main()
