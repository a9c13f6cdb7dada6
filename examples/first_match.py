"""The parts of an engine put together by hand, all of them in memory: nothing is installed, nothing is kept."""

# --8<-- [start:engine]
import asyncio
from pathlib import Path

from jobmatch import Job, Match, MatchEngine, MatchRequest, Place, Profile
from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore


def engine() -> MatchEngine:
    return MatchEngine(
        jobs=MemoryJobIndex(),
        tasks=MemoryTaskStore(),
        runner=LocalTaskRunner(),
        embedder=WordLlamaEmbedder(),
    )


# --8<-- [end:engine]

# --8<-- [start:jobs]
JOBS = [
    Job(
        id="ward-7",
        title="Registered Nurse, Surgical Ward",
        description="Care for patients before and after surgery: wounds, medication and discharge planning.",
        places=[Place(city="Portland", country="US")],
        skills=["patient care", "wound care", "discharge planning"],
    ),
    Job(
        id="weld-4",
        title="Welder, Night Shift",
        description="Weld pressure vessels from drawings and test the seams.",
        places=[Place(city="Portland", country="US")],
        skills=["welding"],
    ),
]
# --8<-- [end:jobs]


# --8<-- [start:show]
def show(match: Match) -> None:
    print(f"{match.rank}. {match.score:.2f}  {match.job.title}")
    for criterion in match.explanation.criteria:
        score = "unknown" if criterion.score is None else f"{criterion.score:.2f}"
        print(f"   {criterion.name:<9} {score:>7}  found: {', '.join(criterion.found) or '-'}")


# --8<-- [end:show]


# --8<-- [start:main]
async def main() -> None:
    resume = (Path(__file__).parent / "data" / "resume.txt").read_text(encoding="utf-8")
    async with engine() as matching:
        report = await matching.import_jobs(JOBS)
        print(f"{report.added} jobs imported")
        page = await matching.match(MatchRequest(profile=Profile(text=resume, skills=["wound care", "triage"])))
        for match in page.matches:
            show(match)
        print(f"searched: {page.diagnostics.plan.reason}; complete: {page.diagnostics.complete}")


# --8<-- [end:main]

if __name__ == "__main__":
    asyncio.run(main())
