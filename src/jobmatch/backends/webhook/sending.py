"""`Sender`: one attempt to deliver one message."""

import ssl
from collections.abc import Sequence
from enum import Enum, auto
from time import time
from typing import Final

import anyio
import httpcore

from jobmatch.backends.webhook import signing
from jobmatch.backends.webhook.addresses import Inside
from jobmatch.backends.webhook.network import CheckedNetwork
from jobmatch.callbacks import Delivery

#: Seconds for one attempt, the look-up of the name included.
TIMEOUT: Final = 15.0
_GONE = 410
_HEADERS = {"content-type": "application/json", "user-agent": "jobmatch"}


class Outcome(Enum):
    """What came of an attempt."""

    DELIVERED = auto()
    FAILED = auto()
    REFUSED = auto()


class Sender:
    """Sends messages. Redirects are not followed, proxies of the environment not used, answers not read.

    Arguments:
        secrets: to sign with.
        allow_private: whether addresses that are not public are called.
        tls: instead of the certificates that the system trusts.
        timeout: seconds for one attempt.
    """

    def __init__(
        self, *, secrets: Sequence[str], allow_private: bool, tls: ssl.SSLContext | None, timeout: float = TIMEOUT
    ) -> None:
        self._secrets = secrets
        self._timeout = timeout
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_keepalive_connections=0,  # a connection that is kept was checked some time ago
            network_backend=CheckedNetwork(allow_private=allow_private),
        )

    async def send(self, delivery: Delivery) -> tuple[Outcome, str]:
        """Try once; return what came of it, and a word on it that holds nothing of the URL."""
        try:
            with anyio.fail_after(self._timeout):
                return _judged(await self._post(delivery))
        except Inside as error:
            return Outcome.REFUSED, str(error)
        except (OSError, UnicodeError, ssl.SSLError, httpcore.ConnectError) as error:
            return Outcome.FAILED, type(error).__name__
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            return Outcome.FAILED, type(error).__name__

    async def _post(self, delivery: Delivery) -> int:
        content = signing.body(delivery)
        signed = signing.headers(delivery, content, secrets=self._secrets, now=int(time()))
        headers = {**_HEADERS, **signed, "content-length": str(len(content))}
        async with self._pool.stream("POST", delivery.url, headers=list(headers.items()), content=content) as answer:
            return int(answer.status)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._pool.aclose()


def _judged(status: int) -> tuple[Outcome, str]:
    if 200 <= status < 300:
        return Outcome.DELIVERED, f"status {status}"
    return Outcome.REFUSED if status == _GONE else Outcome.FAILED, f"status {status}"
