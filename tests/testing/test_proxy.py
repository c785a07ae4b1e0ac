"""The proxy: it wants its password, notes the hosts, and reaches this machine only."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.proxy import ConnectProxy

GOOD = "Basic dXNlcjpwYXNzd29yZA=="  # user:password


@pytest.fixture
def proxy() -> Iterator[ConnectProxy]:
    with ConnectProxy() as running:
        yield running


def tunnel(proxy: ConnectProxy, host: str, port: int, header: str) -> tuple[int, bytes]:
    """CONNECT, and through the tunnel one GET; return the last status and body."""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as near:
        near.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n{header}\r\n".encode())
        answer = http.client.HTTPResponse(near, method="CONNECT")
        answer.begin()
        if answer.status != 200:
            return answer.status, b""
        near.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        inner = http.client.HTTPResponse(near)
        inner.begin()
        return inner.status, inner.read()


def port_of(github: GitHubServer) -> int:
    return int(github.server_url.rpartition(":")[2])


def test_a_tunnel_carries_bytes_both_ways(proxy: ConnectProxy, github: GitHubServer) -> None:
    header = f"Proxy-Authorization: {GOOD}\r\n"
    status, body = tunnel(proxy, "127.0.0.1", port_of(github), header)
    assert status == 401  # GitHub's own, from inside
    assert b"Bad credentials" in body
    assert (proxy.hosts, proxy.refusals) == (["127.0.0.1"], 0)
    assert len(github.requests) == 1


@pytest.mark.parametrize("header", ["", "Proxy-Authorization: Basic eDp5\r\n"])
def test_without_the_password_it_is_407(
    proxy: ConnectProxy, github: GitHubServer, header: str
) -> None:
    assert tunnel(proxy, "127.0.0.1", port_of(github), header) == (407, b"")
    assert (proxy.hosts, proxy.refusals) == ([], 1)
    assert github.requests == []


def test_other_machines_are_not_reached(proxy: ConnectProxy) -> None:
    header = f"Proxy-Authorization: {GOOD}\r\n"
    assert tunnel(proxy, "example.com", 443, header) == (403, b"")
    assert proxy.hosts == ["example.com"]


def test_plain_requests_are_passed_on(proxy: ConnectProxy, github: GitHubServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=60)
    try:
        for header, status in ((GOOD, 401), ("Basic eDp5", 407)):
            connection.request(
                "POST",
                f"{github.api_url}/repos/octo/shop/issues/1/comments?x=1",
                b'{"body": "Hello"}',
                {"Proxy-Authorization": header, "X-Kept": "yes"},
            )
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
    finally:
        connection.close()
    (passed,) = github.requests
    assert (passed.body, passed.query, passed.headers["x-kept"]) == (
        {"body": "Hello"},
        {"x": "1"},
        "yes",
    )
    assert "proxy-authorization" not in passed.headers
