"""Vectors of several embedders beside one another, for a change from one to the next."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_STATES = "state IN ('serving', 'filling', 'retired')"
#: A new name each time: a search that does not know yet that its column is gone must fail, not find another's vectors.
_NAMES = r"column_name ~ '^vector(_[0-9]+)?$'"
_UNDER_WAY = """
DO $$ BEGIN
  IF (SELECT count(*) FROM match_space) > 1 THEN
    RAISE EXCEPTION 'a change of embedder is under way: run "jobmatch embedder finish" or "abandon" first';
  END IF;
END $$
"""
#: The only column of vectors gets its old name back, and its index, and what was measured of it.
_RENAME = """
DO $$ DECLARE old text := (SELECT column_name FROM match_space WHERE column_name <> 'vector'); found text; BEGIN
  IF old IS NULL THEN RETURN; END IF;
  EXECUTE format('ALTER TABLE match_job RENAME COLUMN %I TO vector', old);
  FOR found IN SELECT relname FROM pg_class WHERE relname IN ('match_job_' || old, 'match_job_' || old || '_new') LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', found, replace(found, 'match_job_' || old, 'match_job_vector'));
  END LOOP;
  UPDATE match_index SET relation = 'match_job' WHERE relation = 'match_job.' || old;
END $$
"""


def upgrade() -> None:
    """Name the column and the state of what is there, and let there be more."""
    op.drop_constraint("match_space_pkey", "match_space")
    op.drop_column("match_space", "single")
    op.add_column("match_space", sa.Column("id", sa.Integer, sa.Identity(), nullable=False))
    op.create_primary_key("match_space_pkey", "match_space", ["id"])
    comments = {
        "column_name": "of match_job, holds the vectors; no name is ever used again",
        "state": "serving, filling or retired",
    }
    for name, default in (("column_name", "vector"), ("state", "serving")):
        column = sa.Column(name, sa.Text, nullable=False, server_default=default, comment=comments[name])
        op.add_column("match_space", column)
        op.alter_column("match_space", name, server_default=None)
    op.create_check_constraint("match_space_states", "match_space", _STATES)
    op.create_check_constraint("match_space_names", "match_space", _NAMES)
    op.create_unique_constraint("match_space_state", "match_space", ["state"])
    op.create_unique_constraint("match_space_embedder", "match_space", ["embedder", "dimensions"])
    op.create_unique_constraint("match_space_column", "match_space", ["column_name"])


def downgrade() -> None:
    """Make it one again; refused while there are two."""
    op.execute(_UNDER_WAY)
    op.execute(_RENAME)
    for name in ("id", "column_name", "state"):
        op.drop_column("match_space", name)
    op.drop_constraint("match_space_embedder", "match_space")
    op.add_column(
        "match_space",
        sa.Column("single", sa.Boolean, sa.CheckConstraint("single"), nullable=False, server_default=sa.text("true")),
    )
    op.create_primary_key("match_space_pkey", "match_space", ["single"])
