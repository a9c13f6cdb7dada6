"""A way to the server that can go deaf: connections stay open, nothing comes through any more."""

import socket
import threading
from contextlib import suppress


class Proxy:
    """Forwards connections to a port of this machine, in threads.

    Arguments:
        port: where to.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._hearing = threading.Event()
        self._hearing.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=(one, other), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._hearing.wait()
                target.sendall(data)
        self._hearing.wait()
        _hang_up(target)

    def go_deaf(self) -> None:
        """Hold back whatever is sent from now on, on connections old and new."""
        self._hearing.clear()

    def hear_again(self) -> None:
        """Forward again, and at once what was held back."""
        self._hearing.set()

    def close(self) -> None:
        """Close everything."""
        self._hearing.set()
        for one in (self._listening, *self._sockets):
            _hang_up(one)
            one.close()


def _hang_up(one: socket.socket) -> None:
    """End a connection even if somebody reads from it, which closing alone does not."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
