"""``facts``: the metadata of a posting that filters can ask for, by names that the database keeps for every process.

Whoever imports, or creates the index, adds the names that it is set to. From then on every import puts their values
into ``facts``; what was imported before is filled in by `prepare`, after which filters can ask for it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from psycopg import AsyncConnection

from jobmatch.errors import InvalidInput

#: Rows looked at in one transaction.
BATCH = 2_000
_NAMES = "SELECT name FROM match_metadata ORDER BY name"
_PREPARED = "SELECT name FROM match_metadata WHERE prepared"
#: Whoever puts jobs holds this, see `Binding.hold`: nobody does, and does not know the new names.
_ALONE = "LOCK TABLE match_space IN EXCLUSIVE MODE"
_ADD = """
INSERT INTO match_metadata (name, prepared)
SELECT name, NOT EXISTS (SELECT FROM match_job) FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING
"""
_NOTE = "UPDATE match_metadata SET prepared = true WHERE name = ANY(%s) AND NOT prepared"
#: Postings in a sample.
SAMPLE = 2_000
_SHARE = """
SELECT coalesce(avg(EXISTS (
  SELECT FROM json_each(metadata) AS item WHERE item.key = ANY(%s) AND json_typeof(item.value) <> 'null'
)::int), 0)::float FROM match_text TABLESAMPLE SYSTEM (%s)
"""
#: What an import has replaced meanwhile is left alone: it was read as it was before, and the import knows better.
_REFILL = """
WITH batch AS MATERIALIZED (
  SELECT id, facts, content_fingerprint FROM match_job WHERE id > %(after)s ORDER BY id LIMIT %(batch)s
), picked AS (
  SELECT batch.id, batch.facts AS old, batch.content_fingerprint AS content, coalesce((
    SELECT jsonb_object_agg(item.key, item.value) FROM match_text, json_each(match_text.metadata) AS item
    WHERE match_text.job_id = batch.id AND json_typeof(item.value) <> 'null'
    AND item.key IN (SELECT name FROM match_metadata)
  ), '{}') AS new
  FROM batch
), changed AS (
  UPDATE match_job SET facts = picked.new FROM picked
  WHERE match_job.id = picked.id AND picked.old <> picked.new
  AND match_job.content_fingerprint = picked.content AND match_job.facts = picked.old
)
SELECT max(id), count(*) FROM batch
"""


async def names(connection: AsyncConnection) -> Sequence[str]:
    """Return what imports put into ``facts``."""
    return [name for (name,) in await (await connection.execute(_NAMES)).fetchall()]


async def prepared(connection: AsyncConnection) -> frozenset[str]:
    """Return what filters can ask for."""
    return frozenset(name for (name,) in await (await connection.execute(_PREPARED)).fetchall())


async def add(connection: AsyncConnection, fields: Collection[str]) -> None:
    """Have every import put *fields* into ``facts`` from now on; in an empty table they are prepared with that."""
    if not set(fields).difference(await names(connection)):
        return
    async with connection.transaction():
        await connection.execute(_ALONE)
        await connection.execute(_ADD, [list(fields)])


async def share(connection: AsyncConnection, fields: Collection[str], rows: int) -> float:
    """Return the share of the postings that have some of *fields*, in a sample.

    Arguments:
        connection: to ask with.
        fields: names of metadata.
        rows: postings.
    """
    sample = [list(fields), min(100.0 * SAMPLE / max(rows, 1), 100.0)]
    row = await (await connection.execute(_SHARE, sample)).fetchone()
    return float(row[0]) if row else 0.0


async def prepare(connection: AsyncConnection, fields: Collection[str], told: Callable[[int], None]) -> None:
    """Have filters ask for *fields*, and for what any other process has added.

    Arguments:
        connection: in autocommit mode.
        fields: names of metadata.
        told: called with the number of postings looked at so far.
    """
    await add(connection, fields)
    if known := await names(connection):
        await _refill(connection, told)
        await connection.execute(_NOTE, [list(known)])


async def _refill(connection: AsyncConnection, told: Callable[[int], None]) -> None:
    """Put the stored metadata into ``facts`` by all names that there are; rows that have them are left alone."""
    after, done = "", 0
    while row := await (await connection.execute(_REFILL, {"after": after, "batch": BATCH})).fetchone():
        if row[0] is None:
            return
        after, done = row[0], done + row[1]
        told(done)


def unprepared(fields: Iterable[str]) -> InvalidInput:
    """Return what to tell those who ask for what was not filled in."""
    listed = ",".join(sorted(fields))
    return InvalidInput(
        "filters.metadata",
        f"cannot be about {listed} yet, for postings were imported without: run jobmatch index create with"
        f" JOBMATCH_METADATA_FIELDS={listed}",
    )
