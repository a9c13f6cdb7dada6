"""Over a real socket, with uvicorn, and with the JavaScript client that users have."""

import asyncio
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

from jobmatch.adapters.asgi.plugin import Run, from_backends, is_loopback
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput
from jobmatch.model import Job
from jobmatch.plugins import Backends
from jobmatch.settings import Settings

HERE = Path(__file__).parent
Engines = Callable[..., MatchEngine]
JOBS = [Job(id=str(n), title=f"Python developer {n}", description="machine learning") for n in range(30)]


@pytest.fixture
def anyio_backend() -> str:
    """uvicorn runs on asyncio."""
    return "asyncio"


def runner(**environment: str) -> Run:
    """Return what the command line calls, with these settings."""
    return from_backends(Backends(Settings.from_environ(environment)))


@contextmanager
def served(engine: MatchEngine, run: Run) -> Iterator[str]:
    """Serve *engine* in a thread; yield the URL."""
    urls: Queue[str] = Queue()
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        task = asyncio.current_task()
        assert task
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(task.cancel))
        async with engine:
            await engine.import_jobs(JOBS)
            await run(engine, port=0, started=urls.put)

    def target() -> None:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(serve())

    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield urls.get(timeout=60)
    finally:
        stop[0]()
        thread.join(timeout=60)
    assert not thread.is_alive()


def test_serves_with_the_tokens_of_the_settings(engines: Engines) -> None:
    with served(engines(LocalTaskRunner()), runner(JOBMATCH_TOKENS="t1=ada")) as url:
        assert httpx.post(f"{url}/match", json={"keywords": "python"}, timeout=60).status_code == 401
        headers = {"Authorization": "Bearer t1"}
        response = httpx.post(f"{url}/match?wait=true", json={"keywords": "python"}, headers=headers, timeout=60)
        assert response.json()["total"] == 25
        assert httpx.get(f"{url}/health/ready", timeout=60).status_code == 200
        assert "server" not in response.headers


def test_a_body_that_never_ends_is_cut_off(engines: Engines) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"keywords":"'
        for _ in range(200):
            yield b"x" * 65_536

    with served(engines(LocalTaskRunner()), runner()) as url:
        try:
            kind = {"Content-Type": "application/json"}
            response = httpx.post(f"{url}/match", content=endless(), headers=kind, timeout=60)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            return  # the server hung up before the client had looked for its answer
        assert response.status_code == 413


def test_the_javascript_client_of_the_first_users_ends_with_the_jobs(engines: Engines) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node, for the client is JavaScript")
    with served(engines(LocalTaskRunner()), runner(JOBMATCH_TOKENS="t1=ada")) as url:
        script = [node, str(HERE / "seed_client.mjs"), url.removesuffix("/jobs"), "t1"]
        done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed["status"] == "completed"
    assert printed["jobs"] == 25
    assert printed["first"]["rank"] == 1


async def test_a_taken_port_is_one_clear_line(engines: Engines) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput, match=f"port: {port} on 127.0.0.1 is taken"):
            await runner()(engines(LocalTaskRunner()), port=port)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ({"port": 70_000}, "port: 70000 is not a port"),
        ({"host": "203.0.113.7"}, "host: "),
        ({"host": "no such"}, "host: "),
    ],
)
async def test_an_address_that_cannot_be_had_is_one_clear_line(engines: Engines, where: Any, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        await runner(JOBMATCH_TOKENS="t=ada")(engines(LocalTaskRunner()), **({"port": 0} | where))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104
async def test_without_tokens_only_this_machine_may_ask(engines: Engines, host: str) -> None:
    with pytest.raises(InvalidInput, match="JOBMATCH_TOKENS"):
        await runner()(engines(LocalTaskRunner()), host=host, port=0)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_knows_this_machine(host: str) -> None:
    assert is_loopback(host)
