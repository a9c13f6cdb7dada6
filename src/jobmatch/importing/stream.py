"""The bytes of a file or of standard input: unpacked, counted, and known to be text."""

import gzip
import io
import os
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from select import select
from threading import Event
from types import TracebackType
from typing import Any, Protocol, Self, cast

from jobmatch.errors import UnreadableFile
from jobmatch.importing import encodings

#: The longest line that is read, in bytes.
LONGEST_LINE = 16 * 2**20
#: Stands in for a line that is longer.
TOO_LONG = b"(a line that is too long)\n"
STDIN = "-"
#: Bytes by which a file is known.
SAMPLE = 64 * 2**10
_GZIP = b"\x1f\x8b"
_BLOCK = 2**20
_UTF8_MARK = b"\xef\xbb\xbf"
_FORMATS = {
    b"PK\x03\x04": "a ZIP, Excel or Word file; save its table as CSV",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"PAR1": "a Parquet file; convert it to JSON lines or CSV",
    b"SQLite format 3": "an SQLite database; export its table as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file; save its table as CSV",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it first",
    b"BZh": "packed by bzip2; unpack it first",
    b"\xfd7zXZ": "packed by xz; unpack it first",
    b"\x7fELF": "a program",
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\x0c\r\x1b"))
_MOST_CONTROLS = 0.05
#: Seconds after which somebody who waits for input looks whether to go on.
_PATIENCE = 0.1
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


def format_of(sample: bytes) -> str | None:
    """Return what *sample* begins if it is known not to be text."""
    return next((name for mark, name in _FORMATS.items() if sample.startswith(mark)), None)


def is_binary(sample: bytes) -> bool:
    """Tell whether *sample* has so many control characters that it cannot be text; a stray NUL is none too many."""
    if encodings.marked(sample):
        return False
    return len(sample) - len(sample.translate(None, _CONTROLS)) > max(8, _MOST_CONTROLS * len(sample))


@contextmanager
def explained(name: str, where: Callable[[], str] = str) -> Iterator[None]:
    """Turn what goes wrong while reading into one clear line.

    Raises:
        UnreadableFile: instead of an error of the system or of an unpacker.
    """
    try:
        yield
    except _DAMAGE:
        raise UnreadableFile(name, f"is damaged or incomplete{where()}; fetch it again") from None
    except OSError as error:
        raise UnreadableFile(name, f"cannot be read: {error.strerror or type(error).__name__}") from None


def _head(stream: io.BufferedReader) -> bytes:
    """Return the first bytes; of a damaged file those before the damage, which the next read will meet again."""
    head = bytearray()
    try:
        while len(head) < SAMPLE and (part := stream.read1(SAMPLE)):
            head += part
    except _DAMAGE:
        if not head:
            raise
    return bytes(head)


def _verify(file: io.FileIO) -> None:
    """Unpack a packed file to nothing, so that damage shows before any of its rows is taken."""
    if file.read(len(_GZIP)) == _GZIP:
        file.seek(0)
        with gzip.GzipFile(fileobj=file) as packed:
            while packed.read(_BLOCK):
                pass
    file.seek(0)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes | None: ...


class _Counted(io.RawIOBase):
    """Counts the bytes that are read through it."""

    def __init__(self, inner: _Readable) -> None:
        self._read = getattr(inner, "read1", inner.read)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._read(len(buffer)) or b""
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class _Interruptible:
    """Standard input or a pipe, read so that another thread can end the waiting for it.

    Arguments:
        descriptor: of the file.
        ended: set when nobody wants more.
    """

    def __init__(self, descriptor: int, ended: Event) -> None:
        self._descriptor = descriptor
        self._ended = ended

    def read(self, size: int, /) -> bytes:
        while not select([self._descriptor], [], [], _PATIENCE)[0]:
            if self._ended.is_set():
                return b""
        return os.read(self._descriptor, size)


class _Rejoined(io.RawIOBase):
    """A stream of which a first part was read already.

    Arguments:
        head: what was read.
        rest: what follows.
        returns: whether lines end with a carriage return alone, as on old Macintoshes; it becomes a line feed.
    """

    def __init__(self, head: bytes, rest: io.BufferedReader, *, returns: bool) -> None:
        self._head = head
        self._rest = rest
        self._returns = returns

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._rest.readinto1(buffer) if not self._head else self._again(buffer)
        if self._returns:
            buffer[:count] = bytes(buffer[:count]).replace(b"\r", b"\n")
        return count

    def _again(self, buffer: Any) -> int:
        part, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


class ByteStream:
    """A file, plain or packed by gzip, whatever its name says; ``-`` is standard input.

    It may be opened again if it is `rereadable`, and is looked through again only if it changed.

    Arguments:
        path: of the file.
        encoding: of its text. By default a byte-order mark tells, else it is UTF-8; lines that are not are taken for
            what they most likely are.

    Attributes:
        name: for people.
        size: bytes of the file as it lies there, None for standard input and pipes.
        sample: its first 64 KiB or more, unpacked; all of it if it is shorter.

    Raises:
        InvalidInput: there is no such encoding.
        UnreadableFile: on entering, if it is missing, empty, not text, or packed and damaged; what is no file, such as
            standard input or a pipe, shows damage only when it is read that far.
    """

    def __init__(self, path: str | os.PathLike[str], *, encoding: str | None = None) -> None:
        self._path = os.fspath(path)
        self._decoding = encodings.Decoding(encoding)
        self._stack = ExitStack()
        self._ended = Event()
        self._verified: tuple[int, ...] = ()
        self.name = "standard input" if self._path == STDIN else self._path
        self.size: int | None = None
        self.sample = b""

    @property
    def doubts(self) -> Counter[str]:
        """How many lines were taken for which encoding because they are not UTF-8."""
        return self._decoding.doubts

    @property
    def position(self) -> int:
        """Bytes consumed so far, as they lie in the file."""
        return self._counted.count

    @property
    def rereadable(self) -> bool:
        """Whether what was read can be read again; of pipes and terminals it is gone."""
        path = Path(self._path)
        return not (self._path == STDIN or path.is_fifo() or path.is_char_device())

    @property
    def stem(self) -> str:
        """The name without folder and endings."""
        return "stdin" if self._path == STDIN else Path(self._path).name.partition(".")[0]

    @property
    def ending(self) -> str:
        """The ending of the name, that of a packing left out, in lower case."""
        return Path(self._path.lower().removesuffix(".gz")).suffix

    def __enter__(self) -> Self:
        with ExitStack() as stack, explained(self.name):
            self._counted = _Counted(self._open(stack))
            stream = self._unpacked(io.BufferedReader(self._counted, SAMPLE))
            self.sample = _head(stream)
            self._decoding.begin(self.sample)
            whole = _Rejoined(self.sample, stream, returns=self._decoding.returns)
            self._bytes = io.BufferedReader(whole, SAMPLE)
            self._check()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._stack.close()

    def _open(self, stack: ExitStack) -> _Readable:
        if self._path == STDIN:
            return self._standard_input()
        file = stack.enter_context(io.FileIO(self._path))
        if not file.seekable():
            return _Interruptible(file.fileno(), self._ended)
        status = os.fstat(file.fileno())
        self.size, state = status.st_size, (status.st_ino, status.st_size, status.st_mtime_ns)
        if state != self._verified:
            _verify(file)
            self._verified = state
        return file

    def _standard_input(self) -> _Readable:
        try:
            return _Interruptible(sys.stdin.fileno(), self._ended)
        except io.UnsupportedOperation:  # replaced by a stream in memory
            return sys.stdin.buffer

    def _unpacked(self, stream: io.BufferedReader) -> io.BufferedReader:
        if not stream.peek(2).startswith(_GZIP):
            return stream
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=stream)), SAMPLE)

    def _check(self) -> None:
        if not self.sample:
            raise UnreadableFile(self.name, "is empty")
        if kind := format_of(self.sample):
            raise UnreadableFile(self.name, f"is {kind}; JSON lines, JSON or CSV is needed")
        if not self._decoding.wide and is_binary(self.sample):
            raise UnreadableFile(self.name, "is not text; JSON lines, JSON or CSV is needed")

    @property
    def head(self) -> bytes:
        """The sample in UTF-8, lines ending as in `lines`."""
        return self._decoding.head

    def lines(self) -> Iterator[bytes]:
        """Yield lines in UTF-8 with their ends, without a byte-order mark; `TOO_LONG` for one that is."""
        if wide := self._decoding.wide:
            text = io.TextIOWrapper(self._bytes, wide, "replace", newline="")
            yield from (line.encode("utf-8", "replace") for line in text)
            return
        first = True
        while line := self._bytes.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                self._skip_line()
                line = TOO_LONG
            yield self._decoding.in_utf8(line.removeprefix(_UTF8_MARK) if first else line)
            first = False

    def _skip_line(self) -> None:
        while (line := self._bytes.readline(LONGEST_LINE)) and not line.endswith(b"\n"):
            pass


def decoded(line: bytes) -> str:
    """Return a line as text: UTF-8, or else Windows-1252, without NUL."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("cp1252", "replace")
    return text.replace("\x00", "") if "\x00" in text else text
