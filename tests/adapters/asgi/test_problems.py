"""What is wrong is said, and nothing else."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from jobmatch import errors
from jobmatch.adapters.asgi import create_app
from jobmatch.adapters.asgi.problems import MAX_RETRY_AFTER, kind_of, pointer, retry_after
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.engine import EmbedderChange, MatchEngine
from jobmatch.model import Filters, Job, Task
from jobmatch.ports import TaskRunner
from jobmatch.testing import HashingEmbedder

JSON = {"Content-Type": "application/json"}
SECRET = "SELECT secret FROM resume"


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem, which must have all its parts."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    parts = {"type", "title", "status", "detail"}
    assert body.keys() == (parts | {"errors"} if status == 422 else parts)
    return body


def pointers(response: httpx.Response) -> list[str]:
    """Return where a 422 says that something is wrong."""
    return [error["pointer"] for error in problem(response, 422)["errors"]]


async def test_names_all_unknown_fields(client: httpx.AsyncClient) -> None:
    body = {"keywords": "x", "a/b": 1, "filters": {"colour": 1, "country": "DE"}, "profile": {"text": "t", "age": 9}}
    response = await client.post("/match", json=body)
    assert sorted(pointers(response)) == ["#/a~1b", "#/filters/colour", "#/profile/age"]
    for name in ("a/b", "colour", "age"):
        assert name in response.json()["detail"]


@pytest.mark.parametrize("path", ["/match/status/x?colour=1", "/match/legacy?keywords=x&colour=1"])
async def test_names_unknown_parameters(client: httpx.AsyncClient, path: str) -> None:
    assert pointers(await client.get(path)) == ["#/colour"]


@pytest.mark.parametrize(
    ("body", "where", "what"),
    [
        ({"keywords": 5}, "#/keywords", "array"),
        ({"keywords": ["x", 5]}, "#/keywords/1", "Expected `str`"),
        ({"keywords": "x", "limit": 0}, "#/limit", ">= 1"),
        ({"keywords": "x", "limit": 10**9}, "#/limit", "<= 1000"),
        ({"keywords": "x", "limit": 10**30}, "#/limit", ""),
        ({"keywords": "x", "limit": 2.5}, "#/limit", "int"),
        ({"keywords": "x", "experience": "wizard"}, "#/experience", "one of intern, entry, mid"),
        ({"keywords": "x", "filters": {"workplace": ["moon"]}}, "#/filters/workplace/0", "one of onsite"),
        ({"keywords": "x", "sort_type": "random"}, "#/sort_type", "one of recommended, score, date"),
        ({"keywords": "x", "filters": {"posted_after": "yesterday"}}, "#/filters/posted_after", "RFC3339"),
        ({"keywords": "x", "filters": {"salary_min": 10**400}}, "#/filters/salary_min", "range"),
        ({"keywords": "x", "filters": {"city": [f"c{n}" for n in range(3_000)]}}, "#/filters/city", "at most 200"),
        ({"keywords": [str(n) for n in range(60)]}, "#/keywords", "at most 50"),
        ({"keywords": "x", "callback_url": "nowhere"}, "#/callback_url", "must be a URL"),
        ({"keywords": "x", "callback_url": "https://example.org/"}, "#/callback_url", "nobody here calls back"),
        ({}, "#/profile", "is empty"),
        ([], "#", "object"),
        ("text", "#", "object"),
    ],
)
async def test_says_where_and_what_is_allowed(client: httpx.AsyncClient, body: Any, where: str, what: str) -> None:
    response = await client.post("/match", json=body)
    assert pointers(response) == [where]
    assert what in response.json()["errors"][0]["detail"]


class Narrow(MemoryJobIndex):
    """Knows no place, as a table of somebody else's may."""

    def check(self, filters: Filters) -> None:
        for name in ("region", "remote", "exclude_keywords"):
            if getattr(filters, name):
                raise errors.InvalidInput(f"filters.{name}", "cannot be asked for")


@pytest.mark.parametrize(
    ("body", "query", "where"),
    [
        ({"filters": {"region": "x"}}, "", "#/filters/region"),
        ({"region": "x"}, "", "#/region"),
        ({"region": "x", "filters": {"city": "y"}}, "", "#/region"),
        ({"filters": {"city": "y"}}, "?region=x", "#/region"),
        ({"exclude_keywords": "x"}, "", "#/exclude_keywords"),
        ({"is_remote_only": True, "filters": {}}, "", "#/is_remote_only"),
        ({"filters": {"remote": True}}, "", "#/filters/remote"),
    ],
)
@pytest.mark.parametrize("path", ["/match", "/match/legacy"])
async def test_what_the_index_refuses_is_named_as_it_was_sent(
    path: str, body: dict[str, Any], query: str, where: str
) -> None:
    engine = MatchEngine(jobs=Narrow(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=HashingEmbedder())
    transport = httpx.ASGITransport(create_app(engine, allow_anonymous=True))
    async with engine, httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert pointers(await client.post(path + query, json={"keywords": "x", **body})) == [where]


async def test_a_key_that_is_wrong_is_named_as_the_header(client: httpx.AsyncClient) -> None:
    response = await client.post("/match", json={"keywords": "x"}, headers={"Idempotency-Key": "k" * 256})
    (error,) = problem(response, 422)["errors"]
    assert error == {"header": "Idempotency-Key", "detail": "must be 1 to 255 printable characters"}
    assert response.json()["detail"] == "Idempotency-Key: must be 1 to 255 printable characters"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'{"keywords":"x","keywords":"y"}', "'keywords'"),
        (b'{"keywords":"x","k\\u0065ywords":"x"}', "'keywords'"),
        (b'{"keywords":"x","profile":{"text":"a","text":"b"}}', "'text'"),
        (b'{"keywords":"x","filters":{"metadata":{"' + b"n" * 300 + b'":1,"' + b"n" * 300 + b'":1}}}', f"'{'n' * 80}'"),
    ],
)
async def test_a_name_that_is_given_twice_is_refused(client: httpx.AsyncClient, raw: bytes, name: str) -> None:
    response = await client.post("/match", content=raw, headers=JSON)
    assert pointers(response) == ["#"]
    assert f"an object has {name} twice" in response.json()["detail"]


async def test_numbers_may_be_as_long_as_they_like(client: httpx.AsyncClient) -> None:
    raw = b'{"keywords":"x","min_score":0.' + b"1" * 10_000 + b"}"
    assert (await client.post("/match", content=raw, headers=JSON)).status_code == 202


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "format=csv", "limit=1&limit=2"])
async def test_checks_the_parameters_of_a_status(client: httpx.AsyncClient, query: str) -> None:
    path = (await client.post("/match?wait=true", json={"keywords": "x"})).headers["location"]
    problem(await client.get(f"{path}?{query}"), 422)


async def test_a_cursor_must_be_ours(client: httpx.AsyncClient) -> None:
    path = (await client.post("/match?wait=true", json={"keywords": "x"})).headers["location"]
    assert pointers(await client.get(path, params={"cursor": "\u0663"})) == ["#/cursor"]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"keywords",
        b"{} {}",
        b"\xff\xfe{\x00}\x00",
        b'\xef\xbb\xbf{"keywords":"x"}',
        b'{"keywords":"\xff"}',
        b'{"keywords":"\\ud800"}',
        b'{"keywords":"x","filters":{"salary_min":NaN}}',
        b'{"keywords":"x","filters":{"salary_min":Infinity}}',
        b'{"unknown":' + b"[" * 500_000,
        b'{"unknown":' + b'{"a":' * 100_000,
    ],
    ids=str,
)
async def test_what_is_no_json_is_malformed(client: httpx.AsyncClient, raw: bytes) -> None:
    problem(await client.post("/match", content=raw, headers=JSON), 400)


async def test_bottomless_nesting_is_malformed(client: httpx.AsyncClient) -> None:
    problem(await client.post("/match", content=b"[" * 100_000 + b"]" * 100_000, headers=JSON), 400)
    deep = b'{"keywords":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    problem(await client.post("/match", content=deep, headers=JSON), 400)


async def test_nul_and_replaced_bytes_are_read_as_text(client: httpx.AsyncClient) -> None:
    raw = b'{"profile":{"text":"weld\\u0000er"},"filters":{"city":"Ber\\u0000lin"},"wait":true}'
    response = await client.post("/match", content=raw, headers=JSON)
    assert response.json()["status"] == "completed"
    assert (await client.get("/match/legacy?keywords=weld%00er%ff%ed%a0%80")).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_takes_json_only(client: httpx.AsyncClient, kind: str) -> None:
    problem(await client.post("/match", content=b'{"keywords":"x"}', headers={"Content-Type": kind}), 415)


async def test_takes_json_by_any_name(client: httpx.AsyncClient) -> None:
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.example+json"):
        response = await client.post("/match", content=b'{"keywords":"x"}', headers={"Content-Type": kind})
        assert response.status_code == 202


async def test_takes_no_compressed_body(client: httpx.AsyncClient) -> None:
    response = await client.post("/match", content=b"\x1f\x8b", headers=JSON | {"Content-Encoding": "gzip"})
    problem(response, 415)
    assert response.headers["accept-encoding"] == "identity"


async def test_an_empty_body_will_do_if_the_query_string_asks(client: httpx.AsyncClient) -> None:
    assert (await client.post("/match?keywords=python")).status_code == 202
    assert (await client.post("/match?keywords=python", content=b" \n", headers=JSON)).status_code == 202
    assert pointers(await client.post("/match")) == ["#/profile"]


async def test_a_body_may_be_as_large_as_is_said(client: httpx.AsyncClient) -> None:
    largest = b'{"keywords":"x"}'.ljust(1 << 20)
    assert (await client.post("/match", content=largest, headers=JSON)).status_code == 202
    problem(await client.post("/match", content=largest + b" ", headers=JSON), 413)


async def test_a_large_body_is_refused_by_its_length(client: httpx.AsyncClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        pytest.fail("it must not be read")
        yield b""

    response = await client.post("/match", content=body(), headers=JSON | {"Content-Length": str((1 << 20) + 1)})
    problem(response, 413)


@pytest.mark.parametrize("length", ["²", "-5", "", "5e9", "9" * 5_000])
async def test_a_length_is_a_number_or_is_not_believed(client: httpx.AsyncClient, length: str) -> None:
    headers = httpx.Headers(JSON | {"Content-Length": length}, encoding="latin-1")
    response = await client.post("/match", content=b'{"keywords":"x"}', headers=headers)
    assert response.status_code == (413 if length[:1] == "9" else 202)


async def test_a_large_body_is_refused_while_it_streams(engine: MatchEngine) -> None:
    received, sent = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1 << 16
        return {"type": "http.request", "body": b" " * (1 << 16), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/match", "query_string": b"", "headers": []}
    await create_app(engine, allow_anonymous=True)(scope, receive, send)
    assert sent[0]["status"] == 413
    assert received <= 2 << 20


async def test_a_client_that_hangs_up_is_no_error(engine: MatchEngine) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pass

    scope = {"type": "http", "method": "POST", "path": "/match", "query_string": b"", "headers": []}
    await create_app(engine, allow_anonymous=True)(scope, receive, send)


async def test_unknown_paths_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/nowhere"), 404)["type"] == "about:blank"
    problem(await client.get("/match/"), 404)
    wrong = await client.put("/match/status/x")
    problem(wrong, 405)
    assert {"GET", "DELETE"} <= set(wrong.headers["allow"].split(", "))


class FailingStore(MemoryTaskStore):
    """Raises what it is given."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def create(self, *args: Any, **kwargs: Any) -> Task:
        raise self._error

    async def get(self, task_id: str, *, owner: str | None) -> Task:
        raise self._error


async def answered(error: Exception, *, path: str = "/match", method: str = "POST") -> httpx.Response:
    """Return the answer of an app whose store raises *error*."""
    engine = MatchEngine(
        jobs=MemoryJobIndex(), tasks=FailingStore(error), runner=LocalTaskRunner(), embedder=HashingEmbedder()
    )
    app = create_app(engine, allow_anonymous=True)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with engine, httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, json={"keywords": "x"} if method == "POST" else None)


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (errors.Overloaded("too many wait", retry_after=2.5), 503, "3"),
        (errors.Overloaded("closed", retry_after=float("inf")), 503, None),
        (errors.DatabaseUnavailable(SECRET), 503, "5"),
        (errors.TimedOut(SECRET), 504, "5"),
        (errors.SchemaOutdated(SECRET), 503, None),
        (errors.Incompatible(SECRET), 503, None),
        (errors.InvalidSettings("DATABASE_URL", SECRET), 500, None),
        (errors.MissingExtra("redis", extra="redis"), 500, None),
        (ZeroDivisionError(SECRET), 500, None),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_each_error_has_its_status_and_keeps_its_secrets(error: Exception, status: int, wait: str | None) -> None:
    response = await answered(error)
    problem(response, status)
    assert response.headers.get("retry-after") == wait
    assert SECRET not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (errors.Incompatible("another embedder"), "ERROR"),
        (errors.InvalidSettings("DATABASE_URL", "no host"), "ERROR"),
        (errors.MissingExtra("redis", extra="redis"), "ERROR"),
        (errors.DatabaseUnavailable("db.internal:5432 does not answer"), "WARNING"),
        (errors.Overloaded("too many wait"), "WARNING"),
        (errors.TimedOut("slow"), "WARNING"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_is_not_told_to_the_client_is_logged(
    caplog: pytest.LogCaptureFixture, error: Exception, level: str
) -> None:
    await answered(error)
    assert [(record.levelname, record.getMessage()) for record in ours(caplog)] == [
        (level, f"{type(error).__name__}: {error}")
    ]


async def test_what_is_raised_again_for_the_server_to_log_is_not_logged_here(
    caplog: pytest.LogCaptureFixture,
) -> None:
    problem(await answered(ZeroDivisionError(SECRET)), 500)
    assert ours(caplog) == []


async def test_what_the_client_did_wrong_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    problem(await answered(errors.TaskNotFound("x"), path="/match/status/x", method="GET"), 404)
    problem(await answered(errors.InvalidInput("profile.text", "is odd")), 422)
    assert ours(caplog) == []


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what the adapter logged."""
    return [record for record in caplog.records if record.name == "jobmatch.http"]


async def test_not_ready_while_the_store_does_not_answer() -> None:
    problem(await answered(errors.DatabaseUnavailable(SECRET), path="/health/ready", method="GET"), 503)


async def test_not_ready_once_the_embedder_was_changed_to_another() -> None:
    """Nothing that this process is asked for could be answered."""
    index = MemoryJobIndex()
    engine = MatchEngine(jobs=index, tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=HashingEmbedder(16))
    transport = httpx.ASGITransport(create_app(engine, allow_anonymous=True), raise_app_exceptions=False)
    async with engine, httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await engine.import_jobs([Job(id="1", title="nurse")])
        async with EmbedderChange(jobs=index, embedder=HashingEmbedder(48)) as change:
            await change.run()
            assert (await client.get("/health/ready")).status_code == 200
            await change.finish()
        assert "its log says more" in problem(await client.get("/health/ready"), 503)["detail"]
        described = (await client.get("/openapi.json")).json()["paths"]["/health/ready"]["get"]["responses"]
    assert described.keys() == {"200", "500", "503", "504"}


async def test_a_failed_task_is_a_document_with_its_error(engines: Callable[..., MatchEngine]) -> None:
    class Broken:
        name, dimensions = "broken", 4

        async def embed(self, texts: Any) -> Any:
            raise ZeroDivisionError(SECRET)

    engine = engines(LocalTaskRunner(), embedder=Broken())
    transport = httpx.ASGITransport(create_app(engine, allow_anonymous=True), raise_app_exceptions=False)
    async with engine, httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post("/match?wait=true", json={"profile": {"text": "my resume"}})
        legacy = await client.post("/match/legacy", json={"profile": {"text": "my resume"}})
    assert response.status_code == 200
    assert response.json()["status"] == "failed"
    assert response.json()["result"] is None
    assert response.json()["error"].keys() == {"code", "message"}
    assert SECRET not in response.text
    problem(legacy, 500)


def test_an_engine_that_has_stopped_is_not_blamed_on_whoever_opened_it() -> None:
    kind = kind_of(errors.Stopped("the engine has stopped"))
    assert (kind.status, kind.detail) == (503, "the service has stopped; its log says why")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/match"), ("GET", "/match/status/x"), ("POST", "/interactions"), ("GET", "/health/ready")],
)
async def test_an_engine_that_nobody_opened_is_told_to_the_log(
    engines: Callable[[TaskRunner], MatchEngine], caplog: pytest.LogCaptureFixture, method: str, path: str
) -> None:
    transport = httpx.ASGITransport(create_app(engines(LocalTaskRunner()), allow_anonymous=True))
    bodies = {"/match": {"keywords": "x"}, "/interactions": {"job_ids": ["1"], "kind": "saved"}}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.request(method, path, json=bodies.get(path))
    assert problem(response, 503)["detail"] == "the service has not been opened by its host"
    assert "Retry-After" not in response.headers
    assert "async with engine" in caplog.text


def test_every_error_of_ours_has_a_kind() -> None:
    ours = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.JobmatchError)]
    for cls in ours:
        assert kind_of(cls.__new__(cls)).status >= 400


def test_a_pointer_is_a_uri_fragment() -> None:
    assert pointer("a~b", "c/d", 'e "f') == "#/a~0b/c~1d/e%20%22f"
    assert json.dumps(pointer()) == '"#"'


def test_nobody_is_sent_away_for_long() -> None:
    assert retry_after(1e9) == {"Retry-After": str(MAX_RETRY_AFTER)}
    assert retry_after(0) == {"Retry-After": "1"}
