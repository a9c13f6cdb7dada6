"""The tables, as SQLAlchemy Core knows them. The migrations create them; statements are built from them.

``match_job`` holds what a search reads, and nothing else, so that comparing every row reads few pages. Long texts are
in ``match_text``. Its ``search`` is costly to make, more than all the rest of an import: until there is an index that
could use it, the plain ``words`` wait in its place, and `create_index` makes it of them.
"""

from functools import cache

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, TSVECTOR, UUID
from sqlalchemy.types import UserDefinedType

#: The revision of the migrations that the statements of this release need.
HEAD = "0012"
#: The scope of what was there before there were any: it counts for every index.
ANY_SCOPE = "*"
#: Where alembic notes the revision: not in ``alembic_version``, which may be the application's own.
VERSION_TABLE = "match_schema_version"
#: Asks for it.
REVISION = "SELECT version_num FROM match_schema_version"
#: pgvector's limit for a column of halfvec; an index may take fewer, depending on what it holds.
MAX_DIMENSIONS = 16_000
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
    Column("pay_currency", Text),
    Column("workplace", Text),
    Column("employment_type", Text),
    Column("level", Text),
    Column("countries", ARRAY(Text), nullable=False),
    Column("regions", ARRAY(Text), nullable=False, server_default="{}", comment="folded"),
    Column("cities", ARRAY(Text), nullable=False, comment="folded"),
    Column("area", Box, comment="bounds of the points: longitude, latitude"),
    Column("latitudes", ARRAY(Float(53))),
    Column("longitudes", ARRAY(Float(53))),
    Column("skills", ARRAY(Text), nullable=False, comment="folded"),
    Column("company_folded", Text),
    Column("industry_folded", Text),
    Column("language", Text, comment="folded"),
    Column("facts", JSONB, nullable=False, server_default="{}", comment="the metadata that can be asked for"),
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
    Column("description", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
)

match_space = Table(
    "match_space",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("embedder", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("column_name", Text, nullable=False, comment="of match_job, holds the vectors; no name is ever used again"),
    Column("state", Text, nullable=False, comment="serving, filling or retired"),
    UniqueConstraint("state", name="match_space_state"),
    UniqueConstraint("embedder", "dimensions", name="match_space_embedder"),
    UniqueConstraint("column_name", name="match_space_column"),
)

match_metadata = Table(
    "match_metadata",
    metadata,
    Column("name", Text, primary_key=True),
    Column("prepared", Boolean, nullable=False, comment="whether facts of every posting have it"),
)

match_index = Table(
    "match_index",
    metadata,
    Column("relation", Text, primary_key=True),
    Column("index", Text, primary_key=True, comment="what it is built with"),
    Column("calibration", JSON, comment="what it was measured to do"),
    Column("recall", JSON, comment="the last report"),
)

match_interaction = Table(
    "match_interaction",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column(
        "scope", Text, primary_key=True, server_default=ANY_SCOPE, comment="the index that the job is of; * for any"
    ),
    Column("recorded_at", _time, nullable=False, server_default=func.now()),
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
    Column("key", Text, comment="idempotency key, of the owner's choice"),
    Column("digest", Text, comment="of the request, if there is a key"),
    Column("not_before", _time, comment="put off until then"),
    Column("progress", Float(53), nullable=False, server_default=text("0"), comment="part done, 0 to 1"),
    Column("stage", Text, comment="a word for where the work stands"),
    Column("callback_url", Text),
    Column("scope", Text, nullable=False, server_default=ANY_SCOPE, comment="the index that it is for; * for any"),
)
Index("match_task_owner", match_task.c.owner, match_task.c.created_at.desc(), match_task.c.id.desc())
Index(
    "match_task_open",
    match_task.c.state,
    match_task.c.scope,
    match_task.c.created_at,
    match_task.c.id,
    postgresql_where=match_task.c.state.in_(["pending", "processing"]),
)

Index("match_task_finished", match_task.c.finished_at, postgresql_where=match_task.c.finished_at.isnot(None))
Index(
    "match_task_key",
    match_task.c.owner,
    match_task.c.key,
    unique=True,
    postgresql_where=match_task.c.key.isnot(None),
)

match_result = Table(
    "match_result",
    metadata,
    Column("task_id", UUID, ForeignKey("match_task.id", ondelete="CASCADE"), primary_key=True),
    Column("diagnostics", JSON, nullable=False),
    Column("matches", JSON, nullable=False),
)

#: What is to be told to callback URLs, one row for each task that ended; a trigger on ``match_task`` adds it.
match_delivery = Table(
    "match_delivery",
    metadata,
    Column("task_id", UUID, ForeignKey("match_task.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("task_state", Text, nullable=False),
    Column("ended_at", _time, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("due_at", _time, nullable=False, server_default=func.now()),
    Column("token", UUID),
)
Index("match_delivery_waiting", match_delivery.c.due_at, postgresql_where=match_delivery.c.state == "waiting")

#: The column of vectors of the first embedder; later ones have names of their own.
VECTOR = "vector"


@cache
def jobs_with(column: str, filling: str | None = None) -> Table:
    """Return ``match_job`` as it is for those who write one embedder's vectors.

    Arguments:
        column: holds these vectors.
        filling: holds those that the next embedder makes meanwhile; None if there is none.
    """
    columns = [Column(column if c.name == VECTOR else c.name, c.type) for c in match_job.columns]
    return Table(match_job.name, MetaData(), *columns, *([Column(filling, HALFVEC())] if filling else ()))


_JOB_COLUMNS = [column for column in match_job.columns if column.name != "imported_at"]
_TEXT_COLUMNS = [match_text.c[name] for name in ("words", "description", "metadata")]
#: A batch on its way into both tables; lives in one transaction.
incoming = Table(
    "match_incoming",
    MetaData(),
    *(Column(c.name, HALFVEC() if c.name == "vector" else c.type) for c in [*_JOB_COLUMNS, *_TEXT_COLUMNS]),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
