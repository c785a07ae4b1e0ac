"""git over HTTP: `git http-backend` as a CGI program, for fetching alone."""

import base64
import binascii
import re
import subprocess
import tempfile
from collections.abc import Generator
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from codeflow_action.testing.github.exchange import ApiRefusal, Request, Response
from codeflow_action.testing.github.git_objects import git_environment, git_program
from codeflow_action.testing.github.state import Hub

# The requests of git's smart protocol: https://git-scm.com/docs/http-protocol
PATH = re.compile(
    r"/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/(?P<rest>info/refs|git-(?:upload|receive)-pack)"
)
_UPLOAD = "git-upload-pack"
_CHALLENGE = {"www-authenticate": 'Basic realm="GitHub"'}
_PART = 64 * 1024  # bytes


class GitService:
    """Answers git's requests; with 403 when `is_served` is False or the program is missing."""

    def __init__(self, hub: Hub, *, is_served: bool) -> None:
        self._hub = hub
        self._is_served = is_served

    @cached_property
    def _program(self) -> Path | None:
        """The CGI program. It is looked for when it is needed: many servers are never asked."""
        if not self._is_served:
            return None
        command = [git_program(), "--exec-path"]
        process = subprocess.run(  # noqa: S603 - as below
            command, env=git_environment(), capture_output=True, check=True, text=True
        )
        program = Path(process.stdout.strip()) / "git-http-backend"
        # Some distributions package git without it.
        return program if program.is_file() else None

    def answer(self, request: Request, match: re.Match[str]) -> Response:
        """Return the answer to a request whose path is git's. Raises `ApiRefusal`.

        A public repository is for anybody; a private one, or one that is not there, asks who it is.
        """
        repository = self._hub.repositories.get(f"{match['owner']}/{match['name']}".lower())
        has_token = self._has_token(request)
        # Nobody shall learn from the answer whether a private repository exists.
        if not has_token and (repository is None or repository.private):
            body = b"Authentication required\n"
            return Response(status=401, body=body, headers=_CHALLENGE)
        if repository is None:
            return Response(status=404, body=b"Repository not found\n")
        is_readable = not repository.private or self._hub.grants("contents=read")
        # Pushes are not served, nor is the dumb protocol, which names no service.
        is_ref_listing = match["rest"] == "info/refs" and request.query.get("service") == _UPLOAD
        is_fetch = is_ref_listing or match["rest"] == _UPLOAD
        if self._program is None or not is_readable or not is_fetch:
            return Response(status=403, body=b"Access denied\n")
        repository.refresh()
        return _fetch(self._program, request, repository.objects.git_dir, match["rest"])

    def _has_token(self, request: Request) -> bool:
        """Return True for our token, False for none. Raises `ApiRefusal` for another one."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        token = text.strip()
        # git sends it as a password; the user's name does not matter.
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(token, validate=True).decode("utf-8", "replace")
            except binascii.Error:
                pair = ""
            token = pair.partition(":")[2]
        if scheme and token != self._hub.token:
            raise ApiRefusal(401, "Invalid username or token.", headers=_CHALLENGE)
        return bool(scheme)


def _fetch(program: Path, request: Request, git_dir: Path, rest: str) -> Response:
    """Run the program for one request; its output is passed on as it comes.

    What it reads is in its environment: https://www.rfc-editor.org/rfc/rfc3875 and
    https://git-scm.com/docs/git-http-backend
    """
    variables = git_environment() | {
        "GIT_PROJECT_ROOT": str(git_dir),
        "GIT_HTTP_EXPORT_ALL": "1",  # else a repository must hold a file git-daemon-export-ok
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "PATH_INFO": f"/{rest}",
        "QUERY_STRING": urlencode(request.query),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    # From a file, not a pipe: nobody has to write while the output is read.
    body = tempfile.TemporaryFile()  # noqa: SIM115 - closed below: the program has its own handle
    with body:
        body.write(request.body)
        body.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own program, nothing of the request
            [program],
            stdin=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=variables,
        )
    output = process.stdout
    if output is None:
        raise AssertionError("a pipe was asked for")
    headers: dict[str, str] = {}
    while line := output.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    # CGI has no status line but a header for it (RFC 3875, section 6.3.3).
    status = int(headers.pop("status", "200").split()[0])
    return Response(status=status, body=_parts(process, output), headers=headers)


def _parts(process: subprocess.Popen[bytes], output: IO[bytes]) -> Generator[bytes]:
    """Yield the output; a client that hangs up ends the program."""
    with process:
        try:
            while part := output.read(_PART):
                yield part
        finally:
            process.kill()
