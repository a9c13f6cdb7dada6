"""Whether a server will do: it answers, it is new enough, it has pgvector, and its texts may be of any language."""

from hashlib import blake2b

import psycopg
from attrs import frozen
from psycopg import AsyncConnection

from jobmatch.backends.postgres import poolers
from jobmatch.backends.postgres.connection import Connection
from jobmatch.backends.postgres.failures import translated, unreachable
from jobmatch.backends.postgres.pool import with_settings
from jobmatch.errors import Incompatible
from jobmatch.settings import Settings

#: The oldest server: from 15 on, "none of 10,000 ids" is looked up by hash instead of one by one.
OLDEST_SERVER = 15
#: The oldest pgvector: before it, an index could be corrupted by INSERT and VACUUM.
OLDEST_PGVECTOR = (0, 8, 4)
_VERSIONS = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version'),
       (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
       (SELECT default_version FROM pg_available_extensions WHERE name = 'vector'),
       (SELECT extnamespace::regnamespace::text FROM pg_extension
        WHERE extname = 'vector' AND to_regtype('halfvec') IS NULL),
       current_setting('server_encoding')
"""
_WHICH = """
SELECT oid::text, datname, current_user::text, current_schemas(false)::text FROM pg_database
WHERE datname = current_database()
"""
_CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"


@frozen
class Server:
    """What a server is.

    Attributes:
        version: of PostgreSQL.
        pgvector: its version; None if it is not installed yet.
        pooled: whether a pooler in between gives each transaction another session.
        identity: a digest of which database it is, on which server, and seen by whom.
    """

    version: str
    pgvector: str | None
    pooled: bool
    identity: str


async def connect(url: str, settings: Settings) -> AsyncConnection:
    """Return a connection of its own, in autocommit mode.

    Raises:
        DatabaseUnavailable: the server does not answer, or lets nobody in.
    """
    try:
        return await Connection.connect(with_settings(url, settings), autocommit=True)
    except psycopg.Error as error:
        raise unreachable(url, error) from error


async def pooled(url: str, settings: Settings, connection: AsyncConnection) -> bool:
    """Tell whether a pooler gives each transaction of *connection* another session of the server."""
    if await poolers.direct(connection):
        return False
    async with await connect(url, settings) as other:
        return await poolers.changes_hands(connection, other)


async def check(url: str, settings: Settings) -> Server:
    """Connect once, twice if there is a pooler in between, and tell about the server.

    Raises:
        DatabaseUnavailable: the server does not answer, or lets nobody in.
        Incompatible: the server or its pgvector is too old, its types are not on the search_path, or the database
            cannot hold every text.
    """
    async with await connect(url, settings) as connection:
        try:
            row = await (await connection.execute(_VERSIONS)).fetchone()
            identity = await _identity(connection)
            changing = await pooled(url, settings, connection)
        except psycopg.Error as error:
            raise (translated(error) or error) from error
    major, server, installed, available, hidden, encoding = row or (0, "", None, None, None, "")
    if major < OLDEST_SERVER:
        raise Incompatible(f"the server is PostgreSQL {server}; {OLDEST_SERVER} or newer is needed")
    if encoding != "UTF8":
        raise Incompatible(
            f"the database is in {encoding}, which cannot hold every text; one in UTF8 is needed: CREATE DATABASE …"
            " TEMPLATE template0 ENCODING 'UTF8', and name it in DATABASE_URL"
        )
    _check_pgvector(installed, available)
    if hidden:
        raise Incompatible(
            f"pgvector is in the schema {hidden}, where nothing is looked for: add it to the search_path, for the user"
            f" (ALTER ROLE … SET search_path = public, {hidden}) or in DATABASE_URL"
            f" (?options=-csearch_path%3Dpublic,{hidden})"
        )
    return Server(server, installed, changing, identity)


async def _identity(connection: AsyncConnection) -> str:
    """Return a digest of what tells the tables that *connection* sees apart from all others.

    A copy of a server has its identifier, so the address counts; two servers may be at one path on two hosts, so the
    identifier does. Who asks and where tables are looked for counts, for policies and schemas part tenants as well.
    """
    which = await (await connection.execute(_WHICH)).fetchone()
    try:
        cluster = await (await connection.execute(_CLUSTER)).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        cluster = None
    info = connection.info
    told = "|".join(map(repr, (info.host, info.port, *(which or ()), *(cluster or ()))))
    return blake2b(told.encode(), digest_size=16).hexdigest()


def _check_pgvector(installed: str | None, available: str | None) -> None:
    wanted = ".".join(map(str, OLDEST_PGVECTOR))
    if (installed or available) is None:
        raise Incompatible(f"the server has no pgvector; install version {wanted} or newer on it")
    if _numbers(installed or available or "0") < OLDEST_PGVECTOR:
        remedy = "run ALTER EXTENSION vector UPDATE" if _numbers(available or "0") >= OLDEST_PGVECTOR else "update it"
        raise Incompatible(f"pgvector is {installed or available}; {wanted} or newer is needed: {remedy}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
