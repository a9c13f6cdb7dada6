"""What was measured of vector indexes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSON

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "match_index",
        sa.Column("relation", sa.Text, primary_key=True),
        sa.Column("index", sa.Text, primary_key=True, comment="what it is built with"),
        sa.Column("calibration", JSON, comment="what it was measured to do"),
        sa.Column("recall", JSON, comment="the last report"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("match_index")
