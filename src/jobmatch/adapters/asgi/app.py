"""`create_app`: the routes, put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from jobmatch.adapters.asgi import health, openapi, problems
from jobmatch.adapters.asgi.auth import Authenticate, Endpoint, Handler, guarded, hook
from jobmatch.adapters.asgi.interactions import Interactions
from jobmatch.adapters.asgi.matching import Matching
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput, JobmatchError

MAX_BODY = 1 << 20
MAX_WAIT = 30.0


def create_app(
    engine: MatchEngine,
    *,
    authenticate: Authenticate | None = None,
    allow_anonymous: bool = False,
    challenge: str = 'Bearer realm="jobmatch"',
    prefix: str = "",
    manage_engine: bool = True,
    max_wait: float = MAX_WAIT,
    max_body: int = MAX_BODY,
) -> Starlette:
    """Return an ASGI app that answers for *engine*.

    Served alone, the app opens the engine and closes it, unless *manage_engine* is False. Mounted into another app it
    cannot, for only the outermost app is told of start and end: there the host does it, with ``async with engine`` in
    its own lifespan.

    Arguments:
        engine: answers the requests.
        authenticate: returns who sent a request, the owner of its tasks; None for nobody, which is answered with 401.
            `bearer_tokens` makes one. It may be async; one that is not must not wait for anything.
        allow_anonymous: instead of *authenticate*: everybody who can connect is the same owner.
        challenge: the ``WWW-Authenticate`` header of a 401. The OpenAPI document names its scheme, too.
        prefix: path in front of all routes, such as ``/jobs``; leave it out when mounting.
        manage_engine: whether the app opens the engine when it is served alone.
        max_wait: seconds that one request waits for a result at most.
        max_body: bytes that a body may have.

    Raises:
        InvalidInput: neither *authenticate* nor *allow_anonymous* is given, or both are; or it is no function.
    """
    known = hook(authenticate, allow_anonymous=allow_anonymous)
    prefix = _checked(prefix)
    matching = Matching(engine, prefix=prefix, max_wait=max_wait, max_body=max_body)

    interactions = Interactions(engine, max_body=max_body)

    def guard(handler: Handler) -> Endpoint:
        return guarded(handler, authenticate=known, challenge=challenge)

    app = Starlette(
        routes=[
            *_match_routes(matching, guard, prefix),
            Route(f"{prefix}/interactions", guard(interactions.record), methods=["POST"]),
            *_open_routes(engine, prefix, None if allow_anonymous else challenge),
        ],
        exception_handlers={
            HTTPException: problems.on_http,
            problems.Refused: problems.on_refused,
            JobmatchError: problems.on_error,
            ClientDisconnect: _gone,
            Exception: problems.on_error,
        },
        lifespan=_lifespan(engine) if manage_engine else None,
    )
    app.router.redirect_slashes = False
    return app


def _checked(prefix: str) -> str:
    prefix = prefix.rstrip("/")
    if prefix and (not prefix.startswith("/") or set(prefix) & set("{}?#")):
        raise InvalidInput("prefix", "must be a path such as /jobs")
    return prefix


def _match_routes(matching: Matching, guard: Callable[[Handler], Endpoint], prefix: str) -> list[Route]:
    start, legacy = guard(matching.start), guard(matching.legacy)
    task = _by_method(GET=guard(matching.status), DELETE=guard(matching.cancel))
    return [
        Route(f"{prefix}/match", start, methods=["POST"]),
        Route(f"{prefix}/match/status/{{task_id}}", task, methods=["GET", "DELETE"]),
        Route(f"{prefix}/match/legacy", legacy, methods=["GET", "POST"]),
    ]


def _open_routes(engine: MatchEngine, prefix: str, challenge: str | None) -> list[Route]:
    """Return the routes that ask nobody who they are."""
    scheme, *_ = [*(challenge or "").lower().split(), None]
    return [
        Route(f"{prefix}/health/live", health.live),
        Route(f"{prefix}/health/ready", health.ready(engine)),
        Route(f"{prefix}/openapi.json", openapi.endpoint(prefix, scheme)),
    ]


def _by_method(**endpoints: Endpoint) -> Endpoint:
    """Return one endpoint for all methods of a path, so that a 405 can name them all."""

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return endpoint


def _lifespan(engine: MatchEngine) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with engine:
            yield

    return lifespan


async def _gone(request: Request, error: Exception) -> Response:
    """Answer nobody: the client hung up before its request was complete."""
    return Response(status_code=400)
