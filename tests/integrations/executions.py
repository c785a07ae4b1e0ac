"""All that git can be made to execute, planted one by one: see `docs/git.md`, which lists the same.

Each row plants a program that leaves a mark under the row's name.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.integrations.gitting import git

ATTRIBUTES = "*.py filter=evil diff=evil merge=evil\n"
HOOKS = (
    *("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit"),
    *("prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase", "post-checkout"),
    *("post-merge", "pre-push", "pre-receive", "update", "proc-receive", "post-receive"),
    *("post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite"),
    *("sendemail-validate", "fsmonitor-watchman", "p4-changelist", "p4-prepare-changelist"),
    *("p4-post-changelist", "p4-pre-submit", "post-index-change"),
)
COMMIT = ("commit", "--quiet", "--allow-empty", "-m", "x")
FILE = "shop/cart.py"


@dataclass(frozen=True, kw_only=True)
class Traps:
    """A folder of programs that leave marks."""

    folder: Path

    def program(self, name: str) -> str:
        """Return the path of a program that marks `name`."""
        path = self.folder / "programs" / _plain(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        mark = self.folder / "marks"
        mark.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho >> '{mark / path.name}'\nexit 0\n")
        path.chmod(0o755)
        return str(path)

    def has_mark(self, name: str) -> bool:
        return (self.folder / "marks" / _plain(name)).exists()


def _plain(name: str) -> str:
    """Return a file's name that a shell takes as it is."""
    return re.sub(r"\W", "_", name)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way. `settings` go to the repository's configuration; `{}` is the program.

    `proof` is a command of plain git that sets it off, empty where none is cheap.
    """

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    plant: Callable[[Path, str], Mapping[str, str] | None] | None = None
    proof: tuple[str, ...] = ()
    stdin: bytes = b""
    group: int = 0  # ways of one group hide none of each other

    def set_up(self, repository: Path, traps: Traps) -> dict[str, str]:
        """Plant it; return the variables that belong to it."""
        program = traps.program(self.name)
        config = repository / ".git" / "config"
        for key, value in self.settings.items():
            subprocess.run(
                ["git", "config", "--file", config, "--add"]
                + [text.replace("{}", program) for text in (key, value)],
                check=True,
            )
        return dict((self.plant(repository, program) if self.plant else None) or {})


def _hook(name):
    def plant(repository, program):
        hooks = repository / ".git" / "hooks"
        hooks.mkdir(exist_ok=True)
        shutil.copy(program, hooks / name)

    return plant


def _hooks_path(repository, program):
    folder = repository / "own hooks"
    folder.mkdir()
    shutil.copy(program, folder / "post-index-change")


def _file_with_fsmonitor(name):
    def plant(repository, program):
        file = repository / ".git" / name
        file.write_text(f"[core]\n\tfsmonitor = {program}\n")

    return plant


def _home(repository, program):
    home = repository / ".git" / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[core]\n\tfsmonitor = {program}\n")
    return {"HOME": str(home)}


def _shared_home(repository, program):
    folder = repository / ".git" / "shared" / "git"
    folder.mkdir(parents=True)
    (folder / "config").write_text(f"[core]\n\tfsmonitor = {program}\n")
    return {"XDG_CONFIG_HOME": str(folder.parent)}


def _global_file(repository, program):
    file = repository / ".git" / "global"
    file.write_text(f"[core]\n\tfsmonitor = {program}\n")
    return {"GIT_CONFIG_GLOBAL": str(file)}


def _counted(repository, program):
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": program,
    }


def _parameters(repository, program):
    return {"GIT_CONFIG_PARAMETERS": f"'core.fsmonitor'='{program}'"}


def _template(repository, program):
    folder = repository / ".git" / "template"
    (folder / "hooks").mkdir(parents=True)
    shutil.copy(program, folder / "hooks" / "post-index-change")
    shutil.copy(program, folder / "hooks" / "reference-transaction")
    return {"GIT_TEMPLATE_DIR": str(folder)}


def _exec_path(repository, program):
    folder = repository / ".git" / "programs"
    folder.mkdir()
    for name in ("git-remote-http", "git-remote-https", "git-evil"):
        shutil.copy(program, folder / name)
    return {"GIT_EXEC_PATH": str(folder)}


def _path(repository, program):
    """A `git` in the folder that is reviewed, and a PATH that looks there first."""
    shutil.copy(program, repository / "git")
    return {"PATH": f".{os.pathsep}{os.pathsep}{os.environ['PATH']}"}


def _variable(name):
    return lambda _repository, program: {name: program}


def _repository_elsewhere(repository, program):
    """The folder `.git` becomes a file that names another, with a configuration of its own."""
    elsewhere = repository.with_name(f"{repository.name} elsewhere")
    (repository / ".git").rename(elsewhere)
    (repository / ".git").write_text(f"gitdir: {elsewhere}\n")
    git(elsewhere, "config", "--file", "config", "core.fsmonitor", program)


def _common_elsewhere(repository, program):
    """The git folder borrows refs, objects and configuration from another."""
    elsewhere = repository.with_name(f"{repository.name} common")
    own = repository / ".git"
    elsewhere.mkdir()
    for name in ("objects", "refs", "config"):
        (own / name).rename(elsewhere / name)
    (own / "commondir").write_text(f"{elsewhere}\n")
    git(elsewhere, "config", "--file", "config", "core.fsmonitor", program)


def _work_tree_elsewhere(repository, program):
    elsewhere = repository.with_name(f"{repository.name} tree")
    elsewhere.mkdir()
    (elsewhere / ".gitattributes").write_text(ATTRIBUTES)
    (elsewhere / "shop").mkdir()
    (elsewhere / FILE).write_text("elsewhere\n")
    git(repository, "config", "core.worktree", str(elsewhere))
    git(
        elsewhere, "config", "--file", str(repository / ".git/config"), "filter.evil.clean", program
    )


_STATUS = ("status", "--short")
_LIST = ("ls-remote", "https://127.0.0.1:9/x.git")
_FILL = b"protocol=https\nhost=nowhere.invalid\n\n"
_EDIT = ("commit", "--amend", "--allow-empty")
_CREDENTIAL = ("credential", "fill")
_DIFF = ("diff", "HEAD~1")
_ADD = ("add", "--all")
_SSH = ("ls-remote", "ssh://x/x")
_GIT = ("ls-remote", "git://x/x")
_HOOK_PROOFS = {
    **dict.fromkeys(
        ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction"),
        COMMIT,
    ),
    "post-checkout": ("checkout", "--quiet", "--detach", "HEAD"),
    "post-index-change": ("add", "--all"),
    "post-rewrite": ("commit", "--quiet", "--amend", "--allow-empty", "-m", "y"),
}

WAYS = (
    *(
        Way(name=f"hook {name}", plant=_hook(name), proof=_HOOK_PROOFS.get(name, ()))
        for name in HOOKS
    ),
    Way(name="core.fsmonitor", settings={"core.fsmonitor": "{}"}, proof=_STATUS),
    Way(name="filter.clean", settings={"filter.evil.clean": "{}"}, proof=_ADD),
    Way(
        name="filter.smudge",
        settings={"filter.evil.smudge": "{}"},
        proof=("checkout", "HEAD~1", "--", FILE),
    ),
    Way(
        name="filter.process",
        settings={"filter.evil.process": "{}"},
        proof=_ADD,
        group=1,
    ),
    Way(name="diff.external", settings={"diff.external": "{}"}, proof=_DIFF),
    Way(name="diff.driver.command", settings={"diff.evil.command": "{}"}, proof=_DIFF),
    Way(
        name="diff.driver.textconv",
        settings={"diff.evil.textconv": "{}"},
        proof=_DIFF,
        group=1,
    ),
    Way(name="merge.driver", settings={"merge.evil.driver": "{}"}),
    Way(name="core.pager", settings={"core.pager": "{}", "pager.diff": "{}"}),
    Way(
        name="core.editor",
        settings={"core.editor": "{}"},
        proof=_EDIT,
    ),
    Way(name="sequence.editor", settings={"sequence.editor": "{}"}),
    Way(name="core.sshCommand", settings={"core.sshCommand": "{}"}, proof=_SSH),
    Way(name="core.gitProxy", settings={"core.gitProxy": "{}"}, proof=_GIT),
    Way(name="core.alternateRefsCommand", settings={"core.alternateRefsCommand": "{}"}),
    Way(
        name="credential.helper",
        settings={"credential.helper": "!{}"},
        proof=_CREDENTIAL,
        stdin=_FILL,
    ),
    Way(
        name="core.askPass",
        settings={"core.askPass": "{}"},
        proof=_CREDENTIAL,
        stdin=_FILL,
    ),
    Way(
        name="remote.uploadpack",
        settings={"remote.origin.url": "../nowhere", "remote.origin.uploadpack": "{}"},
        proof=("fetch", "origin"),
    ),
    Way(name="remote.receivepack", settings={"remote.origin.receivepack": "{}"}),
    Way(
        name="a promisor's uploadpack",  # a missing blob is fetched when it is looked at
        settings={
            "extensions.partialClone": "promisor",
            "remote.promisor.url": "../nowhere",
            "remote.promisor.promisor": "true",
            "remote.promisor.uploadpack": "{}",
        },
        proof=("cat-file", "-p", "1" * 40),
    ),
    Way(
        name="the transport ext",
        settings={"remote.evil.url": "ext::{} %S", "protocol.ext.allow": "always"},
        proof=("fetch", "evil"),
    ),
    Way(
        name="url.insteadOf",
        settings={"url.ext::{} .insteadOf": "https://", "protocol.ext.allow": "always"},
        proof=_LIST,
    ),
    Way(name="alias", settings={"alias.evil": "!{}"}, proof=("evil",)),
    Way(
        name="gpg.program",
        settings={"gpg.program": "{}", "commit.gpgSign": "true", "log.showSignature": "true"},
        proof=COMMIT,
    ),
    Way(name="gpg.ssh", settings={"gpg.ssh.program": "{}", "gpg.ssh.defaultKeyCommand": "{}"}),
    Way(name="submodule.update", settings={"submodule.module.update": "!{}"}),
    Way(
        name="include.path",
        settings={"include.path": "more"},
        plant=_file_with_fsmonitor("more"),
        proof=_STATUS,
    ),
    Way(
        name="includeIf",
        settings={"includeIf.gitdir:/**.path": "if"},
        plant=_file_with_fsmonitor("if"),
        proof=_STATUS,
    ),
    Way(name="uploadpack.packObjectsHook", settings={"uploadpack.packObjectsHook": "{}"}),
    Way(
        name="trailer.command",
        settings={"trailer.evil.command": "{}", "trailer.evil.ifExists": "add"},
        proof=("interpret-trailers", "--trailer", "evil=1"),
        stdin=b"x\n",
    ),
    Way(
        name="tar.command",
        settings={"tar.evil.command": "{}"},
        proof=("archive", "--format=evil", "HEAD"),
    ),
    Way(name="interactive.diffFilter", settings={"interactive.diffFilter": "{}"}),
    Way(
        name="tools",
        settings={
            "difftool.evil.cmd": "{}",
            "mergetool.evil.cmd": "{}",
            "browser.evil.cmd": "{}",
            "man.evil.cmd": "{}",
            "guitool.evil.cmd": "{}",
        },
    ),
    Way(name="sendemail", settings={"sendemail.sendmailCmd": "{}", "sendemail.toCmd": "{}"}),
    Way(name="gc.recentObjectsHook", settings={"gc.recentObjectsHook": "{}"}),
    Way(
        name="core.hooksPath",
        settings={"core.hooksPath": "own hooks"},
        plant=_hooks_path,
        proof=_ADD,
        group=1,
    ),
    Way(name="init.templateDir", settings={"init.templateDir": "/nowhere"}),
    Way(name="a git folder elsewhere", plant=_repository_elsewhere, proof=_STATUS, group=2),
    Way(name="a common folder elsewhere", plant=_common_elsewhere, proof=_STATUS, group=3),
    Way(name="core.worktree", plant=_work_tree_elsewhere, proof=_ADD, group=4),
    Way(name="~/.gitconfig", plant=_home, proof=_STATUS),
    Way(name="XDG_CONFIG_HOME", plant=_shared_home, proof=_STATUS),
    Way(name="GIT_CONFIG_GLOBAL", plant=_global_file, proof=_STATUS),
    Way(name="GIT_CONFIG_COUNT", plant=_counted, proof=_STATUS),
    Way(name="GIT_CONFIG_PARAMETERS", plant=_parameters, proof=_STATUS, group=1),
    Way(name="GIT_TEMPLATE_DIR", plant=_template),
    Way(name="GIT_EXEC_PATH", plant=_exec_path, proof=("evil",)),
    Way(name="PATH", plant=_path, proof=_STATUS),
    Way(name="GIT_SSH", plant=_variable("GIT_SSH"), proof=_SSH),
    Way(
        name="GIT_SSH_COMMAND",
        plant=_variable("GIT_SSH_COMMAND"),
        proof=_SSH,
        group=1,
    ),
    Way(
        name="GIT_PROXY_COMMAND",
        plant=_variable("GIT_PROXY_COMMAND"),
        proof=_GIT,
    ),
    Way(
        name="GIT_ASKPASS",
        plant=_variable("GIT_ASKPASS"),
        proof=_CREDENTIAL,
        stdin=_FILL,
    ),
    Way(
        name="SSH_ASKPASS",
        plant=_variable("SSH_ASKPASS"),
        proof=_CREDENTIAL,
        stdin=_FILL,
    ),
    Way(name="GIT_EXTERNAL_DIFF", plant=_variable("GIT_EXTERNAL_DIFF"), proof=_DIFF),
    Way(name="GIT_PAGER", plant=_variable("GIT_PAGER")),
    Way(
        name="GIT_EDITOR",
        plant=_variable("GIT_EDITOR"),
        proof=_EDIT,
    ),
)
