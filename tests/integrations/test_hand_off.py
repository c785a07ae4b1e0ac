"""The hand-off to a fixing agent as values: strict lines of limited size, and an answer."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.config.json_schema import hand_off_schema
from codeflow_action.engine.commands import MAX_ARGUMENT, CommandName, parse_command
from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.hand_off import CONTRACT, disagreement
from codeflow_action.engine.opinions import decisions, opinions
from codeflow_action.integrations.hand_off_lines import (
    MAX_FILE,
    hand_off,
    hand_off_block,
    hand_off_file,
)
from tests.github_reader import faults
from tests.properties import examples
from tests.security.findings import HIDDEN, OURS, no_constant, texts
from tests.security.test_text_that_leaves import LINKS, SHA, found, report
from tests.security.texts import TEXTS

ID = "0123456789abcdef"


def review(*findings, **fields):
    own = {"repository": "octo/shop", "number": 7, "head_sha": SHA, "findings": findings}
    return report("a").model_copy(update=own | fields)


def with_finding(reported_finding, url="", **fields):
    finding = reported_finding.finding.model_copy(update=fields)
    return reported_finding.model_copy(update={"finding": finding, "url": url})


def read(lines):
    return [json.loads(line, parse_constant=no_constant) for line in lines]


def test_a_line_tells_all_that_a_fix_needs():
    told = with_finding(found("Sums what it should count", "n = len(a)\n"), OURS, code="n = sum(a)")
    first, line = read(hand_off(review(told), LINKS))
    assert first == {
        "kind": "review",
        "schema_version": 1,
        "codeflow": report("a").version,
        "repository": "octo/shop",
        "number": 7,
        "head_sha": SHA,
        "findings": 1,
        "left_out": 0,
        "contract": list(CONTRACT),
    }
    assert line == {
        "kind": "finding",
        "id": ID,
        "severity": "warning",
        "blocking": False,
        "category": "correctness",
        "evidence": "quoted",
        "line": 3,
        "end_line": 3,
        "side": "RIGHT",
        "url": OURS,
        "untrusted": {
            "path": "shop/cart.py",
            "rule": "pr_reviewer/correctness",
            "sources": ["pr_reviewer", "Sums what it should count"],
            "title": "Sums what it should count",
            "message": "Sums what it should count",
            "quote": "n = sum(a)",
            "suggestion": {"start_line": 3, "end_line": 3, "replacement": "n = len(a)\n"},
            "is_exact_path": True,
            "is_exact_quote": True,
        },
    }


@given(TEXTS, st.none() | TEXTS)
@examples(40)
def test_every_line_is_strict_json_that_fits_its_schema(text, suggestion):
    told = review(
        with_finding(found(text, suggestion, path=text), url=text, code=text, rule=text),
        repository=text,
        head_sha=text,
        version=text,
    )
    raw = hand_off_file(told, LINKS)
    assert raw.isascii()
    assert "`" not in raw
    validator = jsonschema.Draft202012Validator(hand_off_schema())
    for line in read(raw.splitlines()):
        validator.validate(line)
        assert not any(map(HIDDEN.search, texts(line)))
    assert faults(hand_off_block(told, LINKS, {}, 20_000)) == []


def test_what_is_too_long_is_cut_and_says_so():
    told = with_finding(found("x" * 90_000, "y" * 90_000, path="p" * 5_000), code="z" * 90_000)
    (line,) = read(hand_off(review(told), LINKS))[1:]
    own = line["untrusted"]
    assert len(json.dumps(line)) < 12_000
    assert own["suggestion"] is None
    assert not own["is_exact_quote"]
    assert not own["is_exact_path"]
    # What acts in Markdown grows when it is written as code.
    acting = read(hand_off(review(found("@a " * 30_000)), LINKS))[1]["untrusted"]["message"]
    assert 100 < len(acting) <= 6_000


@pytest.mark.parametrize("limit", [3_000, 20_000, MAX_FILE])
def test_the_gravest_come_first_and_what_does_not_fit_is_counted(limit):
    findings = [found("x" * 3_000).model_copy(update={"id": f"{n:016x}"}) for n in range(400)]
    lines = hand_off(review(*findings), LINKS, limit=limit)
    first, *others = read(lines)
    assert sum(len(line) + 1 for line in lines) <= limit
    assert first["findings"] == len(others)
    assert first["findings"] + first["left_out"] == len(findings)
    assert [other["id"] for other in others] == [one.id for one in findings[: len(others)]]
    assert len(others) == 0 or limit > 3_000


def test_a_comment_has_the_same_lines_folded_and_none_where_nothing_is_found():
    lines = hand_off(review(found("A title")), LINKS, {ID: OURS})
    block = hand_off_block(review(found("A title")), LINKS, {ID: OURS}, 20_000)
    assert "\n".join(("```json", *lines, "```")) in block
    assert read(lines)[1]["url"] == OURS
    assert hand_off_block(review(), LINKS, {}, 20_000) == ""
    assert hand_off_block(review(found("A title")), LINKS, {}, 500) == ""


@pytest.mark.parametrize(
    ("reason", "argument"),
    [
        ("the list is never empty here", f"{ID} the list is never empty here"),
        ("never empty:\n  see `total`\n/merge", f"{ID} never empty: see `total` /merge"),
        ("", ID),
        ("x" * 5_000, f"{ID} {'x' * 5_000}"[:MAX_ARGUMENT]),
    ],
)
def test_a_disagreement_is_read_as_the_command_that_dismisses(reason, argument):
    """What the contract asks an agent to write is what a later run reads."""
    line = disagreement(ID, reason)
    command = parse_command(line)
    assert command is not None
    assert (command.name, command.argument) == (CommandName.DISMISS, argument)
    form = disagreement("ID", "REASON")
    assert any(f"`{form}`" in sentence for sentence in CONTRACT)


def dismissed(body, *, in_thread=True, is_bot=False):
    """Return what a later run makes of an answer, by whoever may dismiss."""
    speaker = Speaker(login="mona", is_bot=is_bot)
    answer = DiscussionComment(id=2, speaker=speaker, body=body, time="2026-01-02T00:00:00Z")
    remark = DiscussionComment(id=1, speaker=Speaker(login="codeflow", is_us=True), body="ours")
    thread = Thread(path="shop/cart.py", finding_id=ID, comments=(remark, answer))
    discussion = Discussion(threads=(thread,)) if in_thread else Discussion(comments=(answer,))
    return decisions(opinions(discussion), lambda _opinion: True)


@pytest.mark.parametrize("in_thread", [True, False])
def test_a_later_run_reads_a_disagreement_as_a_dismissal_with_its_reason(in_thread):
    told = dismissed(disagreement(ID, "the list is\nnever empty"), in_thread=in_thread)
    assert told[ID].reason == "the list is never empty"
    assert dismissed(disagreement(ID, "not so"), in_thread=in_thread, is_bot=True) == {}


def test_what_was_dismissed_is_handed_to_no_agent():
    told = review(found("A title")).with_dismissals(dismissed(disagreement(ID, "by design")))
    (first,) = read(hand_off(told, LINKS))
    assert (first["findings"], first["left_out"]) == (0, 0)
