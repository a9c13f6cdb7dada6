"""Open tasks by state, so that the few whose worker is lost are found among many that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OPEN = sa.text("state IN ('pending', 'processing')")


def upgrade() -> None:
    """Create the index anew, by state."""
    op.drop_index("match_task_open")
    op.create_index("match_task_open", "match_task", ["state", "created_at", "id"], postgresql_where=_OPEN)


def downgrade() -> None:
    """Create it as it was."""
    op.drop_index("match_task_open")
    op.create_index("match_task_open", "match_task", ["created_at", "id"], postgresql_where=_OPEN)
