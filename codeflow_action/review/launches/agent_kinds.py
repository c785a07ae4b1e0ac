"""Files that agents read: settings, hooks, MCP servers.

Each row is from the documentation of the program that reads the file; its page stands above it.
"""

from codeflow_action.review.launches.launch import FileForm, LaunchKind, Switch
from codeflow_action.review.launches.launch_words import ANY_COMMAND, LOADERS, RUNS_IN_EDITOR

_AGENT = "on the machine of whoever opens the repository with {}, with their rights and keys"
_AUTO = Switch(
    key="permissions/defaultMode",
    value=r"bypassPermissions|dontAsk",
    effect="lets the agent act without asking anybody",
)
_ALL_TOOLS = r"\*|Bash(?:\((?:\*|:\*|\*:\*)?\))?|Shell(?:\(\*\))?|run_shell_command"
_MODELS = (
    r"ANTHROPIC_BASE_URL|OPENAI_BASE_URL|OPENAI_API_BASE|GOOGLE_GEMINI_BASE_URL|HTTPS?_PROXY"
    r"|NODE_TLS_REJECT_UNAUTHORIZED|NODE_EXTRA_CA_CERTS"
)

AGENT_KINDS = (
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
            Switch(key="permissions/allow", value=_ALL_TOOLS, effect=ANY_COMMAND),
            Switch(key="skipDangerousModePermissionPrompt", value="true", effect=ANY_COMMAND),
            Switch(
                key=f"env/={LOADERS}|{_MODELS}",
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
            Switch(key="autoAccept", value="true", effect=ANY_COMMAND),
            Switch(key="general/defaultApprovalMode", value="yolo", effect=ANY_COMMAND),
            Switch(key="tools/approvalMode", value="yolo", effect=ANY_COMMAND),
            Switch(key="mcpServers/*/trust", value="true", effect="lets this server act unasked"),
            Switch(key="tools/allowed", value=_ALL_TOOLS, effect=ANY_COMMAND),
            Switch(key="coreTools", value=_ALL_TOOLS, effect=ANY_COMMAND),
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
            Switch(key="approval_policy", value="never", effect=ANY_COMMAND),
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
            Switch(key="amp.dangerouslyAllowAll", value="true", effect=ANY_COMMAND),
            Switch(key="options/yolo", value="true", effect=ANY_COMMAND),
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
                key=f"terminal/env/={LOADERS}",
                value=".+",
                effect="changes what every program in the terminal loads",
            ),
            Switch(key="agent/always_allow_tool_actions", value="true", effect=ANY_COMMAND),
        ),
        runs=RUNS_IN_EDITOR.format("Zed"),
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
