"""Runs git, hardened: the one place that does.

Repositories are data here. Git runs in a repository of our own, so no configuration but this one
is read; hooks, file-system monitors, external diffs, text conversions, pagers and every way to
another machine are off; nothing prompts. `docs/git.md` lists all that git can be made to execute.
A process is bounded in time, memory and output. A token goes to the commands that fetch, and to no
other, in the environment and never in arguments.
"""

import base64
import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import IO, NamedTuple

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.integrations.bounded_process import BoundedProcess, start_bounded
from codeflow_action.integrations.child_environment import child_environment
from codeflow_action.integrations.objects import Objects
from codeflow_action.integrations.scratch import room_for_git

_CREDENTIALS = regex(r"(\w+://)[^/@\s]+@")
_VERSION = regex(rb"git version (\d+)\.(\d+)")
_OLDEST = (2, 31)  # the first to read `GIT_CONFIG_COUNT`, which carries our settings
BIG_FILE = 5_000_000  # bytes: a file above this is compared as binary and not read
_MAX_OUTPUT = 64_000_000  # bytes of one command
_MAX_COMPLAINT = 20_000  # bytes
_INSTALL = f"install git, version {_OLDEST[0]}.{_OLDEST[1]} or newer"

_SETTINGS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.attributesFile", "/dev/null"),
    ("attr.tree", "none"),  # git 2.43 to 2.45 read the attributes of a bare repository's HEAD
    ("core.quotePath", "false"),
    ("core.bigFileThreshold", str(BIG_FILE)),
    ("core.sshCommand", "false"),
    ("core.gitProxy", "false"),
    ("core.alternateRefsCommand", "false"),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("credential.helper", ""),
    ("diff.external", ""),
    ("diff.noprefix", "false"),
    ("diff.mnemonicPrefix", "false"),
    ("diff.suppressBlankEmpty", "false"),
    ("diff.submodule", "short"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("protocol.allow", "never"),
)
_NETWORK_SETTINGS = (
    ("protocol.http.allow", "always"),
    ("protocol.https.allow", "always"),
    ("http.followRedirects", "initial"),
)
_ENVIRONMENT = {
    "GIT_ASKPASS": "false",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_EDITOR": "false",
    "GIT_EXTERNAL_DIFF": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C.UTF-8",
    "SSH_ASKPASS": "false",
}


class GitLimit(RepositoryError):
    """A command was ended because it took too long, or wrote too much."""


@dataclass(frozen=True, kw_only=True)
class GitSettings:
    """How git is run. `ca_bundle` is a file of PEM certificates.

    Of `environment` a process gets what `child_environment` lets through.
    """

    token: str = field(default="", repr=False)
    server_url: str = "https://github.com"
    ca_bundle: Path | None = None
    timeout: float = 60.0  # seconds for one command
    memory: int = 600_000_000  # bytes of one process
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class WorkFolder(NamedTuple):
    """Somebody else's work tree, and settings that say how its files lie there."""

    path: Path
    settings: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Git:
    """Runs git on a repository of our own, by its git folder; blocking, so callers use a thread.

    `folder` is for the few commands that look at a work tree. `blob_sizes` are those of blobs that
    were asked for before, by their names: no object ever changes.
    """

    directory: Path
    settings: GitSettings
    folder: WorkFolder | None = None
    blob_sizes: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def check_version(self) -> None:
        """Raise `RepositoryError` where git is missing, or too old to take our settings."""
        version = _VERSION.match(self.run("version"))
        if not version or (int(version[1]), int(version[2])) < _OLDEST:
            raise RepositoryError("git is too old", hint=_INSTALL)

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: Sequence[int] = (0,),
        timeout: float | None = None,
        limit: int = _MAX_OUTPUT,
        literal: bool = True,
        network: bool = False,
    ) -> bytes:
        """Return standard output; `accept` are exit codes that are no errors.

        `timeout` is in seconds and can only be shorter than the settings'. With `literal` False
        pathspecs may have magic. With `network` git has the token, and may speak HTTP(S).
        Raises `RepositoryError` with git's own words, and `GitLimit` when the time is up and for
        more than `limit` bytes.
        """
        seconds = min(timeout or self.settings.timeout, self.settings.timeout)
        environment = self._environment(literal=literal, network=network)
        with contextlib.ExitStack() as stack:
            # Files, since with pipes one could wait for the other.
            with room_for_git():
                # Unbuffered: what a full disk refused is refused again when a buffer is closed.
                source = stack.enter_context(tempfile.TemporaryFile(buffering=0))
                complaint = stack.enter_context(tempfile.TemporaryFile(buffering=0))
                rest = memoryview(stdin)
                while rest:  # a file without a buffer may take a part
                    rest = rest[source.write(rest) :]
                source.seek(0)
            with self._start(arguments, environment, source, complaint, seconds) as process:
                output = process.read_all(limit)
                status = process.wait() if output is not None else 0
            if process.timed_out:
                raise GitLimit(f"git {arguments[0]}: it took more than {seconds:g} seconds")
            if output is None:
                raise GitLimit(f"git {arguments[0]}: it gave more than {limit / 1e6:g} MB")
            if status not in accept:
                complaint.seek(0)
                raise RepositoryError(
                    _complaint_line(arguments, complaint.read(_MAX_COMPLAINT), status)
                )
        return output

    @contextlib.contextmanager
    def objects(self) -> Iterator[Objects]:
        """Yield a reader of objects, one at a time. Raises `RepositoryError`."""
        environment = self._environment(literal=True, network=False)
        seconds = self.settings.timeout
        nowhere = subprocess.DEVNULL
        with contextlib.ExitStack() as stack:
            check, batch = (
                stack.enter_context(
                    self._start(("cat-file", mode), environment, subprocess.PIPE, nowhere, seconds)
                )
                for mode in ("--batch-check", "--batch")
            )
            yield Objects(check, batch)

    @contextlib.contextmanager
    def _start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        stdin: IO[bytes] | int,
        stderr: IO[bytes] | int,
        seconds: float,
    ) -> Iterator[BoundedProcess]:
        program = shutil.which("git", path=environment["PATH"])
        if program is None:
            raise RepositoryError("git could not be started: there is none", hint=_INSTALL)
        with contextlib.ExitStack() as stack:
            try:
                process = stack.enter_context(
                    start_bounded(
                        [program, *arguments],
                        directory=self.folder.path if self.folder else self.directory,
                        environment=environment,
                        stdin=stdin,
                        stderr=stderr,
                        seconds=seconds,
                        memory=self.settings.memory,
                    )
                )
            except OSError as error:
                reason = f"git could not be started ({error.strerror})"
                raise RepositoryError(reason, hint=_INSTALL) from error
            yield process

    def _environment(self, *, literal: bool, network: bool) -> dict[str, str]:
        settings = self.settings
        pairs = [("safe.directory", str(self.directory)), *_SETTINGS]
        if network:
            pairs += _NETWORK_SETTINGS
        if network and settings.token:
            basic = base64.b64encode(f"x-access-token:{settings.token}".encode()).decode("ascii")
            key = f"http.{settings.server_url.rstrip('/')}/.extraheader"
            pairs.append((key, f"Authorization: Basic {basic}"))
        pairs += self.folder.settings if self.folder else ()
        environment = child_environment(settings.environment, network=network) | _ENVIRONMENT
        environment |= {
            "GIT_DIR": str(self.directory),
            "GIT_CONFIG_COUNT": str(len(pairs)),
        }
        for number, (key, value) in enumerate(pairs):
            environment[f"GIT_CONFIG_KEY_{number}"] = key
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        if literal:
            environment["GIT_LITERAL_PATHSPECS"] = "1"
        if self.folder:
            environment["GIT_WORK_TREE"] = str(self.folder.path)
        if network and settings.ca_bundle:
            environment["GIT_SSL_CAINFO"] = str(settings.ca_bundle)
        return environment


def _complaint_line(arguments: Sequence[str], stderr: bytes, status: int) -> str:
    """Return git's complaint in one line, without credentials."""
    if status < 0:
        return f"git {arguments[0]}: ended by signal {-status}"
    text = stderr.decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    grave = [line for line in lines if line.startswith(("fatal:", "error:"))]
    complaint_line = (grave or lines or [f"exit code {status}"])[-1]
    complaint_line = complaint_line.removeprefix("fatal: ").removeprefix("error: ")
    return f"git {arguments[0]}: {_CREDENTIALS.sub(r'\1', complaint_line)[:300]}"
