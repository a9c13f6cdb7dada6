"""The ``Prefer`` header."""

import pytest
from starlette.requests import Request

from jobmatch.adapters.asgi.prefer import preferred_wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        (["wait=10"], 10),
        (["WAIT = 10"], 10),
        (['wait="10"'], 10),
        (["respond-async, wait=10; foo=bar"], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=10, wait=20"], 10),
        (["wait=0"], 0),
        (["wait"], None),
        (["wait=ten"], None),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["waiting=10"], None),
        (["wait=" + "9" * 5_000], None),
        (["return=minimal"], None),
    ],
)
def test_reads_the_wait(headers: list[str], seconds: int | None) -> None:
    raw = [(b"prefer", header.encode()) for header in headers]
    assert preferred_wait(Request({"type": "http", "headers": raw})) == seconds
