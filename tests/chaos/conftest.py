"""A server that may be mistreated, a database for each test, and processes that work on it.

The short forms run with all other tests; ``nox -s chaos`` runs the long ones, by ``CHAOS=long``.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from proxy import Proxy

WORKER = Path(__file__).parent / "worker.py"
LONG = os.environ.get("CHAOS") == "long"
Start = Callable[..., "subprocess.Popen[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.chaos)


@pytest.fixture
def anyio_backend() -> str:
    """psycopg's pool runs on asyncio only."""
    return "asyncio"


@pytest.fixture
def amount() -> Callable[[int, int], int]:
    """Return the first of two numbers in a short run, the second in a long one."""
    return lambda short, long: long if LONG else short


@pytest.fixture(scope="session")
def cluster(free_port: Callable[[], int]) -> Iterator[Cluster]:
    """A server of our own."""
    made = Cluster(free_port())
    yield made
    made.close()


@pytest.fixture
def database(cluster: Cluster, left_open: Callable[[str, str], list[tuple[str, ...]]]) -> Iterator[str]:
    """The name of a database. In the end nobody may be connected to it any more."""
    name = cluster.create()
    yield name
    left = left_open(cluster.url(), name)
    cluster.drop(name)
    assert left == [], "connections were left open"


@pytest.fixture(params=["local", "procrastinate"])
def runner(request: pytest.FixtureRequest) -> str:
    """Who hands tasks over."""
    name: str = request.param
    return name


@pytest.fixture
def url(cluster: Cluster, database: str) -> str:
    """Where that database is."""
    return cluster.url(database)


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[Proxy]:
    """Another way to the server."""
    made = Proxy(cluster.port)
    yield made
    made.close()


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Start a process that works, and return it as soon as it does."""
    started: list[subprocess.Popen[str]] = []

    def make(**options: object) -> "subprocess.Popen[str]":
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        process = subprocess.Popen([sys.executable, WORKER, url, *arguments], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    yield make
    for process in started:
        process.kill()
        process.communicate()
