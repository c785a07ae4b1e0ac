"""Sentences and patterns that several tables of launch kinds share."""

RUNS_AS_HOOK = (
    "on the machine of everybody who commits, pulls or checks out, once the hooks are set up"
)
RUNS_IN_EDITOR = "on the machine of whoever opens the folder in {} and trusts it"
RUNS_IN_BUILD = "on every machine that builds the project, also in CI"
ANY_COMMAND = "lets the agent run any command without asking"
# Variables by which a program loads or starts another one before its own code.
LOADERS = (
    r"NODE_OPTIONS|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_\w+|BASH_ENV|ENV|PROMPT_COMMAND"
    r"|PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|PYTHONBREAKPOINT|PERL5OPT|PERL5LIB|RUBYOPT|RUBYLIB"
    r"|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS|GIT_SSH_COMMAND"
    r"|GIT_EXTERNAL_DIFF|GIT_PAGER|PAGER|EDITOR|VISUAL|ZDOTDIR|npm_config_\w+|PATH"
)
# Settings of VS Code's extensions that name a program. What decides is the last word of the key.
PROGRAM_KEYS = (
    r".*(?:executable|executablepath|executables|binarypath|binpath|interpreterpath|pythonpath"
    r"|nodepath|nodeexecutable|serverpath|server\.path|server\.command|javahome|\.jdk\.home"
    r"|java\.home|sdkpath|compilerpath|rubycommandpath|overridecommand|shellpath|\.command|commands"
    r"|alternatetools|toolspath|\.binary|debuggerpath|gdbpath|\.runtime|\.interpreter|path\.server"
    r"|testcommand|runcommand)"
    r"|(?:git|clangd|deno|zls|zig|cmake|ctags|elm|flow|biome|ruff|mypy|black|pylint|isort|prettier"
    r"|eslint|stylelint|sorbet|rubocop|php|phpcs|phpstan|shellcheck|shfmt|terraform|golang|go|rust"
    r"|cargo|dart|flutter|dotnet|omnisharp|r\.rterm|julia|haskell|ghc|ocaml|lua|swift|buf)"
    r"\.(?:[\w.-]+\.)?(?:path|cmakepath|lib|tsdk|goroot|gopath|rterm\.\w+|validate\.\w+)"
    r"|typescript\.tsdk|js/ts\.tsdk\.path|python\.(?:defaultinterpreterpath|envfile|condapath"
    r"|pipenvpath"
    r"|poetrypath|uvpath)|emeraldwalk\.runonsave|.*\.formatter\.external.*"
    r"|terminal\.(?:integrated|external)\.(?:shell|automationshell|\w*exec)\..*"
)
# What the user's own installation makes, and names that are searched on their `PATH`.
OWN_TOOL = (
    r"(?i)(?:\$\{workspaceFolder(?::[^}]*)?\}/|\./)?(?:[\w@.${}:/-]*/)?(?:\.?venv|env|\.tox|\.nox"
    r"|\.direnv|\.pixi|\.conda|node_modules|\.yarn/sdks|\.nix-profile|vendor/bin|\.bin|target)/.*"
    r"|[\w.+-]+|(?:/usr(?:/local)?|/opt|/nix|/bin|/home/linuxbrew|/Library|C:)[/\\].*"
    r"|\$\{(?:env|command|config):.*|~/.*|https?://.*|(?:true|false)?"
)
