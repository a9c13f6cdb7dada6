"""The tables by name, those that a part brings along, and how Alembic leaves them all alone.

`include_name` and `include_object` are for the ``env.py`` of an application that has its own tables in the same
database: without one of them ``alembic revision --autogenerate`` drops ours, for the application's models do not have
them.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Protocol

from attrs import frozen

#: Every table by its name: what it holds. The last ones are there with the queue only, and procrastinate's.
TABLES: Mapping[str, str] = {
    "match_job": "postings as searches read them, with their vectors",
    "match_text": "their descriptions, words and metadata",
    "match_space": "which column of vectors is of which embedder",
    "match_metadata": "which metadata filters can ask for",
    "match_index": "what was measured of vector indexes",
    "match_interaction": "what people did with postings",
    "match_task": "tasks",
    "match_result": "their results",
    "match_delivery": "what is to be told to callback URLs",
    "match_schema_version": "the revision of the tables above",
    "match_queue_migration": "the revision of the tables below",
    "procrastinate_jobs": "what is queued",
    "procrastinate_events": "what became of it",
    "procrastinate_periodic_defers": "what was queued at fixed times",
    "procrastinate_workers": "which workers are there",
}
#: Names of indexes on somebody's table: those that we build there, and those that we advise to make.
_INDEX = re.compile(r"jobmatch_[0-9a-f]{12}_\w+")


def index_name(what: str, *, over: str) -> str:
    """Return the name of an index on somebody's table, by which it is known to have to do with us.

    Arguments:
        what: it is for, a word.
        over: table and column, or expression: indexes over different ones have different names.
    """
    return f"jobmatch_{blake2b(over.encode(), digest_size=6).hexdigest()}_{what}"


def include_name(name: str | None, type_: str, parent_names: Mapping[Any, Any]) -> bool:
    """Return whether something in the database is the application's: the hook ``include_name`` of Alembic.

    Arguments:
        name: of a schema, table, column, index or constraint.
        type_: which of them.
        parent_names: of what it is in.
    """
    return not _ours(name, type_)


def include_object(object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    """Return whether something concerns the application: the hook ``include_object`` of Alembic.

    What the application's own models have is its own, whatever its name.

    Arguments:
        object_: a table, column, index or constraint.
        name: of it.
        type_: which of them.
        reflected: whether it was found in the database.
        compare_to: what the models have of it; None if they do not.
    """
    return not (reflected and compare_to is None and _ours(name, type_))


def _ours(name: str | None, type_: str) -> bool:
    if name is None:
        return False
    return name in TABLES if type_ == "table" else type_ == "index" and bool(_INDEX.fullmatch(name))


@frozen(kw_only=True)
class TablesStatus:
    """How some tables stand.

    Arguments:
        name: what they are for.
        revision: of the tables; None before the first upgrade.
        head: the revision that the installed release needs.
        current: whether nothing has to be done.
    """

    name: str
    revision: str | None
    head: str
    current: bool


class Tables(Protocol):
    """Creates and inspects them. The entry point ``tables.NAME`` makes those of the runner NAME, and goes with it."""

    async def upgrade(self) -> None:
        """Bring them to the installed release; two at once are safe."""

    async def status(self) -> TablesStatus:
        """Tell how they stand."""
