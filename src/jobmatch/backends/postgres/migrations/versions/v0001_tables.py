"""Jobs, tasks and results."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import JSON, TSVECTOR, UUID

from jobmatch.backends.postgres.schema import DEFAULT_DIMENSIONS, Box

revision = "0001"
down_revision = None

_TEXTS = sa.ARRAY(sa.Text)
_NUMBERS = sa.ARRAY(sa.Float(53))
_TIME = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Create everything."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    _jobs()
    _tasks()
    _storage()


def downgrade() -> None:
    """Drop everything but the extension, which others may use."""
    for table in ("match_result", "match_task", "match_space", "match_text", "match_job"):
        op.drop_table(table)


def _jobs() -> None:
    op.create_table(
        "match_job",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("vector", HALFVEC(DEFAULT_DIMENSIONS)),
        sa.Column("expires_at", _TIME),
        sa.Column("posted_at", _TIME),
        sa.Column("yearly_pay", sa.Float(53)),
        sa.Column("workplace", sa.Text),
        sa.Column("employment_type", sa.Text),
        sa.Column("level", sa.Text),
        sa.Column("countries", _TEXTS, nullable=False),
        sa.Column("cities", _TEXTS, nullable=False, comment="folded"),
        sa.Column("area", Box, comment="bounds of the points: longitude, latitude"),
        sa.Column("latitudes", _NUMBERS),
        sa.Column("longitudes", _NUMBERS),
        sa.Column("skills", _TEXTS, nullable=False, comment="folded"),
        sa.Column("company_folded", sa.Text),
        sa.Column("summary", JSON, nullable=False, comment="what an answer carries: JobSummary"),
        sa.Column("content_fingerprint", sa.Text, nullable=False),
        sa.Column("text_fingerprint", sa.Text, nullable=False),
        sa.Column("imported_at", _TIME, nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "match_text",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("search", TSVECTOR, comment="words, stemmed"),
        sa.Column("words", sa.Text, comment="of title, skills and description, folded; until search is made of them"),
        sa.Column("language", sa.Text),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("metadata", JSON, nullable=False),
    )
    op.create_table(
        "match_space",
        sa.Column("single", sa.Boolean, sa.CheckConstraint("single"), primary_key=True, server_default=sa.text("true")),
        sa.Column("embedder", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
    )


def _tasks() -> None:
    op.create_table(
        "match_task",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("started_at", _TIME),
        sa.Column("finished_at", _TIME),
        sa.Column("lease_until", _TIME),
        sa.Column("token", UUID),
        sa.Column("total", sa.Integer),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("request", JSON, nullable=False),
    )
    op.create_index("match_task_owner", "match_task", ["owner", sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index(
        "match_task_open",
        "match_task",
        ["created_at", "id"],
        postgresql_where=sa.text("state IN ('pending', 'processing')"),
    )
    op.create_table(
        "match_result",
        sa.Column("task_id", UUID, sa.ForeignKey("match_task.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("diagnostics", JSON, nullable=False),
        sa.Column("matches", JSON, nullable=False),
    )


def _storage() -> None:
    # A vector that is stored out of line makes comparing every row several times slower.
    op.execute("ALTER TABLE match_job ALTER COLUMN vector SET STORAGE PLAIN")
    # Nothing is ever estimated from these, and gathering them is most of the work of ANALYZE.
    for table, column in (("match_job", "vector"), ("match_text", "description"), ("match_text", "words")):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    # Texts of usual length stay in their row, not compressed: nobody scans this table, and imports are faster.
    op.execute("ALTER TABLE match_text SET (toast_tuple_target = 8160)")
    # Every task is updated a few times within seconds: dead rows must go soon, or fetching ready ones gets slow.
    op.execute(
        "ALTER TABLE match_task SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,"
        " autovacuum_vacuum_threshold = 200, autovacuum_analyze_scale_factor = 0.05,"
        " autovacuum_vacuum_cost_delay = 0)"
    )
