"""The route on which a client tells what somebody did with a posting."""

from starlette.requests import Request
from starlette.responses import Response

from jobmatch.adapters.asgi.reading import read_body
from jobmatch.adapters.asgi.wire import InteractionBody
from jobmatch.engine import MatchEngine


class Interactions:
    """What the route does.

    Arguments:
        engine: keeps them.
        max_body: bytes that a body can have at most.
    """

    def __init__(self, engine: MatchEngine, *, max_body: int) -> None:
        self._engine = engine
        self._max_body = max_body

    async def record(self, request: Request, owner: str) -> Response:
        """``POST /interactions``: note it."""
        told = await read_body(request, InteractionBody, limit=self._max_body)
        await self._engine.record(told.job_ids, kind=told.kind, owner=owner)
        return Response(status_code=204)
