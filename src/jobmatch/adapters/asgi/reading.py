"""Requests in: bodies and query strings, read within limits and checked field by field."""

import json
import re
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from jobmatch.adapters.asgi.narrowing import LISTS
from jobmatch.adapters.asgi.problems import MALFORMED, TOO_LARGE, UNSUPPORTED, FieldError, Refused, invalid, pointer
from jobmatch.adapters.asgi.wire import NESTED, VOCABULARIES

Parsed = TypeVar("Parsed", bound=msgspec.Struct)
#: Unknown fields that one answer names at most, and characters of a name that it repeats.
MOST_NAMED, LONGEST_NAME = 20, 80
_AT_PATH = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_JSON = re.compile(r"application/([\w.+-]+\+)?json\s*(;|$)", re.IGNORECASE)


async def read_body(request: Request, kind: type[Parsed], *, limit: int) -> Parsed:
    """Return the JSON body as *kind*; an empty body is one without fields.

    Arguments:
        request: the request.
        kind: what its body is.
        limit: most bytes that are read.
    """
    raw = await _bytes(request, limit)
    if raw.strip():
        _require_json(request)
    else:
        raw = b"{}"
    try:
        parsed = msgspec.json.decode(raw, type=kind)
        json.loads(raw, object_pairs_hook=_once, parse_int=str, parse_float=str)
        return parsed
    except msgspec.ValidationError as error:
        raise invalid(list(_unknown(_plain(raw), kind)) or [_located(error)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(MALFORMED, "the body is not JSON in UTF-8") from None


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that has a name twice: other programs would take the other value."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            short = name[:LONGEST_NAME]
            raise invalid([FieldError(pointer="#", detail=f"an object has {short!r} twice: leave one of them out")])
        seen.add(name)


def read_query(request: Request, kind: type[Parsed]) -> Parsed:
    """Return the query string as *kind*."""
    values = _values(request)
    try:
        return msgspec.convert(values, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(list(_unknown(values, kind)) or [_located(error)]) from None


async def _bytes(request: Request, limit: int) -> bytes:
    if _declared(request) > limit:
        raise _too_large(limit)
    raw = bytearray()
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            raw += chunk
            if len(raw) > limit:
                raise _too_large(limit)
    return bytes(raw)


def _declared(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length[:18]) if length.isascii() and length.isdigit() else 0


def _too_large(limit: int) -> Refused:
    return Refused(TOO_LARGE, f"the body may have at most {limit:,} bytes")


def _require_json(request: Request) -> None:
    if not _JSON.match(request.headers.get("content-type", "")):
        raise Refused(UNSUPPORTED, "send JSON, with Content-Type: application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(UNSUPPORTED, "send the body without Content-Encoding", headers={"Accept-Encoding": "identity"})


def _plain(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(MALFORMED, "the body is not JSON in UTF-8, or nested too deeply") from None


def _values(request: Request) -> dict[str, Any]:
    """Return the parameters by name; one that can hold several values as a list."""
    parameters = request.query_params
    several = {name: parameters.getlist(name) for name in parameters}
    return {
        name: ",".join(texts).split(",") if name in LISTS else texts[0] if len(texts) == 1 else texts
        for name, texts in several.items()
    }


def _unknown(data: Any, kind: type[msgspec.Struct], *above: str) -> Iterator[FieldError]:
    """Find the fields that *kind* does not have, at any depth."""
    if not isinstance(data, dict):
        return
    strangers = [name for name in data if name not in kind.__struct_fields__]
    for name in strangers[:MOST_NAMED]:
        short = name[:LONGEST_NAME]
        yield FieldError(pointer=pointer(*above, short), detail=f"unknown field {short!r}")
    for name in sorted(NESTED.keys() & data.keys() & set(kind.__struct_fields__)):
        yield from _unknown(data[name], NESTED[name], *above, name)


def _located(error: msgspec.ValidationError) -> FieldError:
    """Say where a value is wrong and what is allowed, without repeating it."""
    found = _AT_PATH.fullmatch(str(error))
    what, path = (found["what"], found["path"]) if found else ("is not allowed", "")
    names = re.findall(r"\w+", path or "")
    if what.startswith("Invalid enum value"):
        word = next(name for name in reversed(names) if name in VOCABULARIES)
        what = f"must be one of {', '.join(VOCABULARIES[word])}"
    return FieldError(pointer=pointer(*names), detail=what)
