"""Be told when a task ends: a notifier is an async function of a task."""

import asyncio

from jobmatch import Job, MatchEngine, MatchRequest, Profile, Task
from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore


# --8<-- [start:notifier]
async def tell(task: Task) -> None:
    """Called once for every task that became final; what it raises is logged and changes nothing."""
    print(f"to {task.owner}: your match {task.state}, {task.total} jobs")


# --8<-- [end:notifier]


async def main() -> None:
    # --8<-- [start:use]
    engine = MatchEngine(
        jobs=MemoryJobIndex(),
        tasks=MemoryTaskStore(),
        runner=LocalTaskRunner(),
        embedder=WordLlamaEmbedder(),
        notifiers=[tell],
    )
    # --8<-- [end:use]
    async with engine:
        await engine.import_jobs([Job(id="1", title="Nurse")])
        task = await engine.submit(MatchRequest(profile=Profile(titles=["Nurse"])), owner="ada")
        await engine.wait(task.id, owner="ada", timeout=10)


if __name__ == "__main__":
    asyncio.run(main())
