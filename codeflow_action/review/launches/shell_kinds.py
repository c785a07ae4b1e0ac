"""Files that run when somebody enters a folder or starts a shell.

Each row is from the documentation of the program that reads the file; its page stands above it.
"""

from codeflow_action.review.launches.launch import FileForm, LaunchKind, Switch

_ENTER = "in the shell of everybody who enters the folder and has allowed it once"

SHELL_KINDS = (
    # https://direnv.net/man/direnv-stdlib.1.html
    LaunchKind(
        name="direnv's file",
        paths=r"\.envrc(?:\.[\w-]+)?|\.direnvrc|\.rvmrc|\.autoenv(?:\.zsh)?"
        r"|\.autoenv_leave(?:\.zsh)?",
        form=FileForm.SHELL,
        runs=_ENTER,
    ),
    # https://mise.jdx.dev/hooks.html
    LaunchKind(
        name="mise's configuration",
        paths=r"\.?mise(?:\.[\w-]+)?\.toml|\.?(?:config/)?mise/(?:config|conf\.d/[^/]+)\.toml"
        r"|\.config/mise(?:\.[\w-]+)?\.toml|\.rtx\.toml",
        form=FileForm.TOML,
        values=("hooks/**", "watch_files/run", "env/_/source", "env/_/file", "tools/*/postinstall"),
        switches=(
            Switch(key="env/*", value=r".*\{\{[^}]*exec\(.*", effect="runs a command for a value"),
        ),
        runs=_ENTER,
    ),
    LaunchKind(
        name="the development shell",
        paths=r"(?:.*\.)?(?:flake|shell|default|devenv|dev|devshell)\.nix|nix/.+\.nix"
        r"|\.idx/dev\.nix",
        form=FileForm.LINES,
        values=(
            (
                r"(?P<key>shellHook|enterShell|enterTest|onCreate\.[\w-]+|onStart\.[\w-]+"
                r"|initHook)\s*=\s*''(?P<value>(?:[^']|'[^'])*)''"
            ),
            (
                r"(?P<key>shellHook|enterShell|enterTest|onCreate\.[\w-]+|onStart\.[\w-]+"
                r"|initHook)\s*=\s*\"(?P<value>(?:[^\"\\]|\\.)*)\""
            ),
        ),
        runs="in the shell of everybody who enters the development shell",
        words=("shellHook", "enterShell", "enterTest", "onCreate", "onStart", "initHook"),
    ),
    # https://www.jetify.com/docs/devbox/configuration/
    LaunchKind(
        name="the development shell",
        paths=r"devbox\.json",
        form=FileForm.JSON,
        values=("shell/init_hook[]",),
        runs="in the shell of everybody who enters the development shell",
    ),
    LaunchKind(
        name="a shell's or debugger's file of this folder",
        paths=r"\.(?:bashrc|bash_profile|zshrc|zshenv|profile|zlogin)",
        form=FileForm.SHELL,
        runs="in the shell of whoever uses the folder as their home",
        is_program=True,
    ),
    LaunchKind(
        name="a program's start file of this folder",
        paths=r"\.(?:gdbinit|lldbinit|irbrc|pryrc|byebugrc|Rprofile|ghci|ocamlinit|iex\.exs"
        r"|octaverc)"
        r"|startup\.m|\.jupyter/.+\.py|ipython_config\.py",
        form=FileForm.CODE,
        runs="whenever that program is started in the folder",
    ),
    LaunchKind(
        name="Vagrant's file",
        paths=r"Vagrantfile",
        form=FileForm.CODE,
        runs="on the machine of whoever starts the virtual machine",
        is_program=True,
    ),
)
