"""The migrations, and how to run them: `upgrade` takes a libpq URL, nothing else."""

from functools import partial
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, bindparam, create_engine, func, select

from jobmatch.backends.postgres.failures import newer
from jobmatch.backends.postgres.schema import HEAD, VERSION_TABLE
from jobmatch.errors import Incompatible

#: One number for the advisory lock, so that two upgrades at once wait for one another.
UPGRADE_LOCK = 0x6A6F626D


def upgrade(url: str) -> None:
    """Bring the database to the newest revision, in one transaction.

    Raises:
        Incompatible: its tables are of a release from which there is no way to this one.
    """
    # A pooler may give the next transaction another session: there nothing can be prepared.
    connect = partial(psycopg.connect, url, client_encoding="UTF8", prepare_threshold=None)
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(bindparam("key", UPGRADE_LOCK))))
        config = configuration()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise _stranger(connection) or error from None


def _stranger(connection: Connection) -> Incompatible | None:
    """Return the error for tables of a revision that is not among ours; None if that is not what is wrong."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    revision = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    if revision is None or revision in known:
        return None
    if revision > HEAD:
        return Incompatible(newer(revision))
    return Incompatible(
        f"the database has tables of revision {revision}, from which there is no way to this release ({HEAD}): upgrade"
        " with the release before this one first, or import into a new database"
    )


def configuration() -> Config:
    """Return alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
