"""What runs, for a reader to see, and how the server carries it out."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psycopg
import pytest

from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres import statements, task_statements
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.model import Filters, Hnsw, Method, Place
from jobmatch.settings import Settings
from jobmatch.testing import entry

GOLDEN = Path(__file__).parent / "golden"
FULL = Filters(
    country=["US", "DE"],
    city="Berlin",
    latitude=-17.0,
    longitude=179.9,
    radius_km=100,
    remote=False,
    workplace="hybrid",
    experience="senior",
    employment_type="contract",
    salary_min=50_000,
    posted_after=datetime(2026, 1, 1, tzinfo=UTC),
    companies="A",
    exclude_companies="B",
    skills="Python",
    keywords=["night shift", "nurse", "the"],
    exclude_job_ids=["x"],
    keep_unknown=True,
)
SHAPE, PLAIN = conditions.shape(FULL), conditions.shape(Filters())
STATEMENTS = {
    "search_approximate": statements.search(PLAIN, 0, Method.APPROXIMATE),
    "search_exact": statements.search(PLAIN, 0, Method.EXACT),
    "search_exact_all_filters": statements.search(SHAPE, 2, Method.EXACT),
    "survey": statements.matching(conditions.shape(Filters(country="US", remote=True))),
    "survey_sampled": statements.sampled(conditions.shape(Filters(latitude=0, longitude=0, radius_km=1))),
    "put_jobs": statements.move_jobs(),
    "put_texts": statements.move_texts(stemmed=True),
    "put_texts_unstemmed": statements.move_texts(stemmed=False),
    "stem": statements.stem(),
    "remove": statements.remove(),
    "task_create": task_statements.create(),
    "task_claim": task_statements.claim(),
    "task_heartbeat": task_statements.heartbeat(),
    "task_finish": task_statements.finish(),
    "task_fail": task_statements.fail(),
    "task_release": task_statements.release(),
    "task_cancel": task_statements.cancel(),
    "task_due": task_statements.due(),
    "task_list": task_statements.newest(of_owner=True, after=True),
    "task_result": task_statements.result(),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_runs_is_what_is_written_down(name: str) -> None:
    """Run with ``JOBMATCH_GOLDEN=write`` to write them down anew."""
    path, text = GOLDEN / f"{name}.sql", written(STATEMENTS[name])
    if os.environ.get("JOBMATCH_GOLDEN") == "write":
        path.write_text(text)
    assert path.read_text() == text


def written(statement: Compiled) -> str:
    lines = [f"-- {name} = {value!r}" for name, value in sorted(statement.constants.items())]
    return "\n".join([*lines, "\n".join(line.rstrip() for line in statement.text.strip().splitlines())]) + "\n"


def test_one_shape_is_compiled_once() -> None:
    one, other = Filters(country="US", skills=["a", "b"]), Filters(country=["DE", "FR"], skills="c")
    first = statements.search(conditions.shape(one), 0, Method.EXACT)
    assert statements.search(conditions.shape(other), 0, Method.EXACT) is first


def test_values_never_get_into_the_text() -> None:
    hostile = Filters(city="'; DROP TABLE match_job; --", keywords="'; DROP", companies="$$")
    text = statements.search(conditions.shape(hostile), 1, Method.EXACT).text
    assert "DROP" not in text
    assert "$$" not in text


@pytest.fixture
async def filled(settings: Settings, database_url: str) -> str:
    """The URL of a database with some thousand jobs and all indexes."""
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("x", 8)
        rng = np.random.default_rng(2)
        vectors = rng.normal(size=(3_000, 8)).astype(np.float32)
        await index.put(
            [
                entry(
                    f"j{n:05}",
                    vector / np.linalg.norm(vector),
                    company=f"C{n % 700}",
                    description="nurse" if n % 300 == 0 else "welder",
                    places=(Place(country="DE" if n % 50 else "FR", latitude=n / 100, longitude=n / 100),),
                )
                for n, vector in enumerate(vectors)
            ]
        )
        await index.create_index(Hnsw())
    return database_url


def explain(url: str, filters: Filters, method: Method) -> str:
    statement = statements.search(conditions.shape(filters), 0, method)
    vector = msgspec.json.encode(np.eye(8)[0].tolist()).decode()
    values: dict[str, Any] = {**conditions.values(filters), **statement.constants, "vector": vector, "fetch": 10}
    with psycopg.connect(url) as connection:
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(f"EXPLAIN {statement.text}", values)
        return "\n".join(row[0] for row in cursor)


async def test_an_approximate_search_uses_the_vector_index_and_an_exact_one_does_not(filled: str) -> None:
    assert "match_job_vector" in explain(filled, Filters(), Method.APPROXIMATE)
    assert "match_job_vector" not in explain(filled, Filters(), Method.EXACT)


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(country="FR"), "match_job_countries"),
        (Filters(companies="c7"), "match_job_company"),
        (Filters(latitude=5, longitude=5, radius_km=20), "match_job_area"),
        (Filters(keywords="nurse"), "match_text_search"),
    ],
    ids=lambda value: str(value)[-20:],
)
async def test_filters_use_their_index(filled: str, filters: Filters, index: str) -> None:
    assert index in explain(filled, filters, Method.EXACT)
