"""One file on its way in: counted, timed, shown, and told of afterwards."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import IO, Any, Self

import anyio.to_thread
import click
import msgspec
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from jobmatch.adapters.cli.output import console
from jobmatch.engine import ImportReport
from jobmatch.importing import JobFile, Rejected
from jobmatch.model import Job

_MOST_REASONS = 10
_CHUNK = 200


class RejectedRows:
    """Collects rejected rows in a file of JSON lines, or nowhere.

    Arguments:
        path: of the file; it is written anew.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        if self._path:
            try:
                self._file = self._path.open("wb")
            except OSError as error:
                raise click.BadParameter(f"{self._path}: {error.strerror}", param_hint="--errors") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, row: Rejected) -> None:
        """Write a row."""
        if self._file:
            record = {"file": row.source, "line": row.line, "reason": row.reason, "row": row.row}
            self._file.write(msgspec.json.encode(record) + b"\n")


class Intake:
    """Reads one file for the engine.

    Arguments:
        file: not opened yet.
        rejected: takes the rows that are no postings.
    """

    def __init__(self, file: JobFile, rejected: RejectedRows) -> None:
        self._file = file
        self._rows = rejected
        self._seconds = 0.0
        self._bar: _Bar | None = None
        self.name = file.name
        self.report = ImportReport()
        self.reasons: Counter[str] = Counter()
        self.started = False

    @property
    def rejected(self) -> int:
        """Number of rows that were no postings."""
        return self.reasons.total()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Have the file open, and the progress bar on a terminal."""
        self.started, start = True, perf_counter()
        with ExitStack() as stack:
            stack.callback(lambda: setattr(self, "_seconds", perf_counter() - start))
            stack.push(self._file)  # closed even if opening it is cut off
            await anyio.to_thread.run_sync(self._file.__enter__, abandon_on_cancel=True)
            self._bar = stack.enter_context(_Bar(self._file)) if sys.stderr.isatty() else None
            yield

    async def jobs(self) -> AsyncIterator[Job]:
        """Yield the postings; put the other rows aside.

        The file is read in a thread that Ctrl-C does not wait for: it may be a pipe on which nothing comes.
        """
        items = iter(self._file)
        while chunk := await anyio.to_thread.run_sync(lambda: list(islice(items, _CHUNK)), abandon_on_cancel=True):
            for item in chunk:
                if isinstance(item, Job):
                    yield item
                else:
                    self._reject(item)

    def _reject(self, row: Rejected) -> None:
        self.reasons[row.reason] += 1
        self._rows.add(row)

    def stored(self, report: ImportReport) -> None:
        """Take note of a batch that was stored."""
        self.report = report
        if self._bar:
            self._bar.show(report.total)

    def summary(self) -> dict[str, Any]:
        """Return what happened, for programs."""
        return {
            "file": self.name,
            "added": self.report.added,
            "updated": self.report.updated,
            "unchanged": self.report.unchanged,
            "rejected": self.rejected,
            "repeated_ids": self._file.repeated,
            "reasons": dict(self.reasons),
            "warnings": dict(self._file.warnings),
            "doubts": dict(self._file.doubts),
            "seconds": round(self._seconds, 3),
        }

    def lines(self) -> Iterator[str]:
        """Return what happened, for people."""
        report, rate = self.report, self.report.total / max(self._seconds, 0.001)
        counts = f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged"
        yield f"{self.name}: {counts}, {self.rejected:,} rejected in {self._seconds:.1f} s ({rate:,.0f}/s)"
        yield from (f"  rejected {count:,}: {reason}" for reason, count in self.reasons.most_common(_MOST_REASONS))
        if self._file.repeated:
            yield f"  {self._file.repeated:,} rows repeat an id; of those the last one counts"
        yield from (f"  left out {n:,}: {field}" for field, n in self._file.warnings.most_common(_MOST_REASONS))
        yield from (f"  uncertain {n:,}: {field}" for field, n in self._file.doubts.most_common(_MOST_REASONS))


class _Bar:
    """A progress bar over the bytes of a file, with the rate in postings and the time that is left."""

    def __init__(self, file: JobFile) -> None:
        self._file = file
        self._start = perf_counter()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %" if file.size else ""),
            TextColumn("{task.fields[count]:,} postings, {task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(),
            console=console(stderr=True),
            transient=True,
        )
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task(Path(self._file.name).name, total=self._file.size, count=0, rate=0.0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, count: int) -> None:
        """Move the bar to where the file is being read."""
        rate = count / max(perf_counter() - self._start, 0.001)
        self._progress.update(self._task, completed=self._file.position, count=count, rate=rate)
