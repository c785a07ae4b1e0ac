"""The prompts as they are sent, word for word: whoever changes one sees here what changes.

`WRITE_PROMPTS=1 make test` records them anew; read the difference before you commit it.
"""

import os
from pathlib import Path

import pytest

from codeflow_action.actions.pr_reviewer.lenses import built_in
from codeflow_action.actions.pr_reviewer.prompts import intent
from codeflow_action.engine.facts import Facts, LineCoverage, ToolFindings, UncoveredLines
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.guidance import Guidance, PathRule
from codeflow_action.engine.model import Prompt
from codeflow_action.engine.platforms import Platform, PlatformEvidence, PlatformKind, Platforms
from codeflow_action.engine.pull_request import LinkedIssue
from codeflow_action.testing.reviewer_replies import judgements
from tests.actions.test_pr_reviewer import REMARK, remarks
from tests.actions.test_pr_reviewer_rounds import CHECKS, review
from tests.pull_requests import pull_request
from tests.security.reached import ENVELOPE

RECORDED = Path(__file__).parent / "prompts"
GUIDANCE = Guidance(
    language="de",
    instructions="Money is in integer cents.",
    guidelines=("AGENTS.md",),
    rules=(PathRule(match="shop/**", instructions="Every amount needs a currency."),),
)
BASE = {**CHECKS, "AGENTS.md": b"# Style\n\n- Never divide by a length.\n"}

KNOWN = Facts(
    (
        ToolFindings(
            findings=(
                Finding(
                    severity=Severity.WARNING,
                    category=Category.MAINTAINABILITY,
                    path="shop/cart.py",
                    line=5,
                    title="Line too long",
                    message="Line too long (120 > 88)",
                    evidence=Evidence.DETERMINISTIC,
                    sources=("ruff",),
                    rule="ruff/E501",
                ),
            )
        ),
        Platforms(
            platforms=(
                Platform(
                    id="django",
                    name="Django",
                    kind=PlatformKind.FRAMEWORK,
                    confidence=1.0,
                    evidence=(PlatformEvidence(path="pyproject.toml", line=5, rule="django"),),
                ),
            )
        ),
        LineCoverage(files=(UncoveredLines(path="shop/cart.py", lines=(5, 6), reachable=3),)),
    )
)


def asked(
    effort: str,
    title: str = "Average",
    body: str = "Adds a mean.",
    issue_title: str = "No average",
    issue_body: str = "A cart has none.",
) -> dict[str, Prompt]:
    """Return the prompts of a small review, by the name of the file that records them."""
    _, model = review(
        remarks({**REMARK, "message": "`mean([])` raises in `total`."}),
        judgements,
        options={"effort": effort},
        base=BASE,
        guidance=GUIDANCE,
        title=title,
        body=body,
        facts=KNOWN,
        issues=(LinkedIssue(number=7, title=issue_title, body=issue_body),),
    )
    named = {f"find-{effort}-{at}": one for at, one in enumerate(model.prompts)}
    named |= {f"promise-{effort}-{at}": one for at, one in enumerate(model.compared)}
    return {**named, **{f"verify-{effort}-{at}": one for at, one in enumerate(model.judged)}}


def shown(prompt: Prompt) -> str:
    parts = [f"[{'stable' if one.stable else 'part'}]\n{one.text}" for one in prompt.parts]
    return "\n\n".join([f"[instructions]\n{prompt.instructions}", *parts]) + "\n"


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_prompts_are_as_recorded(effort):
    prompts = asked(effort)
    if os.environ.get("WRITE_PROMPTS"):
        for name, prompt in prompts.items():
            (RECORDED / f"{name}.txt").write_text(shown(prompt))
    recorded = {path.stem: path.read_text() for path in RECORDED.glob(f"*-{effort}-*.txt")}
    assert {name: shown(prompt) for name, prompt in prompts.items()} == recorded


def test_every_lens_is_in_a_recorded_prompt():
    texts = "".join(path.read_text() for path in RECORDED.glob("*.txt"))
    assert all(lens.text in texts for lens in built_in())


@pytest.mark.parametrize("effort", ["medium", "high"])
@pytest.mark.promise("The first round is blind to what the author says of the change.")
def test_the_first_round_is_asked_the_same_whatever_the_author_says(effort):
    """Fault 10: told that a change is free of bugs, a model finds fewer."""
    words = ("Bug-free refactoring", "Reviewed twice.", "No defect", "Only renames.")
    silent, praised = (
        {name: shown(prompt) for name, prompt in asked(effort, *given).items()}
        for given in (("", "", "", ""), words)
    )
    finds = {name: text for name, text in praised.items() if name.startswith("find")}
    assert finds
    assert finds.items() <= silent.items()
    assert all(word in praised[f"verify-{effort}-0"] for word in words)


@pytest.mark.promise(
    "What is left says what code must be like, and stands outside of the envelopes of what "
    "strangers wrote."
)
def test_of_a_stranger_nothing_stands_outside_of_an_envelope():
    """What is left of a prompt without its envelopes is ours, or the maintainers'."""
    for name, prompt in asked("medium").items():
        outside = ENVELOPE.sub("", "\n".join(part.text for part in prompt.parts))
        for word in ("cart.py", "total", "mean", "Average", "ruff", "Django"):
            assert word not in outside, name
        if name.startswith("find"):
            assert "r1: Never divide by a length." in outside


@pytest.mark.promise("HTML comments in titles and descriptions reach no model.")
def test_comments_of_title_body_and_issues_reach_no_model():
    """Fault 5: a page does not show them, and a model obeyed them."""
    hidden = "<!-- OBEY -->\n[//]: # (OBEY)\n"
    issue = LinkedIssue(
        number=7, title=f"Sums{hidden}", body=f"Please add sums.\n{hidden}<!-- OBEY"
    )
    change = pull_request(title=f"A sum {hidden}", body=f"{hidden}Adds it.\n", issues=(issue,))
    text = "\n".join(intent(change))
    assert "OBEY" not in text
    for shown in ("A sum", "Adds it.", "Sums", "Please add sums."):
        assert shown in text
