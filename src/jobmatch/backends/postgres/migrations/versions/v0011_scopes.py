"""Which index a task is for, and of which one a job is that somebody had to do with."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

#: What is there counts for every index, for nobody can tell which one it was meant for.
_ANY = "*"
_OPEN = sa.text("state IN ('pending', 'processing')")
_KEY = ["owner", "job_id", "kind"]
#: Of what counts for several indexes, the last time.
_ONE_TIME = """
DELETE FROM match_interaction a USING match_interaction b
WHERE (a.owner, a.job_id, a.kind) = (b.owner, b.job_id, b.kind) AND (a.recorded_at, a.scope) < (b.recorded_at, b.scope)
"""


def upgrade() -> None:
    """Add the columns, and look for open tasks by them."""
    comments = {"match_task": "the index that it is for", "match_interaction": "the index that the job is of"}
    for table, comment in comments.items():
        column = sa.Column("scope", sa.Text, nullable=False, server_default=_ANY, comment=f"{comment}; * for any")
        op.add_column(table, column)
    op.drop_index("match_task_open")
    op.create_index("match_task_open", "match_task", ["state", "scope", "created_at", "id"], postgresql_where=_OPEN)
    op.drop_constraint("match_interaction_pkey", "match_interaction")
    op.create_primary_key("match_interaction_pkey", "match_interaction", [*_KEY, "scope"])


def downgrade() -> None:
    """Take them away."""
    op.execute(_ONE_TIME)
    op.drop_index("match_task_open")
    for table in ("match_task", "match_interaction"):
        op.drop_column(table, "scope")  # with the primary key
    op.create_primary_key("match_interaction_pkey", "match_interaction", _KEY)
    op.create_index("match_task_open", "match_task", ["state", "created_at", "id"], postgresql_where=_OPEN)
