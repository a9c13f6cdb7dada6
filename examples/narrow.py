"""Conditions, wishes and weights: what must be, what counts, and how much."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

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

# --8<-- [start:more]
# Pay by the hour, in one currency; new postings; words that must not be there.
WORTH_A_LOOK = Filters(
    salary_min=35,
    salary_period="hour",
    salary_currency="USD",
    max_age_days=30,
    skills_any=["triage", "wound care"],
    exclude_keywords=["travel assignment"],
    keep_unknown=["salary_min"],  # no pay told is fine, no date is not
)
# --8<-- [end:more]

# --8<-- [start:metadata]
# Whatever your postings carry besides. The setup says which names may be asked for.
WITH_A_VISA = Filters(metadata={"visa": True, "shift": ["day", "evening"], "beds": {"min": 20, "max": 200}})
# --8<-- [end:metadata]

# --8<-- [start:interactions]
# Not again what I applied to or dismissed, for three months.
NOT_AGAIN = Filters(exclude_interactions=["applied", "dismissed"], cool_down_days=90)
# --8<-- [end:interactions]

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
        # --8<-- [start:record]
        await engine.record([page.matches[0].job.id], kind="dismissed", owner="ada")
        again = await engine.match(evolve(request, filters=NOT_AGAIN), owner="ada")
        # --8<-- [end:record]
        assert page.matches[0].job.id not in [match.job.id for match in again.matches]
        for filters in (WORTH_A_LOOK, WITH_A_VISA):
            assert (await engine.match(evolve(request, filters=filters, min_score=0.2))).diagnostics.complete
        for match in page.matches:
            print(f"{match.rank}. {match.score:.2f}  {match.job.title}, {match.job.company}")
            for criterion in match.explanation.criteria:
                print(f"     {criterion.name}: {criterion.score} found {criterion.found} missing {criterion.missing}")


if __name__ == "__main__":
    asyncio.run(main())
