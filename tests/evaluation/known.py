"""Known and reported findings, prompts' texts: what the tests of this folder are made of."""

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.evaluation.dataset import KnownFinding, Level
from codeflow_action.evaluation.prompt_view import PromptView


def known(first=3, last=None, path="a.py", side=Side.RIGHT, **more):
    lines = None if first is None else (first, last or first)
    given = {"text": "It breaks.", "context": Level.DIFF, **more}
    return KnownFinding(path=path, lines=lines, side=side, **given)


def found(first=3, last=None, path="a.py", side=Side.RIGHT):
    return Finding(
        severity=Severity.WARNING,
        category=Category.CORRECTNESS,
        path=path,
        line=first,
        end_line=last,
        side=side,
        title="It breaks",
        message="It does.",
        evidence=Evidence.QUOTED,
        sources=("pr_reviewer",),
        rule="pr_reviewer/correctness",
    )


def reading(*parts, tokens=10):
    return PromptView.of(parts, tokens=tokens, size=100)
