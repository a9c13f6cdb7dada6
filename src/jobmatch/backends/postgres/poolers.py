"""Connection poolers between here and the server, PgBouncer for example.

In transaction mode, one has each transaction carried out by whichever of its own sessions is free. What belongs to a
session then stays behind in one of them: settings, locks, prepared statements.
"""

from psycopg import AsyncConnection

from jobmatch.errors import Incompatible

#: How often two connections ask by turns who works for them.
TURNS = 3


async def process(connection: "AsyncConnection[tuple[int]]") -> int:
    """Return the process of the server that works for a connection now."""
    row = await (await connection.execute("SELECT pg_backend_pid()", prepare=False)).fetchone()
    return row[0] if row else 0


async def direct(connection: AsyncConnection) -> bool:
    """Tell whether there is no pooler in between: those name processes of their own when one connects."""
    return connection.info.backend_pid == await process(connection)


async def changes_hands(connection: AsyncConnection, other: AsyncConnection) -> bool:
    """Tell whether transactions of one connection are carried out by several processes, or one works for both.

    Arguments:
        connection: in autocommit mode.
        other: likewise, made in the same way.
    """
    ours, others = set(), set()
    for _ in range(TURNS):
        ours.add(await process(connection))
        others.add(await process(other))
    return len(ours) > 1 or not ours.isdisjoint(others)


def refused() -> Incompatible:
    """Return the error for what needs a session of the server to itself."""
    return Incompatible(
        "a connection pooler gives each transaction another session of the server, and a lock that keeps others from"
        " building indexes at the same time needs one for itself: set DATABASE_URL to the server for this command, or"
        " to a pooler in session mode"
    )
