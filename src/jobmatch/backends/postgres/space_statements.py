"""The statements of a change of embedder: columns that come and go, which Core cannot say."""

from psycopg import sql

from jobmatch.backends.postgres.binding import storage

#: The lock lets searches through; imports wait until the transaction ends. It may be idle while postings are embedded.
ALONE = (
    "SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = 0;"
    " LOCK TABLE match_space IN EXCLUSIVE MODE"
)
#: What comes now stops searches for a moment. The server takes a second to make its own cleaning give way.
IN_PASSING = "SET LOCAL lock_timeout = '1500ms'"
ADD_SPACE = """
WITH new AS (SELECT nextval(pg_get_serial_sequence('match_space', 'id')) AS id)
INSERT INTO match_space (id, embedder, dimensions, column_name, state)
SELECT id, %s, %s, 'vector_' || id, 'filling' FROM new RETURNING column_name
"""
REMOVE_SPACE = "DELETE FROM match_space WHERE column_name = %s"
FORGET_MEASURED = "DELETE FROM match_index WHERE relation = %s"
SWITCH = (
    "UPDATE match_space SET state = 'retired' WHERE state = 'serving'",
    "UPDATE match_space SET state = 'serving' WHERE state = 'filling'",
)
LOCK_JOBS = "SELECT FROM match_job WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_COUNTS = sql.SQL("SELECT count(*), count({}) FROM match_job")
_ADD = sql.SQL(
    "ALTER TABLE match_job ADD COLUMN {0} halfvec({1}), ALTER COLUMN {0} SET STORAGE {2},"
    " ALTER COLUMN {0} SET STATISTICS 0"
)
_DROP = sql.SQL("ALTER TABLE match_job DROP COLUMN {}")
_MISSING = sql.SQL("""
SELECT job.id, job.title, coalesce(match_text.description, ''), job.text_fingerprint
FROM (SELECT id, summary ->> 'title' AS title, text_fingerprint FROM match_job
      WHERE id > %s AND {} IS NULL ORDER BY id LIMIT %s) AS job
LEFT JOIN match_text ON match_text.job_id = job.id ORDER BY job.id
""")
_FILL = sql.SQL("""
UPDATE match_job SET {0} = new.vector::halfvec
FROM unnest(%s::text[], %s::text[], %s::text[]) AS new(id, text, vector)
WHERE match_job.id = new.id AND match_job.text_fingerprint = new.text AND match_job.{0} IS NULL
""")


def counts(column: str) -> sql.Composed:
    """Count jobs, and those that have a vector in a column."""
    return _COUNTS.format(sql.Identifier(column))


def add_column(column: str, dimensions: int) -> sql.Composed:
    """Add a column for vectors; without a default, so that no row is touched."""
    return _ADD.format(sql.Identifier(column), sql.Literal(dimensions), storage(dimensions))


def drop_column(column: str) -> sql.Composed:
    """Drop a column with its indexes; no row is touched."""
    return _DROP.format(sql.Identifier(column))


def missing(column: str) -> sql.Composed:
    """Return jobs without a vector in a column, by id: after an id, at most so many."""
    return _MISSING.format(sql.Identifier(column))


def fill(column: str) -> sql.Composed:
    """Put vectors into a column where it has none, unless the text is another by now: ids, fingerprints, vectors."""
    return _FILL.format(sql.Identifier(column))
