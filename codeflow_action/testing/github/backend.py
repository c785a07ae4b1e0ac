"""git over HTTP: `git http-backend` as a CGI program, for fetching alone."""

import base64
import binascii
import re
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from codeflow_action.testing.github.exchange import ApiRefusal, Request, Response
from codeflow_action.testing.github.git_objects import git_environment, git_program
from codeflow_action.testing.github.state import Hub

_PATH = re.compile(
    r"/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/(?P<rest>info/refs|git-(?:upload|receive)-pack)"
)
_UPLOAD = "git-upload-pack"
_CHALLENGE = {"www-authenticate": 'Basic realm="GitHub"'}
_PART = 64 * 1024  # bytes


def parse_path(path: str) -> re.Match[str] | None:
    """Return `owner`, `name` and `rest` when a path is one of git's."""
    return _PATH.fullmatch(path)


class GitService:
    """Answers git's requests; with `allowed` False, or without the program, with 403."""

    def __init__(self, hub: Hub, *, allowed: bool) -> None:
        self._hub = hub
        self._program = _find_backend() if allowed else None

    def answer(self, request: Request, found: re.Match[str]) -> Response:
        """Return the answer to a request whose path is git's. Raises `ApiRefusal`.

        A public repository is for anybody; a private one, or one that is not there, asks who it is.
        """
        repository = self._hub.repositories.get(f"{found['owner']}/{found['name']}".lower())
        known = self._knows(request)
        if not known and (repository is None or repository.private):
            body = b"Authentication required\n"
            return Response(status=401, body=body, headers=_CHALLENGE)
        if repository is None:
            return Response(status=404, body=b"Repository not found\n")
        readable = not repository.private or self._hub.grants("contents=read")
        if self._program is None or not readable or not _is_fetch(request, found["rest"]):
            return Response(status=403, body=b"Access denied\n")
        repository.refresh()
        return _fetch(self._program, request, repository.objects.git_dir, found["rest"])

    def _knows(self, request: Request) -> bool:
        """Return True for our token, False for none. Raises `ApiRefusal` for another one."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        secret = given.strip()
        if scheme.lower() == "basic":
            secret = _decoded(secret).partition(":")[2]
        if scheme and secret != self._hub.token:
            raise ApiRefusal(401, "Invalid username or token.", headers=_CHALLENGE)
        return bool(scheme)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _is_fetch(request: Request, rest: str) -> bool:
    """Return True for the two requests of a fetch; pushes and the dumb protocol are others."""
    if rest == "info/refs":
        return request.query.get("service") == _UPLOAD
    return rest == _UPLOAD


def _find_backend() -> Path | None:
    """Return the program, None where git was packaged without it."""
    command = [git_program(), "--exec-path"]
    said = subprocess.run(  # noqa: S603 - as below
        command, env=git_environment(), capture_output=True, check=True, text=True
    )
    program = Path(said.stdout.strip()) / "git-http-backend"
    return program if program.is_file() else None


def _fetch(program: Path, request: Request, git_dir: Path, rest: str) -> Response:
    """Run the program for one request; its output is passed on as it comes."""
    body = tempfile.TemporaryFile()  # noqa: SIM115 - closed below: the program has its own handle
    with body:
        body.write(request.body)
        body.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own program, nothing of the request
            [program],
            stdin=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(request, git_dir, rest),
        )
    out = process.stdout
    if out is None:
        raise AssertionError("a pipe was asked for")
    headers = dict(_headers(out))
    status = int(headers.pop("status", "200").split()[0])
    return Response(status=status, body=_parts(process, out), headers=headers)


def _environment(request: Request, git_dir: Path, rest: str) -> dict[str, str]:
    """Return the CGI variables (RFC 3875) that `git http-backend` reads."""
    return git_environment() | {
        "GIT_PROJECT_ROOT": str(git_dir),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "PATH_INFO": f"/{rest}",
        "QUERY_STRING": urlencode(request.query),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }


def _headers(out: IO[bytes]) -> Iterator[tuple[str, str]]:
    while line := out.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        yield name.lower(), value.strip()


def _parts(process: subprocess.Popen[bytes], out: IO[bytes]) -> Generator[bytes]:
    """Yield the output; a client that hangs up ends the program."""
    with process:
        try:
            while part := out.read(_PART):
                yield part
        finally:
            process.kill()
