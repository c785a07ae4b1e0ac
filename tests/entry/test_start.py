"""What a run does not need to begin is imported while it waits for GitHub, or never."""

import subprocess
import sys

# The second half of a run, and what is only needed for some changes.
LATER = (
    "codeflow_action.engine.pipeline",
    "codeflow_action.engine.report",
    "codeflow_action.hosts.github_review",
    "codeflow_action.integrations.own_rules",
    "codeflow_action.integrations.zizmor",
    "codeflow_action.manifests",
    "kingfisher_sdk",
    "re2",
    "yaml",
)

# What a run without a model and without other tools' reports never needs.
NEVER = (
    "codeflow_action.actions.pr_reviewer.model_review",
    "codeflow_action.integrations.reports.sarif_model",
    "codeflow_action.review.context",
    "codeflow_action.review.proof",
)


def test_the_entry_imports_nothing_that_the_first_request_can_do_without():
    script = (
        "import sys; import codeflow_action.entrypoint; "
        f"print([name for name in {LATER!r} if name in sys.modules]); "
        "import codeflow_action.hosts.github_review, codeflow_action.config.plugins as it; "
        "it.load_plugins(); "
        f"print([name for name in {NEVER!r} if name in sys.modules])"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert process.stdout.decode().split("\n") == ["[]", "[]", ""]
