"""Which accounts open pull requests by machine, and whether more than dependencies is in them.

The login of an app is its slug with `[bot]`, and its page is `https://github.com/apps/SLUG`
(https://docs.github.com/rest/users/users). Nobody else can have it, nor an account that has it.
"""

from collections.abc import Mapping
from enum import StrEnum

from codeflow_action.engine.lazy import regex
from codeflow_action.engine.pull_request import Author


class Machine(StrEnum):
    """What opens a pull request where no person does."""

    BOT = "bot"  # moves versions and other generated lines, which gates look at
    AGENT = "agent"  # writes code, which often nobody has read line by line before


# Names the tools that it counts as such.
_SCORECARD = "https://github.com/ossf/scorecard/blob/main/docs/checks.md#dependency-update-tool"

# By login, with the source: the tool's own word, or the app's page.
DEPENDENCY_BOTS: Mapping[str, str] = {
    "dependabot[bot]": "https://docs.github.com/code-security/dependabot",
    "dependabot-preview[bot]": "https://github.com/apps/dependabot-preview",  # until 2021
    "renovate[bot]": "https://docs.renovatebot.com/getting-started/installing-onboarding/",
    "renovate-bot": "https://github.com/renovate-bot",  # an account of Renovate's makers
    "mend-for-github-com[bot]": "https://github.com/apps/mend-for-github-com",
    "whitesource-bolt-for-github[bot]": "https://github.com/apps/whitesource-bolt-for-github",
    "snyk-bot": "https://github.com/snyk-bot",
    "snyk-io[bot]": "https://github.com/apps/snyk-io",
    "pyup-bot": _SCORECARD,
    "scala-steward": "https://github.com/scala-steward-org/scala-steward#readme",
    "depfu[bot]": "https://github.com/apps/depfu",
    "greenkeeper[bot]": "https://github.com/apps/greenkeeper",
    "pre-commit-ci[bot]": "https://pre-commit.ci",  # moves the versions of hooks
    "r-ryantm": "https://github.com/nix-community/nixpkgs-update#readme",
}
# An organisation runs some of them as an app of its own, which bears the tool's name
# (https://docs.renovatebot.com/modules/platform/github/#running-as-a-github-app;
# `zio-scala-steward[bot]`).
_OWN_APP = regex(r"(?:.*-)?(?:renovate|scala-steward)(?:-.*)?\[bot\]")

# https://github.com/chaoss/ai-detection-action/blob/main/utils.go has the accounts with ids.
_CHAOSS = "https://github.com/chaoss/ai-detection-action"
# Of agents only: what a person opens with an agent's help is the person's.
CODING_AGENTS: Mapping[str, str] = {
    # An app without `[bot]` in its login: user 198982749, of type Bot.
    "copilot": "https://docs.github.com/copilot/concepts/agents/coding-agent/about-coding-agent",
    "copilot-swe-agent[bot]": "https://github.com/apps/copilot-swe-agent",
    "claude[bot]": _CHAOSS,
    "anthropic-claude[bot]": _CHAOSS,
    "chatgpt-codex-connector[bot]": _CHAOSS,
    "openai-codex[bot]": _CHAOSS,
    "cursor[bot]": "https://github.com/getsentry/sentry/pull/101092",
    "devin-ai-integration[bot]": _CHAOSS,
    "google-labs-jules[bot]": "https://github.com/apps/google-labs-jules",
    "amazon-q-developer[bot]": _CHAOSS,
    "gemini-code-assist[bot]": _CHAOSS,
    "cline[bot]": _CHAOSS,
    "continue[bot]": _CHAOSS,
    "jetbrains-ai[bot]": _CHAOSS,
    "factory-droid[bot]": "https://github.com/apps/factory-droid",
    "openhands-agent": "https://github.com/openhands-agent",
}


def machine_kind(author: Author) -> Machine | None:
    """Return what opened a pull request, None for a person.

    An app that no list knows is an agent, and so is `github-actions[bot]`: new agents come every
    month, workflows run them, and code that only seemed to be reviewed costs more than a review.
    """
    login = author.login.lower()
    if login in DEPENDENCY_BOTS or (author.is_bot and _OWN_APP.fullmatch(login)):
        return Machine.BOT
    return Machine.AGENT if author.is_bot or login in CODING_AGENTS else None
