"""What comes out of a file: records by line, and rows that are refused."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

#: A posting as a file has it: names of its own, values of any kind.
Record = Mapping[str, Any]


@frozen
class Row:
    """A record and the line on which it starts, from 1."""

    line: int
    record: Record


@frozen
class Rejected:
    """A row that is no posting.

    Arguments:
        line: where it starts, from 1; in a JSON array its number.
        reason: what is wrong with it, for people.
        source: name of the file.
        row: what it holds, for mending; long ones are cut.
    """

    line: int
    reason: str
    source: str = ""
    row: Any = None


#: What a reader yields.
Read = Row | Rejected
