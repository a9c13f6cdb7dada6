"""Records from CSV. A row whose cells do not fit the header is refused: half-read, its columns would be shifted."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from jobmatch.errors import UnreadableFile
from jobmatch.importing.mapping import FieldNames
from jobmatch.importing.rows import Read, Rejected, Row
from jobmatch.importing.stream import decoded

_DELIMITERS = ",\t;|"
_DELIMITER = re.compile(r'"?sep=(?:[^\w\r\n"])?"?\s*', re.IGNORECASE)
_SHOWN = 6
_SHOWN_CHARACTERS = 24
_SHOWN_LINE = 2_000
#: Lines, and characters, that a row may span; a stray quote would swallow the rest of the file.
_MOST_LINES, _FEWEST_LINES = 1_000, 50
_MOST_CHARACTERS = 2**20


class _Lines:
    """The lines of a file, those of the row under way kept so that they can be read once more.

    Attributes:
        finished: number of lines whose row is over.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._rest = map(decoded, lines)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._characters = 0
        self._most = _MOST_LINES
        self.finished = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= self._most or (self._taken and self._characters > _MOST_CHARACTERS):
            raise csv.Error("a quote is not closed")
        line = self._again.popleft() if self._again else next(self._rest)
        self._taken.append(line)
        self._characters += len(line)
        return line

    def finish(self) -> None:
        """Forget the lines of a row that was read."""
        self.finished += len(self._taken)
        self._most = _MOST_LINES
        self._forget()

    def refuse(self) -> str:
        """Return the first line of the row under way, and have the others read once more.

        After a row that went on and on, the next may be shorter only, lest hostile files take time without end.
        """
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self._most = max(_FEWEST_LINES, self._most // 2) if others else self._most
        self.finished += 1
        self._forget()
        return first

    def _forget(self) -> None:
        self._taken.clear()
        self._characters = 0


def from_lines(lines: Iterable[bytes], name: str, names: FieldNames, sample: bytes) -> Iterator[Read]:
    """Yield the record of each row.

    Raises:
        UnreadableFile: the first row names no column for the title, or lacks a column that was mapped.
    """
    kept = _Lines(lines)
    reader = csv.reader(kept, delimiter=_delimiter(sample, names), strict=True)
    header = _header(reader, kept, name)
    _check(header, name, names)
    while True:
        line = kept.finished + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(line, f"is not CSV: {error}; check the quoting", row=kept.refuse()[:_SHOWN_LINE].rstrip())
            continue
        kept.finish()
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


def _header(reader: Iterator[list[str]], lines: _Lines, name: str) -> list[str]:
    found: list[str] = []
    try:
        while not any(found) or _says_delimiter("".join(found)):
            lines.finish()
            found = next(reader)
    except StopIteration:
        return []
    except csv.Error as error:
        raise UnreadableFile(name, f"has a first row that is not CSV: {error}") from None
    lines.finish()
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


def _says_delimiter(row: str) -> bool:
    """Tell whether a first row is the likes of ``sep=;``, which spreadsheets read and write."""
    return bool(_DELIMITER.fullmatch(row))


def _delimiter(sample: bytes, names: FieldNames) -> str:
    """Return the delimiter by which the first row has the most columns that we know, then the most columns."""
    first = next((line for line in decoded(sample).lstrip("\ufeff").splitlines(keepends=True) if line.strip()), "")

    if _says_delimiter(first):
        return first.strip('"\r\n')[-1:]

    def worth(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return len(names.plan(dict.fromkeys(cells))), len(cells)

    return max(_DELIMITERS, key=worth)
