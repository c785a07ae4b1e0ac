"""What all local servers listen with: a thread for each connection, and an end without waiting."""

import contextlib
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

type Handler = Callable[[Any, Any, socketserver.BaseServer], socketserver.BaseRequestHandler]

# Seconds that closing waits for requests under way. A thread that takes longer is left behind: it
# is a daemon and does not keep the process alive.
_GRACE = 2.0


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A server with one thread per connection. `failures` are what its handlers raised.

    `server_port` is the port, also where a free one was asked for; `url` ends without a slash.
    """

    # Not `http.server.ThreadingHTTPServer`, which asks DNS for the host's name when it starts.

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        handler: Handler,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.failures: list[BaseException] = []
        self._connections: set[socket.socket] = set()
        self._gates: set[threading.Event] = set()
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        super().__init__((host, port), handler)
        self.server_port = int(self.server_address[1])
        self.url = f"{'https' if tls else 'http'}://{host}:{self.server_port}"
        # The handshake belongs in the connection's own thread: a slow client holds up nobody.
        if tls is not None:
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def start(self) -> None:
        """Accept connections from now on, in a thread of its own."""
        self._thread.start()

    def _accept(self) -> None:
        # Not `serve_forever`, which looks twice a second whether it shall end.
        while not self._closing:
            self.handle_request()

    def wait(self, gate: threading.Event, seconds: float | None = None) -> bool:
        """Wait for the gate, at most so many seconds; return True if the server is still open."""
        with self._changed:
            self._gates.add(gate)
            if self._closing:
                gate.set()
        gate.wait(seconds)
        with self._changed:
            self._gates.discard(gate)
            return not self._closing

    def close(self) -> None:
        """Open all gates, end all connections, and free the port."""
        with self._changed:
            self._closing = True
            for gate in self._gates:
                gate.set()
        if self._thread.is_alive():  # it waits for a connection: give it one
            socket.create_connection(self.socket.getsockname()).close()
            self._thread.join()
        with self._changed:
            for connection in self._connections:
                hang_up(connection)
            self._changed.wait_for(lambda: not self._connections, timeout=_GRACE)
        self.server_close()

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Remember the connection, then serve it."""
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """End the connection and forget it."""
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the base's
        """Keep what a handler raised, to be raised again when the server is closed.

        Clients that go away or refuse our certificate are no failures: both are `OSError`s.
        """
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.failures.append(error)


class LocalServer:
    """A context manager: while it is open, `listener` takes connections."""

    listener: Listener

    def __enter__(self) -> Self:
        self.listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.listener.close()


class OwnedHandler[Owner](BaseHTTPRequestHandler):
    """Serves one connection of a listener for its `owner`, which decides what is answered.

    A listener takes it as `partial(Handler, owner)`.
    """

    protocol_version = "HTTP/1.1"
    # Head and body are two writes: with Nagle's algorithm the second waits for an acknowledgement.
    disable_nagle_algorithm = True
    server: Listener

    def __init__(self, owner: Owner, *connection: Any) -> None:  # noqa: ANN401 - the base's
        self.owner = owner
        super().__init__(*connection)  # serves the connection to its end

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Print nothing: the owner keeps its requests, and tests print those."""


def hang_up(connection: socket.socket) -> None:
    """Shut a connection from any thread: below TLS, whose state belongs to its own thread."""
    with contextlib.suppress(OSError):  # it is closed already
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
