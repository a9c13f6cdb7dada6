"""Records from CSV. A row whose cells do not fit the header is refused: half-read, its columns would be shifted."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from jobmatch.errors import UnreadableFile
from jobmatch.importing.mapping import FieldNames
from jobmatch.importing.rows import Read, Rejected, Row
from jobmatch.importing.stream import decoded

_DELIMITERS = ",\t;|"
_SHOWN = 6
_SHOWN_CHARACTERS = 24


def from_lines(lines: Iterable[bytes], name: str, names: FieldNames, sample: bytes) -> Iterator[Read]:
    """Yield the record of each row.

    Raises:
        UnreadableFile: the first row names no column for the title, or lacks a column that was mapped.
    """
    reader = csv.reader(map(decoded, lines), delimiter=_delimiter(sample, names), strict=True)
    header = _header(reader, name)
    _check(header, name, names)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(line, f"is not CSV: {error}; check the quoting")
            continue
        if cells:
            yield _row(line, cells, header)


def _row(line: int, cells: list[str], header: Sequence[str]) -> Read:
    while len(cells) > len(header) and not cells[-1].strip():
        del cells[-1]
    if len(cells) != len(header):
        reason = f"has {len(cells)} cells where the header has {len(header)}; check the quoting"
        return Rejected(line, reason, row=cells)
    if cells == header:
        return Rejected(line, "repeats the header", row=cells)
    return Row(line, dict(zip(header, cells, strict=True)))


def _header(reader: Iterator[list[str]], name: str) -> list[str]:
    try:
        found = next((cells for cells in reader if any(cells)), [])
    except csv.Error as error:
        raise UnreadableFile(name, f"has a first row that is not CSV: {error}") from None
    while found and not found[-1].strip():
        del found[-1]
    return [cell.strip() or f"column_{number}" for number, cell in enumerate(found, 1)]


def _check(header: list[str], name: str, names: FieldNames) -> None:
    if missing := names.missing(header):
        raise UnreadableFile(name, f"has no column {missing[0]!r}; its first row is: {_shown(header)}")
    if "title" not in names.plan(dict.fromkeys(header)):
        raise UnreadableFile(
            name,
            f"has no header, or none with a title (first row: {_shown(header)}); add one, or say --map title=COLUMN",
        )


def _shown(header: Sequence[str]) -> str:
    cells = [cell[:_SHOWN_CHARACTERS] for cell in header[:_SHOWN]]
    return ", ".join(cells + ["…"] * (len(header) > _SHOWN))


def _delimiter(sample: bytes, names: FieldNames) -> str:
    """Return the delimiter by which the first row has the most columns that we know, then the most columns."""
    first = next((line for line in decoded(sample).lstrip("\ufeff").splitlines(keepends=True) if line.strip()), "")

    def worth(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return len(names.plan(dict.fromkeys(cells))), len(cells)

    return max(_DELIMITERS, key=worth)
