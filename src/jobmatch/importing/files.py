"""Files of postings: JSON lines, JSON and CSV, each also packed by gzip, told apart by what they hold."""

import os
from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import attrs

from jobmatch.importing import csvrows, jsonrows
from jobmatch.importing.habits import foreseen
from jobmatch.importing.mapping import FieldMap, FieldNames
from jobmatch.importing.postings import Interpreter, NoPosting
from jobmatch.importing.rows import Read, Rejected, Row
from jobmatch.importing.stream import SAMPLE, ByteStream, explained
from jobmatch.model import Job

_LINES = {".jsonl", ".ndjson", ".jl", ".jsonlines"}
_TABLES = {".csv", ".tsv", ".tab"}
_MARKS = b"\xef\xbb\xbf\xff\xfe\x00"
_MOST_REMEMBERED = 1_000_000


class JobFile:
    """The postings in a file, read as a stream: `for item in file` gives a `Job` or a `Rejected` row.

    Opened again, it is read and counted from the beginning.

    Arguments:
        path: of the file; ``-`` is standard input.
        mapping: which fields of the file are which of ours, where the names do not tell.
        country: of places that name none, by code or name.
        encoding: of the text, as in ``cp1251``; by default UTF-8, and what is not is guessed.

    Attributes:
        warnings: how often which field could not be read, so that the posting was taken without it.
        repeated: how many rows had an id that an earlier row of this file had; the last one counts.
        name: of the file, for people.

    Raises:
        UnreadableFile: on entering, if it is missing, empty, not text or damaged; while reading, if it is a CSV without
            a header, or damaged standard input, of which what was read before stays read.
        InvalidInput: the mapping names a field that there is not, or there is no such country or encoding.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        mapping: FieldMap | None = None,
        country: str | None = None,
        encoding: str | None = None,
    ) -> None:
        self._names = FieldNames(mapping)
        self._stream = ByteStream(path, encoding=encoding)
        self._interpreter = Interpreter(self._names, self._stream.stem, country)
        self._seen: set[int] = set()
        self._line = 0
        self.name = self._stream.name
        self.warnings = self._interpreter.warnings
        self.repeated = 0

    def __enter__(self) -> Self:
        self._stream.__enter__()
        self._seen.clear()
        self._interpreter.clear()
        self.repeated = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.__exit__(kind, error, trace)

    @property
    def doubts(self) -> Counter[str]:
        """How often what was taken though it may mean something else."""
        return self._interpreter.doubts + self._stream.doubts

    @property
    def size(self) -> int | None:
        """Bytes of the file as it lies there; None for standard input and pipes."""
        return self._stream.size

    @property
    def rereadable(self) -> bool:
        """Whether it may be opened again; what was read from standard input or a pipe is gone."""
        return self._stream.rereadable

    @property
    def position(self) -> int:
        """Bytes consumed so far."""
        return self._stream.position

    def __iter__(self) -> Iterator[Job | Rejected]:
        with explained(self.name, lambda: f" after line {self._line:,}"):
            for row in foreseen(self._rows(), self._see):
                self._line = row.line
                yield self._read(row)

    def _see(self, row: Read) -> bool:
        return isinstance(row, Row) and self._interpreter.see(row.record)

    def _read(self, row: Read) -> Job | Rejected:
        if isinstance(row, Rejected):
            return attrs.evolve(row, source=self.name)
        try:
            job = self._interpreter.job(row.record)
        except NoPosting as reason:
            return Rejected(row.line, str(reason), self.name, row.record)
        self._remember(job.id)
        return job

    def _remember(self, ident: str) -> None:
        key = hash(ident)
        if key in self._seen:
            self.repeated += 1
        elif len(self._seen) < _MOST_REMEMBERED:
            self._seen.add(key)

    def _rows(self) -> Iterator[Row | Rejected]:
        lines, form = self._stream.lines(), _form(self._stream, self._names)
        if form == "lines":
            return jsonrows.from_lines(lines)
        if form == "whole":
            return jsonrows.from_whole(lines, self.name)
        return csvrows.from_lines(lines, self.name, self._names, self._stream.head)


def _form(stream: ByteStream, names: FieldNames) -> str:
    """Return how a file is written: JSON ``lines``, JSON as a ``whole``, or a ``table``."""
    start = stream.head.lstrip(_MARKS).lstrip()
    if stream.ending in _TABLES:
        return "table"
    if start.startswith(b"["):
        return "whole"
    if stream.ending in _LINES:
        return "lines"
    if not (start.startswith(b"{") or stream.ending == ".json"):
        return "table"
    first, end, rest = start.replace(b"\x00", b"").partition(b"\n")
    if not end and len(stream.sample) >= SAMPLE:  # a first line as long as that could be either
        return "whole" if stream.ending == ".json" else "lines"
    return _json_form(first, rest, names)


def _json_form(first: bytes, rest: bytes, names: FieldNames) -> str:
    record = jsonrows.record_in(first)
    if record is None:
        return "whole" if first.rstrip()[-1:] in (b"{", b"[", b",", b":") else "lines"
    alone = not rest.strip() and "title" not in names.plan(record)
    return "whole" if alone and jsonrows.holds_list(record) else "lines"


def read_jobs(
    path: str | os.PathLike[str],
    mapping: FieldMap | None = None,
    *,
    country: str | None = None,
    encoding: str | None = None,
) -> Iterator[Job | Rejected]:
    """Yield the postings of a file, and the rows that are none.

    Arguments:
        path: of the file; ``-`` is standard input.
        mapping: which fields of the file are which of ours, where the names do not tell.
        country: of places that name none, by code or name.
        encoding: of the text; by default UTF-8, and what is not is guessed.
    """
    with JobFile(path, mapping=mapping, country=country, encoding=encoding) as file:
        yield from file
