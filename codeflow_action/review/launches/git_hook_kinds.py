"""Files of git's hooks and of the programs that manage them.

Each row is from the documentation of the program that reads the file; its page stands above it.
"""

from codeflow_action.review.launches.launch import FileForm, LaunchKind, Switch
from codeflow_action.review.launches.launch_words import RUNS_AS_HOOK

_HOOK_NAMES = (
    r"(?:applypatch-msg|pre-applypatch|post-applypatch|pre-commit|pre-merge-commit"
    r"|prepare-commit-msg"
    r"|commit-msg|post-commit|pre-rebase|post-checkout|post-merge|pre-push|post-rewrite|post-update"
    r"|pre-auto-gc|reference-transaction|push-to-checkout|fsmonitor-watchman|post-index-change)"
)

GIT_HOOK_KINDS = (
    # https://typicode.github.io/husky/ and https://git-scm.com/docs/githooks
    LaunchKind(
        name="a git hook",
        paths=rf"\.husky/(?:[a-z][\w-]*(?:\.sh)?|\.huskyrc)|\.?(?:git-?hooks?"
        rf"|githooks)/(?:[^/]+/)?{_HOOK_NAMES}"
        rf"(?:\.[\w-]+)?|\.?hooks/{_HOOK_NAMES}|\.lefthook/{_HOOK_NAMES}/[^/]+"
        rf"|\.cargo-husky/hooks/[^/]+|\.config/hooks/{_HOOK_NAMES}"
        rf"|scripts/(?:git-)?hooks/{_HOOK_NAMES}"
        rf"|tools/(?:git-)?hooks/{_HOOK_NAMES}|\.vite-hooks/{_HOOK_NAMES}",
        form=FileForm.SHELL,
        runs=RUNS_AS_HOOK,
    ),
    # https://lefthook.dev/configuration/
    LaunchKind(
        name="lefthook's configuration",
        paths=r"\.?lefthook(?:-local)?\.ya?ml|\.config/lefthook\.ya?ml",
        form=FileForm.YAML,
        values=("**/run", "remotes/git_url", "remote/git_url", "**/runner", "extends[]", "rc"),
        runs=RUNS_AS_HOOK,
    ),
    LaunchKind(
        name="lefthook's configuration",
        paths=r"\.?lefthook(?:-local)?\.toml",
        form=FileForm.TOML,
        values=("**/run", "remotes/git_url", "remote/git_url", "extends[]", "rc"),
        runs=RUNS_AS_HOOK,
    ),
    LaunchKind(
        name="lefthook's configuration",
        paths=r"\.?lefthook(?:-local)?\.jsonc?",
        form=FileForm.JSON,
        values=("**/run", "remotes/git_url", "remote/git_url", "extends[]", "rc"),
        runs=RUNS_AS_HOOK,
    ),
    # https://pre-commit.com/#repository-local-hooks
    LaunchKind(
        name="a local hook of pre-commit",
        paths=r"\.pre-commit-config\.ya?ml",
        form=FileForm.YAML,
        values=("?local_hooks",),
        runs=RUNS_AS_HOOK,
    ),
    LaunchKind(
        name="a local hook of prek",
        paths=r"prek\.toml|\.prek\.toml",
        form=FileForm.TOML,
        values=("?local_hooks",),
        runs=RUNS_AS_HOOK,
    ),
    # https://github.com/sds/overcommit
    LaunchKind(
        name="a hook of overcommit",
        paths=r"\.overcommit\.ya?ml",
        form=FileForm.YAML,
        values=("*/*/command", "*/*/required_executable"),
        runs=RUNS_AS_HOOK,
    ),
    # https://git-scm.com/docs/git-config
    LaunchKind(
        name="a configuration of git",
        paths=r"\.?gitconfig(?:\.[\w-]+)?|\.lfsconfig|\.gitmodules|[^/]+\.gitconfig"
        r"|\.config/git/config",
        form=FileForm.GIT,
        values=(
            *("core/hookspath", "core/fsmonitor", "core/sshcommand", "core/pager", "core/editor"),
            *("core/gitproxy", "core/askpass", "filter/*/clean", "filter/*/smudge"),
            *("filter/*/process", "diff/external", "diff/*/textconv", "diff/*/command"),
            *(
                "merge/*/driver",
                "mergetool/*/cmd",
                "difftool/*/cmd",
                "gpg/program",
                "gpg/*/program",
            ),
            *("credential/helper", "credential/*/helper", "sequence/editor", "include/path"),
            *("includeif/*/path", "lfs/customtransfer/*/path", "lfs/extension/*/clean"),
            *("lfs/extension/*/smudge", "uploadpack/packobjectshook", "protocol/ext/allow"),
            *("trailer/*/command", "remote/*/vcs", "interactive/difffilter", "browser/*/cmd"),
        ),
        switches=(
            Switch(key="alias/*", value=r"\s*!.*", effect="makes an alias of git run this command"),
            Switch(
                key="submodule/*/update",
                value=r"\s*!.*",
                effect="runs it as submodules are updated",
            ),
        ),
        runs="on the machine of everybody who has git read this file",
        usual=r"git-lfs .*|less.*|delta.*|(?:code|vim|nvim|nano).*|cache.*|osxkeychain|store"
        r"|git (?:merge-file|diff-highlight).*|true|false|!gh auth.*|nbstripout.*|nbdime.*"
        r"|git-nb\w+.*",
    ),
)
