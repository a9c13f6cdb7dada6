"""A receiver of webhooks with TLS, whose certificate comes from an authority made for the test."""

import ssl
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
import trustme


class Receiver:
    """What came in, and what is answered: statuses, one after the other, the last of them for good."""

    def __init__(self) -> None:
        self.port = 0
        self.statuses = [204]
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.arrived, self.closing = Event(), Event()
        self.received: list[tuple[str, Mapping[str, str], bytes]] = []

    def url(self, host: str = "localhost") -> str:
        return f"https://{host}:{self.port}/hook?key=1"

    def answer(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """What a sender trusts: the authority of the test."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def receiver(authority: trustme.CA) -> Iterator[Receiver]:
    """A receiver for the name ``localhost``."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            made.received.append((self.path, dict(self.headers), content))
            made.arrived.set()
            made.closing.wait(made.delay)
            self.send_response(made.answer())
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *arguments: None  # type: ignore[method-assign]
    made.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()
