"""What PostgreSQL's errors mean to jobmatch, by SQLSTATE."""

from urllib.parse import parse_qsl

import psycopg
from psycopg import conninfo, pq

from jobmatch.backends.postgres.schema import HEAD
from jobmatch.errors import (
    DatabaseUnavailable,
    Incompatible,
    InvalidInput,
    InvalidSettings,
    JobmatchError,
    SchemaOutdated,
    TimedOut,
    Unavailable,
)

#: States after which the same statement may well succeed: something broke off, or the server lacks what it needs, such
#: as room on its disk, memory or connections, or its system fails.
_TRANSIENT = ("08", "25P03", "25P04", "40001", "40P01", "53", "57P01", "57P02", "57P03", "57P05", "58")
_LACKING = ("53", "58")
#: Sometime it may succeed, when another server has taken over; not at once.
_READ_ONLY = "25006"
_CANCELLED = ("57014",)
_LOCKED = ("55P03",)
#: The last: no constraint by which an INSERT would know what it conflicts with.
_NO_TABLE = ("42P01", "42703", "3F000", "42P10")
_NO_EXTENSION = ("42704", "58P01")
_NO_RIGHT = ("42501",)
#: Constraints, and limits of the server.
_RULES = ("23", "54")
#: Messages that libpq has no state for, since the server never answered.
UNCHANGING = (
    "the database takes no changes: it is a standby, or read-only by default_transaction_read_only; have"
    " DATABASE_URL lead to one that does (target_session_attrs=read-write finds it among several hosts)"
)
OUTDATED = "the database does not have the tables of this release; run: jobmatch db upgrade"


def unlike(revision: str | None) -> JobmatchError:
    """Return the error for tables that are not those of this release.

    Arguments:
        revision: what they are; None if there are none.
    """
    return SchemaOutdated(OUTDATED) if revision is None or revision < HEAD else Incompatible(newer(revision))


def newer(revision: str) -> str:
    """Return what to do about tables of a newer release."""
    return f"the database has the tables of a newer release ({revision}, this one needs {HEAD}): install that release"


def translated(error: psycopg.Error) -> JobmatchError | None:
    """Return our error for one of psycopg's; None for those that are a mistake of ours."""
    state = error.sqlstate
    if state is None:
        return _unsent(error)
    if (state.startswith(_TRANSIENT) and state not in _NO_EXTENSION) or outdated(error):
        return DatabaseUnavailable(_broken_off(error, state))
    if state == _READ_ONLY:
        return Unavailable(UNCHANGING)
    if state in _CANCELLED:
        return TimedOut("the database took longer than DB_STATEMENT_TIMEOUT allows; narrow the filters or raise it")
    if state in _LOCKED:
        return TimedOut("somebody else holds a lock of the database for longer than its lock_timeout; try again")
    if state in _NO_TABLE:
        return SchemaOutdated(OUTDATED)
    return _refused(error, state)


def outdated(error: psycopg.Error) -> bool:
    """Whether a statement was prepared before its table was changed, and cannot be carried out so any more."""
    return error.sqlstate == "0A000" and error.diag.source_function == "RevalidateCachedQuery"


def cause(error: psycopg.Error) -> psycopg.Error | None:
    """Return what may be shown as the cause of ours: not one that quotes the row which breaks a rule of the tables."""
    return None if isinstance(error, psycopg.IntegrityError) else error


def _broken_off(error: psycopg.Error, state: str) -> str:
    if state.startswith(_LACKING):
        return f"the database cannot do it now ({state}: {first_line(error)}); see to its server, then try again"
    return f"the database broke off ({state}: {first_line(error)}); try again"


def _refused(error: psycopg.Error, state: str) -> JobmatchError | None:
    if state in _NO_EXTENSION:
        return Incompatible(f"the server lacks the extension vector ({first_line(error)}); install pgvector ≥ 0.8.4")
    if state in _NO_RIGHT and "extension" in str(error):
        return Incompatible(f"{first_line(error)}: have an administrator run CREATE EXTENSION vector in this database")
    if state in _NO_RIGHT:
        return Incompatible(f"the database user lacks a right: {first_line(error)}")
    if state.startswith("54") and "maintenance_work_mem" in str(error):
        return Incompatible(f"so many lists take too much memory to find ({first_line(error)}); use fewer, or raise it")
    if state.startswith("54") and "index row" in str(error):
        return InvalidInput("value", "is too long, or several are together, to be found again; shorten it")
    if state.startswith(_RULES):
        return InvalidInput("value", f"the database does not take it: {first_line(error)}")
    if state == "22000" and "dimensions" in str(error):
        return InvalidInput("vector", first_line(error))
    return None


def _unsent(error: psycopg.Error) -> JobmatchError | None:
    """Return our error for one that the server knows nothing of."""
    if isinstance(error, psycopg.OperationalError):
        return DatabaseUnavailable(f"the connection to the database was lost ({first_line(error)}); try again")
    return unstorable() if isinstance(error, psycopg.DataError) and "NUL" in str(error) else None


def unstorable() -> InvalidInput:
    """Return the error for a text that PostgreSQL cannot hold. It may be anything, so it is not repeated."""
    return InvalidInput("text", "must have neither NUL nor lone surrogates in it")


def unreachable(url: str, error: BaseException | None) -> DatabaseUnavailable:
    """Return the error for a server that cannot be reached: names host and port, never the password."""
    reason = f": {first_line(error)}" if error else ""
    return DatabaseUnavailable(f"cannot connect to PostgreSQL at {address(url)}{reason}; check DATABASE_URL")


def unreadable(url: str) -> InvalidSettings:
    """Return the error for a URL that libpq cannot read. Its own message repeats that, which may be the password."""
    _, _, query = url.partition("?")
    given = {name for name, _ in parse_qsl(query, keep_blank_values=True)} if "@" not in query else set()
    unknown = sorted(name for name in given - known_parameters() if name.isidentifier())
    if not unknown:
        return InvalidSettings("DATABASE_URL", "is unreadable; write postgresql://user:password@host:5432/name")
    instead = ", and write sslmode=… instead of ssl" if "ssl" in unknown else ""
    return InvalidSettings(
        "DATABASE_URL",
        f"has {', '.join(unknown)} after the ?, which only another driver knows, and jobmatch connects by psycopg: give"
        f" it a URL without{instead}",
    )


def known_parameters() -> set[str]:
    """Return the parameters of connections that libpq knows."""
    return {option.keyword.decode() for option in pq.Conninfo.get_defaults()}


def address(url: str) -> str:
    """Return host, port and name of the database of a URL, which may name several hosts."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "an address that cannot be read"
    hosts = str(parts.get("host") or "localhost").split(",")
    ports = str(parts.get("port") or 5432).split(",")
    pairs = zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=False)
    where = " or ".join(f"{host}:{port or 5432}" for host, port in pairs)
    return f"{where}, database {parts.get('dbname') or 'of the same name as the user'}"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, without the prefix that libpq puts before it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].removeprefix("connection failed: ").strip()
