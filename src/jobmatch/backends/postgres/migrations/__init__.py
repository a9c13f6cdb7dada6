"""The migrations, and how to run them: `upgrade` takes a libpq URL, nothing else."""

from functools import partial
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, bindparam, create_engine, func, select

#: One number for the advisory lock, so that two upgrades at once wait for one another.
UPGRADE_LOCK = 0x6A6F626D


def upgrade(url: str) -> None:
    """Bring the database to the newest revision, in one transaction."""
    engine = create_engine("postgresql+psycopg://", creator=partial(psycopg.connect, url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(bindparam("key", UPGRADE_LOCK))))
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def configuration() -> Config:
    """Return alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
