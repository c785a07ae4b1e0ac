"""What the tests of the stand-in for GitHub share: git in a folder, and a plain client."""

import http.client
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from codeflow_action.testing.github import GitHubServer

TOKEN = "stand-in-token"
_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Mona"), ("EMAIL", "mona@example.com"))
}
_ENVIRONMENT = {
    **_IDENTITY,
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


def git(directory: Path, *arguments: str, **environment: str) -> str:
    """Run git; raises with what it said."""
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env=_ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr}")
    return done.stdout.strip()


def commit(directory: Path, message: str, files: dict[str, bytes | None]) -> str:
    """Write files (None removes one) and commit them."""
    for name, content in files.items():
        path = directory / name
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", message)
    return git(directory, "rev-parse", "HEAD")


def numbered(count: int, **changed: str) -> bytes:
    """Return `line 1` … `line N`, with lines such as `l5="…"` put in the place of theirs."""
    lines = [changed.get(f"l{at}", f"line {at}") for at in range(1, count + 1)]
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return self.json["message"]

    @property
    def errors(self) -> list[Any]:
        return self.json["errors"]


class Client:
    """Sends plain requests; paths without a leading `/repos` are those of `octo/shop`."""

    def __init__(self, server: GitHubServer, token: str = TOKEN) -> None:
        self._server = server
        self._token = token

    def __call__(
        self, method: str, path: str, body: Any = None, accept: str = "*/*", **headers: str
    ) -> Answer:
        url = urlsplit(path if path.startswith("http") else self._server.api_url + self._full(path))
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=60)
        sent = {"Accept": accept, "Authorization": f"Bearer {self._token}", **headers}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        try:
            target = f"{url.path}?{url.query}" if url.query else url.path
            connection.request(method, target, raw, sent)
            answer = connection.getresponse()
            lower = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, lower, answer.read())
        finally:
            connection.close()

    @staticmethod
    def _full(path: str) -> str:
        return path if path.startswith(("/repos/", "/user")) else f"/repos/octo/shop{path}"

    def get(self, path: str, accept: str = "*/*") -> Answer:
        return self("GET", path, accept=accept)

    def post(self, path: str, body: Any) -> Answer:
        return self("POST", path, body)

    def graphql(self, query: str, **variables: Any) -> Any:
        answer = self(
            "POST", self._server.graphql_url, {"query": query, "variables": variables or None}
        )
        assert answer.status == 200
        return answer.json
