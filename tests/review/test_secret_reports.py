"""Which results are about a secret, and what is left of their words."""

import time

import pytest

from codeflow_action.engine.findings import Category
from codeflow_action.review.secret_reports import (
    is_about_a_secret,
    is_scanner,
    may_quote_a_secret,
    tells_of_a_secret,
    without_values,
)
from tests.engine.test_values import finding


@pytest.mark.parametrize(
    ("rule", "title", "tags"),
    [
        ("gitleaks/x", "", ()),
        ("secrets/x", "", ()),
        ("bandit/B105", "", ()),
        ("ruff/S107", "", ()),
        ("x/y", "Possible hardcoded password: 'a'", ()),
        ("x/y", "Hard-coded and quite old credentials", ()),
        ("x/y", "An API key was committed", ()),
        ("x/y", "Secrets that somebody has leaked", ()),
        ("x/y", "Access token in plain text", ("x",)),
        ("x/y", "", ("secret",)),
        ("x/y", "", ("a", "external/cwe/cwe-798")),
        ("x/y", "", ("cwe-259: use of a hard-coded password",)),
    ],
)
def test_a_result_is_about_a_secret(rule, title, tags):
    assert is_about_a_secret(rule, title, tags)


@pytest.mark.parametrize(
    ("rule", "title", "tags"),
    [
        ("x/B105x", "", ()),
        ("bandit/B108", "", ()),
        ("secretsauce/y", "", ()),
        ("x/y", "'password' is assigned a value but never used", ()),
        ("x/y", "CSRF token is missing", ()),
        ("x/y", "A committed file is too large", ()),
        ("x/y", "Detected by a tool that knows nothing of any password", ()),
        ("x/y", "", ("cwe-79", "secretary", "cwe-7980")),
    ],
)
def test_a_result_is_about_something_else(rule, title, tags):
    assert not is_about_a_secret(rule, title, tags)


def test_a_finding_tells_of_a_secret_when_it_is_of_security_too():
    about = {"rule": "gitleaks/x", "title": "t"}
    assert tells_of_a_secret(finding(category=Category.SECURITY, **about))
    assert tells_of_a_secret(finding(category=Category.SECURITY, rule="a/b", title="leaked secret"))
    assert not tells_of_a_secret(finding(category=Category.MAINTAINABILITY, **about))
    assert not tells_of_a_secret(finding(category=Category.SECURITY, rule="a/b", title="t"))


def test_a_result_that_mentions_a_secret_may_quote_one():
    assert may_quote_a_secret("eslint/no-unused-vars", "'password' is never used")
    assert may_quote_a_secret("x/hardcoded-api-key", "Bad")
    assert not may_quote_a_secret("x/pass", "word")
    assert not may_quote_a_secret("x/y", "Nonsecretive")
    assert is_scanner("trufflehog")
    assert not is_scanner("ruff")


@pytest.mark.promise(
    "If a finding is about a secret, the values on its lines are removed from its message."
)
@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("password = 'hunter22'", "hunter22"),
        ('{"password": "hunter22"}', "hunter22"),
        ("PASSWORD=hunter22", "hunter22"),
        ("password: hunter22  ", "hunter22"),
        ("export TOKEN=`hunter22`;", "hunter22"),
        ("call('user', 'hunter22')", "hunter22"),
        ("  hunter22hunter22", "hunter22hunter22"),
        ("a = 'abcd'", "abcd"),
        (f"key = '{'k' * 5_000}'", "k" * 5_000),
    ],
)
def test_a_value_on_the_line_is_taken_out_of_a_tools_text(line, value):
    assert value not in without_values(f"Found {value} here, {value}!", [line])
    assert without_values(f"Found {value}", ["", line]) == "Found [redacted]"


def test_short_values_and_other_words_stay():
    assert without_values("Found abc in the file", ["x = 'abc'"]) == "Found abc in the file"
    assert without_values("Found abc in the file", ["abc"]) == "Found abc in the file"


def test_the_longest_value_goes_first_so_that_no_rest_of_it_stays():
    assert without_values("it is abcdefgh", ["'abcd' 'abcdefgh'"]) == "it is [redacted]"


def test_where_the_lines_are_not_known_all_that_is_quoted_or_assigned_goes():
    assert without_values("a 'b c d' `efgh` x", []) == "a '[redacted]' `[redacted]` x"
    assert without_values("a=hunter22 b = hunter22, c", []) == "a=[redacted] b = [redacted] c"
    assert without_values("it is 'x=hunter22'", []) == "it is '[redacted]'"


def test_a_giant_line_is_not_looked_through_for_every_result():
    line = "".join(f"p='{at:06d}x';" for at in range(60_000))
    started = time.process_time()
    for _ in range(500):
        assert without_values("Found 'p000007x'", [line]) == "Found '[redacted]'"
    assert time.process_time() - started < 20  # it was minutes
