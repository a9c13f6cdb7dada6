"""Whatever is sent, it is read or refused, and nothing else happens."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import anyio
import msgspec
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from jobmatch.adapters.asgi.narrowing import FiltersBody
from jobmatch.adapters.asgi.problems import Refused
from jobmatch.adapters.asgi.reading import read_body, read_query
from jobmatch.adapters.asgi.wire import MatchBody, MatchParameters, ProfileBody, WeightsBody, to_request
from jobmatch.errors import InvalidInput

WORDS = ["US", "senior", "remote", "date", "full_time", "2026-01-02T03:04:05Z", "0001-01-01T00:00:00+14:00", "\x00", ""]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(WORDS)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)


def objects(kind: type[msgspec.Struct], **nested: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects that have some of the fields of *kind*."""
    return st.fixed_dictionaries({}, optional={name: nested.get(name, VALUES) for name in kind.__struct_fields__})


BODIES = objects(
    MatchBody,
    profile=VALUES | objects(ProfileBody),
    filters=VALUES | objects(FiltersBody),
    weights=VALUES | objects(WeightsBody),
)
QUERIES = st.dictionaries(
    st.sampled_from(MatchParameters.__struct_fields__) | st.text(), st.text() | st.sampled_from(WORDS)
)


def send(body: bytes, query: str) -> None:
    """Read a request as the route does."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    headers = [(b"content-type", b"application/json")]
    request = Request({"type": "http", "query_string": query.encode(), "headers": headers}, receive)

    async def read() -> None:
        to_request(await read_body(request, MatchBody, limit=1 << 20), read_query(request, MatchParameters))

    with suppress(InvalidInput, Refused):
        anyio.run(read)


@given(body=BODIES, query=QUERIES)
def test_any_object_is_read_or_refused(body: dict[str, Any], query: dict[str, str]) -> None:
    send(msgspec.json.encode(body), urlencode(query, errors="replace"))


@given(raw=st.binary(), query=st.text(st.characters(max_codepoint=127)))
def test_any_bytes_are_read_or_refused(raw: bytes, query: str) -> None:
    send(raw, query)
