"""HTTP/1.1: bytes to requests, responses to bytes. Knows nothing of GitHub."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import parse_qsl

from codeflow_action.testing.github.exchange import Request, Response
from codeflow_action.testing.listener import OwnedHandler, hang_up

type Answer = Callable[[Request], Response | None]


class HttpHandler(OwnedHandler[Answer]):
    """Serves what its owner answers; None for an answer drops the connection."""

    wbufsize = 64 * 1024

    def setup(self) -> None:
        """Shake hands first where there is TLS."""
        # In this connection's thread: a client that is slow to shake hands holds up nobody else.
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def version_string(self) -> str:
        """Return the `server` of every answer."""
        return "github.com"

    def handle_expect_100(self) -> bool:
        """Send `100 Continue` at once."""
        # The base class leaves its `100 Continue` in the buffer, and git waits for it.
        may_go_on = super().handle_expect_100()
        self.wfile.flush()
        return may_go_on

    def do_GET(self) -> None:
        """Answer one request, whatever its method."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = b"".join(self._read_body(headers))
        path, _, query = self.path.partition("?")
        pairs = dict(parse_qsl(query, keep_blank_values=True))
        request = Request(method=self.command, path=path, query=pairs, headers=headers, body=body)
        response = self.owner(request)
        if response is None:
            self.close_connection = True
            hang_up(self.connection)
        elif isinstance(response.body, bytes):
            self._write_head(response, "content-length", str(len(response.body)))
            self.wfile.write(response.body)
        else:
            self._write_head(response, "transfer-encoding", "chunked")
            # Closed whatever happens: behind git's answers there is a process.
            with closing(response.body) as parts:
                for part in parts:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                    self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base's names

    def _read_body(self, headers: dict[str, str]) -> Iterator[bytes]:
        # git sends large requests in chunks (https://www.rfc-editor.org/rfc/rfc9112#section-7.1).
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # trailers
        else:
            yield self.rfile.read(int(headers.get("content-length") or 0))

    def _write_head(self, response: Response, framing_header: str, value: str) -> None:
        self.send_response_only(response.status)
        self.send_header("server", self.version_string())
        # A test may set the date, to say when a `retry-after` that is a date is.
        if "date" not in response.headers:
            self.send_header("date", self.date_time_string())
        for name, text in {**response.headers, framing_header: value}.items():
            self.send_header(name, text)
        self.end_headers()
