"""Files that editors and development containers read.

Each row is from the documentation of the program that reads the file; its page stands above it.
"""

from codeflow_action.review.launches.launch import FileForm, LaunchKind, Switch
from codeflow_action.review.launches.launch_words import (
    ANY_COMMAND,
    LOADERS,
    OWN_TOOL,
    PROGRAM_KEYS,
    RUNS_IN_EDITOR,
)

_CONTAINER = "in the development container of whoever opens the repository in one"

EDITOR_KINDS = (
    # https://code.visualstudio.com/docs/debugtest/tasks#_run-behavior
    LaunchKind(
        name="VS Code's tasks",
        paths=r"\.vscode/tasks\.json|\.theia/tasks\.json",
        form=FileForm.JSON,
        values=("?tasks", "?tasks/tasks"),
        runs=RUNS_IN_EDITOR.format("VS Code or an editor made of it"),
    ),
    LaunchKind(
        name="VS Code's settings",
        paths=r"\.(?:vscode|theia|cursor|windsurf)/settings\.json|[^/]*\.code-workspace",
        form=FileForm.JSON,
        values=(
            *(f"={PROGRAM_KEYS}", f"settings/={PROGRAM_KEYS}", "?tasks/tasks", "?tasks"),
            r"**/=terminal\.integrated\.(?:profiles|automationProfile)\..*",
            *("mcp/servers/*", "settings/mcp/servers/*"),
        ),
        switches=tuple(
            switch
            for scope in ("", "settings/")
            for switch in (
                Switch(
                    key=rf"{scope}=terminal\.integrated\.env\..*/={LOADERS}",
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
                    effect=ANY_COMMAND,
                ),
            )
        ),
        runs=RUNS_IN_EDITOR.format("VS Code or an editor made of it"),
        usual=OWN_TOOL,
    ),
    # https://www.jetbrains.com/help/idea/settings-tools-startup-tasks.html
    LaunchKind(
        name="the startup tasks of a JetBrains editor",
        paths=r"\.idea/startup\.xml",
        form=FileForm.XML,
        values=("configuration@name",),
        runs=RUNS_IN_EDITOR.format("a JetBrains editor"),
    ),
    LaunchKind(
        name="the file watchers of a JetBrains editor",
        paths=r"\.idea/watcherTasks\.xml",
        form=FileForm.XML,
        values=("TaskOptions",),
        runs="whenever a file is saved " + RUNS_IN_EDITOR.format("a JetBrains editor"),
    ),
    LaunchKind(
        name="a run configuration of a JetBrains editor",
        paths=r"\.idea/runConfigurations/[^/]+\.xml|\.run/[^/]+\.run\.xml|\.idea/workspace\.xml",
        form=FileForm.XML,
        values=("option[SCRIPT_TEXT]", "option[SCRIPT_PATH]", "option[SCRIPT_OPTIONS]"),
        runs=RUNS_IN_EDITOR.format("a JetBrains editor"),
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
        runs=RUNS_IN_EDITOR.format("Emacs"),
    ),
)
