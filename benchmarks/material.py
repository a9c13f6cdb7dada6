"""What the benchmarks work on: generated postings in an embedded server of their own."""

import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jobmatch import Job, MatchEngine, Pay, Place, Settings
from jobmatch.sample import postings

#: Postings are from the months before it; as on any board, some of them have expired.
TODAY = date.today()


def job(record: dict[str, Any]) -> Job:
    """Return the posting of a generated record."""
    times = {key: datetime.fromisoformat(record[key]) for key in ("posted_at", "expires_at") if record[key]}
    pay = Pay(**record["pay"]) if record["pay"] else None
    return Job(**{**record, "places": [Place(**place) for place in record["places"]], "pay": pay, **times})


def jobs(count: int, *, seed: int = 0) -> Iterator[Job]:
    """Yield generated postings."""
    return map(job, postings(count, seed=seed, today=TODAY))


@asynccontextmanager
async def engine(**environment: str) -> AsyncIterator[MatchEngine]:
    """Open an engine on an empty embedded server, or on the one at ``DATABASE_URL`` in *environment*."""
    folder = Path(tempfile.mkdtemp(prefix="jobmatch-benchmark-"))
    # Registered before the server starts, so that it runs after the server's own clean-up, which stops it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = {"JOBMATCH_HOME": str(folder / "home")}
    async with MatchEngine.from_settings(Settings.from_environ({**home, **environment})) as opened:
        yield opened
