"""What is known of actions by their names: code inputs, strangers' outputs, agents' prompts.

Names are in lower case, without a version. A table is data: add a line where one is missing.
"""

from collections.abc import Mapping
from dataclasses import field

from codeflow_action.engine.lazy import dataclass, regex

# Inputs that a program or a shell runs. CodeQL's models of actions (`codeql/actions-all`) list
# many of them; the others say so in their own documents.
CODE_INPUTS: Mapping[str, tuple[str, ...]] = {
    "actions/github-script": ("script",),
    "addnab/docker-run-action": ("run", "options"),
    "amadevus/pwsh-script": ("script",),
    "appleboy/ssh-action": ("script",),
    "azure/cli": ("inlinescript",),
    "azure/powershell": ("inlinescript",),
    "cardinalby/js-eval-action": ("expression",),
    "cross-platform-actions/action": ("run",),
    "cypress-io/github-action": ("command", "build", "start", "install-command"),
    "devorbitus/yq-action-output": ("cmd",),
    "fifsky/ssh-action": ("command",),
    "garygrossgarten/github-action-ssh": ("command",),
    "gautamkrishnar/blog-post-workflow": ("item_exec",),
    "jannekem/run-python-script-action": ("script",),
    "kohlerdominik/docker-run-action": ("run", "options"),
    "mathiasvr/command-output": ("run",),
    "mikefarah/yq": ("cmd",),
    "nick-fields/retry": ("command", "on_retry_command", "new_command_on_retry"),
    "nick-invision/retry": ("command", "on_retry_command"),
    "reactivecircus/android-emulator-runner": ("script", "pre-emulator-launch-script"),
    "sergeysova/jq-action": ("cmd",),
    "skitionek/notify-microsoft-teams": ("overwrite",),
    "uraimo/run-on-arch-action": ("run", "install", "setup"),
    "vmactions/freebsd-vm": ("run", "prepare"),
    "vmactions/netbsd-vm": ("run", "prepare"),
    "vmactions/openbsd-vm": ("run", "prepare"),
    "vmactions/solaris-vm": ("run", "prepare"),
    "wandalen/wretry.action": ("command",),
    "webiny/action-post-run": ("run",),
}
# Inputs that a shell in a container runs.
CONTAINER_INPUTS = ("args", "entrypoint")

# Outputs that hold what strangers wrote, `*` for all of them; those under `head` say which code
# is meant.
TEXT_OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "8bitjonny/gh-get-current-pr": ("pr_title", "pr_body", "pr", "pr_head_ref"),
    "ahmadnassri/action-changed-files": ("files", "json"),
    "alessbell/pull-request-comment-branch": ("head_ref",),
    "eficode/resolve-pr-refs": ("head_ref",),
    "jitterbit/get-changed-files": ("*",),
    "juliangruber/read-file-action": ("content",),
    "jwalton/gh-find-current-pr": ("title", "body"),
    "khan/pull-request-comment-trigger": ("comment_body",),
    "potiuk/get-workflow-origin": ("sourceheadbranch",),
    "rishabhgupta/split-by": ("*",),
    "shanegenschaw/pull-request-comment-trigger": ("comment_body",),
    "tj-actions/branch-names": ("current_branch", "head_ref_branch", "ref_branch"),
    "trilom/file-changes-action": ("*",),
    "xt0rted/pull-request-comment-branch": ("head_ref",),
}
HEAD_OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "alessbell/pull-request-comment-branch": ("head_ref", "head_sha"),
    "eficode/resolve-pr-refs": ("head_ref", "head_sha"),
    "potiuk/get-workflow-origin": ("sourceheadbranch", "sourceheadsha", "sourceheadrepo"),
    "xt0rted/pull-request-comment-branch": ("head_ref", "head_sha"),
}
# They unpack what another run has uploaded.
ARTIFACT_ACTIONS = frozenset(
    {
        "actions/download-artifact",
        "aochmann/actions-download-artifact",
        "bettermarks/action-artifact-download",
        "blablacar/action-download-last-artifact",
        "dawidd6/action-download-artifact",
        "ishworkh/docker-image-artifact-download",
        "levonet/action-download-last-artifact",
        "marcofaggian/action-download-multiple-artifacts",
    }
)
CACHE_ACTIONS = frozenset({"actions/cache", "actions/cache/save", "actions/cache/restore"})
# They run nothing of what lies in the workspace: their configuration there is data.
INERT_ACTIONS = frozenset(
    {
        "actions/checkout",
        "actions/dependency-review-action",
        "actions/download-artifact",
        "actions/github-script",
        "actions/labeler",
        "actions/upload-artifact",
        "apache/skywalking-eyes",
        "apache/skywalking-eyes/header",
        "codecov/codecov-action",
        "crate-ci/typos",
        "dorny/paths-filter",
        "fsfe/reuse-action",
        "gitleaks/gitleaks-action",
        "hadolint/hadolint-action",
        "ludeeus/action-shellcheck",
        "lycheeverse/lychee-action",
        "marocchino/sticky-pull-request-comment",
        "peter-evans/create-or-update-comment",
        "peter-evans/find-comment",
        "step-security/harden-runner",
        "tj-actions/changed-files",
        "zizmorcore/zizmor-action",
    }
)


@dataclass(frozen=True)
class AgentAction:
    """An action that runs an agent: inputs that it obeys, and those that let strangers call it."""

    prompts: tuple[str, ...]
    doors: tuple[str, ...] = ()
    # It asks GitHub who called, and refuses those without write access unless a door is open.
    checks_caller: bool = False
    outputs: tuple[str, ...] = field(default=("*",))


_CLAUDE = AgentAction(
    prompts=(
        "prompt",
        "direct_prompt",
        "override_prompt",
        "custom_instructions",
        "append_system_prompt",
        "system_prompt",
        "claude_args",
        "claude_env",
    ),
    doors=("allowed_non_write_users", "allowed_bots"),
    checks_caller=True,
)
_GEMINI = AgentAction(prompts=("prompt", "settings", "extensions"))
_ANY_PROMPT = AgentAction(
    prompts=(
        "prompt",
        "prompts",
        "system-prompt",
        "system_prompt",
        "instruction",
        "instructions",
        "extra_instructions",
        "custom_instructions",
        "message",
        "query",
        "task",
        "args",
        "input",
        "user_prompt",
    ),
    doors=("allow-users", "allow_users", "allowed_users", "allowed_non_write_users"),
)
# The documents of each action name its inputs.
AGENT_ACTIONS: Mapping[str, AgentAction] = {
    "actions/ai-inference": AgentAction(prompts=("prompt", "system-prompt", "input")),
    "anthropics/claude-code-action": _CLAUDE,
    "anthropics/claude-code-base-action": _CLAUDE,
    "google-gemini/gemini-cli-action": _GEMINI,
    "google-github-actions/run-gemini-cli": _GEMINI,
    "openai/codex-action": AgentAction(
        prompts=("prompt", "codex-args"), doors=("allow-users", "allow-bots"), checks_caller=True
    ),
    **dict.fromkeys(
        (
            "all-hands-ai/openhands-github-action",
            "anomalyco/opencode/github",
            "augmentcode/augment-agent",
            "augmentcode/describe-pr",
            "austenstone/copilot-cli",
            "austenstone/copilot-cli-action",
            "block/goose",
            "charmbracelet/crush-action",
            "codium-ai/pr-agent",
            "continuedev/continue",
            "coderabbitai/ai-pr-reviewer",
            "cursor/agent-action",
            "cursor/cursor-agent-action",
            "factory-ai/droid-action",
            "github/copilot-cli-action",
            "google-labs-code/jules-action",
            "google-labs-code/jules-invoke",
            "mattzcarey/shippie",
            "mirrajabi/aider-github-workflows",
            "openhands/openhands-resolver",
            "paul-gauthier/aider-github",
            "qodo-ai/pr-agent",
            "qwenlm/qwen-code-action",
            "sourcegraph/amp-action",
            "sst/opencode/github",
            "the-pr-agent/pr-agent",
            "warpdotdev/oz-agent-action",
            "warpdotdev/warp-agent-action",
        ),
        _ANY_PROMPT,
    ),
}
# Agents' programs on a command line, with what makes them work without a person.
AGENT_PROGRAM = regex(
    r"(?:@anthropic-ai/claude-code|@openai/codex|@google/gemini-cli|@github/copilot|@sourcegraph/amp"
    r"|@qwen-code/qwen-code|opencode-ai)\b"
    r"|(?:^|[\s;&|(`'\"/])(?:claude\s(?=[^\n]{0,400}(?:\s-p\b|--print\b))|claude\s+(?:-p|--print)\b"
    r"|codex\s+(?:exec|e)\b|(?:gemini|qwen|copilot|cursor-agent|vibe|kiro-cli|amp)\s"
    r"(?=[^\n]{0,400}(?:-p\b|--prompt\b|--print\b|-x\b|--yolo\b|-y\b|--no-interactive\b))"
    r"|(?:gemini|qwen|cursor-agent)\s+[\"']|gh\s+(?:copilot|models\s+run)\b|llm\s+(?!install|keys|models|logs)"
    r"|aider\s(?=[^\n]{0,400}(?:--message|-m\b|--yes))|opencode\s+run\b|goose\s+run\b|droid\s+exec\b"
    r"|crush\s+run\b|auggie\s(?=[^\n]{0,400}--print)|openhands\s|q\s+chat\b)"
)
