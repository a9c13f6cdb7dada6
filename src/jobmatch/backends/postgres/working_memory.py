"""The working memory that the build of an index gets: what it needs, as far as the server can be taken to have it."""

from psycopg import AsyncConnection

#: Bytes: never less, as a server's default is 64 MB; and never more, unless its owner gave the server more to keep
#: postings in, or said so. A graph that finds no room is built several times as slowly.
LEAST, MUCH = 64 << 20, 1 << 30
_SERVER = """
SELECT pg_size_bytes(current_setting('maintenance_work_mem')), pg_size_bytes(current_setting('shared_buffers'))
"""


async def allowed(connection: AsyncConnection, need: int) -> int:
    """Return the bytes that a build gets which would be fast with *need*."""
    ((own, buffers),) = await (await connection.execute(_SERVER)).fetchall()
    granted: int = max(min(max(need, LEAST), max(MUCH, buffers)), own)
    return granted


async def grant(connection: AsyncConnection, need: int) -> None:
    """Give the session what a build gets which would be fast with *need* bytes."""
    kilobytes = await allowed(connection, need) >> 10
    await connection.execute("SELECT set_config('maintenance_work_mem', %s, false)", [str(kilobytes)])
