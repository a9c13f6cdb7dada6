"""Records from JSON: one a line, or a list of them, alone or somewhere inside an object."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from jobmatch.errors import UnreadableFile
from jobmatch.importing.rows import Read, Record, Rejected, Row
from jobmatch.importing.stream import LONGEST_LINE, TOO_LONG, decoded

#: The largest JSON file that is no JSON lines; it is held in memory as a whole.
LARGEST = 512 * 2**20
_DEPTH = 3
_SHOWN = 2_000
_decode = msgspec.json.Decoder().decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_ERRORS = (ValueError, RecursionError)  # msgspec's errors are ValueErrors


def from_lines(lines: Iterable[bytes]) -> Iterator[Read]:
    """Yield the record of each line."""
    for number, line in enumerate(lines, 1):
        if not line.isspace():
            yield _row(number, line)


def _row(number: int, line: bytes) -> Read:
    try:
        record = _decode(line)
    except _ERRORS:
        try:
            record = _leniently(line)
        except _ERRORS:
            reason = f"is longer than {LONGEST_LINE >> 20} MB" if line is TOO_LONG else "is not JSON"
            return Rejected(number, reason, row=decoded(line[:_SHOWN]).rstrip())
    if not isinstance(record, dict):
        return Rejected(number, "is JSON, but no object", row=decoded(line[:_SHOWN]).rstrip())
    return Row(number, record)


def _leniently(line: bytes) -> Any:
    """Read what other programs write and call JSON: NaN, raw control characters, NUL, another encoding."""
    return json.loads(decoded(line), strict=False, parse_constant=lambda _: None, parse_int=_whole)


def _whole(digits: str) -> float:
    """Return a number; one that is too long for 64 bits as a float, as msgspec does."""
    return int(digits) if len(digits) < 19 else float(digits)


def from_whole(lines: Iterable[bytes], name: str) -> Iterator[Read]:
    """Yield the records of one JSON text.

    Raises:
        UnreadableFile: it is not JSON, holds no list of records, or is too large to be held in memory.
    """
    data = _joined(lines, name)
    if data.lstrip().startswith(b"["):
        yield from _from_list(data, name)
        return
    try:
        records = _list_in(_decode(data), _DEPTH)
    except _ERRORS as error:
        raise UnreadableFile(name, f"is not JSON: {_cause(error)}") from None
    if records is None:
        raise UnreadableFile(name, "holds no list of postings; put them into a list, or one a line")
    yield from (_checked(number, record) for number, record in enumerate(records, 1))


def _joined(lines: Iterable[bytes], name: str) -> bytes:
    data = bytearray()
    for line in lines:
        data += line
        if len(data) > LARGEST:
            raise UnreadableFile(
                name, f"is larger than {LARGEST >> 20} MB: convert it to JSON lines, one posting a line"
            )
    return bytes(data)


def _from_list(data: bytes, name: str) -> Iterator[Read]:
    try:
        items = _decode_list(data)
    except _ERRORS as error:
        raise UnreadableFile(name, f"is not JSON: {_cause(error)}") from None
    for number, item in enumerate(items, 1):
        yield _row(number, bytes(item))


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, msgspec.DecodeError) else "it is nested too deeply"


def _checked(number: int, record: Any) -> Read:
    return Row(number, record) if isinstance(record, dict) else Rejected(number, "is JSON, but no object")


def _list_in(value: Any, depth: int) -> list[Any] | None:
    """Return the longest list of records inside *value*."""
    if isinstance(value, list):
        return value if any(isinstance(one, dict) for one in value) else None
    if not isinstance(value, dict) or not depth:
        return None
    found = [inner for one in value.values() if (inner := _list_in(one, depth - 1))]
    return max(found, key=len, default=None)


def record_in(line: bytes) -> dict[str, Any] | None:
    """Return the object that a line holds, None if it holds none."""
    try:
        record = _decode(line)
    except _ERRORS:
        return None
    return record if isinstance(record, dict) else None


def holds_list(record: Record) -> bool:
    """Tell whether an object is one around a list of records."""
    return _list_in(record, _DEPTH) is not None
