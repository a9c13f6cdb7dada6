"""In another app, or alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from jobmatch.adapters.asgi import bearer_tokens, create_app
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput
from jobmatch.ports import TaskRunner

Engines = Callable[[TaskRunner], MatchEngine]


@asynccontextmanager
async def started(app: Any) -> AsyncIterator[None]:
    """Tell *app* of its start, and in the end of its end, as a server does."""
    to_app, messages = anyio.create_memory_object_stream[dict[str, str]](2)
    answers, from_app = anyio.create_memory_object_stream[dict[str, Any]](2)
    async with to_app, messages, answers, from_app, anyio.create_task_group() as group:
        group.start_soon(app, {"type": "lifespan", "asgi": {}, "state": {}}, messages.receive, answers.send)
        await to_app.send({"type": "lifespan.startup"})
        assert (await from_app.receive())["type"] == "lifespan.startup.complete"
        yield
        await to_app.send({"type": "lifespan.shutdown"})
        assert (await from_app.receive())["type"] == "lifespan.shutdown.complete"


async def walk(client: httpx.AsyncClient, root: str) -> None:
    """Go the whole way of a match below *root*."""
    begun = await client.post(f"{root}/match", json={"keywords": ["python"]})
    assert begun.headers["location"] == f"{root}/match/status/{begun.json()['task_id']}"
    ended = await client.get(begun.headers["location"], headers={"Prefer": "wait=20"})
    assert ended.json()["status"] == "completed"
    legacy = await client.get(f"{root}/match/legacy?keywords=python")
    assert legacy.links["successor-version"]["url"] == f"{root}/match"
    listed = await client.get(begun.headers["location"], params={"format": "list", "limit": 1})
    assert listed.status_code == 200
    assert (await client.get(f"{root}/nowhere")).headers["content-type"] == "application/problem+json"


async def test_mounted_the_host_opens_the_engine(engines: Engines, clients: Any) -> None:
    engine = engines(LocalTaskRunner())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with engine:
            yield

    host = Starlette(routes=[Mount("/jobs", create_app(engine, allow_anonymous=True))], lifespan=lifespan)
    async with started(host), clients(host, {}) as client:
        await walk(client, "/jobs")


async def test_mounted_twice_deep(engine: MatchEngine, clients: Any) -> None:
    inner = Starlette(routes=[Mount("/v 1", create_app(engine, allow_anonymous=True))])
    async with clients(Starlette(routes=[Mount("/api", inner)]), {}) as client:
        await walk(client, "/api/v%201")


async def test_alone_the_app_opens_the_engine(engines: Engines, clients: Any) -> None:
    app = create_app(engines(LocalTaskRunner()), allow_anonymous=True, prefix="/jobs/")
    async with started(app), clients(app, {}) as client:
        await walk(client, "/jobs")


async def test_an_engine_that_is_open_stays_alone(engine: MatchEngine, clients: Any) -> None:
    app = create_app(engine, allow_anonymous=True, manage_engine=False)
    async with started(app), clients(app, {}) as client:
        await walk(client, "")
    assert (await engine.count()) == 40


@pytest.mark.parametrize("prefix", ["jobs", "/{x}", "/a?b"])
def test_a_prefix_is_a_path(engines: Engines, prefix: str) -> None:
    with pytest.raises(InvalidInput, match="prefix"):
        create_app(engines(LocalTaskRunner()), allow_anonymous=True, prefix=prefix)


async def test_openapi_lists_every_route_and_resolves(engine: MatchEngine, clients: Any) -> None:
    app = create_app(engine, allow_anonymous=True, prefix="/jobs")
    async with clients(Starlette(routes=[Mount("/api", app)]), {}) as client:
        document = (await client.get("/api/jobs/openapi.json")).json()
    routes = {getattr(route, "path", "") for route in app.routes} - {"/jobs/openapi.json"}
    assert document["paths"].keys() == routes
    assert document["servers"] == [{"url": "/api"}]
    assert document["openapi"].startswith("3.1")
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


async def described(engine: MatchEngine, clients: Any, path: str = "", **options: Any) -> dict[str, Any]:
    """Return the document of an app that is mounted somewhere."""
    app = Starlette(routes=[Mount(path or "/api", create_app(engine, **options))])
    async with clients(app, {}) as client:
        document: dict[str, Any] = (await client.get(f"{path or '/api'}/openapi.json")).json()
        return document


@pytest.mark.parametrize(
    ("options", "scheme"),
    [
        ({"authenticate": bearer_tokens({"t": "ada"})}, "bearer"),
        ({"authenticate": lambda request: None, "challenge": 'Basic realm="x"'}, "basic"),
        ({"allow_anonymous": True}, None),
    ],
)
async def test_openapi_says_how_to_be_let_in(
    engine: MatchEngine, clients: Any, options: dict[str, Any], scheme: str | None
) -> None:
    document = await described(engine, clients, **options)
    schemes = {scheme: {"type": "http", "scheme": scheme}} if scheme else {}
    assert document["components"]["securitySchemes"] == schemes
    for path, operations in document["paths"].items():
        for operation in operations.values():
            asks = bool(scheme) and "/health/" not in path
            assert operation.get("security") == ([{scheme: []}] if asks else None)
            assert ("401" in operation["responses"]) == asks


async def test_openapi_tells_every_answer(engine: MatchEngine, clients: Any) -> None:
    paths = (await described(engine, clients, allow_anonymous=True))["paths"]
    legacy = paths["/match/legacy"]
    assert legacy["get"]["responses"].keys() == {"200", "422", "500", "503", "504", "default"}
    assert legacy["post"]["responses"].keys() >= {"400", "413", "415", "422", "default"}
    for path, operations in paths.items():
        for operation in operations.values():
            assert ("default" in operation["responses"]) == ("/health/" not in path)


async def test_openapi_has_urls_for_servers(engine: MatchEngine, clients: Any) -> None:
    document = await described(engine, clients, path="/a b/ü", allow_anonymous=True)
    assert document["servers"] == [{"url": "/a%20b/%C3%BC"}]


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in _references(value)]
    return [found for value in part for found in _references(value)] if isinstance(part, list) else []
