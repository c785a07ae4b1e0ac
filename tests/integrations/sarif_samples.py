"""Findings of every kind, by the name of a sample.

`python -m tests.integrations.sarif_samples FOLDER` writes them as SARIF (`make sarif-validate`).
"""

import json
import sys
from pathlib import Path

from codeflow_action.config.pages import rule_pages
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Evidence, Severity
from codeflow_action.integrations.sarif_output import to_sarif
from tests.engine.test_values import finding
from tests.integrations.test_runner import report

HOSTILE = "::error::x [a](javascript:1) ${{ x }} {0} <img src=x> \u202e \x00 @all \\"
DOCS = "https://github.com/org/codeflow/blob/v1/docs"
GATES = [
    "broken_files", "conflict_markers", "debug_leftovers/debugger", "dependencies/advisory",
    "file_hygiene/name", "hidden_unicode/bidi", "secrets/aws_key", "size", "suppressions",
    "workflow_risk/template-injection",
]  # fmt: skip


def _gate(rule: str, number: int):
    return finding(
        rule=rule,
        line=number,
        severity=list(Severity)[number % 3],
        category=list(Category)[number % len(Category)],
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        title=f"What {rule} says.",
    )


SAMPLES = {
    "empty": [],
    "gates": [_gate(rule, number) for number, rule in enumerate(GATES, 1)],
    "reviewer": [
        finding(),
        finding(line=9, end_line=12, severity=Severity.ERROR, category=Category.SECURITY),
        finding(line=7, side=Side.LEFT),
        finding(rule="check:our own words", line=None),
    ],
    "tools": [
        finding(rule=rule, evidence=Evidence.DETERMINISTIC, sources=("Ruff", "ESLint"), line=number)
        for number, rule in enumerate(
            ["ruff/F401", "shellcheck/SC2086", "eslint/no-eval", "typos", "check-x/A B", "r", "9"],
            1,
        )
    ],
    "placeless": [finding(path=None, line=None), finding()],
    "hostile": [
        finding(title=HOSTILE, message=HOSTILE, rule=HOSTILE, path="a b/ü#?%.py"),
        finding(title="", message="", rule=""),
        finding(title="", message="", rule=".", evidence=Evidence.DETERMINISTIC),
        *(finding(rule="x" * length) for length in (254, 255, 256, 400)),
        finding(rule="z", title="t" * 3_000, message="m" * 9_000, evidence=Evidence.DETERMINISTIC),
    ],
}


def sarif_of(name: str):
    """Return a sample as a run of the action writes it."""
    return to_sarif(report(*SAMPLES[name]), rule_pages(load_registry(), DOCS))


if __name__ == "__main__":
    for sample in SAMPLES:
        (Path(sys.argv[1]) / f"{sample}.sarif").write_text(json.dumps(sarif_of(sample), indent=1))
