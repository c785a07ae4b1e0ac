"""Runs git, hardened: the one place that does, through GitPython.

Repositories are data here. Hooks, file-system monitors, external diffs, text conversions, pagers
and other transports than HTTP(S) are off; the user's and the system's configuration is not read;
nothing prompts. A token travels in the environment, never in arguments.
"""

import base64
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codeflow_action.engine.errors import RepositoryError

_CREDENTIALS = re.compile(r"(\w+://)[^/@\s]+@")
BIG_FILE = 5_000_000  # bytes: a file above this is compared as binary and not read


@dataclass(frozen=True, kw_only=True)
class GitSettings:
    """How git reaches the network. `ca_bundle` is a file of PEM certificates."""

    token: str = field(default="", repr=False)
    server_url: str = "https://github.com"
    ca_bundle: Path | None = None
    timeout: float = 120.0  # seconds for one command

    def config(self, directory: Path) -> list[tuple[str, str]]:
        """Return the settings that every command gets on top of the repository's own."""
        pairs = [
            ("safe.directory", str(directory)),
            ("core.hooksPath", "/dev/null"),
            ("core.fsmonitor", "false"),
            ("core.attributesFile", "/dev/null"),
            ("core.quotePath", "false"),
            ("core.bigFileThreshold", str(BIG_FILE)),
            ("core.sshCommand", "false"),
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
            ("protocol.http.allow", "always"),
            ("protocol.https.allow", "always"),
            ("http.followRedirects", "initial"),
        ]
        if self.token:
            basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode("ascii")
            key = f"http.{self.server_url.rstrip('/')}/.extraheader"
            # An empty value first drops a header that a checkout step left in the repository.
            pairs += [(key, ""), (key, f"Authorization: Basic {basic}")]
        return pairs


class Git:
    """Runs git in one directory; blocking, so callers use a thread."""

    def __init__(self, directory: Path, settings: GitSettings) -> None:
        self._directory = directory
        self._settings = settings
        self._environment = self._build_environment()

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: Sequence[int] = (0,),
        timeout: float | None = None,
    ) -> bytes:
        """Return standard output; `accept` are exit codes that are no errors.

        `timeout` is in seconds and can only be shorter than the settings'.
        Raises `RepositoryError` with git's own words.
        """
        from git import Git as GitPython  # noqa: PLC0415 - costs 0.2 s, and fails without git
        from git.exc import GitCommandNotFound  # noqa: PLC0415

        longest = self._settings.timeout
        with tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            try:
                status, out, err = GitPython(str(self._directory)).execute(
                    ["git", *arguments],
                    istream=source,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    kill_after_timeout=min(timeout or longest, longest),
                    env=dict(self._environment),
                )
            except (GitCommandNotFound, OSError) as error:
                raise RepositoryError(
                    "git could not be started", hint="install git, version 2.30 or newer"
                ) from error
        if status not in accept:
            raise RepositoryError(_said(arguments, err, status))
        return bytes(out)

    def _build_environment(self) -> Mapping[str, str]:
        pairs = self._settings.config(self._directory)
        environment = {
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": str(len(pairs)),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "false",
            "SSH_ASKPASS": "false",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_PAGER": "cat",
            "GIT_EXTERNAL_DIFF": "",
            "LC_ALL": "C.UTF-8",
            "LANGUAGE": "C",
        }
        for at, (key, value) in enumerate(pairs):
            environment[f"GIT_CONFIG_KEY_{at}"] = key
            environment[f"GIT_CONFIG_VALUE_{at}"] = value
        if self._settings.ca_bundle:
            environment["GIT_SSL_CAINFO"] = str(self._settings.ca_bundle)
        return environment


def _said(arguments: Sequence[str], stderr: str | bytes, status: int) -> str:
    """Return git's complaint in one line, without credentials."""
    text = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else stderr
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    grave = [line for line in lines if line.startswith(("fatal:", "error:"))]
    said = (grave or lines or [f"exit code {status}"])[-1]
    said = said.removeprefix("fatal: ").removeprefix("error: ")
    return f"git {arguments[0]}: {_CREDENTIALS.sub(r'\1', said)[:300]}"
