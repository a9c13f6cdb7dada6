"""``app.asgi``: what the command line calls to serve an engine over HTTP."""

import logging
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Protocol

from jobmatch.adapters.asgi.app import create_app
from jobmatch.adapters.asgi.auth import Authenticate, bearer_tokens
from jobmatch.engine import MatchEngine
from jobmatch.errors import InvalidInput, MissingExtra
from jobmatch.plugins import Backends

_log = logging.getLogger("jobmatch.http")


class Run(Protocol):
    """Serves an engine."""

    async def __call__(
        self,
        engine: MatchEngine,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        prefix: str = "/jobs",
        authenticate: Authenticate | None = None,
        started: Callable[[str], object] = _log.info,
    ) -> None:
        """Serve until cancelled; what a signal means is for the caller to say.

        Arguments:
            engine: open already; it stays open.
            host: address to listen on.
            port: port to listen on; 0 for any that is free.
            prefix: path in front of all routes.
            authenticate: who sent a request; otherwise the tokens of the settings tell.
            started: called with the URL when the first request can come.

        Raises:
            InvalidInput: the address cannot be had, or nobody has to say who they are on an address that others reach.
        """


def from_backends(backends: Backends) -> Run:
    """Return what serves an engine as the settings say."""
    if find_spec("uvicorn") is None:
        raise MissingExtra("uvicorn", extra="asgi")
    tokens = backends.settings.tokens

    async def run(
        engine: MatchEngine,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        prefix: str = "/jobs",
        authenticate: Authenticate | None = None,
        started: Callable[[str], object] = _log.info,
    ) -> None:
        from jobmatch.adapters.asgi.serving import bound, serve, url

        known = authenticate or _hook(tokens, host)
        app = create_app(engine, authenticate=known, allow_anonymous=known is None, prefix=prefix, manage_engine=False)
        with bound(host, port) as listening:
            await serve(app, listening, started=lambda: started(url(listening) + prefix))

    return run


def _hook(tokens: Mapping[str, str], host: str) -> Authenticate | None:
    """Return the hook for the tokens; None on a machine's own address, where nobody else can connect."""
    if tokens:
        return bearer_tokens(tokens)
    if is_loopback(host):
        return None
    raise InvalidInput(
        "host", f"{host} can be reached by others: set JOBMATCH_TOKENS to token=owner pairs, or use 127.0.0.1"
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can connect to *host*."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
