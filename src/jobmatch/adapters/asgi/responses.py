"""JSON out, and nothing if the client has it already."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_TAG = re.compile(r'"[^"]*"')
#: Answers are private to who asked, and change: no cache may keep one.
_ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class JsonResponse(Response):
    """A JSON body that no cache keeps. Times are RFC 3339 in UTC, a number that is none is null."""

    def __init__(
        self,
        content: Any,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str = "application/json",
    ) -> None:
        super().__init__(
            msgspec.json.encode(content),
            status_code=int(status_code),
            headers={**_ALWAYS, **(headers or {})},
            media_type=media_type,
        )


def unless_known(request: Request, response: JsonResponse) -> Response:
    """Return the answer with a tag of what it says, or 304 alone if the client has the same (RFC 9110, 13.1.2)."""
    tag = f'"{blake2b(bytes(response.body), digest_size=16).hexdigest()}"'
    response.headers["ETag"] = tag
    known = ",".join(request.headers.getlist("if-none-match"))
    if known.strip() != "*" and tag not in _TAG.findall(known):
        return response
    headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=headers)
