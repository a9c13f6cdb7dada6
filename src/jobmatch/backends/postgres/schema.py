"""The tables, as SQLAlchemy Core knows them. The migrations create them; statements are built from them.

``match_job`` holds what a search reads, and nothing else, so that comparing every row reads few pages. Long texts are
in ``match_text``. Its ``search`` is costly to make, more than all the rest of an import: until there is an index that
could use it, the plain ``words`` wait in its place, and `create_index` makes it of them.
"""

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, TSVECTOR, UUID
from sqlalchemy.types import UserDefinedType

#: The revision of the migrations that the statements of this release need.
HEAD = "0001"
#: Where alembic notes the revision: not in ``alembic_version``, which may be the application's own.
VERSION_TABLE = "match_schema_version"
#: pgvector's limit for an index over halfvec.
MAX_DIMENSIONS = 4_000
#: Vectors up to this length are kept in the row; more would not fit into a page with the rest.
MAX_INLINE_DIMENSIONS = 1_536
#: Dimensions of an empty index, until an embedder is bound to it: those of the default embedder.
DEFAULT_DIMENSIONS = 256


class Box(UserDefinedType[str]):
    """PostgreSQL's ``box``; x is the longitude, y the latitude, in degrees."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the name of the type."""
        return "BOX"


metadata = MetaData()
_time = TIMESTAMP(timezone=True)

match_job = Table(
    "match_job",
    metadata,
    Column("id", Text, primary_key=True),
    Column("vector", HALFVEC(DEFAULT_DIMENSIONS)),
    Column("expires_at", _time),
    Column("posted_at", _time),
    Column("yearly_pay", Float(53)),
    Column("workplace", Text),
    Column("employment_type", Text),
    Column("level", Text),
    Column("countries", ARRAY(Text), nullable=False),
    Column("cities", ARRAY(Text), nullable=False, comment="folded"),
    Column("area", Box, comment="bounds of the points: longitude, latitude"),
    Column("latitudes", ARRAY(Float(53))),
    Column("longitudes", ARRAY(Float(53))),
    Column("skills", ARRAY(Text), nullable=False, comment="folded"),
    Column("company_folded", Text),
    Column("summary", JSON, nullable=False, comment="what an answer carries: JobSummary"),
    Column("content_fingerprint", Text, nullable=False),
    Column("text_fingerprint", Text, nullable=False),
    Column("imported_at", _time, nullable=False, server_default=func.now()),
)

match_text = Table(
    "match_text",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("search", TSVECTOR, comment="words, stemmed"),
    Column("words", Text, comment="of title, skills and description, folded; until search is made of them"),
    Column("language", Text),
    Column("description", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
)

match_space = Table(
    "match_space",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("embedder", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
)

match_task = Table(
    "match_task",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("created_at", _time, nullable=False, server_default=func.now()),
    Column("updated_at", _time, nullable=False, server_default=func.now()),
    Column("started_at", _time),
    Column("finished_at", _time),
    Column("lease_until", _time),
    Column("token", UUID),
    Column("total", Integer),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("request", JSON, nullable=False),
)
Index("match_task_owner", match_task.c.owner, match_task.c.created_at.desc(), match_task.c.id.desc())
Index(
    "match_task_open",
    match_task.c.created_at,
    match_task.c.id,
    postgresql_where=match_task.c.state.in_(["pending", "processing"]),
)

match_result = Table(
    "match_result",
    metadata,
    Column("task_id", UUID, ForeignKey("match_task.id", ondelete="CASCADE"), primary_key=True),
    Column("diagnostics", JSON, nullable=False),
    Column("matches", JSON, nullable=False),
)

_JOB_COLUMNS = [column for column in match_job.columns if column.name != "imported_at"]
_TEXT_COLUMNS = [match_text.c[name] for name in ("words", "language", "description", "metadata")]
#: A batch on its way into both tables; lives in one transaction.
incoming = Table(
    "match_incoming",
    MetaData(),
    *(Column(c.name, HALFVEC() if c.name == "vector" else c.type) for c in [*_JOB_COLUMNS, *_TEXT_COLUMNS]),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
