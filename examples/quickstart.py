"""A résumé in, ranked jobs out: as a background task, and in place."""

import asyncio
from pathlib import Path

from jobmatch import Filters, Job, MatchEngine, MatchRequest, Place, Profile, Workplace

RESUME = (Path(__file__).parent / "data" / "resume.txt").read_text(encoding="utf-8")
JOBS = [
    Job(
        id="ward-7",
        title="Registered Nurse, Surgical Ward",
        company="Alder Hospital",
        description="Care for patients before and after surgery: wounds, medication and discharge planning.",
        places=[Place(city="Portland", country="US")],
        skills=["patient care", "wound care", "discharge planning"],
    ),
    Job(
        id="triage-2",
        title="Telephone Triage Nurse",
        company="Evergreen Health Line",
        description="Advise callers from home: listen, ask, and decide how urgent it is.",
        places=[Place(country="US")],
        workplace=Workplace.REMOTE,
        skills=["triage", "electronic health records"],
    ),
    Job(
        id="weld-4",
        title="Welder, Night Shift",
        description="Weld pressure vessels from drawings and test the seams.",
        places=[Place(city="Portland", country="US")],
    ),
]


async def main() -> None:
    # --8<-- [start:use]
    async with MatchEngine.from_settings() as engine:
        await engine.import_jobs(JOBS)

        request = MatchRequest(profile=Profile(text=RESUME), filters=Filters(country="US", remote=True), limit=25)
        task = await engine.submit(request, owner="ada")  # returns at once
        task = await engine.wait(task.id, owner="ada", timeout=10)
        page = await engine.results(task.id, owner="ada", limit=25)
        for match in page.matches:
            print(f"{match.rank}. {match.job.title} at {match.job.company}: {match.explanation.summary()}")

        page = await engine.match(request)  # the same in place, without a task
        # --8<-- [end:use]
        count = await engine.count()
    print(f"{task.state}: {page.total} of {count:,} jobs, to be done from home")


if __name__ == "__main__":
    asyncio.run(main())
