"""How often an index over a graph misses what is nearest: ``python benchmarks/astray.py [--jobs N]``, five minutes.

Many people ask for their ten nearest postings, without filters, with one effort after the other; and as many for two
things at once, each as two of those people together. Each search is done as it is; with witnesses: postings drawn at
random which tell when what was found cannot be the nearest; and from aside as well: the index is also asked from the
other sides of the query, if the witnesses nearby are of several kinds. Where more was to be found, the search is
repeated with more effort, or every posting is compared. "lost" counts people who get none of their nearest.
"""

import argparse
from collections.abc import Sequence
from itertools import product
from statistics import median
from time import perf_counter

import anyio
from board import people
from material import engine, jobs, new_home
from report import Row, show

from jobmatch import Filters, Hnsw, MatchEngine
from jobmatch.engine.index.measuring import Meter, Truth, mean
from jobmatch.engine.index.questions import Question, of_two
from jobmatch.model import Method, Plan
from jobmatch.ports import JobIndex, SearchQuery

K = 10
EFFORTS = (40, 80, 150, 300)
#: How a search is looked after.
WAYS: dict[str, tuple[bool, bool]] = {"not": (False, False), "witnesses": (True, False), "and aside": (True, True)}


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
        "recall": round(mean(recalls), 4),
        "below_0.9": sum(recall < 0.9 for recall in recalls),
        "lost": sum(recall == 0 for recall in recalls),
        "repeated": repeated,
        "p50_ms": round(median(milliseconds), 2),
        "mean_ms": round(mean(milliseconds), 2),
    }


async def compared(opened: MatchEngine, count: int) -> list[Row]:
    """Ask for one thing and for two, with each effort, looked after in each way."""
    index, one = opened._jobs, people(count, seed=11)
    meter, rows = Meter(index, k=K), list[Row]()
    for things, vectors in ((1, list(one)), (2, of_two([*one, one[0]]))):
        questions = [Question(vector=vector, filters=Filters()) for vector in vectors]
        truths = [await meter.truth(question) for question in questions]
        for effort, (looked_after, (doubted, aside)) in product(EFFORTS, WAYS.items()):
            plan = Plan(
                method=Method.APPROXIMATE, fetch=K, effort=effort, visits=5_000 * effort, doubted=doubted, aside=aside
            )
            rows.append({"things": things, "looked_after": looked_after, **await asked(index, questions, truths, plan)})
    return rows


async def measure(given: argparse.Namespace) -> list[Row]:
    """Fill an index, and ask."""
    async with engine(JOBMATCH_CACHE_URL="none://", JOBMATCH_HOME=given.home or new_home()) as opened:
        if await opened.count() != given.jobs:
            await opened.import_jobs(jobs(given.jobs))
        await opened.index.create(Hnsw(m=given.m, ef_construction=given.ef_construction))
        return await compared(opened, given.people)


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--m", type=int, default=Hnsw().m)
    parser.add_argument("--ef-construction", type=int, default=Hnsw().ef_construction)
    parser.add_argument("--home", help="folder whose server is used, and filled unless it is already; kept")
    show("astray", anyio.run(measure, parser.parse_args()))


if __name__ == "__main__":
    main()
