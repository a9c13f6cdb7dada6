"""The routes of a match: start it, ask for it, cancel it, and the old blocking way."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from jobmatch.adapters.asgi.prefer import applied, preferred_wait
from jobmatch.adapters.asgi.problems import FieldError, invalid
from jobmatch.adapters.asgi.reading import read_body, read_query
from jobmatch.adapters.asgi.responses import JsonResponse, unless_known
from jobmatch.adapters.asgi.wire import (
    MatchBody,
    MatchParameters,
    StatusParameters,
    accepted,
    as_sent,
    completed,
    ranked,
    to_request,
    unfinished,
)
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput, TaskNotFound, TimedOut
from jobmatch.model import MAX_RESULTS, Task, TaskState

#: Jobs on a page of the task document, unless the client says otherwise.
PAGE = 25
#: Since when the blocking endpoint is deprecated (RFC 9745), and until when it stays (RFC 8594).
DEPRECATED, SUNSET = datetime(2025, 3, 7, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
KEY = "Idempotency-Key"
_SOON = {"Retry-After": "1"}
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


class Matching:
    """What the routes do.

    Arguments:
        engine: answers.
        prefix: path in front of the routes.
        max_wait: seconds that a client can wait at most in one request.
        max_body: bytes that a body can have at most.
    """

    def __init__(self, engine: MatchEngine, *, prefix: str, max_wait: float, max_body: int) -> None:
        self._engine = engine
        self._prefix = prefix
        self._max_wait = max_wait
        self._max_body = max_body

    async def start(self, request: Request, owner: str) -> Response:
        """``POST /match``: start a match; wait for it if the client would."""
        body, query = await self._read(request)
        asked = to_request(body, query)
        wait = self._wait(request, body, query)
        with as_sent(body, query), _key_as_sent():
            task = await self._engine.submit(asked, owner=owner, key=request.headers.get(KEY))
        location = {"Location": self._path(request, f"/match/status/{task.id}")}
        if wait:
            task = await self._settled(task.id, owner, wait)
        if not task.state.final:
            return JsonResponse(accepted(task), status_code=202, headers=location | _SOON)
        preference = applied(wait) if preferred_wait(request) else {}
        return await self._document(task, limit=asked.limit, headers=location | preference)

    async def status(self, request: Request, owner: str) -> Response:
        """``GET /match/status/{task_id}``: how the task stands, and a page of its result."""
        asked = read_query(request, StatusParameters)
        wait = min(preferred_wait(request) or 0, self._max_wait)
        task = await self._settled(_task_id(request), owner, wait)
        headers = applied(wait) if wait and task.state.final else {}
        if asked.format == "list" and task.state is TaskState.COMPLETED:
            shown = await self._list(request, task, asked, headers=headers)
        else:
            shown = await self._document(task, limit=asked.limit or PAGE, cursor=asked.cursor, headers=headers)
        return unless_known(request, shown)

    async def cancel(self, request: Request, owner: str) -> Response:
        """``DELETE /match/status/{task_id}``: stop it."""
        task = await self._engine.cancel(_task_id(request), owner=owner, strict=True)
        return JsonResponse(unfinished(task))

    async def legacy(self, request: Request, owner: str) -> Response:
        """``/match/legacy``: the bare list, while the client waits."""
        body, query = await self._asked(request)
        asked = to_request(body, query)
        with as_sent(body, query):
            page = await self._engine.match(asked, owner=owner)
        successor = self._path(request, "/match")
        headers = {
            "Deprecation": f"@{DEPRECATED.timestamp():.0f}",
            "Sunset": format_datetime(SUNSET, usegmt=True),
            "Link": f'<{successor}>; rel="successor-version"',
        }
        return JsonResponse(ranked(page.matches), headers=headers)

    async def _asked(self, request: Request) -> tuple[MatchBody, MatchParameters]:
        if request.method != "POST":
            return MatchBody(), read_query(request, MatchParameters)
        return await self._read(request)

    async def _read(self, request: Request) -> tuple[MatchBody, MatchParameters]:
        query = read_query(request, MatchParameters)
        return await read_body(request, MatchBody, limit=self._max_body), query

    def _wait(self, request: Request, body: MatchBody, query: MatchParameters) -> float:
        """Return the seconds to wait: what the client prefers, or all it can get, within the limit."""
        if body.wait or query.wait:
            return self._max_wait
        return min(preferred_wait(request) or 0, self._max_wait)

    async def _settled(self, task_id: str, owner: str, seconds: float) -> Task:
        """Return the task as soon as it is final, or as it is then."""
        if seconds:
            try:
                return await self._engine.wait(task_id, owner=owner, timeout=seconds)
            except TimedOut:
                pass
        return await self._engine.status(task_id, owner=owner)

    async def _document(
        self, task: Task, *, limit: int, cursor: str | None = None, headers: Mapping[str, str]
    ) -> JsonResponse:
        if task.state is not TaskState.COMPLETED:
            return JsonResponse(unfinished(task), headers=headers if task.state.final else _SOON)
        page = await self._engine.results(task.id, owner=task.owner, limit=limit, cursor=cursor)
        return JsonResponse(completed(task, page), headers=headers)

    async def _list(
        self, request: Request, task: Task, asked: StatusParameters, *, headers: Mapping[str, str]
    ) -> JsonResponse:
        """Answer the bare list, all of it unless a limit is given: a list has no room to say that it goes on."""
        limit = asked.limit or MAX_RESULTS
        page = await self._engine.results(task.id, owner=task.owner, limit=limit, cursor=asked.cursor)
        following = {"format": "list", "limit": limit, "cursor": page.cursor}
        here = self._path(request, f"/match/status/{task.id}")
        link = {"Link": f'<{here}?{urlencode(following)}>; rel="next"'} if page.cursor else {}
        return JsonResponse(ranked(page.matches), headers={**headers, **link})

    def _path(self, request: Request, path: str) -> str:
        """Return the path of a route as the client sees it, wherever the app is mounted."""
        return quote(request.scope.get("root_path", "") + self._prefix + path)


@contextmanager
def _key_as_sent() -> Iterator[None]:
    """Say of a key that it came in a header."""
    try:
        yield
    except InvalidInput as error:
        if type(error) is not InvalidInput or error.field != "key":
            raise
        raise invalid([FieldError(header=KEY, detail=error.reason)]) from None


def _task_id(request: Request) -> str:
    """Return the id in the path; what cannot be one is not asked for."""
    task_id: str = request.path_params["task_id"]
    if not _ID.fullmatch(task_id):
        raise TaskNotFound(task_id)
    return task_id
