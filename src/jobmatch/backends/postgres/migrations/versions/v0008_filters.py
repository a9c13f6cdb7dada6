"""Columns for more filters: region, currency of pay, industry, language, metadata."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"

#: A name as `jobmatch.model.text.fold` makes it: no accents, no case, single spaces.
_FOLD = r"""
CREATE FUNCTION pg_temp.match_fold(name text) RETURNS text LANGUAGE sql AS $$
  SELECT btrim(regexp_replace(regexp_replace(
    normalize(replace(lower(name), 'ß', 'ss'), NFKD), '[\u0300-\u036f]', '', 'g'), '\s+', ' ', 'g'))
$$
"""
_FILL = """
UPDATE match_job SET
  regions = ARRAY(
    SELECT DISTINCT pg_temp.match_fold(place ->> 'region') FROM json_array_elements(summary -> 'places') AS place
    WHERE place ->> 'region' IS NOT NULL),
  pay_currency = summary -> 'pay' ->> 'currency',
  industry_folded = pg_temp.match_fold(summary ->> 'industry'),
  language = (SELECT pg_temp.match_fold(match_text.language) FROM match_text WHERE job_id = match_job.id)
"""


def upgrade() -> None:
    """Add the columns, and fill them from what is stored; ``index create`` fills ``facts``."""
    for column in _columns():
        op.add_column("match_job", column)
    op.execute(_FOLD)
    op.execute(_FILL)
    op.drop_column("match_text", "language")


def downgrade() -> None:
    """Drop the columns."""
    op.add_column("match_text", sa.Column("language", sa.Text))
    op.execute("UPDATE match_text SET language = match_job.language FROM match_job WHERE match_job.id = job_id")
    for column in _columns():
        op.drop_column("match_job", column.name)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("regions", sa.ARRAY(sa.Text), nullable=False, server_default="{}", comment="folded"),
        sa.Column("pay_currency", sa.Text),
        sa.Column("industry_folded", sa.Text),
        sa.Column("language", sa.Text, comment="folded"),
        sa.Column("facts", JSONB, nullable=False, server_default="{}", comment="the metadata that can be asked for"),
    ]
