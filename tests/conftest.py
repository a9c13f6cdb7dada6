"""Fixtures for all tests."""

from typing import Any

import pytest


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """The core and the memory backends run on both event loops; whatever needs PostgreSQL overrides this."""
    return request.param
