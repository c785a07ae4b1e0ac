"""The table of files from which something runs by itself: one row a kind.

Each row is from the documentation of the program that reads the file; its page stands above it.
"""

import re
from functools import lru_cache

from codeflow_action.review.launches.launch import FileForm, LaunchKind, Switch
from codeflow_action.security.linear import compile_linear

_AGENT = "on the machine of whoever opens the repository with {}, with their rights and keys"
_HOOK = "on the machine of everybody who commits, pulls or checks out, once the hooks are set up"
_EDITOR = "on the machine of whoever opens the folder in {} and trusts it"
_INSTALL = "on every machine that installs this package, also in CI"
_BUILD = "on every machine that builds the project, also in CI"
_ENTER = "in the shell of everybody who enters the folder and has allowed it once"
_CONTAINER = "in the development container of whoever opens the repository in one"

_AUTO = Switch(
    key="permissions/defaultMode",
    value=r"bypassPermissions|dontAsk",
    effect="lets the agent act without asking anybody",
)
_ALL_TOOLS = r"\*|Bash(?:\((?:\*|:\*|\*:\*)?\))?|Shell(?:\(\*\))?|run_shell_command"
_ANY_COMMAND = "lets the agent run any command without asking"
_HOOK_NAMES = (
    r"(?:applypatch-msg|pre-applypatch|post-applypatch|pre-commit|pre-merge-commit"
    r"|prepare-commit-msg"
    r"|commit-msg|post-commit|pre-rebase|post-checkout|post-merge|pre-push|post-rewrite|post-update"
    r"|pre-auto-gc|reference-transaction|push-to-checkout|fsmonitor-watchman|post-index-change)"
)
# Variables by which a program loads or starts another one before its own code.
_LOADERS = (
    r"NODE_OPTIONS|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_\w+|BASH_ENV|ENV|PROMPT_COMMAND"
    r"|PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|PYTHONBREAKPOINT|PERL5OPT|PERL5LIB|RUBYOPT|RUBYLIB"
    r"|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS|GIT_SSH_COMMAND"
    r"|GIT_EXTERNAL_DIFF|GIT_PAGER|PAGER|EDITOR|VISUAL|ZDOTDIR|npm_config_\w+|PATH"
)
_MODELS = (
    r"ANTHROPIC_BASE_URL|OPENAI_BASE_URL|OPENAI_API_BASE|GOOGLE_GEMINI_BASE_URL|HTTPS?_PROXY"
    r"|NODE_TLS_REJECT_UNAUTHORIZED|NODE_EXTRA_CA_CERTS"
)

_AGENTS = (
    # https://code.claude.com/docs/en/settings and https://code.claude.com/docs/en/hooks
    LaunchKind(
        name="Claude Code's settings",
        paths=r"\.claude/settings[^/]*\.json|\.claude-plugin/plugin\.json|hooks/hooks\.json"
        r"|\.claude/hooks/[^/]*\.json|managed-settings\.json",
        form=FileForm.JSON,
        values=(
            *("hooks/**/command", "apiKeyHelper", "awsAuthRefresh", "awsCredentialExport"),
            *("otelHeadersHelper", "statusLine/command", "fileSuggestion/command"),
            *("gcpAuthRefresh", "mcpServers/*", "lspServers/*"),
        ),
        switches=(
            _AUTO,
            Switch(
                key="enableAllProjectMcpServers",
                value="true",
                effect="starts all MCP servers of the repository without asking",
            ),
            Switch(key="permissions/allow", value=_ALL_TOOLS, effect=_ANY_COMMAND),
            Switch(key="skipDangerousModePermissionPrompt", value="true", effect=_ANY_COMMAND),
            Switch(
                key=f"env/={_LOADERS}|{_MODELS}",
                value=r".+",
                effect="changes what the agent's programs load, or where they send their requests",
            ),
        ),
        runs=_AGENT.format("Claude Code"),
    ),
    # https://code.claude.com/docs/en/mcp and the same format in other agents
    LaunchKind(
        name="a list of MCP servers",
        paths=r"\.mcp\.json|mcp\.json|\.(?:cursor|roo|roocode|trae|factory|junie|amazonq|kiro"
        r"|windsurf"
        r"|codeium|vscode|copilot|augment|qwen|iflow|kilocode|cline|continue|gemini|rovodev|agents?"
        r"|github|zencoder|warp|lingma|codebuddy|qoder)/(?:[^/]+/){0,2}(?:\.?mcp|mcp[_-]config"
        r"|mcp[_-]settings|cline_mcp_settings|mcp-server[^/]*|[^/]*\.mcp)\.jsonc?"
        r"|\.continue/mcpservers/[^/]+\.json|gemini-extension\.json|claude_desktop_config\.json",
        form=FileForm.JSON,
        values=(
            "mcpServers/*",
            "servers/*",
            "mcp/servers/*",
            "context_servers/*",
            "hooks/**/command",
        ),
        runs=_AGENT.format("an agent or editor that reads this file"),
    ),
    LaunchKind(
        name="a list of MCP servers",
        paths=r"\.continue/(?:config\.ya?ml|(?:mcpServers|agents|assistants)/[^/]+\.ya?ml)"
        r"|\.goose/[^/]+\.ya?ml|\.devin/[^/]+\.ya?ml|\.openhands/[^/]+\.ya?ml"
        r"|mcp_agent\.config\.ya?ml|\.aider\.conf\.ya?ml|\.fast-agent/[^/]+\.ya?ml",
        form=FileForm.YAML,
        values=(
            *("mcpServers/*", "mcp/servers/*", "mcp_servers/*", "extensions/*", "initialize"),
            *("hooks/**/command", "maintenance", "lint-cmd[]", "test-cmd", "notifications-command"),
        ),
        runs=_AGENT.format("an agent that reads this file"),
    ),
    # https://cursor.com/docs/agent/hooks; https://docs.windsurf.com/windsurf/cascade/hooks;
    # https://docs.github.com/en/copilot/reference/hooks-configuration
    LaunchKind(
        name="an agent's hooks",
        paths=r"\.(?:cursor|windsurf|codex|factory|augment|gemini|qwen|kiro|copilot|cline|trae"
        r"|junie)/"
        r"(?:[^/]+/){0,2}hooks?(?:\.local)?\.json|\.github/hooks/[^/]+\.json"
        r"|\.kiro/hooks/[^/]+\.hook"
        r"|\.(?:kiro|amazonq)/(?:cli-)?agents/[^/]+\.json|\.factory/settings(?:\.local)?\.json"
        r"|\.augment/settings[^/]*\.json|\.agents?/hooks\.json",
        form=FileForm.JSON,
        values=(
            *(
                "hooks/**/command",
                "hooks/**/bash",
                "hooks/**/powershell",
                "hooks/**/powershell_command",
            ),
            *("then/command", "action/command", "mcpServers/*", "hooks/**/run"),
        ),
        runs=_AGENT.format("that agent"),
    ),
    # https://cursor.com/docs/cloud-agent/setup
    LaunchKind(
        name="the environment of Cursor's agents",
        paths=r"\.cursor/environment\.json",
        form=FileForm.JSON,
        values=("install", "start", "terminals/**/command", "update"),
        runs="in the machine of every background agent that Cursor starts for the repository",
        is_contained=True,
    ),
    LaunchKind(
        name="Cursor's worktrees",
        paths=r"\.cursor/worktrees\.json|conductor\.json|\.superset/config\.json",
        form=FileForm.JSON,
        values=(
            *("setup-worktree[]", "setup-worktree-unix[]", "setup-worktree-windows[]", "setup[]"),
            *("scripts/setup", "scripts/run", "scripts/archive", "teardown[]"),
        ),
        runs=_AGENT.format("that agent"),
    ),
    # https://geminicli.com/docs/reference/configuration/; Qwen Code is a fork of it
    LaunchKind(
        name="the settings of Gemini CLI",
        paths=r"\.(?:gemini|qwen|iflow)/settings\.json",
        form=FileForm.JSON,
        values=(
            *("mcpServers/*", "hooks/**/command", "toolDiscoveryCommand", "toolCallCommand"),
            *("tools/discoveryCommand", "tools/callCommand", "mcp/serverCommand"),
            *("mcpServerCommand", "general/preferredEditorCommand"),
        ),
        switches=(
            Switch(key="autoAccept", value="true", effect=_ANY_COMMAND),
            Switch(key="general/defaultApprovalMode", value="yolo", effect=_ANY_COMMAND),
            Switch(key="tools/approvalMode", value="yolo", effect=_ANY_COMMAND),
            Switch(key="mcpServers/*/trust", value="true", effect="lets this server act unasked"),
            Switch(key="tools/allowed", value=_ALL_TOOLS, effect=_ANY_COMMAND),
            Switch(key="coreTools", value=_ALL_TOOLS, effect=_ANY_COMMAND),
        ),
        runs=_AGENT.format("that command line agent"),
    ),
    # https://developers.openai.com/codex/config-reference
    LaunchKind(
        name="Codex' configuration",
        paths=r"\.codex/(?:[^/]+/)?[^/]+\.toml",
        form=FileForm.TOML,
        values=("notify", "mcp_servers/*", "hooks/**/command", "setup/script", "environment/setup"),
        switches=(
            Switch(key="approval_policy", value="never", effect=_ANY_COMMAND),
            Switch(
                key="sandbox_mode",
                value="danger-full-access",
                effect="takes the agent's commands out of their sandbox",
            ),
        ),
        runs=_AGENT.format("Codex and trusts it"),
    ),
    # https://opencode.ai/docs/config/ and https://github.com/charmbracelet/crush
    LaunchKind(
        name="the configuration of an agent",
        paths=r"(?:\.opencode/)?opencode\.jsonc?|\.?crush\.json|\.amp/settings\.json"
        r"|\.pi/settings\.json",
        form=FileForm.JSON,
        values=(
            *("mcp/*", "lsp/*", "formatter/*", "plugin[]", "hooks/**/command", "mcpServers/*"),
            *("amp.mcpServers/*", "experimental/hook/**/command"),
        ),
        switches=(
            Switch(key="amp.dangerouslyAllowAll", value="true", effect=_ANY_COMMAND),
            Switch(key="options/yolo", value="true", effect=_ANY_COMMAND),
        ),
        runs=_AGENT.format("that agent"),
    ),
    LaunchKind(
        name="a plug-in of an agent",
        paths=r"\.opencode/(?:plugins?|tools?)/[^/]+\.[cm]?[jt]s|\.pi/extensions/.+\.[cm]?[jt]s"
        r"|\.clinerules/hooks/[^/.]+(?:\.(?:sh|py|[cm]?js))?|\.amp/plugins/.+",
        form=FileForm.WHOLE,
        runs=_AGENT.format("that agent"),
    ),
    # https://code.claude.com/docs/en/skills: `!` before a command in backticks runs it.
    LaunchKind(
        name="a command, skill or subagent of an agent",
        paths=r"\.(?:claude|agents?|codex|opencode|cursor|gemini|factory|github|windsurf|qwen)/"
        r"(?:.+/)?(?:commands?|skills?|agents?|prompts|rules)/.+\.(?:md|mdc)|(?:.+/)?SKILL\.md"
        r"|commands/[^/]+\.md",
        form=FileForm.FRONT_MATTER,
        values=("hooks/**/command", "mcpServers/*", "mcp-servers/*"),
        runs="on the machine of whoever uses it, as soon as it is opened",
        words=("!`", "hooks", "```!", "mcp"),
    ),
    # https://geminicli.com/docs/cli/custom-commands/
    LaunchKind(
        name="a command of Gemini CLI",
        paths=r"\.(?:gemini|qwen)/commands/.+\.toml|commands/.+\.toml",
        form=FileForm.LINES,
        values=(r"(?P<key>!)\{(?P<value>[^{}\n]+)\}",),
        runs="on the machine of whoever uses it, as soon as it is opened",
    ),
    # https://zed.dev/docs/reference/all-settings
    LaunchKind(
        name="Zed's settings",
        paths=r"\.zed/settings\.json",
        form=FileForm.JSON,
        values=(
            *("context_servers/*", "lsp/*/binary", "formatter/external", "agent_servers/*"),
            *("languages/*/formatter/**/external", "terminal/shell/**/program"),
        ),
        switches=(
            Switch(
                key=f"terminal/env/={_LOADERS}",
                value=".+",
                effect="changes what every program in the terminal loads",
            ),
            Switch(key="agent/always_allow_tool_actions", value="true", effect=_ANY_COMMAND),
        ),
        runs=_EDITOR.format("Zed"),
    ),
    # https://docs.github.com/en/copilot/how-tos/copilot-on-github/customize-copilot
    LaunchKind(
        name="the setup of Copilot's agent",
        paths=r"\.github/workflows/copilot-setup-steps\.ya?ml",
        form=FileForm.YAML,
        values=("jobs/*/steps/run",),
        runs="in the machine of every task that Copilot's agent gets, beside its token",
        is_contained=True,
    ),
)

# Settings of VS Code's extensions that name a program. What decides is the last word of the key.
_PROGRAM_KEYS = (
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
_OWN_TOOL = (
    r"(?i)(?:\$\{workspaceFolder(?::[^}]*)?\}/|\./)?(?:[\w@.${}:/-]*/)?(?:\.?venv|env|\.tox|\.nox"
    r"|\.direnv|\.pixi|\.conda|node_modules|\.yarn/sdks|\.nix-profile|vendor/bin|\.bin|target)/.*"
    r"|[\w.+-]+|(?:/usr(?:/local)?|/opt|/nix|/bin|/home/linuxbrew|/Library|C:)[/\\].*"
    r"|\$\{(?:env|command|config):.*|~/.*|https?://.*|(?:true|false)?"
)
_EDITORS = (
    # https://code.visualstudio.com/docs/debugtest/tasks#_run-behavior
    LaunchKind(
        name="VS Code's tasks",
        paths=r"\.vscode/tasks\.json|\.theia/tasks\.json",
        form=FileForm.JSON,
        values=("?tasks", "?tasks/tasks"),
        runs=_EDITOR.format("VS Code or an editor made of it"),
    ),
    LaunchKind(
        name="VS Code's settings",
        paths=r"\.(?:vscode|theia|cursor|windsurf)/settings\.json|[^/]*\.code-workspace",
        form=FileForm.JSON,
        values=(
            *(f"={_PROGRAM_KEYS}", f"settings/={_PROGRAM_KEYS}", "?tasks/tasks", "?tasks"),
            r"**/=terminal\.integrated\.(?:profiles|automationProfile)\..*",
            *("mcp/servers/*", "settings/mcp/servers/*"),
        ),
        switches=tuple(
            switch
            for scope in ("", "settings/")
            for switch in (
                Switch(
                    key=rf"{scope}=terminal\.integrated\.env\..*/={_LOADERS}",
                    value=r".+",
                    effect="changes what every program in the editor's terminal loads",
                ),
                Switch(
                    key=rf"{scope}=task\.allowAutomaticTasks",
                    value="on|true",
                    effect="starts tasks as the folder is opened, without asking",
                ),
                Switch(
                    key=rf"{scope}=security\.workspace\.trust\.(?:enabled|startupPrompt)",
                    value="false|never",
                    effect="turns off the question whether the folder is trusted",
                ),
                Switch(
                    key=rf"{scope}=chat\.tools\.(?:global\.)?autoApprove|.*\.(?:yolo|autoApprove)",
                    value="true",
                    effect=_ANY_COMMAND,
                ),
            )
        ),
        runs=_EDITOR.format("VS Code or an editor made of it"),
        usual=_OWN_TOOL,
    ),
    # https://www.jetbrains.com/help/idea/settings-tools-startup-tasks.html
    LaunchKind(
        name="the startup tasks of a JetBrains editor",
        paths=r"\.idea/startup\.xml",
        form=FileForm.XML,
        values=("configuration@name",),
        runs=_EDITOR.format("a JetBrains editor"),
    ),
    LaunchKind(
        name="the file watchers of a JetBrains editor",
        paths=r"\.idea/watcherTasks\.xml",
        form=FileForm.XML,
        values=("TaskOptions",),
        runs="whenever a file is saved " + _EDITOR.format("a JetBrains editor"),
    ),
    LaunchKind(
        name="a run configuration of a JetBrains editor",
        paths=r"\.idea/runConfigurations/[^/]+\.xml|\.run/[^/]+\.run\.xml|\.idea/workspace\.xml",
        form=FileForm.XML,
        values=("option[SCRIPT_TEXT]", "option[SCRIPT_PATH]", "option[SCRIPT_OPTIONS]"),
        runs=_EDITOR.format("a JetBrains editor"),
        is_program=True,
    ),
    # https://containers.dev/implementors/json_reference/#lifecycle-scripts
    LaunchKind(
        name="the development container",
        paths=r"\.devcontainer\.json|\.devcontainer/(?:[^/]+/)?devcontainer\.json",
        form=FileForm.JSON,
        values=("initializeCommand",),
        runs="on the machine of whoever opens the repository in a container, outside of it",
    ),
    LaunchKind(
        name="the development container",
        paths=r"\.devcontainer\.json|\.devcontainer/(?:[^/]+/)?devcontainer\.json"
        r"|devcontainer-feature\.json",
        form=FileForm.JSON,
        values=(
            *("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand"),
            *("postAttachCommand", "customizations/vscode/mcp/servers/*"),
        ),
        runs=_CONTAINER,
        is_contained=True,
    ),
    # https://www.gitpod.io/docs/references/gitpod-yml; https://docs.replit.com/replit-app/configuration
    LaunchKind(
        name="the cloud workspace",
        paths=r"\.gitpod\.ya?ml|\.ona/automations\.ya?ml|\.codesandbox/tasks\.json",
        form=FileForm.YAML,
        values=("tasks/**/before", "tasks/**/init", "tasks/**/command", "setupTasks/**/command"),
        runs="in the workspace of whoever opens the repository in that service",
        is_contained=True,
    ),
    LaunchKind(
        name="the cloud workspace",
        paths=r"\.replit",
        form=FileForm.TOML,
        values=("onBoot", "run", "compile", "workflows/**/args"),
        runs="in the workspace of whoever opens the repository in that service",
        is_contained=True,
    ),
    # https://neovim.io/doc/user/options.html#'exrc'
    LaunchKind(
        name="the editor's settings of this folder",
        paths=r"\.(?:nvim\.lua|nvimrc|exrc|vimrc|lvimrc|gvimrc|lazy\.lua)|\.vim/.+\.(?:vim|lua)"
        r"|\.nvim/.+\.lua",
        form=FileForm.CODE,
        runs="in the editor of whoever opens the folder and has allowed it",
    ),
    # https://www.gnu.org/software/emacs/manual/html_node/emacs/Directory-Variables.html
    LaunchKind(
        name="Emacs' settings of this folder",
        paths=r"\.dir-locals(?:-2)?\.el",
        form=FileForm.LINES,
        values=(r"\(\s*(?P<key>eval)\s*\.\s*(?P<value>[^\n]+)",),
        runs=_EDITOR.format("Emacs"),
    ),
)

_SHELLS = (
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

# Options of Node that load no file.
_OPTION = (
    r"--(?!require|import|loader|experimental-loader|env-file|inspect|run|eval"
    r"|print)[\w-]+(?:=[\w.-]+)?"
)
_LIFECYCLE = (
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "pnpm:devPreinstall",  # https://pnpm.io/scripts
)
_PACKAGES = (
    # https://docs.npmjs.com/cli/v11/using-npm/scripts#life-cycle-scripts
    LaunchKind(
        name="package.json",
        paths=r"package\.json5?",
        form=FileForm.JSON,
        values=(*(f"scripts/{name}" for name in _LIFECYCLE), "scripts/dependencies"),
        switches=(
            Switch(
                key="packageManager",
                value=r"\w+@https?://.*",
                effect="makes Corepack download and run this package manager",
            ),
        ),
        runs=_INSTALL,
        words=("install", "prepare", "prepublish", "packageManager", '"dependencies"'),
    ),
    # https://github.com/toplenboren/simple-git-hooks and others that read package.json
    LaunchKind(
        name="git hooks in package.json",
        paths=r"package\.json5?|\.?simple-git-hooks\.json|\.huskyrc(?:\.json)?|captainhook\.json"
        r"|\.gitHooks\.json|\.ghooks\.json",
        form=FileForm.JSON,
        values=(
            *("simple-git-hooks/*", "husky/hooks/*", "gitHooks/*", "pre-commit[]", "pre-push[]"),
            *("config/ghooks/*", "git-hooks/*", "hooks/*", "*/actions/action", "commit-msg"),
        ),
        runs=_HOOK,
        words=("hooks", "Hooks", "pre-", "commit-msg", "post-"),
    ),
    LaunchKind(
        name="commands for staged files",
        paths=r"package\.json|\.lintstagedrc(?:\.json)?|\.nano-staged\.json",
        form=FileForm.JSON,
        values=("lint-staged/**", "nano-staged/**"),
        runs=_HOOK,
        words=("staged",),
        is_program=True,
    ),
    # https://pnpm.io/settings#build-settings and https://bun.sh/docs/install/lifecycle
    LaunchKind(
        name="which dependencies may run scripts",
        paths=r"package\.json",
        form=FileForm.JSON,
        values=("trustedDependencies[]", "pnpm/onlyBuiltDependencies[]"),
        switches=(
            Switch(
                key="pnpm/dangerouslyAllowAllBuilds",
                value="true",
                effect="lets every dependency run scripts when it is installed",
            ),
        ),
        runs="with its install scripts " + _INSTALL,
        words=("trustedDependencies", "onlyBuiltDependencies", "AllowAllBuilds"),
        is_milder=True,
    ),
    LaunchKind(
        name="which dependencies may run scripts",
        paths=r"pnpm-workspace\.ya?ml",
        form=FileForm.YAML,
        values=("onlyBuiltDependencies[]", "configDependencies/*", "pnpmfile"),
        switches=(
            Switch(
                key="dangerouslyAllowAllBuilds",
                value="true",
                effect="lets every dependency run scripts when it is installed",
            ),
        ),
        runs="with its install scripts " + _INSTALL,
        is_milder=True,
    ),
    # https://pnpm.io/pnpmfile
    LaunchKind(
        name="pnpm's file of hooks",
        paths=r"\.pnpmfile\.[cm]?js|pnpmfile\.[cm]?js",
        form=FileForm.CODE,
        runs=_INSTALL,
    ),
    # https://docs.npmjs.com/cli/v11/using-npm/config; https://classic.yarnpkg.com/lang/en/docs/yarnrc/
    LaunchKind(
        name="npm's settings",
        paths=r"\.npmrc|\.yarnrc",
        form=FileForm.LINES,
        values=(
            (
                r"(?m)^[ \t]*[\"']?(?P<key>node-options|node_options|script-shell|shell|git"
                r"|onload-script"
                r"|init-module|init\.module|globalconfig|yarn-path|viewer|editor|prefix|pnpmfile"
                r"|global-pnpmfile)[\"']?[ \t]*(?:=|[ \t])[ \t]*(?P<value>[^\n]+)"
            ),
            r"(?m)^[ \t]*(?P<key>ignore-scripts)[ \t]*=[ \t]*(?P<value>false)",
        ),
        runs="on every machine that runs npm, pnpm or yarn in the folder",
        usual=r"(?:/bin/)?(?:ba|z)?sh(?:\.exe)?|powershell|pwsh|(?i:code|vim|nvim|nano)|git"
        rf"|{_OPTION}(?:\s+{_OPTION})*\s*(?:#.*)?",
    ),
    # https://yarnpkg.com/configuration/yarnrc
    LaunchKind(
        name="Yarn's settings",
        paths=r"\.yarnrc\.ya?ml",
        form=FileForm.YAML,
        values=("yarnPath", "plugins[]"),
        runs="on every machine that runs yarn in the folder",
        usual=r"\.yarn/releases/yarn-[\w.-]+\.c?js|(?:\.yarn/plugins/)?@yarnpkg/plugin-[\w.-]+"
        r"|.*/@yarnpkg/plugin-[\w.-]+",
    ),
    # https://bun.sh/docs/runtime/bunfig
    LaunchKind(
        name="Bun's settings",
        paths=r"bunfig\.toml",
        form=FileForm.TOML,
        values=("preload[]", "test/preload[]"),
        runs="before every program that Bun starts in the folder",
        is_milder=True,
    ),
    # https://getcomposer.org/doc/articles/scripts.md
    LaunchKind(
        name="composer.json",
        paths=r"composer\.json",
        form=FileForm.JSON,
        values=tuple(
            f"scripts/{name}[]"
            for name in (
                *("pre-install-cmd", "post-install-cmd", "pre-update-cmd", "post-update-cmd"),
                *("post-autoload-dump", "pre-autoload-dump", "post-root-package-install"),
                *("post-create-project-cmd", "pre-package-install", "post-package-install"),
                *(
                    "pre-package-update",
                    "post-package-update",
                    "init",
                    "command",
                    "pre-command-run",
                ),
                *("pre-status-cmd", "post-status-cmd", "pre-pool-create", "pre-operations-exec"),
                *("post-package-uninstall", "pre-package-uninstall", "post-file-download"),
            )
        ),
        switches=(
            Switch(
                key="config/allow-plugins",
                value="true",
                effect="lets every dependency be a plug-in of Composer, which runs code",
            ),
        ),
        runs="on every machine that runs composer for this project, also in CI",
        usual=r"@[\w:-]+|@(?:php|composer) (?:artisan|install|update|dump-autoload|bin/console"
        r"|run-script)\b.*"
        r"|@php -r .{0,3}file_exists\(.*|(?:Illuminate|Composer|Symfony|Drupal|Yii|Cake|Orchestra"
        r"|TYPO3)\\.*"
        r"|Google\\Task\\Composer::cleanup",
        words=("scripts", "allow-plugins"),
    ),
    # https://setuptools.pypa.io/en/latest/userguide/extension.html
    LaunchKind(
        name="setup.py",
        paths=r"setup\.py|hatch_build\.py|pdm_build\.py|build_backend\.py",
        form=FileForm.CODE,
        runs="on every machine that builds or installs this package from its source",
    ),
    # https://peps.python.org/pep-0517/#in-tree-build-backends; https://hatch.pypa.io/latest/plugins/
    LaunchKind(
        name="pyproject.toml",
        paths=r"pyproject\.toml",
        form=FileForm.TOML,
        values=(
            *("build-system/backend-path", "tool/hatch/**/build/**/hooks/custom/path"),
            *(
                "tool/poetry/build/script",
                "tool/pdm/build/custom-hook",
                "tool/setuptools/cmdclass/*",
            ),
            *("tool/poetry/build", "tool/hatch/envs/*/post-install-commands[]"),
            "tool/hatch/envs/*/pre-install-commands[]",
        ),
        runs="on every machine that builds or installs this package from its source",
        words=("backend-path", "hooks", "script", "custom-hook", "cmdclass", "build]", "-install-"),
    ),
    # https://docs.python.org/3/library/site.html
    LaunchKind(
        name="a path configuration file",
        paths=r".*\.pth",
        form=FileForm.LINES,
        values=(r"(?m)^(?P<key>import)[ \t;](?P<value>[^\n]*)",),
        runs="whenever Python starts in an environment that has this file",
    ),
    LaunchKind(
        name="Python's start file",
        paths=r"(?:site|user)customize\.py",
        form=FileForm.WHOLE,
        runs="whenever Python starts with this folder on its path",
    ),
    # https://docs.pytest.org/en/stable/reference/fixtures.html#conftest-py-sharing-fixtures-across-multiple-files
    LaunchKind(
        name="conftest.py",
        paths=r"conftest\.py",
        form=FileForm.CODE,
        runs="whenever pytest collects tests here, also in editors and in CI",
    ),
    # https://doc.rust-lang.org/cargo/reference/build-scripts.html
    LaunchKind(
        name="Cargo's build script",
        paths=r"build\.rs",
        form=FileForm.CODE,
        runs="on every machine that builds this crate, also in editors with rust-analyzer",
    ),
    # https://github.com/nodejs/node-gyp and https://gyp.gsrc.io/docs/InputFormatReference.md
    LaunchKind(
        name="binding.gyp",
        paths=r"[^/]+\.gypi?",
        form=FileForm.LINES,
        values=(
            r"<(?P<key>!)@?\((?P<value>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\)",
            r"[\"'](?P<key>action)[\"']\s*:\s*\[(?P<value>[^\]]{0,2000})\]",
        ),
        runs=_INSTALL,
        usual=r"node -[pe] .{0,3}require(?:\.resolve)?\(.{0,3}(?:node-addon-api|nan"
        r"|napi-\w+).{0,40}",
    ),
    # https://guides.rubygems.org/gems-with-extensions/
    LaunchKind(
        name="a gem's extension",
        paths=r".*extconf\.rb|mkrf_conf\.rb|[^/]+\.gemspec|\.bundle/plugin/.+\.rb|plugins\.rb"
        r"|rubygems_plugin\.rb|lib/rubygems_plugin\.rb",
        form=FileForm.CODE,
        runs="on every machine that installs this gem or its bundle",
    ),
    LaunchKind(
        name="Bundler's file",
        paths=r"Gemfile(?:\.[\w-]+)?|gems\.rb|Podfile|Fastfile|Brewfile",
        form=FileForm.CODE,
        runs="on every machine that installs the bundle, also in CI",
    ),
    LaunchKind(
        name="a package's build file",
        paths=r"Makefile\.PL|Build\.PL|Setup\.l?hs|deps/build\.jl|rebar\.config\.script",
        form=FileForm.CODE,
        runs=_BUILD,
        is_milder=True,
    ),
)

_HOOKS = (
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
        runs=_HOOK,
    ),
    # https://lefthook.dev/configuration/
    LaunchKind(
        name="lefthook's configuration",
        paths=r"\.?lefthook(?:-local)?\.ya?ml|\.config/lefthook\.ya?ml",
        form=FileForm.YAML,
        values=("**/run", "remotes/git_url", "remote/git_url", "**/runner", "extends[]", "rc"),
        runs=_HOOK,
    ),
    LaunchKind(
        name="lefthook's configuration",
        paths=r"\.?lefthook(?:-local)?\.toml",
        form=FileForm.TOML,
        values=("**/run", "remotes/git_url", "remote/git_url", "extends[]", "rc"),
        runs=_HOOK,
    ),
    LaunchKind(
        name="lefthook's configuration",
        paths=r"\.?lefthook(?:-local)?\.jsonc?",
        form=FileForm.JSON,
        values=("**/run", "remotes/git_url", "remote/git_url", "extends[]", "rc"),
        runs=_HOOK,
    ),
    # https://pre-commit.com/#repository-local-hooks
    LaunchKind(
        name="a local hook of pre-commit",
        paths=r"\.pre-commit-config\.ya?ml",
        form=FileForm.YAML,
        values=("?local_hooks",),
        runs=_HOOK,
    ),
    LaunchKind(
        name="a local hook of prek",
        paths=r"prek\.toml|\.prek\.toml",
        form=FileForm.TOML,
        values=("?local_hooks",),
        runs=_HOOK,
    ),
    # https://github.com/sds/overcommit
    LaunchKind(
        name="a hook of overcommit",
        paths=r"\.overcommit\.ya?ml",
        form=FileForm.YAML,
        values=("*/*/command", "*/*/required_executable"),
        runs=_HOOK,
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

_BUILDS = (
    # https://doc.rust-lang.org/cargo/reference/config.html
    LaunchKind(
        name="Cargo's configuration",
        paths=r"\.cargo/config(?:\.toml)?",
        form=FileForm.TOML,
        values=(
            *(
                "build/rustc-wrapper",
                "build/rustc-workspace-wrapper",
                "build/rustc",
                "build/rustdoc",
            ),
            *("target/*/runner", "target/*/linker", "host/*/runner", "host/linker"),
            *("registry/global-credential-providers[]", "registries/*/credential-provider"),
            *(
                "registry/credential-provider",
                "env/RUSTC_WRAPPER",
                "env/RUSTC",
                "credential-alias/*",
            ),
        ),
        runs="on every machine that builds with Cargo here, also in editors",
        usual=r"(?:sccache|ccache|(?:[\w-]+-)?(?:gcc|g\+\+|clang|clang\+\+|ld|lld|cc|c\+\+|mold"
        r"|link)"
        r"(?:[-.]?\d+)?(?:\.exe)?|rust-lld|lld-link|flip-link|qemu-[\w-]+.*|probe-rs .*"
        r"|wasm-bindgen-test"
        r"-runner|wasmtime.*|wasm-server-runner|elf2uf2-rs.*|espflash .*|cargo:token.*|cross.*"
        r"|wine.*"
        r"|sudo -E|wild|node)",
    ),
    LaunchKind(
        name="the Rust toolchain",
        paths=r"rust-toolchain\.toml",
        form=FileForm.TOML,
        values=("toolchain/path",),
        runs="on every machine that builds with Cargo here, also in editors",
    ),
    # https://docs.gradle.org/current/userguide/init_scripts.html
    LaunchKind(
        name="Gradle's init script",
        paths=r"init\.gradle(?:\.kts)?|(?:.*/)?init\.d/[^/]+\.gradle(?:\.kts)?",
        form=FileForm.WHOLE,
        runs="before every build that uses this script",
    ),
    # https://docs.gradle.org/current/userguide/gradle_wrapper.html
    LaunchKind(
        name="Gradle's wrapper",
        paths=r"gradle/wrapper/gradle-wrapper\.properties|\.mvn/wrapper/maven-wrapper\.properties",
        form=FileForm.LINES,
        values=(
            r"(?m)^[ \t]*(?P<key>distributionUrl|wrapperUrl)[ \t]*[=:][ \t]*(?P<value>[^\n]+)",
        ),
        runs="on every machine that builds with the wrapper, which downloads it and runs it",
        usual=r"https\\?://(?:services\.gradle\.org/distributions(?:-snapshots)?/"
        r"|repo1?\.maven\.(?:apache\.)?org/maven2/|downloads\.gradle\.org/|archive\.apache\.org/"
        r"|github\.com/gradle/|repo\.gradle\.org/|dlcdn\.apache\.org/"
        r"|cache-redirector\.jetbrains\.com/"
        r"services\.gradle\.org/).*",
    ),
    LaunchKind(
        name="options of the Java machine",
        paths=r"\.mvn/(?:jvm|maven)\.config|gradle\.properties|\.jvmopts|\.sbtopts|\.java-opts",
        form=FileForm.LINES,
        values=(
            (
                r"(?P<key>-javaagent|-agentpath|-agentlib|-Xbootclasspath/?\w?|--module-path"
                r"|-Dmaven\.ext\.class\.path|-XX:OnOutOfMemoryError"
                r"|-XX:OnError)[:=](?P<value>[^\s]+)"
            ),
        ),
        runs=_BUILD,
    ),
    # https://maven.apache.org/guides/mini/guide-using-extensions.html
    LaunchKind(
        name="Maven's extensions",
        paths=r"\.mvn/extensions\.xml",
        form=FileForm.XML,
        values=("extension/artifactId",),
        runs=_BUILD,
        usual=r"(?:develocity|gradle-enterprise|common-custom-user-data|maven-build-cache|os-maven"
        r"|polyglot|nisse|takari-smart-builder|wagon)[\w-]*|jgit[\w-]*"
        r"|maven-git-versioning-extension",
    ),
    # https://learn.microsoft.com/en-us/visualstudio/msbuild/exec-task
    LaunchKind(
        name="MSBuild's project",
        paths=r"[^/]+\.(?:cs|fs|vb|vcx|sql|esproj|node|shared|wix|pyproj|docker|cc|mdp)?proj"
        r"|[^/]+\.(?:props|targets|proj\.user|csproj\.user|vcxproj\.user)|Directory\.Build\.\w+",
        form=FileForm.XML,
        values=(
            *("Exec@Command", "PreBuildEvent", "PostBuildEvent", "PreLinkEvent/Command"),
            *("PreBuildEvent/Command", "PostBuildEvent/Command", "CustomBuildStep/Command"),
            *("CustomBuild/Command", "NMakeBuildCommandLine", "UsingTask/Task/Code"),
            *("UsingTask@AssemblyFile", "DownloadFile@SourceUrl", "RunCommand"),
        ),
        runs="on every machine that builds the project, also as an editor loads it",
        words=("Exec", "Event", "Command", "UsingTask", "DownloadFile", "CustomBuild"),
        usual=r"\$\(MSBuild\w+\).*|(?:dotnet|npm|npx|pnpm|yarn|git|node --version|docker)\b[^&"
        r"|;<>]*",
    ),
    # https://bazel.build/run/bazelrc
    LaunchKind(
        name="Bazel's options",
        paths=r"\.bazelrc|[^/]*\.bazelrc|\.bazeliskrc|tools/bazel\.rc",
        form=FileForm.LINES,
        values=(
            (
                r"--(?P<key>run_under|workspace_status_command|shell_executable|credential_helper"
                r"|host_jvm_args|experimental_ui_command)(?:=|[ \t]+)(?P<value>[^\n]+)"
            ),
            r"(?P<key>BAZELISK_BASE_URL|BAZELISK_FORMAT_URL)\s*=\s*(?P<value>[^\n]+)",
        ),
        runs="on every machine that builds with Bazel here",
        usual=r"-Xm\w+|-X[ms]\S+|-D\S+",
    ),
    LaunchKind(
        name="Bazel's wrapper",
        paths=r"tools/bazel(?:\.bat|\.ps1)?",
        form=FileForm.SHELL,
        runs="on every machine that builds with Bazel here",
    ),
    LaunchKind(
        name="a wrapper of the build",
        paths=r"gradlew(?:\.bat)?|mvnw(?:\.cmd)?|configure|autogen\.sh|bootstrap\.sh",
        form=FileForm.SHELL,
        runs="on every machine that builds with the wrapper",
        is_program=True,
    ),
    # What is code and runs with every build, or as an editor loads the project.
    LaunchKind(
        name="a configuration in code",
        paths=r"(?:[\w-]+\.)?(?:eslint|prettier|tailwind|postcss|vite|vitest|next|nuxt|svelte"
        r"|astro|jest"
        r"|webpack|rollup|babel|commitlint|lint-staged|stylelint|metro|gatsby|vue|remix|playwright"
        r"|cypress|karma|tsup|drizzle|truffle|hardhat|craco|release)\.config\.[cm]?[jt]s"
        r"|\.(?:eslintrc|prettierrc|babelrc|lintstagedrc|stylelintrc|mocharc|commitlintrc"
        r"|pnp)\.[cm]?js"
        r"|gulpfile\.[cm]?[jt]s|Gruntfile\.[cm]?[jt]s|(?:.+\.)?(?:build|settings)\.gradle(?:\.kts)?"
        r"|build\.sbt|project/[^/]+\.(?:sbt|scala)|build\.zig|Package\.swift|mix\.exs"
        r"|CMakeLists\.txt"
        r"|[^/]+\.cmake|meson\.build|Project\.toml|dune-project|noxfile\.py|\.formatter\.exs"
        r"|\.simplecov|\.rspec|spec_helper\.rb|Rakefile|build\.xml|wscript|SConstruct",
        form=FileForm.CODE,
        runs="with every build, and in editors that load it",
        is_program=True,
    ),
)

KINDS = (*_AGENTS, *_EDITORS, *_SHELLS, *_PACKAGES, *_HOOKS, *_BUILDS)

# Programs in the repository that a tool starts: their content cannot be read here, or is a bundle.
PROGRAMS = {
    r"gradle/wrapper/gradle-wrapper\.jar|\.mvn/wrapper/maven-wrapper\.jar": (
        "Gradle's or Maven's wrapper",
        "on every machine that builds with the wrapper",
    ),
    r"\.yarn/releases/[^/]+": ("Yarn's own program", "on every machine that runs yarn here"),
    r"\.yarn/plugins/.+": ("a plug-in of Yarn", "on every machine that runs yarn here"),
}


# A path is tried against all rows at once first: a change may have thousands.
_ANY_PATH = "(?is)^(?:.*/)?(?:" + "|".join(f"(?:{kind.paths})" for kind in KINDS) + ")$"
_ANY_PROGRAM = "(?s)^(?:.*/)?(?:" + "|".join(PROGRAMS) + ")$"
_PATH_MEMORY = 64 << 20  # bytes


@lru_cache(maxsize=4_096)
def kinds_of(path: str) -> tuple[LaunchKind, ...]:
    """Return the rows for a path, none for nearly all paths."""
    if not compile_linear(_ANY_PATH, _PATH_MEMORY, has_groups=False).search(path):
        return ()
    return tuple(kind for kind in KINDS if kind.pattern.fullmatch(path))


def program_at(path: str) -> tuple[str, str] | None:
    """Return what a program in the repository is and who runs it, None for other files."""
    if not compile_linear(_ANY_PROGRAM, has_groups=False).search(path):
        return None
    rows = (
        row for pattern, row in PROGRAMS.items() if re.fullmatch(rf"(?:.*/)?(?:{pattern})", path)
    )
    return next(rows, None)
