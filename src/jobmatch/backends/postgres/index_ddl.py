"""The DDL of indexes, which Core cannot say in full: built concurrently, with pgvector's options."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from psycopg import sql

from jobmatch.backends.postgres.catalog import WHOLE_COLUMN, methods
from jobmatch.model import IndexStrategy
from jobmatch.settings import Settings

VECTOR, VECTOR_NEW = "match_job_vector", "match_job_vector_new"
#: Table, method, and column with its operators, of every index that helps the filters.
SUPPORTING: Mapping[str, tuple[str, str, str]] = {
    "match_job_countries": ("match_job", "gin", "countries"),
    "match_job_cities": ("match_job", "gin", "cities"),
    "match_job_regions": ("match_job", "gin", "regions"),
    "match_job_skills": ("match_job", "gin", "skills"),
    "match_job_area": ("match_job", "gist", "area"),
    "match_job_workplace": ("match_job", "btree", "workplace"),
    "match_job_level": ("match_job", "btree", "level"),
    "match_job_employment": ("match_job", "btree", "employment_type"),
    "match_job_industry": ("match_job", "btree", "industry_folded"),
    "match_job_language": ("match_job", "btree", "language"),
    "match_job_company": ("match_job", "btree", "company_folded"),
    "match_job_posted": ("match_job", "btree", "posted_at"),
    "match_job_pay": ("match_job", "btree", "yearly_pay"),
    "match_job_facts": ("match_job", "gin", "facts jsonb_path_ops"),
    "match_text_search": ("match_text", "gin", "search"),
}
#: Finds the texts whose words still wait; nearly always empty, but without it no search could leave the others out.
WAITING = "match_text_waiting"
ALL_SUPPORTING = (WAITING, *SUPPORTING)

#: Who builds an index, and which tables are locked for it, the server tells everybody; which index it is, those alone
#: who may read statistics.
EXISTING = sql.SQL("""
SELECT i.relname, am.amname, i.reloptions, t.typname, x.indisvalid,
       NOT x.indisvalid AND EXISTS (
         SELECT FROM pg_stat_progress_create_index p JOIN pg_locks l USING (pid)
         WHERE p.datname = current_database() AND l.database = p.datid AND l.relation = x.indrelid AND l.granted),
       pg_relation_size(i.oid),
       (SELECT a.attname FROM pg_depend d
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attname LIKE 'vector%'
        WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid AND d.refobjid = x.indrelid LIMIT 1),
       x.indpred IS NULL AND {whole}
       AND EXISTS (SELECT FROM pg_amop m JOIN pg_operator p ON p.oid = m.amopopr WHERE m.amopfamily = o.opcfamily
                   AND m.amoplefttype = o.opcintype AND m.amoppurpose = 'o' AND p.oprname IN ('<=>', '<~>'))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam
JOIN pg_opclass o ON o.oid = x.indclass[0] JOIN pg_type t ON t.oid = o.opcintype
WHERE x.indrelid IN ('match_job'::regclass, 'match_text'::regclass) AND NOT x.indisprimary
""").format(whole=sql.SQL(WHOLE_COLUMN))
#: How far a build is, and for whose transaction it waits, if it does; so does what builds nothing, such as a drop.
PROGRESS = """
SELECT coalesce(tuples_done, 0), coalesce(tuples_total, 0), coalesce(blocks_done, 0), coalesce(blocks_total, 0),
       (SELECT min(blocking) FROM unnest(pg_blocking_pids(a.pid)) blocking WHERE blocking > 0)
FROM pg_stat_activity a LEFT JOIN pg_stat_progress_create_index USING (pid) WHERE a.pid = %s
"""


#: Whether anybody else builds an index on one of some tables.
BUSY = """
SELECT EXISTS (
  SELECT FROM pg_stat_progress_create_index p JOIN pg_locks l USING (pid)
  WHERE p.datname = current_database() AND p.pid <> pg_backend_pid()
  AND l.database = p.datid AND l.relation = ANY(%s::regclass[]) AND l.granted)
"""
#: What PostgreSQL calls the copy by which it builds an index anew.
_COPY = re.compile(r"_cc(new|old)\d*$")
_OUR_VECTORS = re.compile(r"match_job_vector(_\d+)?(_new|_newer)?")


class Existing(NamedTuple):
    """An index that is there.

    ``kind`` is the type that its operators compare, ``column`` one of vectors; one over vectors is ``fit`` if searches
    can use it: somebody may have made another, over some of the rows or by another distance.
    """

    name: str
    method: str
    options: list[str] | None
    kind: str | None
    valid: bool
    building: bool = False
    bytes: int = 0
    column: str | None = None
    fit: bool = True

    @property
    def broken(self) -> bool:
        """Whether it was given up: it serves nobody, and nobody is about to complete it."""
        return not self.valid and not self.building

    @property
    def original(self) -> str:
        """The name of the index that it is a copy of, made to build that anew; otherwise its own."""
        return _COPY.sub("", self.name)

    @property
    def orphaned(self) -> bool:
        """Whether it is complete, and of a method that nobody knows any more; of a vector index."""
        return self.valid and self.method not in methods.names

    def is_vector(self, column: str | None = None) -> bool:
        """Whether it is one over vectors; those in a column, if one is given.

        One of ours is, even if nobody knows its method any more.
        """
        known = self.method in methods.names or (self.column is not None and self.name in vectors(self.column))
        return known and column in (None, self.column)

    def is_useless(self, column: str) -> bool:
        """Whether it is complete and has our name, but no search in a column of vectors can use it."""
        named = self.name in vectors(column) and self.is_vector(column)
        return self.valid and named and (self.orphaned or not self.fit)

    def serves(self, strategy: IndexStrategy) -> bool:
        """Whether it is what a strategy asks for."""
        found = methods.read(self.method, self.options, self.kind, Settings())
        return self.valid and self.fit and not found.exact and found.describe() == strategy.describe()


def described(index: Existing, settings: Settings) -> str:
    """Return what an index is, for people; its name if nobody knows its method any more."""
    if index.orphaned:
        return index.name
    return methods.read(index.method, index.options, index.kind, settings).describe()


def is_ours(name: str) -> bool:
    """Whether a name is one that we give to an index of ``match_job`` and ``match_text``."""
    return name in ALL_SUPPORTING or _OUR_VECTORS.fullmatch(name) is not None


def vectors(column: str) -> tuple[str, str, str]:
    """Return the names of an index over a column of vectors.

    While one is replaced there are two; and three, where that was cut off and is begun anew.
    """
    name = f"match_job_{column}"
    return name, f"{name}_new", f"{name}_newer"


def subject(name: str) -> str:
    """Return what an index is about, for people."""
    if name in SUPPORTING:
        return SUPPORTING[name][2].split()[0]
    return "words that wait" if name == WAITING else "vectors"


def create_supporting(name: str) -> sql.Composed:
    """Create a supporting index."""
    if name == WAITING:
        return create_waiting()
    table, method, column = SUPPORTING[name]
    columns = sql.SQL(" ").join(map(sql.Identifier, column.split()))
    return sql.SQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON {} USING {} ({})").format(
        *map(sql.Identifier, (name, table, method)), columns
    )


def create_waiting() -> sql.Composed:
    """Create the index over what waits."""
    return sql.SQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON match_text (job_id) WHERE search IS NULL").format(
        sql.Identifier(WAITING)
    )


def drop(name: str, *schema: str) -> sql.Composed:
    """Drop an index without stopping searches."""
    return sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(*schema, name))


def rename(name: str, new: str) -> sql.Composed:
    """Rename an index."""
    return sql.SQL("ALTER INDEX {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new))


def reindex(name: str, *schema: str) -> sql.Composed:
    """Build an index anew beside the old one, which serves until then."""
    return sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(sql.Identifier(*schema, name))
