"""The corpus: each attack by the functions on its way, and all in one hostile pull request."""

import random

import pytest

from codeflow_action.ai.wrappers.reply_guard import ReplyCheck
from codeflow_action.security.redaction import Redactor
from tests.security.attacks import ATTACKS, LEAKS, SECRET
from tests.security.reached import BY_HAND, ENVELOPE, by_hand


def by_name(case):
    return case.name


def test_the_corpus_is_as_large_as_it_says():
    assert len(ATTACKS) + 2 * len(LEAKS) >= 80
    assert len({case.number for case in ATTACKS}) == len(ATTACKS)
    assert all(case.number in case.text or "NN" not in case.text for case in ATTACKS)
    ways = {case.through.partition(".")[0] for case in ATTACKS}
    assert ways == {
        *("title", "body", "branch", "commit", "path", "diff", "comment", "config", "guideline"),
        *("sarif", "coverage", "reply"),
    }


@pytest.mark.parametrize("case", BY_HAND, ids=by_name)
def test_an_attack_does_nothing_but_be_read(case):
    reached = by_hand(case)
    assert reached.harm(case) == []
    if case.shown:
        inside = "\n".join(match[2] for match in ENVELOPE.finditer(reached.model))
        assert case.shown in inside


@pytest.mark.parametrize("leak", LEAKS)
def test_a_reply_that_leaks_is_not_used(leak):
    check = ReplyCheck(Redactor([SECRET]), random.Random(1))
    for value in (SECRET, check.canary):
        assert check.why_bad(f'{{"remarks": [{{"title": "see {LEAKS[leak](value)}"}}]}}')
    assert not check.why_bad('{"remarks": []}')
