"""Callback URLs, and what is to be told to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0003"
down_revision = "0002"

_TIME = sa.TIMESTAMP(timezone=True)
#: Whatever ends a task, in whichever process, leaves the delivery behind in the same transaction.
_NOTE = """
CREATE FUNCTION match_note_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO match_delivery AS known (task_id, url, task_state, ended_at)
    VALUES (NEW.id, NEW.callback_url, NEW.state, NEW.finished_at)
    ON CONFLICT (task_id) DO UPDATE SET url = excluded.url, task_state = excluded.task_state,
        ended_at = excluded.ended_at, state = 'waiting', attempts = 0, due_at = now(), token = NULL
    WHERE known.ended_at < excluded.ended_at;
    RETURN NULL;
END
$$
"""
_TRIGGER = """
CREATE TRIGGER match_task_ended AFTER UPDATE OF state ON match_task FOR EACH ROW
WHEN (NEW.callback_url IS NOT NULL AND NEW.finished_at IS NOT NULL AND NEW.state IS DISTINCT FROM OLD.state
      AND NEW.state IN ('completed', 'failed', 'cancelled'))
EXECUTE FUNCTION match_note_delivery()
"""


def upgrade() -> None:
    """Create them."""
    op.add_column("match_task", sa.Column("callback_url", sa.Text))
    op.create_table(
        "match_delivery",
        sa.Column("task_id", UUID, sa.ForeignKey("match_task.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("task_state", sa.Text, nullable=False),
        sa.Column("ended_at", _TIME, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'waiting'")),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("due_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("token", UUID),
    )
    op.create_index(
        "match_delivery_waiting", "match_delivery", ["due_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.execute(_NOTE)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER match_task_ended ON match_task")
    op.execute("DROP FUNCTION match_note_delivery()")
    op.drop_table("match_delivery")
    op.drop_column("match_task", "callback_url")
