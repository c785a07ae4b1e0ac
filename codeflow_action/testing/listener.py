"""An HTTP server on a port of this machine that can be stopped while clients are connected."""

import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_POLL = 0.02  # seconds until a stop is noticed


class Listener(ThreadingHTTPServer):
    """Each connection has its own thread; `failures` is what broke in one.

    `stop` ends idle connections, waits for the threads and closes the port.
    """

    daemon_threads = False  # so that closing waits for them
    request_queue_size = 128

    def __init__(
        self,
        handler: type[BaseHTTPRequestHandler],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__((host, port), handler)
        self.failures: list[Exception] = []
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL,), daemon=True)

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread.start()

    def stop(self) -> None:
        """Close everything; also right where nothing was started."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        for connection in tuple(self._open):
            hang_up(connection)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, object]:
        """Take a connection; the TLS handshake is its own thread's: a slow client holds nobody."""
        connection, address = super().get_request()
        if self._tls:
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        self._open.add(connection)
        return connection, address

    def close_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Forget a connection that is over."""
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().close_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Keep what broke; that a client hangs up, or does not trust us, is none of it."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.failures.append(error)


def hang_up(connection: socket.socket) -> None:
    """Shut a connection from any thread: below TLS, whose state belongs to its own thread."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
