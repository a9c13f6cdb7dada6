"""JSON out."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

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
