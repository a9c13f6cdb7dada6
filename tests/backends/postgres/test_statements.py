"""What runs, for a reader to see, and how the server carries it out."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import psycopg
import pytest

from jobmatch.backends.postgres import delivery_statements, index_statements, purging, statements, task_statements
from jobmatch.backends.postgres import filters as conditions
from jobmatch.backends.postgres.compiled import Compiled
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.frontier import BEGINNING
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.nearest import Way, aside, search
from jobmatch.backends.postgres.strategies import Target
from jobmatch.backends.postgres.vectors import literal
from jobmatch.model import Filters, Hnsw, Place, Storage
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
    region="MA",
    salary_min=50_000,
    salary_currency="EUR",
    posted_after=datetime(2026, 1, 1, tzinfo=UTC),
    max_age_days=30,
    companies="A",
    exclude_companies="B",
    industries="C",
    language="en",
    skills="Python",
    skills_any="SQL",
    keywords=["night shift", "nurse", "the ward"],
    exclude_keywords=["weekend", "travel"],
    metadata={"visa": True},
    exclude_job_ids=["x"],
    exclude_interactions="applied",
    keep_unknown=True,
)
TARGET = Target(table=("match_job",), column="vector", kind=Storage.HALFVEC, dimensions=8)
EXACT = Way(target=TARGET)
INDEX = {storage: Way(target=TARGET, index=storage) for storage in Storage}
SHAPE, PLAIN = conditions.shape(FULL, owner="me"), conditions.shape(Filters())
STATEMENTS = {
    "search_approximate": search(PLAIN, 0, INDEX[Storage.HALFVEC]),
    "search_approximate_vector": search(PLAIN, 0, INDEX[Storage.VECTOR]),
    "search_approximate_bit": search(PLAIN, 0, INDEX[Storage.BIT]),
    "search_near": search(conditions.shape(Filters(country="US")), 0, attrs.evolve(INDEX[Storage.HALFVEC], first=True)),
    "search_near_keywords": search(
        conditions.shape(Filters(keywords="nurse", exclude_keywords="night")),
        0,
        attrs.evolve(INDEX[Storage.HALFVEC], first=True),
    ),
    "search_near_every": search(
        conditions.shape(Filters(country="US")), 0, attrs.evolve(INDEX[Storage.HALFVEC], first=True, every=True)
    ),
    "search_approximate_shown": search(PLAIN, 0, attrs.evolve(INDEX[Storage.HALFVEC], shown=10)),
    "search_aside": aside(PLAIN, INDEX[Storage.HALFVEC], 2),
    "search_exact": search(PLAIN, 0, EXACT),
    "search_exact_all_filters": search(SHAPE, 2, EXACT),
    "survey": statements.matching(conditions.shape(Filters(country="US", remote=True))),
    "survey_sampled": statements.sampled(conditions.shape(Filters(latitude=0, longitude=0, radius_km=1))),
    "index_sample": index_statements.sample(PLAIN),
    "index_keep": index_statements.keep(),
    "index_witnesses": index_statements.witnesses(PLAIN, Storage.HALFVEC, short=True),
    "put_jobs": statements.move_jobs(),
    "put_jobs_filling": statements.move_jobs("vector_2", "vector_3"),
    "put_texts": statements.move_texts(stemmed=True),
    "put_texts_unstemmed": statements.move_texts(stemmed=False),
    "stem": statements.stem(),
    "remove": statements.remove(),
    "purge_expired": purging.expired(),
    "purge_loose": purging.loose(),
    "purge_lock_texts": purging.lock_texts(),
    "purge_remove_loose": purging.remove_loose(),
    "purge_recorded": purging.recorded(one_owner=False),
    "purge_recorded_of_owner": purging.recorded(one_owner=True),
    "delivery_put": delivery_statements.put(),
    "delivery_claim": delivery_statements.claim(),
    "delivery_postpone": delivery_statements.postpone(),
    "delivery_close": delivery_statements.close(),
    "record": statements.record(),
    "task_create": task_statements.create(),
    "task_create_several": task_statements.create_several(),
    "task_get": task_statements.get(),
    "task_get_several": task_statements.get_several(),
    "task_withdraw": task_statements.withdraw(),
    "task_created": task_statements.created(),
    "task_create_readable": task_statements.create(readable=True),
    "task_claim": task_statements.claim(),
    "task_heartbeat": task_statements.heartbeat(),
    "task_finish": task_statements.finish(),
    "task_fail": task_statements.fail(),
    "task_put_off": task_statements.put_off(),
    "task_release": task_statements.release(),
    "task_retry": task_statements.retry(),
    "task_purge": task_statements.purge(),
    "task_counts": task_statements.counts(of_owner=True, final=False),
    "task_cancel": task_statements.cancel(),
    "task_due": task_statements.due(),
    "task_lost": task_statements.lost(),
    "task_list": task_statements.newest(of_owner=True, of_state=False, after=True),
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
    first = search(conditions.shape(one), 0, EXACT)
    assert search(conditions.shape(other), 0, EXACT) is first


def test_values_never_get_into_the_text() -> None:
    hostile = Filters(city="'; DROP TABLE match_job; --", keywords="'; DROP", companies="$$")
    text = search(conditions.shape(hostile), 1, EXACT).text
    assert "DROP" not in text
    assert "$$" not in text


@pytest.fixture(scope="module")
def template(filled_once: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """A database with some thousand jobs and all indexes."""
    with filled_once(fill) as name:
        yield name


async def fill(url: str) -> None:
    settings = Settings.from_environ({"DATABASE_URL": url, "JOBMATCH_METADATA_FIELDS": "grade"})
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
                    industry=f"I{n % 700}",
                    language="la" if n % 300 == 0 else "en",
                    metadata={"grade": n % 700},
                    description="nurse" if n % 300 == 0 else "welder",
                    places=(
                        Place(
                            region=f"R{n % 700}", country="DE" if n % 50 else "FR", latitude=n / 100, longitude=n / 100
                        ),
                    ),
                )
                for n, vector in enumerate(vectors)
            ]
        )
        await index.create_index(Hnsw())


def explain(url: str, filters: Filters, way: Way) -> str:
    statement = search(conditions.shape(filters), 0, way)
    values: dict[str, Any] = {**conditions.values(filters), **statement.constants, "fetch": 10, "near": 20}
    values["vector"] = literal(np.eye(8, dtype=np.float32)[0], Storage.HALFVEC)
    with psycopg.connect(url) as connection:
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(f"EXPLAIN {statement.text}", values)
        return "\n".join(row[0] for row in cursor)


async def test_an_approximate_search_uses_the_vector_index_and_an_exact_one_does_not(database_url: str) -> None:
    assert "match_job_vector" in explain(database_url, Filters(), INDEX[Storage.HALFVEC])
    assert "match_job_vector" not in explain(database_url, Filters(), EXACT)


async def test_no_more_neighbours_are_looked_at_than_are_wanted(database_url: str) -> None:
    """There is nothing to sort but the answer, so the scan ends with the last one wanted."""
    way = attrs.evolve(INDEX[Storage.HALFVEC], first=True)
    above, _, below = explain(database_url, Filters(country="DE"), way).partition("Index Scan using match_job_vector")
    assert above.count("Sort  (") == 1
    assert "Sort" not in below


@pytest.mark.parametrize("storage", [Storage.VECTOR, Storage.BIT])
async def test_what_the_search_says_is_what_the_index_holds(
    database_url: str, settings: Settings, storage: Storage
) -> None:
    async with PostgresJobIndex(Database(settings)) as index:
        await index.create_index(Hnsw(storage=storage))
    assert "match_job_vector" in explain(database_url, Filters(), INDEX[storage])


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(country="FR"), "match_job_countries"),
        (Filters(companies="c7"), "match_job_company"),
        (Filters(latitude=5, longitude=5, radius_km=20), "match_job_area"),
        (Filters(keywords="nurse"), "match_text_search"),
        (Filters(region="R7", remote=False), "match_job_regions"),
        (Filters(industries="I7"), "match_job_industry"),
        (Filters(language="la"), "match_job_language"),
        (Filters(metadata={"grade": 7}), "match_job_facts"),
    ],
    ids=lambda value: str(value)[-20:],
)
async def test_filters_use_their_index(database_url: str, filters: Filters, index: str) -> None:
    assert index in explain(database_url, filters, EXACT)


@pytest.mark.parametrize(
    ("narrow", "anywhere"),
    [
        ({}, True),
        ({"remote": True}, True),
        ({"workplace": ["remote", "hybrid"]}, True),
        ({"remote": False}, False),
        ({"remote": False, "keep_unknown": True}, False),
        ({"workplace": ["onsite", "hybrid"]}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("place", ["city", "region"])
def test_what_is_remote_is_looked_for_in_a_place_only_if_it_could_pass(
    place: str, narrow: dict[str, Any], anywhere: bool
) -> None:
    """The alternative would keep the index on places from being used."""
    narrow = {place: "R7", **narrow}
    shape = conditions.shape(Filters(**narrow))
    assert ("OR match_job.workplace = 'remote'" in search(shape, 0, EXACT).text) == anywhere


@pytest.mark.parametrize("scope", ["", "hr.jobs"])
@pytest.mark.parametrize("statement", [task_statements.due(), task_statements.lost()])
async def test_open_tasks_are_found_without_looking_at_others(
    database_url: str, statement: Compiled, scope: str
) -> None:
    """By state: few are lost where many wait, and nearly all have ended; and of those by scope."""
    many = """
        INSERT INTO match_task (id, owner, state, request, scope)
        SELECT gen_random_uuid(), 'ada', CASE WHEN n % 5 = 0 THEN 'pending' ELSE 'completed' END, '{}', ''
        FROM generate_series(1, 50000) AS n
    """
    values = {"limit": 100, "idle": 0.0, "since": BEGINNING, "scope": scope}
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(many)
        connection.execute("ANALYZE match_task")
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(f"EXPLAIN {statement.text}", {**values, **statement.constants})
        plan = "\n".join(row[0] for row in cursor)
    assert "Index Scan using match_task_open" in plan
    assert plan.count("Index Cond: ((state = ") == plan.count("(scope = ") == 4
    assert "Sort  (" not in plan
