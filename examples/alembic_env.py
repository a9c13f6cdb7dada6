"""The ``env.py`` of an application that keeps tables of its own in the same database, by Alembic."""

from alembic import context
from own_table import tables as models
from sqlalchemy import NullPool, create_engine

# --8<-- [start:import]
from jobmatch.tables import include_name

# --8<-- [end:import]

URL = context.config.get_main_option("sqlalchemy.url") or ""

with create_engine(URL, poolclass=NullPool).connect() as connection:
    # --8<-- [start:configure]
    context.configure(connection=connection, target_metadata=models, include_name=include_name)
    # --8<-- [end:configure]
    with context.begin_transaction():
        context.run_migrations()
