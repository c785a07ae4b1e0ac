"""What an inline comment says of its suggestion."""

import pytest

from codeflow_action.engine.findings import Suggestion
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.integrations.github.write.render.inline_comment import review_comment
from codeflow_action.integrations.github.write.render.links import Links
from tests.engine.test_values import finding


@pytest.mark.parametrize(
    ("path", "is_parsed"), [("a.py", True), ("a.json", True), ("a.vue", False)]
)
def test_a_suggestion_says_when_no_parser_has_read_it(path, is_parsed):
    change = Suggestion(start_line=3, end_line=3, replacement="x")
    one = finding(path=path, suggestion=change)
    reported_finding = ReportedFinding(id="1", finding=one, blocking=False)
    body = review_comment(reported_finding, "<!-- mark -->", Links(server_url="", repository=""))
    assert "suggestion\nx\n" in body
    assert ("The suggestion was not parsed" in body) is not is_parsed
