"""Reviews one pull request as ReviewBench asks for it, and writes its findings file.

The contract is AGENT_CONTRACT.md of https://github.com/review-bench/ReviewBench: a checkout, a few
variables that begin with `RB_`, one JSON file, exit code 0 or another try. This file needs nothing
but Python and CodeFlow beside it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_REVIEW = "from codeflow_action.cli import main; raise SystemExit(main())"
_DONE = (0, 1)  # of `codeflow review`: all was done, and nothing or something blocks
# Models that did not answer: another try may go better, and half a review is no measure.
_NO_MEASURE = frozenset({"model_error", "deadline"})


def main(environment: Mapping[str, str]) -> int:
    """Review, and write the file; 0 when it is written, else the code of what went wrong."""
    sys.stdout.write(_setting_line(environment))
    arguments = ["review", "--format", "json", "--fail-on", "never"]
    arguments += ["--base", environment["RB_BASE"], "--head", environment["RB_HEAD"]]
    for option in ("provider", "model", "effort"):
        if value := environment.get(f"RB_CONFIG_{option.upper()}", ""):
            arguments += [f"--{option}", value]
    done = subprocess.run(
        [sys.executable, "-I", "-c", _REVIEW, *arguments],
        cwd=environment.get("RB_REPO", "/work/repo"),
        env=dict(_with_address(environment)),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode not in _DONE:
        return done.returncode
    report = json.loads(done.stdout)
    reasons = {shortfall["reason"] for shortfall in report["shortfalls"]} & _NO_MEASURE
    if reasons:
        sys.stderr.write(f"the review is not complete: {', '.join(sorted(reasons))}\n")
        return 3
    findings = findings_file(report, environment)
    Path(environment["RB_OUT"]).write_text(json.dumps(findings, indent=2), encoding="utf-8")
    sys.stdout.write(f"{len(findings['findings'])} findings, verdict {report['verdict']}\n")
    return 0


def findings_file(report: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what the benchmark reads, from a report as `codeflow review` gives it."""
    name = environment["RB_AGENT"]
    return {
        "pr": {
            "repo": f"https://github.com/{environment['RB_NWO']}",
            "pr_number": int(environment["RB_PR_NUMBER"]),
            "base": environment["RB_BASE"],
            "head": environment["RB_HEAD"],
        },
        "agent": name,
        "findings": list(_findings(report, name)),
    }


def _findings(report: Mapping[str, Any], producer: str) -> Iterator[dict[str, Any]]:
    for entry in report["findings"]:
        finding = entry["finding"]
        path, line = finding["path"], finding["line"]
        # A judge goes by file and lines, so what is about the pull request as a whole has no place.
        # Nor has a path that the file's rules exclude.
        if not path or ":" in path or "\\" in path:
            continue
        message = f"{finding['title']}\n\n{finding['message']}".strip()
        if line and finding["side"] == "LEFT":
            # Lines count at head there, where a removed one has no number.
            message, line = f"{message}\n\n(About the removed line {line}.)", None
        yield {
            "file": path,
            "start_line": line or 1,
            "end_line": max(line or 1, (finding["end_line"] or 1) if line else 1),
            "message": message,
            "producer": producer,
        }


def _with_address(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables, and the registered address as that of the provider which is asked."""
    yield from environment.items()
    if address := environment.get("RB_MODEL_BASE_URL", ""):
        provider = environment.get("RB_CONFIG_PROVIDER", "") or "openai"
        yield f"{provider.upper()}_BASE_URL", address


def _setting_line(environment: Mapping[str, str]) -> str:
    """Return the settings that hold: the benchmark looks for their values in what is printed."""
    names = ("provider", "model", "effort")
    values = ((name, environment.get(f"RB_CONFIG_{name.upper()}", "")) for name in names)
    return " ".join(f"{name}={value or 'default'}" for name, value in values) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(os.environ))
