"""The DDL of indexes, which Core cannot say in full: built concurrently, with pgvector's options."""

from collections.abc import Mapping
from typing import NamedTuple

from psycopg import sql

from jobmatch.backends.postgres.strategies import options
from jobmatch.model import Hnsw, IndexStrategy, IvfFlat

TABLE = sql.Identifier("match_job")
VECTOR, VECTOR_NEW = "match_job_vector", "match_job_vector_new"
#: Table, method and column of every index that helps the filters.
SUPPORTING: Mapping[str, tuple[str, str, str]] = {
    "match_job_countries": ("match_job", "gin", "countries"),
    "match_job_cities": ("match_job", "gin", "cities"),
    "match_job_skills": ("match_job", "gin", "skills"),
    "match_job_area": ("match_job", "gist", "area"),
    "match_job_workplace": ("match_job", "btree", "workplace"),
    "match_job_level": ("match_job", "btree", "level"),
    "match_job_company": ("match_job", "btree", "company_folded"),
    "match_job_posted": ("match_job", "btree", "posted_at"),
    "match_job_pay": ("match_job", "btree", "yearly_pay"),
    "match_text_search": ("match_text", "gin", "search"),
}
#: Finds the texts whose words still wait; nearly always empty, but without it no search could leave the others out.
WAITING = "match_text_waiting"
#: Bytes of working memory: never less, never more; a server's default is 64 MB.
LEAST_MEMORY, MOST_MEMORY = 64 << 20, 1 << 30
_SAMPLES_PER_LIST = 50

EXISTING = """
SELECT i.relname, am.amname, i.reloptions, x.indisvalid
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam
WHERE x.indrelid IN ('match_job'::regclass, 'match_text'::regclass) AND NOT x.indisprimary
"""
PROGRESS = """
SELECT tuples_done, tuples_total, blocks_done, blocks_total FROM pg_stat_progress_create_index WHERE pid = %s
"""


class Existing(NamedTuple):
    """An index that is there."""

    name: str
    method: str
    options: list[str] | None
    valid: bool

    def is_vector(self) -> bool:
        """Whether it is one over the vectors."""
        return self.method in {"hnsw", "ivfflat"}

    def serves(self, strategy: IndexStrategy) -> bool:
        """Whether it is what a strategy asks for."""
        wanted = sorted(f"{name}={value}" for name, value in options(strategy).items())
        return self.valid and self.method == strategy.name and sorted(self.options or ()) == wanted


def create_supporting(name: str) -> sql.Composed:
    """Create a supporting index."""
    return sql.SQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON {} USING {} ({})").format(
        *map(sql.Identifier, (name, *SUPPORTING[name]))
    )


def create_waiting() -> sql.Composed:
    """Create the index over what waits."""
    return sql.SQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON match_text (job_id) WHERE search IS NULL").format(
        sql.Identifier(WAITING)
    )


def create_vector(name: str, strategy: IndexStrategy) -> sql.Composed:
    """Create a vector index."""
    parameters = (
        sql.SQL("{} = {}").format(sql.Identifier(option), sql.Literal(value))
        for option, value in options(strategy).items()
    )
    return sql.SQL("CREATE INDEX CONCURRENTLY {} ON {} USING {} (vector halfvec_cosine_ops) WITH ({})").format(
        sql.Identifier(name), TABLE, sql.Identifier(strategy.name), sql.SQL(", ").join(parameters)
    )


def drop(name: str) -> sql.Composed:
    """Drop an index without stopping searches."""
    return sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name))


def rename(name: str, new: str) -> sql.Composed:
    """Rename an index."""
    return sql.SQL("ALTER INDEX {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new))


def memory(strategy: IndexStrategy, rows: int, dimensions: int) -> int:
    """Return the bytes of working memory that a build needs: all of the graph, or the samples for the centres."""
    need = 0
    if isinstance(strategy, Hnsw):
        need = rows * (2 * dimensions + 48 * strategy.m + 256)
    elif isinstance(strategy, IvfFlat):
        need = strategy.lists * (_SAMPLES_PER_LIST + 8) * 4 * dimensions
    return min(max(need, LEAST_MEMORY), MOST_MEMORY)
