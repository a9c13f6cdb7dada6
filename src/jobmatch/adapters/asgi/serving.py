"""Serving an app with uvicorn, on a socket of our own."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EACCES, EADDRINUSE

import anyio
import uvicorn
from starlette.types import ASGIApp

from jobmatch.errors import InvalidInput

#: Seconds that requests under way get to end when the server stops.
GRACE = 5
MAX_PORT = 65_535


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """Return a listening socket, closed in the end.

    Raises:
        InvalidInput: the address cannot be had.
    """
    if not 0 <= port <= MAX_PORT:
        raise InvalidInput("port", f"{port} is not a port; use 0 to {MAX_PORT}, 0 for any that is free")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        raise _refusal(error, host, port) from None
    with listening:
        yield listening


def _refusal(error: Exception, host: str, port: int) -> InvalidInput:
    code = getattr(error, "errno", None)
    if code == EADDRINUSE:
        return InvalidInput("port", f"{port} on {host} is taken; stop what listens there, or choose another port")
    if code == EACCES:
        return InvalidInput("port", f"{port} needs special rights; choose one above 1023")
    return InvalidInput("host", f"{host!r} is not an address of this machine")


def url(listening: socket.socket) -> str:
    """Return where a socket can be reached."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Tells when it is ready, and shuts down in order when it is cancelled.

    Signals are for whoever runs the process: uvicorn would raise them again at its end, and so cut off what closes
    after it.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], object]) -> None:
        super().__init__(config)
        self._tell = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()

    async def main_loop(self) -> None:
        try:
            await super().main_loop()
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self.shutdown()
            raise


async def serve(app: ASGIApp, listening: socket.socket, *, started: Callable[[], object]) -> None:
    """Answer on a socket until the caller is cancelled.

    Arguments:
        app: what to serve; it is not told of start and end.
        listening: where.
        started: called when the first request can come.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    await _Server(config, started).serve(sockets=[listening])
