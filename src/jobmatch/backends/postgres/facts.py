"""``facts``: the metadata of a posting that filters can ask for, by names that the database keeps for every process.

A name comes to be known at once, and every import puts its values into ``facts`` from then on; what was imported before
is filled in by `prepare`, after which filters can ask for it.
"""

from collections.abc import Collection, Iterable, Sequence

from psycopg import AsyncConnection

from jobmatch.errors import Incompatible

#: Rows looked at in one transaction.
BATCH = 2_000
_NAMES = "SELECT name FROM match_metadata ORDER BY name"
#: Whoever puts jobs holds this, see `Binding.hold`: nobody does, and does not know the new names.
_ALONE = "LOCK TABLE match_space IN EXCLUSIVE MODE"
_ADD = """
INSERT INTO match_metadata (name, prepared)
SELECT name, NOT EXISTS (SELECT FROM match_job) FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING
"""
_PREPARED = "UPDATE match_metadata SET prepared = true WHERE name = ANY(%s) AND NOT prepared"
#: What an import has replaced meanwhile is left alone: it was read as it was before, and the import knows better.
_REFILL = """
WITH batch AS MATERIALIZED (
  SELECT id, facts, content_fingerprint FROM match_job WHERE id > %(after)s ORDER BY id LIMIT %(batch)s
), picked AS (
  SELECT batch.id, batch.facts AS old, batch.content_fingerprint AS content, coalesce((
    SELECT jsonb_object_agg(item.key, item.value) FROM match_text, json_each(match_text.metadata) AS item
    WHERE match_text.job_id = batch.id AND json_typeof(item.value) <> 'null' AND item.key = ANY(%(fields)s)
  ), '{}') AS new
  FROM batch
), changed AS (
  UPDATE match_job SET facts = picked.new FROM picked
  WHERE match_job.id = picked.id AND match_job.content_fingerprint = picked.content AND picked.old <> picked.new
)
SELECT max(id) FROM batch
"""


async def names(connection: AsyncConnection) -> Sequence[str]:
    """Return what imports put into ``facts``."""
    return [name for (name,) in await (await connection.execute(_NAMES)).fetchall()]


async def add(connection: AsyncConnection, fields: Collection[str]) -> None:
    """Have every import put *fields* into ``facts`` from now on; in an empty table they are prepared with that."""
    if not set(fields).difference(await names(connection)):
        return
    async with connection.transaction():
        await connection.execute(_ALONE)
        await connection.execute(_ADD, [list(fields)])


async def prepare(connection: AsyncConnection, fields: Collection[str]) -> None:
    """Have filters ask for *fields*, and for what any other process has added."""
    await add(connection, fields)
    if known := await names(connection):
        await refill(connection, known)
        await connection.execute(_PREPARED, [list(known)])


async def refill(connection: AsyncConnection, fields: Sequence[str]) -> None:
    """Put into ``facts`` those of the stored metadata that *fields* names; rows that have them are left alone."""
    after: str | None = ""
    while after is not None:
        values = {"after": after, "batch": BATCH, "fields": list(fields)}
        row = await (await connection.execute(_REFILL, values)).fetchone()
        after = row[0] if row else None


def unprepared(fields: Iterable[str]) -> Incompatible:
    """Return what to tell those who ask for what was not filled in."""
    return Incompatible(
        f"the metadata {', '.join(sorted(fields))} of postings that were imported before cannot be asked for yet: run"
        " jobmatch index create"
    )
