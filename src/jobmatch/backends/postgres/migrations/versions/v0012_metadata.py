"""Which metadata filters can ask for: the same for every process, whatever it was started with."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

#: What could be asked for so far can be from now on.
_KNOWN = """
INSERT INTO match_metadata (name, prepared) SELECT DISTINCT jsonb_object_keys(facts), true FROM match_job
"""


def upgrade() -> None:
    """Create the table, and fill it."""
    op.create_table(
        "match_metadata",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("prepared", sa.Boolean, nullable=False, comment="whether facts of every posting have it"),
    )
    op.execute(_KNOWN)


def downgrade() -> None:
    """Drop it; the facts stay."""
    op.drop_table("match_metadata")
