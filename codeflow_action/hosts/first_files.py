"""The files with which a repository begins to use CodeFlow, written where there are none yet."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codeflow_action.engine.errors import CodeFlowError, OutputError
from codeflow_action.engine.lazy import dataclass, regex

WORKFLOW = PurePosixPath(".github/workflows/codeflow.yml")
TRIGGER = PurePosixPath(".github/workflows/pull-request.yml")
COMMANDS = PurePosixPath(".github/workflows/codeflow-commands.yml")
CONFIGURATION = PurePosixPath(".github/codeflow.yml")
# How every example passes its key; the line before it begins the inputs.
_KEY_LINE = regex(r"^( +)openai_api_key: \$\{\{ secrets\.OPENAI_API_KEY \}\}\n", re.MULTILINE)
_PERMISSION = regex(r"^( +)pull-requests: write.*\n", re.MULTILINE)
_SEAL_SECRET = "CODEFLOW_SEAL_KEY"  # noqa: S105 - its name
_INPUTS = regex(r"^ +with:\n(?! +\w)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class FirstFiles:
    """What is to be written.

    `key_input` and `secret` are the provider's input and the name of the secret that fills it, both
    empty without a model. In their place `account` may have the inputs that name an account for the
    job's identity, each to be filled from a variable of its name. `has_forks` is for repositories
    to which strangers send pull requests: those are reviewed too, with the keys of the base.
    `has_commands` is for repositories in which CodeFlow is to answer comments.
    """

    key_input: str = ""
    secret: str = ""
    account: tuple[str, ...] = ()
    has_forks: bool = False
    has_commands: bool = False

    @property
    def texts(self) -> Iterator[tuple[PurePosixPath, str]]:
        """Paths in the repository with what is to stand there."""
        if self.has_forks:
            yield WORKFLOW, self._workflow("fork-review.yml")
            yield TRIGGER, _example("workflows/fork-trigger.yml")
        else:
            yield WORKFLOW, self._workflow("pull-request.yml")
        if self.has_commands:
            yield COMMANDS, self._workflow("commands.yml")
        yield CONFIGURATION, _example("codeflow.yml")

    def _workflow(self, name: str) -> str:
        text = _example(f"workflows/{name}")
        if self.account:
            names = {name: f"vars.{name.upper()}" for name in self.account}
            names["seal_key"] = f"secrets.{_SEAL_SECRET}"  # arrives empty where nobody stores it
            lines = (rf"\g<1>{name}: ${{{{ {value} }}}}" + "\n" for name, value in names.items())
            permission = (
                r"\g<0>\g<1>id-token: write # the job may ask GitHub for its identity" + "\n"
            )
            return _PERMISSION.sub(permission, _KEY_LINE.sub("".join(lines), text))
        if not self.key_input:
            return _INPUTS.sub("", _KEY_LINE.sub("", text))
        key = rf"\g<1>{self.key_input}: ${{{{ secrets.{self.secret} }}}}" + "\n"
        return _KEY_LINE.sub(key, text)

    def write(self, root: Path) -> "WrittenFiles":
        """Write what is not there yet. Raises `OutputError`; nothing is ever overwritten."""
        written_paths: list[PurePosixPath] = []
        kept_paths: list[PurePosixPath] = []
        for path, text in self.texts:
            target = root / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("x", encoding="utf-8", newline="\n") as file:
                    file.write(text)
            except FileExistsError:
                kept_paths.append(path)
            except OSError as error:
                raise OutputError(
                    f"{path} could not be written ({error.strerror})",
                    hint="see that the folder is yours, and that nothing else has its name",
                ) from error
            else:
                written_paths.append(path)
        return WrittenFiles(written=tuple(written_paths), kept=tuple(kept_paths))

    def advice(self, files: "WrittenFiles") -> str:
        """Return what was done and what is left to do, in lines for a terminal."""
        lines = [f"wrote {path}" for path in files.written]
        lines += [f"left {path} as it is: it was there before" for path in files.kept]
        if self.secret:
            # Jobs for Dependabot's pull requests get secrets of their own alone:
            # https://docs.github.com/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions
            lines += [
                "",
                "Store the key; each command asks for it:",
                f"  gh secret set {self.secret}",
                f"  gh secret set {self.secret} --app dependabot",
            ]
        if self.account:
            lines += [
                "",
                "Tell the provider which jobs to believe (docs/models.md), then name the account:",
                *(f"  gh variable set {name.upper()}" for name in self.account),
                "So that later pushes are reviewed in part:",
                f"  openssl rand -hex 20 | gh secret set {_SEAL_SECRET}",
            ]
        if files.written:
            names = " ".join(map(str, files.written))
            lines += [
                "",
                "Put them on the default branch: workflow and configuration are read there.",
                f"  git add {names}",
                '  git commit --message "Review pull requests with CodeFlow"',
                "  git push",
            ]
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, kw_only=True)
class WrittenFiles:
    """Paths that were written, and those that were there before."""

    written: tuple[PurePosixPath, ...]
    kept: tuple[PurePosixPath, ...]


def _example(name: str) -> str:
    """Return an example's text: from the installed package, or from a checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "data" / "examples", package.parent / "examples"):
        file = folder / name
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise CodeFlowError(f"the file {name} of this package is missing", hint="install it again")
