"""The OpenAPI 3.1 document, made from the classes that parse requests and write answers."""

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from jobmatch.adapters.asgi.matching import KEY
from jobmatch.adapters.asgi.problems import Problem
from jobmatch.adapters.asgi.responses import JsonResponse
from jobmatch.adapters.asgi.wire import (
    Accepted,
    InteractionBody,
    MatchBody,
    MatchParameters,
    RankedJob,
    StatusParameters,
    TaskDocument,
)
from jobmatch.model.keys import MAX_KEY

_REF = "#/components/schemas/"
_KINDS = (Accepted, InteractionBody, MatchBody, MatchParameters, Problem, RankedJob, StatusParameters, TaskDocument)
_LIST = {"type": "array", "items": {"$ref": f"{_REF}RankedJob"}}
_TASK_ID = {"name": "task_id", "in": "path", "required": True, "schema": {"type": "string"}}
_PREFER = {"name": "Prefer", "in": "header", "schema": {"type": "string", "examples": ["wait=10"]}}
_KNOWN = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
_KEY = {"name": KEY, "in": "header", "schema": {"type": "string", "maxLength": MAX_KEY}}
_WRONG = ("400", "413", "415", "422")
_OURS = ("500", "503", "504")


def endpoint(prefix: str, scheme: str | None) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint ``GET /openapi.json``.

    Arguments:
        prefix: of all paths.
        scheme: of HTTP authentication, as a challenge names it; None where nobody is asked.
    """

    async def openapi(request: Request) -> Response:
        server = quote(request.scope.get("root_path", "")) or "/"
        return JsonResponse(document(prefix, scheme) | {"servers": [{"url": server}]})

    return openapi


@cache
def document(prefix: str, scheme: str | None) -> dict[str, Any]:
    """Return the OpenAPI document of an app; see `endpoint`."""
    schemas = _schemas()
    asking = _asked(_match_paths(schemas) | _interaction_paths(), scheme)
    paths = asking | _health_paths()
    schemes = {scheme: {"type": "http", "scheme": scheme}} if scheme else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": "jobmatch", "version": version("jobmatch")},
        "paths": {prefix + path: operations for path, operations in paths.items()},
        "components": {"schemas": schemas, "securitySchemes": schemes},
    }


def _asked(paths: dict[str, Any], scheme: str | None) -> dict[str, Any]:
    """Return operations with what it takes to be let in, and what is answered to who is not."""
    if scheme is None:
        return paths
    for operation in (operation for operations in paths.values() for operation in operations.values()):
        operation["security"] = [{scheme: []}]
        operation["responses"] |= _problems("401")
    return paths


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(_KINDS, ref_template=_REF + "{name}")
    for schema in schemas.values():
        if text := schema.get("description"):
            schema["description"] = text.partition("\n\n")[0]
    return schemas


def _match_paths(schemas: dict[str, Any]) -> dict[str, Any]:
    flat = _parameters(schemas["MatchParameters"])
    done = _json("the finished task", "TaskDocument")
    jobs = {"200": _answer("the ranked jobs", _LIST)}
    body = _body("MatchBody")
    started = {"200": done, "202": _json("the task was started", "Accepted"), **_problems(*_WRONG, *_OURS)}
    by_query, by_body = jobs | _problems("422", *_OURS), jobs | _problems(*_WRONG, *_OURS)
    return {
        "/match": {"post": _operation("startMatch", started, [*flat, _PREFER, _KEY], requestBody=body)},
        "/match/status/{task_id}": _task_path(schemas),
        "/match/legacy": {
            "get": _operation("matchBlockingByQuery", by_query, flat, deprecated=True),
            "post": _operation("matchBlocking", by_body, flat, deprecated=True, requestBody=body),
        },
    }


def _task_path(schemas: dict[str, Any]) -> dict[str, Any]:
    either = {"anyOf": [{"$ref": f"{_REF}TaskDocument"}, _LIST]}
    same = {"304": {"description": "the same as the client has"}}
    shown = {"200": _answer("the task, or its jobs", either), **same, **_problems("404", "422", *_OURS)}
    stopped = {"200": _json("the cancelled task", "TaskDocument"), **_problems("404", "409", *_OURS)}
    parameters = [_TASK_ID, *_parameters(schemas["StatusParameters"]), _PREFER, _KNOWN]
    return {
        "get": _operation("getMatch", shown, parameters),
        "delete": _operation("cancelMatch", stopped, [_TASK_ID]),
    }


def _interaction_paths() -> dict[str, Any]:
    noted = {"204": {"description": "noted"}, **_problems(*_WRONG, *_OURS)}
    body = _body("InteractionBody") | {"required": True}
    return {"/interactions": {"post": _operation("record", noted, [], requestBody=body)}}


def _health_paths() -> dict[str, Any]:
    fine = {"200": _answer("fine", {"type": "object"})}
    return {
        "/health/live": {"get": {"operationId": "live", "responses": fine}},
        "/health/ready": {"get": {"operationId": "ready", "responses": fine | _problems(*_OURS)}},
    }


def _body(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": _REF + name}}}}


def _operation(name: str, responses: dict[str, Any], parameters: Iterable[Any], **more: Any) -> dict[str, Any]:
    return {
        "operationId": name,
        "parameters": list(parameters),
        "responses": responses | _problems("default"),
        **more,
    }


def _parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": value} for name, value in schema["properties"].items()]


def _answer(description: str, schema: dict[str, Any], media: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {media: {"schema": schema}}}


def _json(description: str, name: str) -> dict[str, Any]:
    return _answer(description, {"$ref": _REF + name})


def _problems(*statuses: str) -> dict[str, Any]:
    schema = {"$ref": f"{_REF}Problem"}
    return {status: _answer("a problem", schema, "application/problem+json") for status in statuses}
