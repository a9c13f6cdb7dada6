"""Uses of the public names whose types matter to callers. mypy checks this file; nothing runs it."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import assert_type

import numpy as np
import numpy.typing as npt
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, literal
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from jobmatch import (
    Filters,
    Hnsw,
    Job,
    Match,
    MatchEngine,
    MatchRequest,
    Page,
    Pay,
    Place,
    Profile,
    Settings,
    SyncMatchEngine,
    Task,
    TaskState,
    Weights,
)
from jobmatch.backends.embedders.openai import OpenAIEmbedder
from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.backends.postgres.mapped import JobTable
from jobmatch.engine import ImportReport
from jobmatch.ports import Embedder


def values() -> MatchRequest:
    """One code or several, a name or a member: converters take both."""
    job = Job(id="1", title="Nurse", places=[Place(city="Portland")], pay=Pay(minimum=40.0), level="senior")
    assert_type(job.posted_at, datetime | None)
    assert_type(job.skills, tuple[str, ...])
    filters = Filters(country="US", experience=["mid", "senior"], remote=True)
    assert_type(filters.country, tuple[str, ...])
    return MatchRequest(profile=Profile(text="…", skills=["triage"]), filters=filters, weights=Weights(), sort="date")


def numbers(vector: npt.NDArray[np.float32], scalar: np.float32) -> MatchRequest:
    """Numbers of NumPy and decimals, vectors as arrays: what a database or a model hands over."""
    pay, place = Pay(minimum=Decimal(3), maximum=4), Place(latitude=scalar, longitude=Decimal("1.5"))
    job = Job(id="1", title="Nurse", pay=pay, places=[place], vector=vector)
    assert_type(pay.minimum, float | None)
    assert_type(job.vector, Sequence[float] | None)
    Job(id="2", title="Nurse", vector=(0.5, 1))
    filters = Filters(salary_min=Decimal(3), latitude=scalar, longitude=scalar, radius_km=Decimal(5))
    assert_type(filters.salary_min, float | None)
    return MatchRequest(profile=Profile(vector=vector), filters=filters, weights=Weights(skills=scalar))


async def asynchronous(jobs: AsyncIterator[Job]) -> None:
    """The verbs of the engine."""
    async with MatchEngine.from_settings(Settings.from_environ({})) as engine:
        assert_type(engine, MatchEngine)
        assert_type(await engine.import_jobs(jobs), ImportReport)
        task = await engine.submit(values(), owner="ada")
        assert_type(task, Task)
        assert_type(task.state, TaskState)
        assert_type(await engine.wait(task.id, owner="ada", timeout=10), Task)
        page = await engine.results(task.id, owner="ada", limit=25, cursor=None)
        assert_type(page, Page)
        assert_type(page.matches, tuple[Match, ...])
        assert_type(await engine.match(values()), Page)
        assert_type(await engine.list(owner=None), tuple[Sequence[Task], str | None])
        await engine.index.create(Hnsw(m=32))


def blocking(jobs: list[Job]) -> None:
    """The same verbs without await, with the same parameters."""
    with SyncMatchEngine.from_settings() as engine:
        assert_type(engine.import_jobs(jobs, batch_size=100), ImportReport)
        task = engine.submit(values(), owner="ada")
        assert_type(engine.wait(task.id, owner="ada", timeout=10), Task)
        assert_type(engine.results(task.id, owner="ada", limit=25), Page)


def put_together(embedder: Embedder) -> MatchEngine:
    """Backends fit the ports."""
    return MatchEngine(jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=embedder)


class Base(DeclarativeBase):
    """Of mapped classes."""


class Posting(Base):
    """A mapped class."""

    __tablename__ = "postings"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    open: Mapped[bool]
    vector: Mapped[object]


JobTable(
    Posting,
    columns={"id": Posting.id, "title": func.lower(Posting.title), "vector": Posting.vector},
    where=Posting.open,
    metric="l2",
)
TABLE = Table("postings", MetaData(), Column("id", Integer), Column("title", Text), Column("vector", HALFVEC(3)))
JobTable(
    TABLE,
    columns={"id": TABLE.c.id, "title": TABLE.c.title, "vector": TABLE.c.vector, "pay_currency": literal("EUR")},
    where=TABLE.c.id > 3,
)
put_together(WordLlamaEmbedder())
put_together(OpenAIEmbedder(url="http://localhost:11434/v1", model="m", dimensions=768))


def slips() -> None:
    """A name that there is not is an error; an ignore that is not needed would be one."""
    from jobmatch import MatchEngin  # type: ignore[attr-defined]  # noqa: F401
    from jobmatch.adapters.asgi import creat_app  # type: ignore[attr-defined]  # noqa: F401

    SyncMatchEngine.from_settings().cuont()  # type: ignore[attr-defined]
