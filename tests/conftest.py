"""Fixtures for all tests."""

import signal
from typing import Any

import pytest

# A shell starts what it runs in the background with SIGINT ignored, and children inherit that. Here Ctrl-C is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """The core and the memory backends run on both event loops; whatever needs PostgreSQL overrides this."""
    return request.param
