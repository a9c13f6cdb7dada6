"""The migrations, and how to run them: `upgrade` takes a libpq URL, nothing else."""

from functools import partial
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, bindparam, create_engine, func, select, true
from sqlalchemy.exc import OperationalError

from jobmatch.backends.postgres.failures import newer
from jobmatch.backends.postgres.schema import HEAD, VERSION_TABLE
from jobmatch.connections import UNLIMITED
from jobmatch.errors import Incompatible, TimedOut

#: One number for the advisory lock, so that two upgrades at once wait for one another.
UPGRADE_LOCK = 0x6A6F626D
#: Seconds to wait for each lock on a table; whoever comes after us waits as long.
PATIENCE = 60


def upgrade(url: str) -> None:
    """Bring the database to the newest revision, in one transaction, however long that takes.

    Raises:
        Incompatible: its tables are of a release from which there is no way to this one.
        TimedOut: somebody uses the tables, and goes on doing so.
    """
    # A pooler may give the next transaction another session: there nothing can be prepared.
    connect = partial(psycopg.connect, url, client_encoding="UTF8", prepare_threshold=None)
    # What was done while we waited for the lock has to be seen, whatever is the user's default.
    level = "READ COMMITTED"
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool, isolation_level=level)
    with engine.begin() as connection:
        connection.exec_driver_sql(UNLIMITED)
        connection.execute(select(func.pg_advisory_xact_lock(bindparam("key", UPGRADE_LOCK))))
        connection.execute(select(func.set_config("lock_timeout", f"{PATIENCE}s", true())))
        config = configuration()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise _stranger(connection) or error from None
        except OperationalError as error:
            raise _in_use(error) or error from error


def _in_use(error: OperationalError) -> TimedOut | None:
    """Return the error for tables that cannot be locked; None if that is not what is wrong."""
    if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
        return None
    return TimedOut(
        f"somebody uses the tables, and did not let go of them within {PATIENCE} s; nothing was changed: end what takes"
        " so long, a build of an index or an open transaction (see pg_stat_activity), and upgrade again"
    )


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
