"""Tasks: idempotency keys, retries, progress, and an end to being kept."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NEW = ("key", "digest", "not_before", "progress", "stage")


def upgrade() -> None:
    """Add columns, and the indexes for keys and for what is old."""
    op.add_column("match_task", sa.Column("key", sa.Text, comment="idempotency key, of the owner's choice"))
    op.add_column("match_task", sa.Column("digest", sa.Text, comment="of the request, if there is a key"))
    op.add_column("match_task", sa.Column("not_before", sa.TIMESTAMP(timezone=True), comment="put off until then"))
    progress = sa.Column(
        "progress", sa.Float(53), nullable=False, server_default=sa.text("0"), comment="part done, 0 to 1"
    )
    op.add_column("match_task", progress)
    op.add_column("match_task", sa.Column("stage", sa.Text, comment="a word for where the work stands"))
    finished, keyed = sa.text("finished_at IS NOT NULL"), sa.text("key IS NOT NULL")
    op.create_index("match_task_finished", "match_task", ["finished_at"], postgresql_where=finished)
    op.create_index("match_task_key", "match_task", ["owner", "key"], unique=True, postgresql_where=keyed)


def downgrade() -> None:
    """Take them away."""
    for index in ("match_task_key", "match_task_finished"):
        op.drop_index(index)
    for column in _NEW:
        op.drop_column("match_task", column)
