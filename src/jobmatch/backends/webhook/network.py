"""Connecting to the address that was checked, and to no other."""

from collections.abc import Iterable
from typing import Any

import httpcore

from jobmatch.backends.webhook.addresses import resolve

#: Addresses of one name that are tried.
TRIED = 3


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Looks a name up once, checks what it leads to, and connects there. TLS goes on to ask for the name.

    Arguments:
        allow_private: whether addresses that are not public are connected to.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; the first of the checked addresses that answers counts."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in (await resolve(host, port, allow_private=self._allow_private))[:TRIED]:
            try:
                return await self._plain.connect_tcp(address, port, timeout=timeout, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._plain.sleep(seconds)
