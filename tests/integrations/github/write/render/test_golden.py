"""What readers are shown, word for word: a change of it is a change that somebody looks at."""

import pytest

from codeflow_action.integrations.github.write.render.layout import MAX_BODY
from tests.github_reader import faults
from tests.integrations.github.write.render.samples import GOLDEN, MARK, SAMPLES

ISSUE_MARK = "<!-- codeflow:codeflow:issue:168f82f92fe0497e -->"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_text_is_as_it_was_looked_at(name):
    """`make pictures` writes them anew, and draws them: look at the pictures then."""
    assert SAMPLES[name]() == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_text_of_ours_is_no_more_than_text_with_links_of_ours(name):
    # That an issue names its pull request is meant: GitHub shows it there, too.
    text = SAMPLES[name]().replace("\n\nFrom pull request #7.", "")
    markers = [line for line in (MARK, "<!-- mark -->", ISSUE_MARK) if line in text]
    assert faults(text, markers=markers) == []
    assert len(text) <= MAX_BODY


def test_every_text_has_a_sample():
    assert {path.stem for path in GOLDEN.glob("*.md")} == set(SAMPLES)
