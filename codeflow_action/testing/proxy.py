"""A forward proxy that wants a password, to test `HTTPS_PROXY`; it reaches this machine only."""

import base64
import contextlib
import http.client
import select
import socket
from functools import partial
from urllib.parse import urlsplit

from codeflow_action.testing.listener import Listener, LocalServer, OwnedHandler

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TIMEOUT = 30  # seconds for the server behind
_PART = 64 * 1024  # bytes
# What belongs to one connection and is not passed on:
# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_HOP = frozenset({"connection", "keep-alive", "proxy-authorization", "proxy-connection", "te"})


class ConnectProxy(LocalServer):
    """A context manager: `CONNECT`, and plain requests with an absolute address.

    `url` belongs in `HTTPS_PROXY`, credentials included; `port` is one of 127.0.0.1 that was free.
    Without `Proxy-Authorization: Basic user:password` it answers 407. `hosts` are those that were
    asked for with the password, `refusals` counts the requests without. Hosts other than this
    machine get 403.
    """

    def __init__(self, user: str = "user", password: str = "password") -> None:  # noqa: S107
        self.hosts: list[str] = []
        self.refusals = 0
        self.credentials = f"{user}:{password}"
        self.listener = Listener(partial(_Handler, self))
        self.port = self.listener.server_port
        self.url = f"http://{self.credentials}@127.0.0.1:{self.port}"


class _Handler(OwnedHandler[ConnectProxy]):
    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        if not self._is_admitted(host):
            return
        with socket.create_connection((host.strip("[]"), int(port)), _TIMEOUT) as far:
            self.send_response(200, "Connection established")
            self.end_headers()
            _relay(self.connection, far)
        self.close_connection = True

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self._is_admitted(target.hostname or ""):
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        far = http.client.HTTPConnection(target.hostname or "", target.port or 80, timeout=_TIMEOUT)
        with contextlib.closing(far):
            path = f"{target.path or '/'}{'?' if target.query else ''}{target.query}"
            far.request(self.command, path, body, headers)
            response = far.getresponse()
            content = response.read()
        self.send_response(response.status)
        # The length is written anew, since the body has been taken out of its chunks.
        for name, value in response.getheaders():
            if name.lower() not in _HOP | {"transfer-encoding", "content-length"}:
                self.send_header(name, value)
        self._end(content)

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base's names

    def _is_admitted(self, host: str) -> bool:
        """Check the password, then the host; answer the request when it is refused."""
        proxy = self.owner
        secret = base64.b64encode(proxy.credentials.encode()).decode()
        if self.headers.get("proxy-authorization", "") != f"Basic {secret}":
            proxy.refusals += 1
            self.send_response(407)
            # Clients send the password only when they are asked for it, or have it in the address.
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self._end(b"")
            return False
        proxy.hosts.append(host)
        # Tests must not reach the Internet, also through a proxy.
        if host.strip("[]") not in _LOOPBACK:
            self.send_response(403)
            self._end(b"this proxy reaches its own machine only\n")
            return False
        return True

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _relay(near: socket.socket, far: socket.socket) -> None:
    """Copy bytes both ways until one side ends."""
    targets = {near: far, far: near}
    while True:
        for source in select.select([near, far], [], [])[0]:
            part = source.recv(_PART)
            if not part:
                return
            targets[source].sendall(part)
