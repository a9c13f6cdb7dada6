"""Change the embedder while searches go on, in a database of its own: yours keeps its embedder.

python examples/change_embedder.py [FOLDER]
"""

import asyncio
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory

import numpy as np

from jobmatch import Job, MatchEngine, MatchRequest, Profile, Settings
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.engine import EmbedderChange
from jobmatch.ports import Embedder

JOBS = [Job(id="night-nurse", title="Night nurse"), Job(id="welder", title="Welder, MIG and TIG")]


class Letters:
    """Counts letters: a poor embedder, but another one."""

    name, dimensions = "letters-1", 26

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """See `jobmatch.ports.Embedder.embed`."""
        counts = np.array([[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts], dtype=np.float32)
        lengths = np.linalg.norm(counts, axis=1, keepdims=True)
        return (counts / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def engine_with(embedder: Embedder, settings: Settings) -> MatchEngine:
    """Return an engine with an embedder that the settings do not name."""
    database = Database(settings)
    tasks = PostgresTaskStore(database)
    return MatchEngine(jobs=PostgresJobIndex(database), tasks=tasks, runner=LocalTaskRunner(), embedder=embedder)


async def main(home: str) -> None:
    settings = Settings.from_environ({"JOBMATCH_HOME": home})  # for a change of yours: Settings.load()
    async with MatchEngine.from_settings(settings) as engine:
        await engine.import_jobs(JOBS)

        # --8<-- [start:change]
        jobs = PostgresJobIndex(Database(settings))
        async with EmbedderChange(jobs=jobs, embedder=Letters()) as change:
            status = await change.run(progress=lambda part, stage: print(f"{part:4.0%} {stage}"))
            print(f"searches use {status.serving}, {status.retired} is kept")
            # --8<-- [end:change]

            # This engine still runs with the old embedder: it finds what the old vectors tell.
            await engine.match(MatchRequest(profile=Profile(text="night nurse")))

            # --8<-- [start:finish]
            async with engine_with(Letters(), settings) as renewed:
                page = await renewed.match(MatchRequest(profile=Profile(text="night nurse")))
                print(f"1. {page.matches[0].job.title}")
            await change.finish()
            # --8<-- [end:finish]


if __name__ == "__main__":
    with TemporaryDirectory(prefix="jobmatch-") as folder:
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else folder))
