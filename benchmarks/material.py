"""What the benchmarks work on: generated postings in an embedded server of their own."""

import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jobmatch import Filters, Job, MatchEngine, MatchRequest, Pay, Place, Profile, Settings
from jobmatch.backends.embedders.wordllama import embed
from jobmatch.sample import postings, resumes

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


def questions(count: int, filters: Filters | None = None, *, limit: int = 25) -> list[MatchRequest]:
    """Return requests of people of all occupations, with their vectors.

    Arguments:
        count: of people.
        filters: the same for all; none if None.
        limit: matches wanted.
    """
    people = list(resumes(count, seed=9))
    vectors = embed([person["text"] for person in people])
    profiles = [Profile(text=person["text"], vector=v.tolist()) for person, v in zip(people, vectors, strict=True)]
    return [MatchRequest(profile=profile, filters=filters or Filters(), limit=limit) for profile in profiles]


def new_home() -> str:
    """Return a folder for an embedded server, removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="jobmatch-benchmark-"))
    # Registered before the server starts, so that it runs after the server's own clean-up, which stops it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(folder / "home")


@asynccontextmanager
async def engine(**environment: str) -> AsyncIterator[MatchEngine]:
    """Open an engine on an empty embedded server, or on the one at ``DATABASE_URL`` in *environment*."""
    settings = Settings.from_environ({"JOBMATCH_HOME": new_home(), **environment})
    async with MatchEngine.from_settings(settings) as opened:
        yield opened
