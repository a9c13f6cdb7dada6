"""Conditions, wishes and weights: what must be, what counts, and how much."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from jobmatch import Filters, Job, Level, MatchEngine, MatchRequest, Place, Profile, Sort, Weights, Workplace
from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore

HERE = Path(__file__).parent

# --8<-- [start:filters]
# What must be: a job that fails one of these is not in the answer.
NEAR_PORTLAND = Filters(
    latitude=45.52,
    longitude=-122.68,
    radius_km=50,
    experience=[Level.MID, Level.SENIOR],
    posted_after=datetime(2026, 1, 1, tzinfo=UTC),
    exclude_companies=["Tamarack Boilers"],
    keep_unknown=True,  # a posting that does not tell its level or date passes
)
# --8<-- [end:filters]

# --8<-- [start:weights]
# What counts, and how much: the figures are relative to one another.
SKILLS_FIRST = Weights(semantic=0.4, keywords=0.2, skills=0.4, title=0.1, level=0.1, recency=0.0)
# --8<-- [end:weights]


# --8<-- [start:postings]
def postings() -> Iterator[Job]:
    """Read the postings of a file; `jobmatch import` does so for files of any shape."""
    for line in (HERE / "data" / "postings.jsonl").read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        place = {name: raw.pop(name, None) for name in ("city", "region", "country", "latitude", "longitude")}
        posted_at = datetime.fromisoformat(raw.pop("posted_at"))
        workplace = Workplace.REMOTE if raw.pop("remote", False) else None
        yield Job(**raw, places=[Place(**place)], posted_at=posted_at, workplace=workplace)


# --8<-- [end:postings]


async def main() -> None:
    engine = MatchEngine(
        jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=WordLlamaEmbedder()
    )
    async with engine:
        await engine.import_jobs(postings())
        # --8<-- [start:request]
        request = MatchRequest(
            profile=Profile(
                text=(HERE / "data" / "resume.txt").read_text(encoding="utf-8"),
                titles=["Charge Nurse"],
                skills=["patient care", "triage", "wound care"],
                level=Level.SENIOR,
            ),
            filters=NEAR_PORTLAND,
            weights=SKILLS_FIRST,
            keywords=["night shifts"],
            sort=Sort.SCORE,
            limit=10,
        )
        page = await engine.match(request)
        # --8<-- [end:request]
        for match in page.matches:
            print(f"{match.rank}. {match.score:.2f}  {match.job.title}, {match.job.company}")
            for criterion in match.explanation.criteria:
                print(f"     {criterion.name}: {criterion.score} found {criterion.found} missing {criterion.missing}")


if __name__ == "__main__":
    asyncio.run(main())
