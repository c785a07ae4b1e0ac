"""What a run comes to that was cut short: what it had handed in by then, and what happened."""

import json
from collections.abc import Mapping
from dataclasses import replace

from codeflow_action.hosts.messages import Bundle, Cut
from codeflow_action.security.untrusted import inline

# Every output of the contract, as a run without any result has it. `codeflow_action` is not
# imported for it: whatever broke there may break here too.
NO_OUTPUTS: Mapping[str, str] = {
    "verdict": "incomplete",
    "reason": "gate_not_run",
    "findings": "[]",
    "findings_truncated": "false",
    "findings_count": "0",
    "errors_count": "0",
    "warnings_count": "0",
    "notices_count": "0",
    "blocking_count": "0",
    "coverage": "0",
    "reviewed": "none",
    "platforms": "[]",
    "risk": "",
    "final_count": "",
    "report_path": "",
    "sarif_path": "",
    "findings_path": "",
    "comment_url": "",
    "review_url": "",
    "tokens": "0",
    "cost_usd": "0.000000",
    "matrix": '{"shard":[]}',
}
_WORST_FIRST = (70, 2, 3, 1, 0)  # a bug, wrong settings, not run, findings, none of these


def cut_short(bundle: Bundle | None, cut: Cut) -> Bundle:
    """Return what a run ends with that was cut short after it had handed in `bundle`.

    The worse exit code holds, with its reason. Without a bundle no gate has been passed: the code
    is 3 or worse.
    """
    if bundle is None:
        code = min(cut.exit_code, 3, key=_WORST_FIRST.index)
        return Bundle(
            final=True,
            exit_code=code,
            outputs={**NO_OUTPUTS, "reason": cut.reason},
            summary=f"{_headline(cut.reason)}\n\n{inline(cut.text, 4_000)}\n",
            kind="error",
            last_word=cut.text,
        )
    code = min(cut.exit_code, bundle.exit_code, key=_WORST_FIRST.index)
    texts = (bundle.last_word, cut.text) if bundle.kind == "error" else (cut.text,)
    ending = replace(
        bundle,
        final=True,
        exit_code=code,
        summary=f"{inline(cut.text, 4_000)}\n\n{bundle.summary}",
        kind="error" if code else "warning",
        last_word="; ".join(texts),
    )
    return ending if code == bundle.exit_code else _with_verdict(ending, cut)


def _with_verdict(bundle: Bundle, cut: Cut) -> Bundle:
    """Return the bundle with the verdict of what cut it short, in its report too."""
    files = dict(bundle.files)
    if "report_path" in files:
        path, text = files["report_path"]
        report = json.loads(text)  # not by the report's own classes, which may be what broke
        report |= {"verdict": "incomplete", "reason": cut.reason, "exit_code": bundle.exit_code}
        report["notices"] = [*report.get("notices", ()), cut.text]
        files["report_path"] = (path, json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return replace(
        bundle,
        files=files,
        outputs={**bundle.outputs, "verdict": "incomplete", "reason": cut.reason},
        summary=f"{_headline(cut.reason)}\n\n{bundle.summary}",
    )


def _headline(reason: str) -> str:
    return f"**CodeFlow: incomplete ({reason}); the run was cut short**"
