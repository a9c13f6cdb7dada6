"""Résumés from files: plain text in any encoding, Markdown, HTML, or JSON with a ``text``."""

import os
import re
import sys
from pathlib import Path
from typing import IO

import msgspec

from jobmatch.errors import UnreadableFile
from jobmatch.importing.encodings import Decoding
from jobmatch.importing.stream import STDIN, explained, format_of, is_binary
from jobmatch.importing.text import several_lines
from jobmatch.model.request import MAX_PROFILE_TEXT

#: The largest file that is read, in bytes.
LARGEST = 5 * 2**20
_HINT = 'give a résumé as plain text, Markdown, HTML, or JSON with a "text"'
_DOCUMENTS = {b"%PDF": "a PDF", b"PK\x03\x04": "a Word or OpenDocument file", b"\xd0\xcf\x11\xe0": "an old Word file"}
_OBJECT = re.compile(r'\s*\{\s*"')


def read_resume(path: str | os.PathLike[str]) -> str:
    """Return the text of a résumé, cleaned.

    Arguments:
        path: of the file; ``-`` is standard input.

    Raises:
        UnreadableFile: it is missing, empty, too large, or not text. The message never repeats what it holds.
    """
    name = "standard input" if os.fspath(path) == STDIN else os.fspath(path)
    with explained(name):
        data = _bytes(path, name)
    _refuse_documents(data, name)
    text = several_lines(_text(Decoding(None).whole(data), name))
    if not text:
        raise UnreadableFile(name, f"has no text; {_HINT}")
    if len(text) > MAX_PROFILE_TEXT:
        raise UnreadableFile(name, f"has {len(text):,} characters; a résumé may have {MAX_PROFILE_TEXT:,}")
    return text


def _bytes(path: str | os.PathLike[str], name: str) -> bytes:
    if os.fspath(path) == STDIN:
        return _at_most(sys.stdin.buffer, name)
    with Path(path).open("rb") as file:
        _refuse_size(os.fstat(file.fileno()).st_size, name)
        return _at_most(file, name)


def _at_most(file: IO[bytes], name: str) -> bytes:
    """Read a stream that may tell no size."""
    data = file.read(LARGEST + 1)
    _refuse_size(len(data), name)
    return data


def _refuse_size(size: int, name: str) -> None:
    if size > LARGEST:
        raise UnreadableFile(name, f"is larger than {LARGEST >> 20} MB; {_HINT}")


def _refuse_documents(data: bytes, name: str) -> None:
    for mark, kind in _DOCUMENTS.items():
        if data.startswith(mark):
            raise UnreadableFile(name, f"is {kind}, which cannot be read yet: save it as plain text first")
    if data.startswith(b"{\\rtf"):
        raise UnreadableFile(name, "is rich text (RTF): save it as plain text first")
    if format_of(data) or is_binary(data):
        raise UnreadableFile(name, f"is not text; {_HINT}")


def _text(written: str, name: str) -> str:
    """Return the ``text`` of a JSON object, or else all that is written."""
    named = name.lower().endswith(".json")
    if not (named or written.lstrip().startswith("{")):
        return written
    try:
        found = msgspec.json.decode(written)
    except (ValueError, RecursionError) as error:
        if not (named or _OBJECT.match(written)) or not written.strip():
            return written
        raise UnreadableFile(name, f"is not JSON: {_cause(error)}; {_HINT}") from None
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise UnreadableFile(name, f'is JSON without a "text"; {_HINT}')
    text: str = found["text"]
    return text


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, msgspec.DecodeError) else "it is nested too deeply"
