"""Who may ask."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from jobmatch.adapters.asgi import bearer_tokens, create_app
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput

BODY = {"keywords": ["python"]}


def test_refuses_to_build_when_nobody_decided_who_may_ask(engines: Any, held: Any) -> None:
    with pytest.raises(InvalidInput, match="bearer_tokens"):
        create_app(engines(held))
    with pytest.raises(InvalidInput, match="contradicts"):
        create_app(engines(held), authenticate=bearer_tokens({"t": "ada"}), allow_anonymous=True)


@pytest.mark.parametrize("hook", ["ada", {"t": "ada"}])
def test_a_hook_is_a_function(engines: Any, held: Any, hook: Any) -> None:
    with pytest.raises(InvalidInput, match="authenticate: must be a function"):
        create_app(engines(held), authenticate=hook)


@pytest.mark.parametrize("tokens", [{}, {"": "ada"}, {"t": " "}, {"t": 1}, ["t=ada"], "t=ada", None])
def test_tokens_must_name_somebody(tokens: Any) -> None:
    with pytest.raises(InvalidInput, match="tokens"):
        bearer_tokens(tokens)


@pytest.mark.parametrize(
    "route", [("POST", "/match"), ("GET", "/match/status/x"), ("DELETE", "/match/status/x"), ("GET", "/match/legacy")]
)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic token-ada", "Bearer token-ad", "Bearer tökén"])
async def test_strangers_get_nowhere(client: httpx.AsyncClient, route: tuple[str, str], header: str) -> None:
    response = await client.request(*route, headers={b"Authorization": header.encode()})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Bearer token-ada", "bearer token-ada", "BEARER  token-ada "])
async def test_a_token_opens(client: httpx.AsyncClient, header: str) -> None:
    assert (await client.post("/match", json=BODY, headers={"Authorization": header})).status_code == 202


async def test_a_stranger_is_turned_away_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    response = await client.post("/match", content=b"{", headers={"Authorization": "Bearer wrong"})
    assert response.status_code == 401


async def test_tokens_may_have_any_letters(engine: MatchEngine, clients: Any) -> None:
    app = create_app(engine, authenticate=bearer_tokens({"schlüssel": "ada"}))
    async with clients(app, {}) as client:
        response = await client.post("/match", json=BODY, headers={b"Authorization": "Bearer schlüssel".encode()})
    assert response.status_code == 202


@pytest.mark.parametrize(("user", "status"), [("ada", 202), ("", 401)])
async def test_a_hook_need_not_be_async(engine: MatchEngine, clients: Any, user: str, status: int) -> None:
    app = create_app(engine, authenticate=lambda request: request.headers.get("x-user"))
    async with clients(app, {"X-User": user}) as client:
        assert (await client.post("/match", json=BODY)).status_code == status


def numbering(request: Request) -> Any:
    """A hook that returns what the header says: a faulty one."""
    return {"int": 7, "zero": 0, "uuid": UUID(int=7), "long": "x" * 2_000, "nul": "a\0b", "lone": "\ud800"}[
        request.headers["x-user"]
    ]


@pytest.mark.parametrize("user", ["int", "zero", "uuid", "long", "nul", "lone"])
async def test_a_hook_that_returns_no_owner_is_the_services_fault(
    engine: MatchEngine, clients: Any, caplog: pytest.LogCaptureFixture, user: str
) -> None:
    async with clients(create_app(engine, authenticate=numbering), {"X-User": user}) as client:
        responses = [
            await client.post("/match", json=BODY),
            await client.get("/match/status/x"),
            await client.post("/interactions", json={"job_ids": ["1"], "kind": "saved"}),
        ]
    for response in responses:
        assert response.status_code == 500
        assert response.json()["detail"] == "an unexpected error; it was logged"
        assert "owner" not in response.text
    assert len(caplog.messages) == 3
    assert all(line.startswith(f"the hook {__name__}.numbering returned, as the owner, ") for line in caplog.messages)


def test_a_token_is_of_somebody_who_can_own_tasks() -> None:
    with pytest.raises(InvalidInput, match="owner: must be a text of at most"):
        bearer_tokens({"t": "a\0b"})


async def test_a_hook_of_ones_own(engine: MatchEngine, clients: Any) -> None:
    async def by_header(request: Request) -> str | None:
        if request.headers.get("x-user") == "eve":
            raise HTTPException(403, "not you")
        return request.headers.get("x-user")

    async with clients(create_app(engine, authenticate=by_header, challenge="Custom"), {}) as client:
        assert (await client.post("/match", json=BODY, headers={"X-User": "ada"})).status_code == 202
        nobody = await client.post("/match", json=BODY, headers={"X-User": ""})
        eve = await client.post("/match", json=BODY, headers={"X-User": "eve"})
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Custom")
    assert (eve.status_code, eve.json()["detail"]) == (403, "not you")


@pytest.mark.parametrize(
    ("status", "detail", "told", "title"),
    [
        (403, {"code": 7, "why": "not you"}, '{"code":7,"why":"not you"}', "Forbidden"),
        (403, ["a"], '["a"]', "Forbidden"),
        (403, object(), "Forbidden", "Forbidden"),
        (403, None, "Forbidden", "Forbidden"),
        (499, "gone", "gone", "Bad Request"),
        (499, None, "Bad Request", "Bad Request"),
        (799, "odd", "odd", "Problem"),
    ],
)
async def test_what_a_hook_raises_is_a_problem_in_words(
    engine: MatchEngine, clients: Any, status: int, detail: Any, told: str, title: str
) -> None:
    def refuse(request: Request) -> str:
        error = HTTPException(status, "x", headers={"X-Why": "so"})
        error.detail = detail  # FastAPI's takes anything
        raise error

    async with clients(create_app(engine, authenticate=refuse), {}) as client:
        response = await client.post("/match", json=BODY)
    assert (response.status_code, response.headers["x-why"]) == (status, "so")
    assert response.json() == {"type": "about:blank", "title": title, "status": status, "detail": told}


async def test_anybody_where_that_is_allowed(engine: MatchEngine, clients: Any) -> None:
    async with clients(create_app(engine, allow_anonymous=True), {}) as client:
        started = await client.post("/match", json=BODY)
        assert (await client.get(started.headers["location"])).status_code == 200
