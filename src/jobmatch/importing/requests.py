"""Requests from JSON lines: what to measure an index with."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import msgspec

from jobmatch.errors import InvalidInput, UnreadableFile
from jobmatch.importing.stream import ByteStream, explained
from jobmatch.model import Filters, MatchRequest, Profile, Weights

#: The most that are read: each is searched for many times.
MOST = 10_000
#: What a résumé may bring along, as those of ``jobmatch sample --resumes`` do, that says nothing here.
_IGNORED = frozenset({"id", "place", "occupation"})
_PROFILE = frozenset(attrs.fields_dict(Profile))
_PARTS: dict[str, type] = {"profile": Profile, "filters": Filters, "weights": Weights}


def read_requests(path: str) -> Sequence[MatchRequest]:
    """Return the requests of a file of JSON lines, each a request or a profile with its ``text``.

    Arguments:
        path: of the file, plain or packed by gzip; ``-`` is standard input.

    Raises:
        UnreadableFile: it is missing or empty, or a line is no request; the message never repeats what it holds.
    """
    with ByteStream(path) as file, explained(file.name):
        found = list(_requests(file.lines(), file.name))
    if not found:
        raise UnreadableFile(path, 'has no requests; give JSON lines, each with a "text" or a "profile"')
    return found


def _requests(lines: Iterable[bytes], path: str) -> Iterator[MatchRequest]:
    for number, line in enumerate(lines, 1):
        if number > MOST:
            raise UnreadableFile(path, f"has more than {MOST:,} lines; give a sample of them")
        if line.strip():
            yield _request(line, f"{path}, line {number}")


def _request(line: bytes, where: str) -> MatchRequest:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
        return _tidied(msgspec.convert(_checked(_as_request(found), where), MatchRequest, strict=True))
    except (msgspec.MsgspecError, InvalidInput, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFile(where, f"is no request: {_cause(error)}") from None


def _tidied(read: MatchRequest) -> MatchRequest:
    """Return the request as a caller's would be: what reads JSON does not bring codes and names into one spelling."""
    return attrs.evolve(read, profile=attrs.evolve(read.profile), filters=attrs.evolve(read.filters))


def _as_request(found: dict[str, Any]) -> dict[str, Any]:
    """Return a request; what is but a profile becomes one."""
    named = {name: value for name, value in found.items() if name not in _IGNORED}
    profile = {name: value for name, value in named.items() if name in _PROFILE}
    rest = {name: value for name, value in named.items() if name not in _PROFILE}
    return {**rest, "profile": profile} if profile else rest


def _checked(request: dict[str, Any], where: str) -> dict[str, Any]:
    """Return a request whose names are all known, for a filter that is misspelt would narrow nothing."""
    whole = _known(request, MatchRequest, where=where)
    checked = {
        name: _known(part, _PARTS[name], where=where, prefix=f"{name}.")
        if name in _PARTS and isinstance(part, dict)
        else part
        for name, part in whole.items()
    }
    filters = checked.get("filters")
    if isinstance(filters, dict) and "metadata" in filters:
        filters["metadata"] = _listed(request["filters"]["metadata"])
    return checked


def _listed(asked: Any) -> Any:
    """Return conditions on metadata one after another; they may be given by name, as `Filters` and HTTP take them."""
    if isinstance(asked, list) and all(isinstance(one, dict) for one in asked):
        return asked
    return [attrs.asdict(one) for one in Filters(metadata=asked).metadata]


def _known(part: dict[str, Any], kind: type, *, where: str, prefix: str = "") -> dict[str, Any]:
    """Return a part of a request; a single text is taken for several where there may be several."""
    known = attrs.fields_dict(kind)
    for name in part:
        if name not in known:
            raise UnreadableFile(where, f"{prefix}{name} is not known: leave it out, or use {', '.join(known)}")
    return {
        name: [value] if isinstance(value, str) and known[name].default == () else value for name, value in part.items()
    }


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, (msgspec.MsgspecError, InvalidInput)) else "it is not JSON"
