"""Build the vector index, measure what it finds, and have searches go by that.

jobmatch sample --jobs 5000 --out sample.jsonl && jobmatch import sample.jsonl
python examples/look_after_index.py
"""

import asyncio
import sys
from collections.abc import Iterator

from jobmatch import Filters, MatchEngine, MatchRequest, Profile
from jobmatch.errors import NotFound
from jobmatch.model import Hnsw

QUESTIONS = ("night nurse, surgical ward", "welder, MIG and TIG", "python developer, PostgreSQL", "line cook")


# --8<-- [start:questions]
def asked() -> Iterator[MatchRequest]:
    """Yield questions as people ask them here, best from a log: the index is judged by what it is there for."""
    for text in QUESTIONS:
        for filters in (Filters(), Filters(country="US"), Filters(country="US", workplace="remote")):
            yield MatchRequest(profile=Profile(text=text), filters=filters)


# --8<-- [end:questions]


async def main() -> None:
    async with MatchEngine.from_settings() as engine:
        # --8<-- [start:use]
        forecast = await engine.index.plan(Hnsw(ef_construction=512))
        print(f"{forecast.rows:,} postings, {forecast.bytes / 2**20:.0f} MB")
        await engine.index.create(Hnsw(ef_construction=512))

        questions = list(asked())
        calibration = await engine.index.tune(target=0.99, requests=questions)
        for rung in calibration.rungs:
            print(f"effort {rung.effort:>5}: recall {rung.recall:.3f}, {rung.milliseconds:.1f} ms")

        report = await engine.index.recall(requests=questions)
        for band in (report.overall, *report.bands):
            print(
                f"{band.share:>8.2%} pass: recall {band.recall:.3f}, worst {band.worst:.2f}, {band.milliseconds:.1f} ms"
            )
        # --8<-- [end:use]


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except NotFound as error:  # before the first import
        sys.exit(str(error))
