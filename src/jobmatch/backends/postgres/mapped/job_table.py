"""`JobTable`: which of somebody's columns hold what a search asks for."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from sqlalchemy import Column, ColumnElement, FromClause, Table
from sqlalchemy.dialects.postgresql import TSVECTOR

from jobmatch.backends.postgres.mapped.given import condition, expressions, metric, source, strangers, value_of
from jobmatch.backends.postgres.schema import ANY_SCOPE
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.errors import InvalidInput
from jobmatch.model import EmploymentType, Filters, Level, Workplace, keywords
from jobmatch.model.fields import texts

NEEDED = ("id", "title", "vector")
#: What else a posting can tell, in the order in which it is reported.
OPTIONAL = (
    "company",
    "country",
    "region",
    "city",
    "latitude",
    "longitude",
    "workplace",
    "employment_type",
    "level",
    "industry",
    "skills",
    "pay",
    "pay_currency",
    "posted_at",
    "expires_at",
    "language",
    "url",
    "text",
    "metadata",
)
MAX_SCOPE = 255
#: The configuration that our own postings go by.
DEFAULT_CONFIG = "english"
#: Columns that hold one of a few words.
VOCABULARIES: Mapping[str, type[StrEnum]] = {
    "workplace": Workplace,
    "employment_type": EmploymentType,
    "level": Level,
}
#: The columns that a filter needs, where it is not called like its column.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("latitude", "longitude", "radius_km"), ("latitude", "longitude")),
    "remote": ("workplace",),
    "experience": ("level",),
    "salary_min": ("pay",),
    "salary_currency": ("pay_currency",),
    "posted_after": ("posted_at",),
    "max_age_days": ("posted_at",),
    "companies": ("company",),
    "exclude_companies": ("company",),
    "industries": ("industry",),
    "skills_any": ("skills",),
    "keywords": ("text",),
    "exclude_keywords": ("text",),
    **{name: (name,) for name in OPTIONAL if name not in {"latitude", "longitude"}},
}


def _known(instance: Any, attribute: Any, value: Mapping[str, Any]) -> None:
    if unknown := [name for name in value if name not in NEEDED + OPTIONAL]:
        raise InvalidInput("columns", f"{str(unknown[0])[:80]!r} is not one of {', '.join(NEEDED + OPTIONAL)}")
    if lacking := [name for name in NEEDED if name not in value]:
        raise InvalidInput("columns", f"must say which column holds {' and '.join(lacking)}")
    vector = value["vector"]
    if not isinstance(vector, Column) or not isinstance(vector.table, Table):
        raise InvalidInput("columns", "must give as vector a plain column of a table, for only that can have an index")


def _of_the_table(instance: "JobTable") -> None:
    used = [*instance.columns.values(), *(() if instance.where is None else (instance.where,))]
    if strange := strangers(instance.table, used):
        names = " and ".join(map(_name, strange))
        raise InvalidInput(
            "table",
            f"does not have {names}, of which there are columns, so that each posting would be found with every row"
            " there: join it, or give columns of the very object that table is; to leave postings out, give where",
        )


def _name(table: FromClause) -> str:
    name = str(getattr(table, "name", "%"))
    return "a subquery" if name.startswith("%") else name


def _translated(instance: Any, attribute: Any, value: Mapping[str, Mapping[Any, str]]) -> None:
    for name, words in value.items():
        if name not in VOCABULARIES or name not in instance.columns:
            raise InvalidInput("values", f"can be for {', '.join(VOCABULARIES)}, where columns has them; not {name!r}")
        for theirs in words:
            value_of(instance.columns[name], theirs)
        known = [str(word) for word in VOCABULARIES[name]]
        if wrong := [word for word in words.values() if word not in known]:
            raise InvalidInput(f"values.{name}", f"{str(wrong[0])[:80]!r} is not one of {', '.join(known)}")


def _in_metadata(instance: Any, attribute: Any, value: Sequence[str]) -> None:
    if value and "metadata" not in instance.columns:
        raise InvalidInput("metadata_fields", "needs to know metadata: give columns the column that they are in")


def _configuring(instance: Any, attribute: Any, value: Any) -> None:
    if not (isinstance(value, str) and value and value.isprintable()):
        raise InvalidInput("text_config", "must be the name of a text search configuration, such as 'german'")
    if value != DEFAULT_CONFIG and "text" not in instance.columns:
        raise InvalidInput("text_config", "needs to know text: give columns the column that it is for")


def _named(instance: Any, attribute: Any, value: str | None) -> None:
    if value is not None and not (value != ANY_SCOPE and 1 <= len(value) <= MAX_SCOPE and value.isprintable()):
        raise InvalidInput("scope", f"must be 1 to {MAX_SCOPE} printable characters, and not just {ANY_SCOPE!r}")


@frozen(eq=False)
class JobTable:
    """A table of postings that you have, or several that are joined: one row for each posting.

    Arguments:
        table: SQLAlchemy's table, a join of some, or a mapped class.
        columns: which column, attribute of a mapped class or other expression holds what, by our name for it: `NEEDED`,
            and of `OPTIONAL` what you have; all of what is in ``table``.
            ``pay`` is a yearly amount, ``skills`` an array of texts, ``text`` what keywords are looked for in, or its
            ``tsvector``; ``workplace``, ``employment_type`` and ``level`` are in our words, or in those of ``values``.
        where: which rows can be found; all by default.
        metric: by which the vectors are compared: it decides which postings come into question. What is told of them,
            and scored, is the cosine, whatever the metric.
        values: for ``workplace``, ``employment_type`` and ``level``, our word for each of the table's, as in
            ``{"level": {"Sr.": "senior"}}`` or, by member, those of an enumeration; any other value is unknown.
        metadata_fields: names in ``metadata``, of type jsonb, that filters may ask for.
        text_config: the text search configuration of PostgreSQL's that the words of ``text`` go by, such as ``german``,
            ``simple`` or one of your own: if ``text`` is a ``tsvector``, the one that it was made by.
        scope: what tells the postings apart from others in the same database: tasks for one scope are carried out, and
            what seekers did with its postings counts, in no other. By default the name of the table; several mappings
            of one table that answer differently, by ``where`` say, need each a name of their own. It parts no owners:
            tasks and results are read by the owner's name alone, so owners of several tenants need names that tell
            them apart.

    Raises:
        InvalidInput: a column has a name that we do not know, a needed one is not given, one is no expression or not of
            the table; a word is not ours.
    """

    table: FromClause = field(converter=source)
    columns: Mapping[str, ColumnElement[Any]] = field(kw_only=True, converter=expressions, validator=_known)
    where: ColumnElement[bool] | None = field(default=None, kw_only=True, converter=condition)
    metric: Metric = field(default=Metric.COSINE, kw_only=True, converter=metric)
    values: Mapping[str, Mapping[Any, str]] = field(factory=dict, kw_only=True, validator=_translated)
    metadata_fields: Sequence[str] = field(default=(), kw_only=True, converter=texts, validator=_in_metadata)
    text_config: str = field(default=DEFAULT_CONFIG, kw_only=True, validator=_configuring)
    scope: str | None = field(default=None, kw_only=True, validator=_named)

    def __attrs_post_init__(self) -> None:
        _of_the_table(self)

    @property
    def vector(self) -> Column[Any]:
        """The column of vectors."""
        vector = self.columns["vector"]
        assert isinstance(vector, Column)  # noqa: S101  # validated
        return vector

    @property
    def holder(self) -> Table:
        """The table that holds the vectors."""
        table = self.vector.table
        assert isinstance(table, Table)  # noqa: S101  # validated
        return table

    @property
    def name(self) -> tuple[str, ...]:
        """The name of that table, with the schema before it if it has one."""
        return (self.holder.schema, self.holder.name) if self.holder.schema else (self.holder.name,)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the table does not tell, so that nobody can ask for it."""
        return tuple(name for name in OPTIONAL if name not in self.columns)

    @property
    def like_ours(self) -> bool:
        """Whether its words are made of a text as those of our own postings are; of others only the server can tell
        which keywords there is no looking for.
        """
        text = self.columns.get("text")
        return self.text_config == DEFAULT_CONFIG and text is not None and not isinstance(text.type, TSVECTOR)

    def check(self, filters: Filters) -> None:
        """Refuse filters on what the table does not tell.

        Raises:
            InvalidInput: names the filter, and the column that is missing.
        """
        for name, needed in _NEEDS.items():
            lacking = [column for column in needed if column not in self.columns]
            if lacking and getattr(filters, name, None) not in {None, ()}:
                raise InvalidInput(
                    f"filters.{name}",
                    f"cannot be asked for: of these postings {' and '.join(lacking)} is not known, for JobTable has no"
                    " column for it",
                )
        if self.like_ours:
            keywords.check(filters)
