"""Whatever is sent, it is read or refused, and nothing else happens."""

import operator
from contextlib import suppress
from datetime import datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

import anyio
import msgspec
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from jobmatch.adapters.asgi.problems import Refused
from jobmatch.adapters.asgi.reading import read_body, read_query
from jobmatch.adapters.asgi.wire import MatchBody, MatchParameters, to_request
from jobmatch.errors import InvalidInput

WORDS = ["US", "senior", "remote", "date", "full_time", "2026-01-02T03:04:05Z", "0001-01-01T00:00:00+14:00", "\x00", ""]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(WORDS)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)


def of_its_kind(hint: Any) -> st.SearchStrategy[Any]:
    """Return values as a field takes them; of numbers and texts such as mean something."""
    kinds = {int: st.integers(0, 100), float: st.floats(0, 90), str: st.sampled_from(["US", "EUR", "welder", "yes"])}
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return objects(hint)
    if get_origin(hint) in {UnionType, Union}:
        return st.one_of([of_its_kind(one) for one in get_args(hint) if one is not msgspec.UnsetType])
    if get_origin(hint) is list:
        return st.lists(of_its_kind(*get_args(hint)), max_size=3)
    if get_origin(hint) is dict:
        return st.dictionaries(*map(of_its_kind, get_args(hint)), max_size=3)
    if hint is datetime:
        return st.just("2026-01-02T03:04:05Z")
    return kinds[hint] if hint in kinds else st.from_type(hint)


def objects(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of the fields of *kind*, one of which may hold what it does not take."""
    right = {name: of_its_kind(hint) for name, hint in get_type_hints(kind).items()}
    names = st.lists(st.sampled_from(sorted(right)), max_size=4, unique=True)  # of more hardly any go together
    some = names.flatmap(lambda chosen: st.fixed_dictionaries({name: right[name] for name in chosen}))
    odd: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.dictionaries(
        st.sampled_from(sorted(right)), VALUES, max_size=1
    )
    return st.builds(operator.or_, some, odd)


BODIES = objects(MatchBody).map(lambda body: {"keywords": "welder"} | body)
QUERIES: st.SearchStrategy[dict[str, str]] = st.just({}) | st.dictionaries(
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
