"""Fixtures for all tests."""

import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from jobmatch import telemetry
from jobmatch.backends.postgres import embedded

# A shell starts what it runs in the background with SIGINT ignored, and children inherit that. Here Ctrl-C is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests are divided among processes, which are measured; those that tests start need not be.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

# Neither how long an example takes nor which ones chance would have depends on the machine.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("suite"), derandomize=False, max_examples=1_000)
settings.load_profile("long" if os.environ.get("CHAOS") == "long" else "suite")


def pytest_configure() -> None:
    """Make the user that servers run as when root starts them, before several processes do so at once."""
    if os.geteuid() == 0 and "PYTEST_XDIST_WORKER" not in os.environ:
        embedded.package().utils.ensure_user_exists("pgserver")


#: Seconds in which a server has noticed that somebody is gone, however busy it is.
GONE = 60.0
#: Below the ports that outgoing connections are given: what is free now is so a moment later, unless it is asked for.
#: Each of the processes among which tests are divided has ports of its own.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = range(10_000 + WORKER, 30_000, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
CONNECTED = """
SELECT application_name, state, left(query, 60) FROM pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def left_open() -> Callable[[str, str], list[tuple[str, ...]]]:
    """Tell who is connected, after a while for those about to go; given the URL of a server and a database on it."""

    def look(server: str, name: str) -> list[tuple[str, ...]]:
        end = time.monotonic() + GONE
        with psycopg.connect(server, autocommit=True) as connection:
            while (left := connection.execute(CONNECTED, [name]).fetchall()) and time.monotonic() < end:
                time.sleep(0.02)
        return left

    return look


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Return ports that nobody listens on."""

    def find() -> int:
        while True:
            port = random.choice(PORTS)
            with suppress(OSError), socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
                return port

    return find


@pytest.fixture(autouse=True)
def every_pool_is_closed() -> Iterator[None]:
    """Hold every test to closing the pools that it opened."""
    before = set(telemetry._pools)
    yield
    assert before.issuperset(telemetry._pools), "a pool was left open"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """The core and the memory backends run on both event loops; whatever needs PostgreSQL overrides this."""
    return request.param
