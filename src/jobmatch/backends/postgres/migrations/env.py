"""What alembic runs. The caller hands in a connection with a transaction under way, and commits it."""

from alembic import context

from jobmatch.backends.postgres.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
