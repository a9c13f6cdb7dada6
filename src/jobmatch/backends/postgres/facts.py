"""Filling ``facts`` anew, after other metadata were allowed to be asked for."""

from collections.abc import Sequence

from psycopg import AsyncConnection

#: Rows looked at in one transaction.
BATCH = 2_000
#: What an import has replaced meanwhile is left alone: it was read as it was before, and the import knows better.
_REFILL = """
WITH batch AS MATERIALIZED (
  SELECT id, facts, content_fingerprint FROM match_job WHERE id > %(after)s ORDER BY id LIMIT %(batch)s
), picked AS (
  SELECT batch.id, batch.facts AS old, batch.content_fingerprint AS content, coalesce((
    SELECT jsonb_object_agg(item.key, item.value) FROM match_text, json_each(match_text.metadata) AS item
    WHERE match_text.job_id = batch.id AND json_typeof(item.value) <> 'null'
    AND (item.key = ANY(%(fields)s) OR jsonb_exists(batch.facts, item.key))
  ), '{}') AS new
  FROM batch
), changed AS (
  UPDATE match_job SET facts = picked.new FROM picked
  WHERE match_job.id = picked.id AND match_job.content_fingerprint = picked.content AND picked.old <> picked.new
)
SELECT max(id) FROM batch
"""


async def refill(connection: AsyncConnection, fields: Sequence[str]) -> None:
    """Put into ``facts`` those of the stored metadata that *fields* names; rows that have them are left alone.

    What is there besides stays: other processes may be allowed to ask for it, and would find nothing.
    """
    after: str | None = ""
    while after is not None:
        values = {"after": after, "batch": BATCH, "fields": list(fields)}
        row = await (await connection.execute(_REFILL, values)).fetchone()
        after = row[0] if row else None
