"""The same engine without async: for scripts, notebooks and Flask.

python examples/sync_script.py [RESUME]
"""

import sys
from pathlib import Path

from jobmatch import Filters, Job, MatchRequest, Profile, SyncMatchEngine, TaskState

HERE = Path(__file__).parent
JOBS = [
    Job(id="ward-7", title="Registered Nurse, Surgical Ward", description="Wound care, medication, handover."),
    Job(id="icu-1", title="Nurse, Intensive Care", description="Ventilated patients, central lines, families."),
    Job(id="cook-3", title="Line Cook", description="Grill, sauces and a calm head when the room is full."),
]


def main(resume: Path) -> None:
    # --8<-- [start:use]
    request = MatchRequest(
        profile=Profile(text=resume.read_text(encoding="utf-8")),
        filters=Filters(exclude_job_ids=["icu-1"]),  # applied there already
        keywords=["wound care"],
    )
    with SyncMatchEngine.from_settings() as engine:
        engine.import_jobs(JOBS)
        task = engine.submit(request, owner="ada")
        task = engine.wait(task.id, owner="ada", timeout=10)
        if task.state is not TaskState.COMPLETED:
            sys.exit(f"the match {task.state}: {task.error.message if task.error else 'no reason given'}")
        for match in engine.results(task.id, owner="ada").matches:
            print(f"{match.rank}. {match.score:.2f}  {match.job.title}: {match.explanation.summary()}")
    # --8<-- [end:use]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "data" / "resume.txt")
