"""Which metadata filters can ask for: the same for every process, whatever it was started with."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

#: What could be asked for so far can be from now on, unless some postings were imported without.
_KNOWN = """
INSERT INTO match_metadata (name, prepared)
SELECT item.key, bool_and(jsonb_exists(match_job.facts, item.key))
FROM match_job JOIN match_text ON match_text.job_id = match_job.id
CROSS JOIN json_each(match_text.metadata) AS item
WHERE json_typeof(item.value) <> 'null'
AND item.key IN (SELECT jsonb_object_keys(facts) FROM match_job)
GROUP BY item.key
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
