from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

from jobmatch import Settings
from jobmatch.backends.postgres import working_memory
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.working_memory import LEAST, MUCH


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    database = Database(Settings.from_environ({"DATABASE_URL": database_url}))
    async with database, database.connection() as connection:
        yield connection


async def value(connection: AsyncConnection, setting: str) -> int:
    rows = await (await connection.execute("SELECT pg_size_bytes(current_setting(%s))", [setting])).fetchall()
    return int(rows[0][0])


@pytest.mark.parametrize("need", [0, 200 << 20, 64 << 30])
async def test_a_build_gets_what_it_needs_within_bounds(connection: AsyncConnection, need: int) -> None:
    await connection.execute("SET maintenance_work_mem = '1MB'")
    expected = min(max(need, LEAST), max(MUCH, await value(connection, "shared_buffers")))
    assert await working_memory.allowed(connection, need) == expected
    await working_memory.grant(connection, need)
    assert await value(connection, "maintenance_work_mem") == expected


async def test_what_the_owner_said_is_never_lessened(connection: AsyncConnection) -> None:
    await connection.execute("SET maintenance_work_mem = '3GB'")
    await working_memory.grant(connection, 0)
    assert await value(connection, "maintenance_work_mem") == 3 << 30
