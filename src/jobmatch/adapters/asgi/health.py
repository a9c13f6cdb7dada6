"""Probes for whoever runs the service: alive, and ready to answer."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from jobmatch.adapters.asgi.responses import JsonResponse
from jobmatch.engine import MatchEngine
from jobmatch.errors import TaskNotFound

#: An id that no task has.
_NOBODYS = "00000000-0000-4000-8000-000000000000"


async def live(request: Request) -> Response:
    """``GET /health/live``: the process answers."""
    return JsonResponse({"status": "ok"})


def ready(engine: MatchEngine) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint ``GET /health/ready``: store and index answer, and have vectors of the embedder in use."""

    async def endpoint(request: Request) -> Response:
        await engine.check()
        try:
            await engine.status(_NOBODYS, owner=_NOBODYS)
        except TaskNotFound:
            return JsonResponse({"status": "ok"})
        raise AssertionError("the nil task exists")

    return endpoint
