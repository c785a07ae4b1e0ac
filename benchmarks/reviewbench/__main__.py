"""Tries the agent on pull requests of ReviewBench: `python -m benchmarks.reviewbench GOLDEN DIR`.

GOLDEN holds files of ReviewBench's folder `golden`, DIR clones as `owner/name` or `owner+name` with
the base and the head. Each runs in a checkout at its head, as in the benchmark but in no container,
and its findings file is held against the contract. Nothing is scored: that takes the benchmark's
judge. Without a key only the gates speak.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import git
from benchmarks.reviewbench import agent
from codeflow_action.evaluation.clones import find_clone

_AGENT = "codeflow"


def main(arguments: Sequence[str]) -> int:
    """Print a row for each pull request; 1 when one breaks the contract, 2 when there was none."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reviewbench")
    parser.add_argument("golden", type=Path, metavar="GOLDEN")
    parser.add_argument("repos", type=Path, metavar="DIR")
    options = parser.parse_args(arguments)
    outcomes = []
    for file in sorted(options.golden.glob("*.json")):
        pull = json.loads(file.read_text(encoding="utf-8"))["pr"]
        name = "/".join(pull["repo"].split("/")[-2:])
        clone = find_clone(options.repos, name)
        if clone is None:
            sys.stderr.write(f"absent: {name}\n")
            continue
        outcome = _try(pull, name, clone)
        sys.stdout.write(f"{name}#{pull['pr_number']}: {outcome}\n")
        outcomes.append(outcome)
    if not outcomes:
        return 2
    return int(any("findings" not in outcome for outcome in outcomes))


def _try(pull: Mapping[str, Any], name: str, clone: Path) -> str:
    """Return how many findings there are, or what is wrong."""
    with tempfile.TemporaryDirectory(prefix="codeflow-reviewbench-") as folder:
        checkout, output = Path(folder, "repo"), Path(folder, "findings.json")
        try:
            git(clone, "clone", "--quiet", "--shared", "--no-checkout", str(clone), str(checkout))
            git(checkout, "checkout", "--quiet", "--detach", pull["head"])
        except subprocess.CalledProcessError:
            return "the clone lacks the head"
        code = agent.main(
            {
                **os.environ,
                "RB_REPO": str(checkout),
                "RB_OUT": str(output),
                "RB_NWO": name,
                "RB_PR_NUMBER": str(pull["pr_number"]),
                "RB_BASE": pull["base"],
                "RB_HEAD": pull["head"],
                "RB_AGENT": _AGENT,
            }
        )
        if code:
            return f"exit code {code}"
        findings = json.loads(output.read_text(encoding="utf-8"))
    wrong = list(violations(findings, pull))
    return "; ".join(wrong[:3]) or f"{len(findings['findings'])} findings, the contract is kept"


def violations(findings: Mapping[str, Any], pull: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the contract does not allow in a findings file."""
    for key in ("base", "head", "pr_number", "repo"):
        if findings["pr"][key] != pull[key]:
            yield f"`pr.{key}` is another"
    if not findings["agent"].strip():
        yield "`agent` is empty"
    for index, finding in enumerate(findings["findings"]):
        parts = finding["file"].split("/")
        if {"", ".", ".."} & set(parts) or ":" in finding["file"] or "\\" in finding["file"]:
            yield f"finding {index}: no plain path"
        if not 1 <= finding["start_line"] <= finding["end_line"]:
            yield f"finding {index}: no range of lines"
        if not (finding["message"].strip() and finding["producer"].strip()):
            yield f"finding {index}: no message, or no producer"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
