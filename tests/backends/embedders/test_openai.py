"""The embedder for OpenAI-compatible services, against a server on this machine that speaks the protocol."""

import base64
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import anyio
import anyio.to_thread
import numpy as np
import pytest
import stamina

from jobmatch.backends.embedders.openai import BATCH_TEXTS, TEXT_CHARACTERS, OpenAIEmbedder, from_backends
from jobmatch.errors import EmbedderUnavailable, Incompatible, InvalidSettings
from jobmatch.plugins import Backends
from jobmatch.settings import Settings
from jobmatch.testing import EmbedderContract

KEY = "sk-very-secret"
TEXT = "private words of a candidate"


class Answer:
    """What the service says once: a status, headers, a body; None for a real answer."""

    def __init__(
        self, status: int = 200, body: object = None, *, headers: Mapping[str, str] | None = None, delay: float = 0
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.delay = delay


class Service:
    """A small embeddings service.

    Arguments:
        dimensions: of its model.
        shortens: whether the model can shorten its vectors; if not, the service refuses the field.
    """

    def __init__(self, dimensions: int = 32, *, shortens: bool = False) -> None:
        self.dimensions = dimensions
        self.shortens = shortens
        self.scale = 3.0
        self.shuffled = self.base64 = False
        self.script: list[Answer] = []
        self.always: Answer | None = None
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.url = ""
        self.closing = Event()

    def answer(self, request: dict[str, Any]) -> Answer:
        if self.always:
            return self.always
        if self.script:
            return self.script.pop(0)
        if "dimensions" in request and not self.shortens:
            return Answer(400, {"error": {"code": "unknown_field", "message": "no " + TEXT}})
        return Answer(body=self.embeddings(request["input"], request.get("dimensions", self.dimensions)))

    def embeddings(self, texts: Sequence[str], dimensions: int) -> object:
        vectors = [hashed(text, dimensions) * self.scale for text in texts]
        data = [{"object": "embedding", "index": i, "embedding": self.spelled(v)} for i, v in enumerate(vectors)]
        return {"object": "list", "model": "m", "data": data[::-1] if self.shuffled else data, "usage": {}}

    def spelled(self, vector: Any) -> object:
        return base64.b64encode(vector.astype("<f4").tobytes()).decode() if self.base64 else vector.tolist()


def hashed(text: str, dimensions: int) -> Any:
    vector = np.ones(dimensions, dtype=np.float32)
    vector[sum(map(ord, text)) % dimensions] = 10
    return vector / np.linalg.norm(vector)


def handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.requests.append({**request, "path": self.path})
            service.headers.append(dict(self.headers))
            answer = service.answer(request)
            service.closing.wait(answer.delay)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(service)) as server:
        server.daemon_threads = True
        server.handle_error = lambda *arguments: None  # type: ignore[method-assign]
        service.url = f"http://127.0.0.1:{server.server_port}/v1"
        Thread(target=server.serve_forever, args=(0.01,)).start()
        yield service
        service.closing.set()
        server.shutdown()


@pytest.fixture
def embedder(service: Service) -> OpenAIEmbedder:
    return OpenAIEmbedder(url=service.url, model="tiny", dimensions=32, key=KEY)


@pytest.fixture
def hurried() -> Iterator[None]:
    """Three attempts without pauses."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


class TestOpenAIEmbedder(EmbedderContract):
    @pytest.fixture
    async def embedder(self, service: Service) -> OpenAIEmbedder:
        return OpenAIEmbedder(url=service.url, model="tiny", dimensions=32)


async def test_asks_as_the_protocol_says(service: Service, embedder: OpenAIEmbedder) -> None:
    await embedder.embed(["nurse", "welder"])
    assert service.requests == [
        {"path": "/v1/embeddings", "model": "tiny", "input": ["nurse", "welder"], "encoding_format": "float"}
    ]
    assert service.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert embedder.name == "openai:tiny:32"


async def test_no_key_sends_none(service: Service) -> None:
    await OpenAIEmbedder(url=service.url + "/", model="tiny", dimensions=32).embed(["nurse"])
    assert "Authorization" not in service.headers[0]
    assert service.requests[0]["path"] == "/v1/embeddings"


@pytest.mark.parametrize("encoded", [False, True])
async def test_order_is_that_of_the_index_in_either_spelling(
    service: Service, embedder: OpenAIEmbedder, encoded: bool
) -> None:
    service.shuffled, service.base64 = True, encoded
    vectors = await embedder.embed(["nurse", "", "welder"])
    assert np.allclose(vectors[0], hashed("nurse", 32), atol=1e-6)
    assert not vectors[1].any()
    assert np.allclose(vectors[2], hashed("welder", 32), atol=1e-6)


async def test_empty_texts_are_not_sent(service: Service, embedder: OpenAIEmbedder) -> None:
    assert not (await embedder.embed(["", " \n"])).any()
    assert service.requests == []


async def test_many_texts_go_in_batches_and_long_ones_are_cut(service: Service, embedder: OpenAIEmbedder) -> None:
    texts = [str(number) for number in range(BATCH_TEXTS + 4)] + ["x" * 50_000] * 30
    vectors = await embedder.embed(texts)
    assert [len(request["input"]) for request in service.requests] == [BATCH_TEXTS, 28, 6]
    assert max(len(text) for request in service.requests for text in request["input"]) == TEXT_CHARACTERS
    assert np.allclose(vectors[BATCH_TEXTS + 3], hashed(str(BATCH_TEXTS + 3), 32), atol=1e-6)


async def test_connections_are_kept_while_it_is_open(service: Service, embedder: OpenAIEmbedder) -> None:
    async with embedder:
        async with embedder:
            await embedder.embed(["nurse"])
        await embedder.embed(["welder"])
    await embedder.embed(["again, after closing"])
    assert len(service.requests) == 3


async def test_a_model_is_asked_to_shorten_only_when_it_must(service: Service) -> None:
    service.shortens = True
    embedder = OpenAIEmbedder(url=service.url, model="tiny", dimensions=8)
    assert (await embedder.embed(["nurse"])).shape == (1, 8)
    await embedder.embed(["welder"])
    assert [request.get("dimensions") for request in service.requests] == [None, 8, 8]


async def test_who_asked_before_it_was_known_that_the_model_must_shorten_is_served_too(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.shortens = True
    embedder = OpenAIEmbedder(url=service.url, model="tiny", dimensions=8)
    arrived, learned, answer = Event(), Event(), service.answer

    def answer_late(request: dict[str, Any]) -> Answer:
        if request["input"] == ["late"]:
            arrived.set()
            learned.wait()
        return answer(request)

    monkeypatch.setattr(service, "answer", answer_late)
    vectors: list[Any] = []

    async def embed_late() -> None:
        vectors.append(await embedder.embed(["late"]))

    async with embedder, anyio.create_task_group() as group:
        group.start_soon(embed_late)
        await anyio.to_thread.run_sync(arrived.wait)
        await embedder.embed(["first"])
        learned.set()
    assert np.allclose(vectors[0], [hashed("late", 8)], atol=1e-6)
    assert [request.get("dimensions") for request in service.requests] == [None, None, 8, 8]


@pytest.mark.parametrize("dimensions", [8, 64])
async def test_other_dimensions_are_named(service: Service, dimensions: int) -> None:
    embedder = OpenAIEmbedder(url=service.url, model="tiny", dimensions=dimensions)
    for _ in range(2):
        with pytest.raises(Incompatible, match="JOBMATCH_EMBEDDER_DIMENSIONS=32"):
            await embedder.embed(["nurse"])


async def test_a_service_that_ignores_the_dimensions_is_told(service: Service) -> None:
    service.always = Answer(body=service.embeddings(["nurse"], 32))
    with pytest.raises(Incompatible, match="32 dimensions, not 8"):
        await OpenAIEmbedder(url=service.url, model="tiny", dimensions=8).embed(["nurse"])


@pytest.mark.parametrize("status", [408, 429, 500, 503, 529])
@pytest.mark.usefixtures("hurried")
async def test_what_fails_for_a_while_is_tried_again(service: Service, embedder: OpenAIEmbedder, status: int) -> None:
    service.script = [Answer(status), Answer(status, {"error": {"code": "busy"}})]
    assert (await embedder.embed(["nurse"])).any()
    assert len(service.requests) == 3


@pytest.mark.usefixtures("hurried")
async def test_what_fails_for_good_is_said(service: Service, embedder: OpenAIEmbedder) -> None:
    service.always = Answer(500, {"error": {"code": "insufficient_quota", "message": TEXT}})
    with pytest.raises(EmbedderUnavailable, match=r"500 insufficient_quota.*JOBMATCH_EMBEDDER_URL"):
        await embedder.embed([TEXT])
    assert len(service.requests) == 3


def when(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("header", "pause"),
    [("0.1", 0.1), ("-3", 0.0), (when(-100), 0.0), (when(-100).replace("GMT", "-0000"), 0.0)],
    ids=["seconds", "below zero", "date", "date without a zone"],
)
async def test_a_service_says_how_long_to_wait(
    service: Service, embedder: OpenAIEmbedder, header: str, pause: float
) -> None:
    pauses: list[float] = []
    service.script = [Answer(429, headers={"Retry-After": header})]
    stamina.instrumentation.set_on_retry_hooks([lambda details: pauses.append(details.wait_for)])
    try:
        await embedder.embed(["nurse"])
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert pauses == [pytest.approx(pause)]


@pytest.mark.parametrize("header", ["soon", "nan", "inf"])
@pytest.mark.usefixtures("hurried")
async def test_a_senseless_pause_is_passed_over(service: Service, embedder: OpenAIEmbedder, header: str) -> None:
    service.script = [Answer(429, headers={"Retry-After": header})]
    assert (await embedder.embed(["nurse"])).any()


@pytest.mark.parametrize(
    ("status", "variable"),
    [
        (301, "JOBMATCH_EMBEDDER_URL"),
        (400, "JOBMATCH_EMBEDDER_MODEL"),
        (401, "JOBMATCH_EMBEDDER_KEY"),
        (403, "JOBMATCH_EMBEDDER_KEY"),
        (404, "JOBMATCH_EMBEDDER_URL"),
        (413, "JOBMATCH_EMBEDDER_MODEL"),
    ],
)
async def test_what_is_wrong_is_named_at_once(
    service: Service, embedder: OpenAIEmbedder, status: int, variable: str
) -> None:
    service.always = Answer(status, {"error": {"code": "model_not_found", "message": TEXT}})
    with pytest.raises(InvalidSettings, match=f"{status} model_not_found") as caught:
        await embedder.embed([TEXT])
    assert caught.value.field == variable
    assert len(service.requests) == 1


VECTOR = [1.0] * 32


@pytest.mark.parametrize(
    "body",
    [
        b"<html>welcome</html>",
        b"{}",
        {"data": []},
        {"data": [{"index": 1, "embedding": VECTOR}]},
        {"data": [{"index": 0, "embedding": VECTOR}, {"index": 0, "embedding": VECTOR}]},
        {"data": [{"index": 0, "embedding": "not base64!"}]},
        {"data": [{"index": 0, "embedding": "AAA="}]},
        {"data": [{"index": 0, "embedding": [1e400]}]},
        {"data": [{"index": 0, "embedding": base64.b64encode(np.array([np.nan], "<f4").tobytes()).decode()}]},
    ],
)
async def test_another_kind_of_server_is_recognised(service: Service, embedder: OpenAIEmbedder, body: object) -> None:
    service.always = Answer(body=body)
    with pytest.raises(InvalidSettings, match="JOBMATCH_EMBEDDER_URL"):
        await embedder.embed(["nurse"])


@pytest.mark.usefixtures("hurried")
async def test_a_slow_service_does_not_hold_us(service: Service) -> None:
    service.always = Answer(delay=600)
    embedder = OpenAIEmbedder(url=service.url, model="tiny", dimensions=32, timeout=0.2)
    with pytest.raises(EmbedderUnavailable, match="Timeout"):  # even in connecting, on a slow machine
        await embedder.embed(["nurse"])


@pytest.mark.usefixtures("hurried")
async def test_nobody_at_the_address() -> None:
    with pytest.raises(EmbedderUnavailable, match=r"127\.0\.0\.1:9/v1/embeddings does not answer \(ConnectError\)"):
        await OpenAIEmbedder(url="http://me:pass@127.0.0.1:9/v1", model="m", dimensions=3).embed(["nurse"])


@pytest.mark.usefixtures("hurried")
async def test_neither_key_nor_text_is_told(
    service: Service, embedder: OpenAIEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    told = ""
    with caplog.at_level(logging.DEBUG):
        for status in (200, 400, 401, 404, 500):
            service.always = Answer(status, {"error": {"code": TEXT, "message": f"{TEXT} {KEY}"}})
            with pytest.raises((InvalidSettings, EmbedderUnavailable)) as caught:
                await embedder.embed([TEXT])
            told += repr(caught.value) + str(caught.value)
    for secret in (KEY, TEXT):
        assert secret not in told + repr(embedder)
        assert secret not in "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


@pytest.mark.parametrize("url", ["api.openai.com/v1", "ftp://host/v1", "http://", "http://[::1", "http://host:0/v1"])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(InvalidSettings, match="JOBMATCH_EMBEDDER_URL"):
        OpenAIEmbedder(url=url, model="m", dimensions=3)


@pytest.mark.parametrize("key", ["sk-…", "sk\n-1", "sk\x00"])
def test_a_key_must_be_one(key: str) -> None:
    with pytest.raises(InvalidSettings, match="JOBMATCH_EMBEDDER_KEY") as caught:
        OpenAIEmbedder(url="http://host/v1", model="m", dimensions=3, key=key)
    assert key not in str(caught.value)


async def test_made_from_settings(service: Service) -> None:
    settings = Settings.from_environ(
        {
            "JOBMATCH_EMBEDDER": "openai",
            "JOBMATCH_EMBEDDER_URL": service.url,
            "JOBMATCH_EMBEDDER_MODEL": "tiny",
            "JOBMATCH_EMBEDDER_DIMENSIONS": "32",
            "JOBMATCH_EMBEDDER_KEY": KEY,
        }
    )
    embedder = from_backends(Backends(settings))
    assert (await embedder.embed(["nurse"])).any()
    assert service.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert Backends(settings).make("embedder", "openai").name == embedder.name


def test_without_httpx_the_missing_extra_is_named() -> None:
    program = """
import sys
sys.modules["httpx"] = None
from jobmatch.backends.embedders.openai import OpenAIEmbedder
try:
    OpenAIEmbedder(url="http://host/v1", model="m", dimensions=3)
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'jobmatch[openai]'" in run.stdout
